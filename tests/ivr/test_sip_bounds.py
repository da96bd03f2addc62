"""What one message may cost: none of the dearest that we can build keeps the hall busy for long."""

from __future__ import annotations

import time

import pytest

from ivr.sip.api import SipSettings
from ivr.sip.message import parse
from ivr.testing.sip_bench import PEER, Bench
from ivr.testing.sip_messages import AUDIO, DEAREST, SDP, many, request

GOAL = 0.001  # seconds of CPU
SLACK = 2.0  # this machine may be slower than the one on which the goal was set
TRIES = 15


def cost(message: bytes) -> float:
    """CPU seconds of one message, the least of a few: what others do to the caches is not its fault."""
    bench = Bench(SipSettings(setups_per_second=1e6, max_calls=10**6))
    bench.agent._on_invite = lambda call: call.reject(486)
    best = 1.0
    for number in range(TRIES):
        data = message.replace(b"{n}", b"%d" % number)
        began = time.process_time()
        bench.agent.receive(data, PEER)
        best = min(best, time.process_time() - began)
    assert bench.failures == []
    return best


@pytest.mark.parametrize("name", DEAREST)
def test_no_message_costs_more_than_a_millisecond(name: str) -> None:
    assert len(DEAREST[name]) <= SipSettings().max_message
    assert cost(DEAREST[name]) < GOAL * SLACK


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("64 Route", 200),
        ("65 Route", 400),
        ("1500 Route", 513),
        ("256 Via", 400),
        ("11 Contact", 400),
        ("5000 Require", 513),
        ("parameters without end", 400),
        ("spaces and one fold elsewhere", 200),
        ("SDP: m= lines", 200),
        ("SDP: m= lines without end", 413),
        ("SDP: formats on one line", 413),
        ("no end of the headers", 400),
    ],
)
def test_what_is_within_is_served_and_what_is_beyond_is_refused(name: str, status: int) -> None:
    bench = Bench()
    bench.agent.receive(DEAREST[name].replace(b"{n}", b"1"), PEER)
    assert [bytes(sent[:11]) for sent, _hop in bench.sent] == [b"SIP/2.0 %d" % status]


def test_what_large_networks_send_is_within() -> None:
    """An INVITE as an IMS core hands it on: everything that it carries is read."""
    rich = request(
        "INVITE",
        f"Via: {many('SIP/2.0/UDP 10.0.0.#:5060;branch=z9hG4bKabcdef#;received=10.1.0.#;rport=5060', 10)}",
        f"Record-Route: {many('<sip:10.0.0.#:5060;transport=udp;lr;ftag=as7d8f6a7s6df;did=a7.1bc1>', 8)}",
        'P-Asserted-Identity: "x" <sip:+8613900000001@ims.mnc000.3gppnetwork.org>, <tel:+8613900000001>',
        'Contact: <sip:10.0.0.9:5060>;+sip.instance="<urn:gsma:imei:1>";+g.3gpp.icsi-ref="urn%3Aurn-7"',
        "Allow: INVITE, ACK, OPTIONS, CANCEL, BYE, UPDATE, PRACK, REFER, NOTIFY, INFO, MESSAGE, SUBSCRIBE",
        "Supported: 100rel, timer, precondition, histinfo, path, gruu, replaces, norefersub",
        f"Identity: {'e' * 1800};info=<https://example.com/cert>;alg=ES256;ppt=shaken",
        body=SDP + AUDIO + b"a=candidate:1 1 UDP 2130706431 10.0.0.1 8998 typ host\r\n" * 60,
    )
    bench = Bench()
    bench.agent.receive(rich.replace(b"{n}", b"1"), PEER)
    assert [bytes(sent[:11]) for sent, _hop in bench.sent] == [b"SIP/2.0 200"]
    assert bench.calls[0].caller == "13900000001"


def test_a_folded_line_is_read_as_one() -> None:
    folded = request("OPTIONS", "Subject: I know you're there, \t \r\n \t  pick up the phone   \r\n\tnow")
    assert parse(folded.replace(b"{n}", b"1")).one("subject") == "I know you're there, pick up the phone now"
