"""Where callers may have audio sent: asked in an INVITE, in the ACK of a delayed offer, and in the call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.sip.api import EndReason, Hop, SipSettings
from ivr.sip.message import Response
from ivr.sip.sdp import offer
from ivr.testing.sip_bench import Bench, Caller, statuses

OURS = (("127.0.0.1", 5060, 5060), ("127.0.0.1", 20_000, 28_191), ("192.0.2.1", 20_000, 28_191))
SETTINGS = SipSettings(trusted=("10.0.0.0/8", "127.0.0.0/8"), own_ports=OURS)
TRUSTED, STRANGER, HERE = "10.0.0.5", "198.51.100.7", "127.0.0.1"


def bench_of(source: str, settings: SipSettings = SETTINGS) -> tuple[Bench, Caller]:
    bench = Bench(settings)
    caller = Caller(bench)
    caller.source = Hop("UDP", source, 5062)
    return bench, caller


def refusal(got: list[object]) -> str:
    """The Warning of a 488; empty if it was none."""
    last = got[-1]
    assert isinstance(last, Response)
    return str(last.one("warning")) if last.status == 488 else ""


@pytest.mark.parametrize(
    ("source", "address", "port", "why"),
    [
        (STRANGER, STRANGER, 40_000, ""),
        (STRANGER, "198.51.100.8", 40_000, "own address"),
        (STRANGER, "192.168.1.5", 40_000, "own address"),
        (STRANGER, "0.0.0.0", 9, ""),
        (STRANGER, HERE, 40_000, "Loopback"),
        (TRUSTED, "127.0.0.2", 40_000, "Loopback"),
        (TRUSTED, "198.51.100.8", 40_000, ""),
        (TRUSTED, "169.254.169.254", 40_000, "Link-local"),
        (TRUSTED, "192.0.2.1", 20_000, "ours"),
        (TRUSTED, "192.0.2.1", 28_192, ""),
        (HERE, HERE, 5060, "ours"),
        (HERE, HERE, 24_000, "ours"),
        (HERE, HERE, 40_000, ""),
        (HERE, "127.0.0.2", 40_000, ""),
    ],
)
def test_an_invite(source: str, address: str, port: int, why: str) -> None:
    bench, caller = bench_of(source)
    got = caller.send("INVITE", offer(address, port))
    assert why in refusal(got)
    assert (why == "") == bool(bench.calls)


def test_link_local_where_we_live_ourselves() -> None:
    here = replace(SETTINGS, own_ports=(("169.254.7.7", 20_000, 28_191),))
    bench, caller = bench_of("169.254.7.9", replace(here, trusted=()))
    caller.send("INVITE", offer("169.254.7.9", 40_000))
    assert bench.calls


def test_the_address_that_counts_is_looked_at() -> None:
    """A c= line of its own wins over the session's (RFC 4566 §5.7); what is no audio is answered with port 0
    anyway; RTCP is no way round."""
    good, bad = f"c=IN IP4 {STRANGER}\r\n", "c=IN IP4 198.51.100.8\r\n"
    head, audio = "v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\n", "m=audio 40000 RTP/AVP 8\r\n"
    video = "m=video 40002 RTP/AVP 31\r\n"
    for body, fine in (
        (head + bad + "t=0 0\r\n" + audio + good, True),
        (head + good + "t=0 0\r\n" + audio + bad, False),
        (head + good + "t=0 0\r\n" + video + bad + audio, True),
        (head + good + "t=0 0\r\n" + audio + "m=audio 40004 RTP/AVP 8\r\n" + bad, False),
        (head + good + "t=0 0\r\n" + audio + "m=audio 0 RTP/AVP 8\r\n" + bad, True),
        (head + good + "t=0 0\r\n" + audio + "a=rtcp:40001 IN IP4 198.51.100.8\r\n", False),
        (head + good + "t=0 0\r\n" + audio + f"a=rtcp:40001 IN IP4 {STRANGER}\r\n", True),
    ):
        _, caller = bench_of(STRANGER)
        assert (refusal(caller.send("INVITE", body.encode())) == "") == fine, body


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_in_the_middle_of_a_call(method: str) -> None:
    bench, caller = bench_of(STRANGER)
    caller.call(offer(STRANGER, 40_000))
    told = list(bench.handlers[0].told)
    assert "own address" in refusal(caller.send(method, offer("198.51.100.8", 40_000, version=2)))
    assert bench.handlers[0].told == told
    assert statuses(caller.send(method, offer(STRANGER, 40_002, version=3))) == [200]


def test_the_answer_to_our_own_offer() -> None:
    for address, ends in ((STRANGER, False), ("198.51.100.8", True)):
        bench, caller = bench_of(STRANGER)
        final = caller.send("INVITE", b"")[-1]
        assert isinstance(final, Response)
        caller.ack(final, offer(address, 40_000))
        expected = [("ended", EndReason.NO_ANSWER)] if ends else [("acked", True)]
        assert bench.handlers[0].told == expected


def test_the_answer_to_a_re_invite_of_ours() -> None:
    bench, caller = bench_of(STRANGER)
    caller.call(offer(STRANGER, 40_000))
    answers: list[int] = []
    for address in ("198.51.100.8", STRANGER):
        bench.calls[0].reoffer(offer("192.0.2.1", 20_000), lambda status, _: answers.append(status))
        invite = bench.since(0)[-1]
        caller.answer(invite, 200, body=offer(address, 40_000))
    assert answers == [488, 200]
