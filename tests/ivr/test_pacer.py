"""When frames go out and what is in them; the clock is the test's."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ivr.g711 import ALAW_SILENCE, ALAW_TO_ULAW, FRAME
from ivr.media import rtp
from ivr.media.pacer import LATE_BOUNDS, MOST_LEAD, TICK, Pacer, Stream, late_p99

QUIET = bytes([ALAW_SILENCE]) * FRAME


class Line:
    """One pacer, one stream, a clock that the test moves, and what was sent at which millisecond."""

    def __init__(self, *, continuous: bool = True) -> None:
        self.now = 0
        self.pacer = Pacer(0, lambda: self.now)
        self.sent: list[tuple[int, rtp.Packet]] = []
        self.played: list[tuple[int, int]] = []
        self.stream = Stream(
            lambda packet: self.sent.append((self.now // TICK, rtp.parse(bytes(packet)))),
            lambda utterance: self.played.append((self.now // TICK, utterance)),
            ssrc=77,
            sequence=0xFFFE,
            timestamp=0xFFFFFFF0,
            continuous=continuous,
        )

    def run(self, milliseconds: int) -> list[tuple[int, rtp.Packet]]:
        """Let time pass; gives what was sent meanwhile."""
        before = len(self.sent)
        for _ in range(milliseconds):
            self.pacer.advance()
            self.now += TICK
        return self.sent[before:]

    def audio(self) -> bytes:
        return b"".join(packet.payload for _, packet in self.sent)


def noise(length: int, start: int = 0) -> bytes:
    return bytes((start + 7 * n) % 211 for n in range(length))


def test_first_frame_within_10_ms_then_every_20_ms():
    line = Line()
    line.pacer.start(line.stream)
    times = [at for at, _ in line.run(200)]
    assert times[0] <= 10
    assert {b - a for a, b in pairwise(times)} == {20}


def test_clips_join_to_the_sample():
    line = Line()
    clips = [noise(n, n) for n in (1, 159, 160, 161, 0, 3, 500, 16)]
    line.pacer.start(line.stream)
    line.pacer.play(line.stream, 1, [(clip, 0, len(clip)) for clip in clips])
    line.run(300)
    whole = b"".join(clips)
    assert line.audio().rstrip(bytes([ALAW_SILENCE])).startswith(whole)
    assert line.audio()[: len(whole)] == whole


@given(
    st.lists(st.lists(st.binary(max_size=400), max_size=5), min_size=1, max_size=5),
    st.booleans(),
)
def test_whatever_is_queued_comes_out_once_in_order_and_every_utterance_is_told(utterances, ulaw):
    line = Line(continuous=False)
    line.stream.tune(0 if ulaw else 8, ALAW_TO_ULAW if ulaw else None)
    for number, clips in enumerate(utterances):
        pieces = [(b"xx" + clip + b"yy", 2, 2 + len(clip)) for clip in clips]
        line.pacer.play(line.stream, number, pieces)
    line.pacer.start(line.stream)
    whole = b"".join(clip for clips in utterances for clip in clips)
    line.run(40 + 20 * (len(whole) // FRAME + len(utterances) + 2))
    padded = whole + QUIET[: -len(whole) % FRAME]
    heard = line.audio()
    expected = padded.translate(ALAW_TO_ULAW) if ulaw else padded
    assert heard[: len(expected)] == expected
    assert set(heard[len(expected) :]) <= {ALAW_TO_ULAW[ALAW_SILENCE] if ulaw else ALAW_SILENCE}
    assert [number for _, number in line.played] == list(range(len(utterances)))


def test_an_utterance_is_told_with_the_frame_of_its_last_sample():
    for length in (319, 320, 321):
        line = Line()
        line.pacer.start(line.stream)
        line.pacer.play(line.stream, 1, [(noise(length), 0, length)])
        line.run(200)
        frames = -(-length // FRAME)
        assert line.played == [(line.sent[frames - 1][0], 1)]


def test_sequence_and_timestamps_run_on_across_prompts_silence_and_wrap():
    line = Line()
    line.pacer.start(line.stream)
    line.run(100)
    line.pacer.play(line.stream, 1, [(noise(1000), 0, 1000)])
    line.run(400)
    packets = [packet for _, packet in line.sent]
    for one, next_one in pairwise(packets):
        assert rtp.after(next_one.sequence, one.sequence, 16) == 1
        assert rtp.after(next_one.timestamp, one.timestamp) == FRAME
    assert [n for n, packet in enumerate(packets) if packet.marker] == [5]
    assert {packet.ssrc for packet in packets} == {77}


def test_stop_takes_effect_at_the_next_frame_and_the_next_prompt_comes_at_once():
    line = Line()
    line.pacer.start(line.stream)
    line.pacer.play(line.stream, 1, [(b"a" * 8000, 0, 8000)])
    line.run(105)
    line.stream.clear()
    line.pacer.play(line.stream, 2, [(b"b" * 8000, 0, 8000)])
    at, first = line.run(20)[0]
    assert at == 105
    assert first.payload == b"b" * FRAME
    assert first.marker
    line.run(1100)
    assert [number for _, number in line.played] == [2]


def test_stop_alone_is_silence_from_the_next_frame():
    line = Line()
    line.pacer.start(line.stream)
    line.pacer.play(line.stream, 1, [(b"a" * 8000, 0, 8000)])
    line.run(105)
    line.stream.clear()
    assert {packet.payload for _, packet in line.run(100)} == {QUIET}


def test_lead_is_bounded_and_given_back_in_silence():
    line = Line()
    line.pacer.start(line.stream)
    line.run(50)
    began_at, began = line.sent[0]
    for n in range(12):  # a caller who knows the way: a key each 130 ms
        line.stream.clear()
        line.pacer.play(line.stream, n, [(noise(4000), 0, 4000)])
        line.run(133)
        for at, packet in line.sent:
            ahead = rtp.after(packet.timestamp, began.timestamp) / 8 - (at - began_at)
            assert -0.5 <= ahead <= MOST_LEAD
    line.stream.clear()
    line.run(200)
    at, packet = line.sent[-1]
    assert rtp.after(packet.timestamp, began.timestamp) == 8 * (at - began_at)


def test_without_continuous_silence_nothing_is_sent_but_timestamps_tell_the_gap():
    line = Line(continuous=False)
    line.pacer.start(line.stream)
    line.pacer.play(line.stream, 1, [(noise(320), 0, 320)])
    assert len(line.run(1000)) == 2
    line.pacer.play(line.stream, 2, [(noise(160), 0, 160)])
    ((at, packet),) = line.run(100)
    (first_at, first), _, _ = line.sent
    gap = rtp.after(packet.timestamp, first.timestamp) / 8
    assert at - first_at <= gap <= at - first_at + 20
    assert packet.marker
    assert rtp.after(packet.sequence, first.sequence, 16) == 2


def test_hold_stops_the_audio_and_resume_goes_on_at_the_same_sample():
    line = Line()
    prompt = noise(1600)
    line.pacer.start(line.stream)
    line.pacer.play(line.stream, 1, [(prompt, 0, 1600)])
    line.run(65)
    line.pacer.park(line.stream)
    held = len(line.sent)
    assert line.run(1000) == []
    line.pacer.start(line.stream)
    line.run(300)
    assert line.audio()[:1600] == prompt
    before, after = line.sent[held - 1], line.sent[held]
    assert rtp.after(after[1].timestamp, before[1].timestamp) == 8 * (after[0] - before[0])
    assert after[1].marker


def test_calls_are_spread_over_the_frame():
    line = Line()
    streams = [
        Stream(lambda _: None, lambda _: None, ssrc=n, sequence=0, timestamp=0, continuous=True)
        for n in range(200)
    ]
    for stream in streams:
        line.pacer.start(stream)
        line.run(1)
    assert max(map(len, line.pacer.slots)) <= 12
    for stream in streams:
        line.pacer.remove(stream)
    assert line.pacer.streams == 0


def test_a_short_hold_up_is_caught_up_a_long_one_passed_over():
    line = Line()
    line.pacer.start(line.stream)
    line.run(100)
    line.now += 50 * TICK
    assert len(line.run(10)) in (2, 3)
    line.now += 3_600_000 * TICK
    burst = line.run(20)
    assert len(burst) <= 4
    assert line.pacer.stalls == 1
    at, packet = burst[-1]
    first_at, first = line.sent[0]
    assert abs((packet.timestamp - first.timestamp) % 2**32 - 8 * (at - first_at)) <= 8 * 60


def test_an_idle_process_has_no_stalls():
    line = Line()
    line.now += 5_000 * TICK
    line.pacer.advance()
    assert line.pacer.stalls == 0
    line.pacer.start(line.stream)
    assert len(line.run(100)) == 5


def test_a_packet_that_the_kernel_refuses_harms_no_other():
    line = Line()

    def refuse(_: bytearray) -> None:
        raise ConnectionRefusedError

    broken = Stream(refuse, lambda _: None, ssrc=1, sequence=0, timestamp=0)
    line.pacer.start(broken)
    line.pacer.start(line.stream)
    assert len(line.run(100)) == 5
    assert line.pacer.failed == 5
    assert broken.sent == 0


def test_lateness_is_counted_by_packet():
    line = Line()
    line.pacer.start(line.stream)
    line.run(100)
    line.now += 25 * TICK
    line.run(100)
    assert sum(line.pacer.late) == len(line.sent)
    assert line.pacer.late == [10, 0, 0, 1, 0, 1, 0]  # 25 ms late, the one after it 5, then none
    assert late_p99(len(line.sent), line.stream.late) == LATE_BOUNDS[5]
    assert late_p99(1000, line.stream.late) == LATE_BOUNDS[0]
    assert late_p99(100, None) == LATE_BOUNDS[0]
