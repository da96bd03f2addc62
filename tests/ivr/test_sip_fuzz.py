"""Any bytes, and every good message with something changed: nothing raises, nothing is answered twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.sip.api import Hop
from ivr.sip.framing import Framer, FramingError
from ivr.sip.message import ParseError, parse
from ivr.sip.sdp import Answer, SdpError, answer
from ivr.sip.sdp import parse as parse_sdp
from ivr.testing.sip_bench import OFFER, PEER, Bench, Caller, octets_of

SEEDS = [
    Caller(Bench()).request(
        "INVITE", OFFER, "Supported: timer", "Session-Expires: 99", "Record-Route: <sip:a;lr>"
    ),
    Caller(Bench()).request("OPTIONS"),
    Caller(Bench()).request("REGISTER", b"", "Expires: 60"),
    Caller(Bench()).request("INFO", b"Signal=5", kind="application/dtmf-relay"),
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
    b"Call-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
]
BITS = st.sampled_from(
    [b"\r\n", b";", b",", b"<", b">", b'"', b"\\", b":", b"=", b"@", b"%", b"\x00", b" ", b"\xff", b""]
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 12))
        data = data[:at] + draw(BITS | st.binary(max_size=8)) + data[at + cut :]
    return data


@given(st.binary(max_size=600) | mutated())
def test_parsing_is_total(data: bytes) -> None:
    try:
        message = parse(data)
    except ParseError as refusal:
        due = (refusal.status, bool(refusal.reason))
        assert due in ((None, True), (400, True), (505, True), (513, True))
    else:
        again = parse(octets_of(message))
        assert again.headers | {"content-length": []} == message.headers | {"content-length": []}


@given(st.lists(mutated() | st.binary(max_size=100), min_size=1, max_size=5))
def test_no_message_hurts_the_agent(messages: list[bytes]) -> None:
    bench = Bench()
    beside = Caller(bench, "beside")
    beside.call()
    for data in messages:
        before = len(bench.sent)
        bench.agent.receive(data, PEER)
        assert len(bench.sent) - before <= 1
    bench.wait(70)
    assert bench.failures == []
    assert [m.status for m in beside.send("BYE")] == [200]  # type: ignore[union-attr]


@given(mutated())
def test_answers_never_carry_a_line_of_the_peers_making(data: bytes) -> None:
    bench = Bench()
    bench.agent.receive(data, Hop("UDP", "203.0.113.9", 5062))
    for sent, hop in bench.sent:
        assert hop.host == "203.0.113.9"
        head = sent.partition(b"\r\n\r\n")[0]
        assert b"\n" not in head.replace(b"\r\n", b"")


@given(
    st.binary(max_size=300)
    | st.tuples(st.integers(0, len(OFFER)), BITS).map(lambda c: OFFER[: c[0]] + c[1] + OFFER[c[0] :])
)
def test_descriptions_are_read_or_refused(body: bytes) -> None:
    try:
        made = answer(parse_sdp(body), "192.0.2.1", 30_000)
    except SdpError:
        return
    if isinstance(made, Answer):
        assert parse_sdp(made.body).media


@given(st.data())
def test_a_stream_gives_the_same_messages_however_it_is_cut(data: st.DataObject) -> None:
    messages = data.draw(st.lists(st.sampled_from(SEEDS), min_size=1, max_size=4))
    stream = b"".join(
        message + data.draw(st.sampled_from([b"", b"\r\n", b"\r\n\r\n"])) for message in messages
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    framer = Framer(65_535)
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += framer.feed(stream[start:end])
    assert found == messages


@given(st.lists(st.binary(max_size=200) | mutated(), max_size=5))
def test_a_stream_of_anything_is_cut_or_ended(pieces: list[bytes]) -> None:
    framer = Framer(4_096)
    try:
        for piece in pieces:
            framer.feed(piece)
    except FramingError:
        return
    assert len(framer._buffer) <= 4_096
