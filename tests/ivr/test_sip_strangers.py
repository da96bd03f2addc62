"""Requests of calls that are gone, and of calls that are somebody else's: told nothing, changing nothing."""

from __future__ import annotations

import pytest

from ivr.sip.api import Hop, SipSettings
from ivr.sip.message import Response
from ivr.sip.sdp import offer
from ivr.testing.sip_bench import OFFER, PEER, Bench, Caller

UNTRUSTING = SipSettings(trusted=("10.0.0.0/8",))
STRANGER = PEER._replace(host="203.0.113.9")
METHODS = ("OPTIONS", "INFO", "UPDATE", "INVITE", "REFER", "NOTIFY", "MESSAGE", "SUBSCRIBE", "PRACK", "BYE")
KEY = {"body": b"Signal=5", "kind": "application/dtmf"}


def ask(bench: Bench, caller: Caller, method: str, source: Hop, body: bytes = b"", **given: str) -> list[int]:
    return bench.statuses(caller.request(method, body, **given), source)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
def test_a_request_within_a_call_that_is_gone_gets_481(method: str) -> None:
    bench = Bench()
    caller = Caller(bench)
    caller.call()
    caller.send("BYE")
    assert ask(bench, caller, method, PEER) == [481]


@pytest.mark.parametrize("method", METHODS)
def test_a_request_within_a_call_that_never_was_gets_481(method: str) -> None:
    bench = Bench()
    caller = Caller(bench)
    caller.to_tag = "made-up"
    assert ask(bench, caller, method, PEER) == [481]


def test_options_within_a_call_that_is_up_gets_200() -> None:
    bench = Bench()
    caller = Caller(bench)
    caller.call()
    assert ask(bench, caller, "OPTIONS", PEER) == [200]
    assert ask(bench, caller, "REFER", PEER) == [405]


@pytest.mark.parametrize("method", ["OPTIONS", "INFO", "UPDATE", "INVITE", "BYE"])
def test_a_stranger_with_overheard_tags_is_told_nothing(method: str) -> None:
    bench = Bench(UNTRUSTING)
    caller = Caller(bench)
    caller.call()
    told = list(bench.handlers[0].told)
    body = offer("203.0.113.9", 50_000, version=2) if method in ("INVITE", "UPDATE") else b""
    assert ask(bench, caller, method, STRANGER, body) == [481]
    caller.cseq -= 1  # what the stranger asked has not been counted
    assert ask(bench, caller, "INFO", PEER, **KEY) == [200]  # type: ignore[arg-type]
    assert bench.handlers[0].told == [*told, ("info", "5")]


def test_a_key_from_a_stranger_is_none() -> None:
    bench = Bench(UNTRUSTING)
    caller = Caller(bench)
    caller.call()
    assert ask(bench, caller, "INFO", STRANGER, **KEY) == [481]  # type: ignore[arg-type]
    assert ("info", "5") not in bench.handlers[0].told


def test_another_port_of_the_same_host_is_the_caller() -> None:
    """His NAT has forgotten him and given him another one."""
    bench = Bench(UNTRUSTING)
    caller = Caller(bench)
    caller.call()
    assert ask(bench, caller, "INFO", PEER._replace(port=40_001), **KEY) == [200]  # type: ignore[arg-type]


def test_a_trusted_peer_speaks_for_every_call() -> None:
    bench = Bench(UNTRUSTING)
    caller = Caller(bench)
    caller.call()
    assert ask(bench, caller, "BYE", PEER._replace(host="10.1.2.3")) == [200]


@pytest.mark.parametrize(
    "named", ["Record-Route: <sip:203.0.113.9;lr>", "Record-Route: <sip:192.0.2.77;lr>, <sip:203.0.113.9;lr>"]
)
def test_a_proxy_that_the_invite_names_belongs_to_the_call(named: str) -> None:
    bench = Bench(UNTRUSTING)
    caller = Caller(bench)
    caller.call(OFFER, named)
    assert ask(bench, caller, "BYE", STRANGER) == [200]


def test_the_phone_behind_a_proxy_that_stays_out_of_the_call() -> None:
    """The INVITE came by a proxy without Record-Route; what follows comes from its Contact, directly."""
    bench = Bench(UNTRUSTING)
    caller = Caller(bench)
    caller.source = PEER._replace(host="198.51.100.1")
    caller.call(offer("198.51.100.1", 40_000))
    assert ask(bench, caller, "BYE", PEER) == [200]


@pytest.mark.parametrize(
    ("contact", "route"),
    [
        ("sip:x@127.0.0.1:2775", None),
        ("sip:x@10.0.0.7:22", None),
        ("sip:x@[::1]:5060", None),
        ("sip:x@169.254.169.254:80;transport=udp", None),
        ("sip:x@203.0.113.9", "<sip:10.0.0.1:1;lr>"),
        ("sip:x@198.51.100.1:5070", "<sip:127.0.0.1:8086;lr>, <sip:198.51.100.1;lr>"),
    ],
)
@pytest.mark.parametrize("acknowledged", [True, False])
def test_who_is_not_trusted_cannot_have_us_knock_elsewhere(
    contact: str, route: str | None, acknowledged: bool
) -> None:
    bench = Bench(UNTRUSTING)
    caller = Caller(bench)
    caller.source = PEER._replace(host="198.51.100.1")
    invite = caller.request("INVITE", offer("198.51.100.1", 40_000)).replace(
        b"sip:13900000001@127.0.0.1:5062", contact.encode()
    )
    if route is not None:
        invite = invite.replace(b"Max-Forwards", f"Record-Route: {route}\r\nMax-Forwards".encode())
    final = bench.receive(invite, caller.source)[-1]
    assert isinstance(final, Response)
    assert final.status == 200
    caller.to_tag = final.to.tag or ""
    if acknowledged:
        caller.send("ACK", cseq=1)
        bench.calls[0].bye()
    bench.wait(64.0)
    assert any(data.startswith(b"BYE ") for data, _hop in bench.sent)
    assert {hop.host for _data, hop in bench.sent} == {"198.51.100.1"}


def test_a_trusted_proxy_names_whom_it_likes() -> None:
    bench = Bench(UNTRUSTING)
    caller = Caller(bench)
    caller.source = PEER._replace(host="10.1.2.3")
    caller.call(offer("10.1.2.3", 40_000), "Record-Route: <sip:10.0.0.9:5070;lr>")
    bench.calls[0].bye()
    assert (bench.sent[-1][1].host, bench.sent[-1][1].port) == ("10.0.0.9", 5070)


def test_a_cancel_from_a_stranger_ends_nothing() -> None:
    bench = Bench(UNTRUSTING, accept=False)
    caller = Caller(bench)
    caller.send("INVITE", OFFER, branch="z9hG4bK-x")
    cancel = caller.request("CANCEL", cseq=1, branch="z9hG4bK-x")
    assert bench.statuses(cancel, STRANGER) == [481]
    assert len(bench.agent.calls) == 1
    again = caller.request("CANCEL", cseq=1, branch="z9hG4bK-x")
    answers = [m.status for m in bench.receive(again, PEER) if isinstance(m, Response)]
    assert answers == [200, 487]
