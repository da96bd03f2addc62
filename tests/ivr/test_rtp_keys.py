"""RTP as read from the wire, and keys in it: RFC 4733 events and tones."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import g711
from ivr.media import dtmf, inband, rtp


def event(digit: str, timestamp: int, duration: int = 160, *, end: bool = False, ssrc: int = 5) -> rtp.Packet:
    flags = dtmf.VOLUME | (dtmf.END if end else 0)
    return rtp.Packet(
        101, False, 1, timestamp, ssrc, dtmf.PAYLOAD.pack(dtmf.DIGITS.index(digit), flags, duration)
    )


def key(digit: str, timestamp: int, frames: int = 3) -> list[rtp.Packet]:
    return [
        rtp.Packet(101, n == 0, n, timestamp, 5, p) for n, p in enumerate(dtmf.key_payloads(digit, frames))
    ]


def heard(packets: list[rtp.Packet]) -> str:
    receiver = dtmf.KeyReceiver()
    return "".join(filter(None, map(receiver.receive, packets)))


# ---- RTP ---------------------------------------------------------------------------------------------------
@given(
    st.integers(0, 127), st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1),
    st.binary(max_size=200), st.booleans(),
)  # fmt: skip
def test_what_is_built_is_what_is_read(kind, sequence, timestamp, ssrc, payload, marker):
    packet = rtp.parse(rtp.build(kind, sequence, timestamp, ssrc, payload, marker=marker))
    assert packet == rtp.Packet(kind, marker, sequence, timestamp, ssrc, payload)


@given(st.binary(max_size=80))
def test_any_octets_are_a_packet_or_refused(octets):
    try:
        packet = rtp.parse(octets)
    except rtp.NotRtp:
        return
    assert len(packet.payload) <= len(octets) - 12


def test_sources_extension_and_padding_are_taken_off():
    header = bytes([0x80 | 0x20 | 0x10 | 2, 0x88]) + bytes(10) + bytes(8)
    packet = rtp.parse(header + b"\xbe\xde\0\1" + b"ext!" + b"audio" + b"\0\0\3")
    assert packet.payload == b"audio"
    with pytest.raises(rtp.NotRtp):
        rtp.parse(header + b"\xbe\xde\xff\xff" + b"ext!")


@given(st.integers(0, 2**32 - 1), st.integers(-(2**31) + 1, 2**31 - 1))
def test_order_survives_the_wrap(old, step):
    assert rtp.after((old + step) % 2**32, old) == step


# ---- events ------------------------------------------------------------------------------------------------
@given(st.text(dtmf.DIGITS, max_size=12), st.integers(0, 2**32 - 1), st.randoms())
def test_each_key_counts_once_whatever_of_it_is_lost_or_doubled(digits, start, chance):
    packets = []
    for n, digit in enumerate(digits):
        sent = key(digit, (start + 1600 * n) % 2**32)
        kept = chance.sample(sent, chance.randint(1, len(sent)))
        packets += kept + chance.sample(kept, chance.randint(0, len(kept)))
    assert heard(packets) == digits


def test_a_key_is_told_at_its_first_packet():
    receiver = dtmf.KeyReceiver()
    assert [receiver.receive(packet) for packet in key("7", 100)] == ["7", None, None, None, None]


def test_two_equal_keys_40_ms_apart_are_two_even_if_every_end_is_lost():
    assert heard([*key("1", 0), *key("1", 480 + 320)]) == "11"
    assert heard([*key("1", 0)[:1], *key("1", 480 + 320)[:1]]) == "11"


def test_what_comes_after_a_newer_key_is_dropped():
    assert heard([*key("1", 0), *key("2", 800), *key("1", 0), event("9", 400)]) == "12"


def test_a_key_held_longer_than_a_segment_is_one():
    first = [event("5", 0, duration) for duration in range(160, 0xFFFF, 800)]
    second = [event("5", 0xFFFF, duration) for duration in range(160, 4000, 160)]
    assert heard([*first, *second, event("5", 0xFFFF, 4000, end=True)]) == "5"


def test_a_sender_that_moves_the_timestamp_with_every_packet_presses_once():
    assert heard([event("3", 160 * n, 160 * (n + 1)) for n in range(8) if n != 4]) == "3"


def test_no_keys_above_15_and_none_in_cut_payloads():
    assert heard([rtp.Packet(101, True, 1, 0, 5, bytes([16, 10, 0, 160]))]) == ""
    assert heard([rtp.Packet(101, True, 1, 0, 5, b"\1\n\0")]) == ""


def test_a_new_source_starts_afresh():
    assert heard([event("1", 5000), event("1", 5000, ssrc=6), event("2", 100, ssrc=6)]) == "11"


# ---- tones -------------------------------------------------------------------------------------------------
def listen(samples: list[int], *, ulaw: bool = False, lost: frozenset[int] = frozenset()) -> str:
    encoded = g711.to_ulaw(samples) if ulaw else g711.to_alaw(samples)
    receiver = inband.ToneReceiver()
    keys = []
    for n, begin in enumerate(range(0, len(encoded), 160)):
        if n not in lost:
            payload = encoded[begin : begin + 160]
            keys += receiver.receive(rtp.Packet(0 if ulaw else 8, False, n & 0xFFFF, begin, 1, payload))
    return "".join(keys)


@pytest.mark.parametrize("ulaw", [False, True])
@pytest.mark.parametrize("offset", range(0, 160, 23))
def test_every_key_of_40_ms_with_pauses_of_40_ms(ulaw, offset):
    samples = [0] * offset
    for digit in dtmf.DIGITS + "11##":
        samples += inband.tones(digit, 40) + [0] * 320
    assert listen(samples + [0] * 400, ulaw=ulaw) == dtmf.DIGITS + "11##"


@pytest.mark.parametrize("amplitude", [600, 2000, 15000])
def test_keys_are_heard_loud_and_low(amplitude):
    assert listen(inband.tones("5", 60, amplitude) + [0] * 400) == "5"


def sines(milliseconds: int, *tones: tuple[float, float]) -> list[int]:
    at = inband.np.arange(8 * milliseconds) / 8000
    wave = sum(a * inband.np.sin(2 * inband.np.pi * f * at) for f, a in tones)
    return inband.np.rint(wave).astype(int).tolist()


@pytest.mark.parametrize("off", [0.985, 1.015])
def test_tones_off_by_one_and_a_half_per_cent_count(off):
    for low in inband.LOW:
        for high in inband.HIGH:
            assert len(listen(sines(80, (low * off, 5000), (high * off, 5000)) + [0] * 400)) == 1


def test_one_tone_a_twisted_pair_or_a_third_tone_are_no_key():
    assert listen(sines(200, (770, 8000))) == ""
    assert listen(sines(200, (770, 8000), (1336, 2000))) == ""
    assert listen(sines(200, (770, 2000), (1336, 8000))) == ""
    assert listen(sines(200, (770, 5000), (1336, 5000), (500, 6000))) == ""


def test_noise_presses_nothing():
    source = random.Random(4)
    assert listen([int(source.gauss(0, 4000)) for _ in range(8000 * 20)]) == ""


def test_a_lost_packet_makes_no_second_key_of_a_held_one():
    samples = inband.tones("8", 400) + [0] * 800
    assert listen(samples, lost=frozenset({3, 7, 8})) == "8"


# ---- G.711 -------------------------------------------------------------------------------------------------
def test_known_values_of_g711():
    """ITU-T G.711 tables 1a and 2a, scaled to 16 bits."""
    assert g711.from_alaw(b"\xd5\x55\xaa\x2a").tolist() == [8, -8, 32256, -32256]
    assert g711.from_ulaw(b"\xff\x7f\x80\x00").tolist() == [0, 0, 32124, -32124]


@given(st.integers(-40000, 40000))
def test_coding_loses_no_more_than_a_step(sample):
    clipped = max(-32256, min(32256, sample))
    step = max(16, abs(clipped) // 16)
    assert abs(g711.from_alaw(g711.to_alaw([sample]))[0] - clipped) <= step
    assert abs(g711.from_ulaw(g711.to_ulaw([sample]))[0] - clipped) <= step


def test_alaw_becomes_ulaw_within_a_step():
    for octet in range(256):
        linear, other = g711.ALAW_LINEAR[octet], g711.ULAW_LINEAR[g711.ALAW_TO_ULAW[octet]]
        assert abs(linear - other) <= max(8, abs(linear) // 16)
