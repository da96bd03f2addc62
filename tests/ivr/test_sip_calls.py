"""Whole calls on the bench: what a phone sends, what it gets, what the hall is told. No socket, no clock."""

from __future__ import annotations

import pytest

from ivr.sip.api import EndReason, SipSettings
from ivr.sip.message import Request, Response
from ivr.sip.sdp import offer, parse
from ivr.testing.sip_bench import OFFER, PEER, US, Bench, Caller, statuses

HOLD = offer("127.0.0.1", 40_000, version=2, direction="sendonly")


def requests(messages: list[Request | Response], method: str) -> list[Request]:
    return [m for m in messages if isinstance(m, Request) and m.method == method]


def up(settings: SipSettings | None = None, *headers: str) -> tuple[Bench, Caller]:
    bench = Bench(settings)
    caller = Caller(bench)
    caller.call(OFFER, *headers)
    return bench, caller


def test_a_call_comes_and_goes() -> None:
    bench, caller = up()
    call = bench.calls[0]
    assert (call.caller, call.called, call.city_prefix) == ("13900000001", "10086", None)
    assert statuses(caller.send("BYE")) == [200]
    assert bench.handlers[0].told == [("acked", False), ("ended", EndReason.BYE)]
    assert bench.agent.calls == {}
    bench.wait(40)
    assert not bench.agent.endpoint.transactions_in
    assert not bench.agent.endpoint.merged
    assert len(bench.agent.endpoint.timers) == 0


def test_a_resent_invite_gets_the_same_200_and_no_second_call() -> None:
    bench = Bench()
    invite = Caller(bench).request("INVITE", OFFER)
    bench.receive(invite)
    bench.receive(invite)
    assert len(bench.calls) == 1
    assert bench.sent[0] == bench.sent[1]


def test_a_200_without_ack_is_resent_and_the_call_given_up_after_64_t1() -> None:
    bench = Bench()
    caller = Caller(bench)
    caller.send("INVITE", OFFER)
    moments = []
    began = bench.now
    for _ in range(400):
        moments += [round(bench.now - began, 1)] * len(statuses(bench.wait(0.1)))
    assert moments[:5] == [0.4, 1.4, 3.4, 7.4, 11.4]  # 0.5, 1.5, 3.5, 7.5, then every T2
    assert bench.handlers[0].told == [("ended", EndReason.NO_ACK)]
    assert requests(bench.since(0), "BYE")
    assert bench.agent.calls == {}


def test_a_bye_of_ours_waits_for_the_ack() -> None:
    bench = Bench()
    caller = Caller(bench)
    final = caller.send("INVITE", OFFER)[-1]
    assert isinstance(final, Response)
    bench.calls[0].bye()
    assert bench.handlers[0].told == [("ended", EndReason.LOCAL)]
    assert not requests(bench.since(0), "BYE")
    [bye] = requests(caller.ack(final), "BYE")
    assert bye.uri.text == "sip:13900000001@127.0.0.1:5062"
    assert bench.agent.calls == {}


def test_cancel_before_the_answer() -> None:
    bench = Bench(accept=False)
    caller = Caller(bench)
    caller.send("INVITE", OFFER, branch="z9hG4bK-x")
    bench.calls[0].ringing()
    got = caller.send("CANCEL", cseq=1, branch="z9hG4bK-x")
    assert statuses(got) == [200, 487]
    assert got[0].to.tag == got[1].to.tag
    assert bench.handlers[0].told == [("ended", EndReason.CANCELLED)]
    caller.ack(got[1], b"") if isinstance(got[1], Response) else None
    bench.calls[0].accept(OFFER)  # too late, and harmless
    assert bench.agent.calls == {}


def test_cancel_after_the_answer_changes_nothing() -> None:
    bench = Bench()
    caller = Caller(bench)
    caller.send("INVITE", OFFER, branch="z9hG4bK-x")
    assert statuses(caller.send("CANCEL", cseq=1, branch="z9hG4bK-x")) == [200]
    assert len(bench.agent.calls) == 1


def test_a_refusal_is_resent_until_its_ack() -> None:
    bench = Bench(accept=False)
    caller = Caller(bench)
    caller.send("INVITE", OFFER, branch="z9hG4bK-x")
    bench.calls[0].reject(503, retry_after=7)
    [refusal] = bench.since(0)
    assert isinstance(refusal, Response)
    assert (refusal.status, refusal.one("retry-after")) == (503, "7")
    assert statuses(bench.wait(1.6)) == [503, 503]
    caller.to_tag = refusal.to.tag or ""
    caller.send("ACK", cseq=1, branch="z9hG4bK-x")
    assert bench.wait(40) == []
    assert bench.handlers[0].told == [("ended", EndReason.LOCAL)]


def test_delayed_offer() -> None:
    bench = Bench()
    caller = Caller(bench)
    final = caller.send("INVITE")[-1]
    assert isinstance(final, Response)
    assert parse(final.body).media[0].formats == ("8", "0", "101")
    caller.ack(final, OFFER)
    assert bench.handlers[0].told == [("acked", True)]


def test_delayed_offer_without_answer_is_hung_up() -> None:
    bench = Bench()
    caller = Caller(bench)
    final = caller.send("INVITE")[-1]
    assert isinstance(final, Response)
    assert requests(caller.ack(final), "BYE")
    assert bench.handlers[0].told == [("ended", EndReason.NO_ANSWER)]


def test_hold_and_resume() -> None:
    bench, caller = up()
    held = caller.call(HOLD)
    assert parse(held.body).media[0].direction == "recvonly"
    resumed = caller.call(OFFER)
    assert parse(resumed.body).media[0].direction == "sendrecv"
    assert bench.handlers[0].told == [
        ("acked", False),
        ("reinvite", "recvonly"),
        ("reinvite", "sendrecv"),
    ]
    assert len(bench.agent.calls) == 1


def test_the_peer_asks_for_our_offer_inside_the_call() -> None:
    bench, caller = up()
    final = caller.send("INVITE")[-1]
    assert isinstance(final, Response)
    assert parse(final.body).media[0].port == 30_000
    caller.ack(final, HOLD)
    assert bench.handlers[0].told == [("acked", False), ("acked", True)]


def test_a_refused_change_leaves_the_call_as_it_was() -> None:
    bench, caller = up()
    bench.handlers[0].refuses = True
    [refusal] = caller.send("INVITE", HOLD)
    assert isinstance(refusal, Response)
    assert (refusal.status, (refusal.one("warning") or "")[:3]) == (488, "305")
    assert statuses(caller.send("BYE")) == [200]


def test_update_with_and_without_offer() -> None:
    _bench, caller = up()
    [held] = caller.send("UPDATE", HOLD)
    assert parse(held.body).media[0].direction == "recvonly"
    [refresh] = caller.send("UPDATE")
    assert isinstance(refresh, Response)
    assert (refresh.status, refresh.body) == (200, b"")


def test_keys_by_info() -> None:
    bench, caller = up()
    relay = "application/dtmf-relay"
    caller.send("INFO", b"Signal=5\r\nDuration=160\r\n", kind=relay)
    caller.send("INFO", b"Signal= *\r\n", kind=relay)
    caller.send("INFO", b"11", kind="application/dtmf")
    assert statuses(caller.send("INFO", b"Signal=16", kind=relay)) == [200]  # flash is no key
    assert statuses(caller.send("INFO", b"<x/>", kind="application/xml")) == [415]
    assert bench.handlers[0].told[1:] == [("info", "5"), ("info", "*"), ("info", "#")]


def test_glare_is_answered_491() -> None:
    bench, caller = up()
    bench.calls[0].reoffer(OFFER, lambda status, answer: None)
    assert statuses(caller.send("INVITE", HOLD)) == [491]


def test_our_change_is_tried_again_after_glare() -> None:
    bench, caller = up()
    results: list[int] = []
    bench.calls[0].reoffer(OFFER, lambda status, answer: results.append(status))
    [invite] = requests(bench.since(0), "INVITE")
    caller.answer(invite, 491)
    again = requests(bench.wait(2.1), "INVITE")[0]
    assert again.cseq.number == invite.cseq.number + 1
    [ack] = requests(caller.answer(again, 200, "Contact: <sip:x@127.0.0.1:5099>", body=OFFER), "ACK")
    assert (results, ack.uri.text) == ([200], "sip:x@127.0.0.1:5099")
    assert requests(caller.answer(again, 200, body=OFFER), "ACK")  # the same 200 again, its ACK again


def test_requests_out_of_order_and_of_other_calls() -> None:
    _bench, caller = up()
    assert statuses(caller.send("INFO", cseq=1)) == [500]
    caller.to_tag = "other"
    assert statuses(caller.send("BYE")) == [481]


def test_merged_requests() -> None:
    bench = Bench()
    caller = Caller(bench)
    caller.send("INVITE", OFFER, cseq=1)
    assert statuses(caller.send("INVITE", OFFER, cseq=1)) == [482]  # another branch, the same call


def test_reliable_ringing() -> None:
    bench = Bench(accept=False)
    caller = Caller(bench)
    caller.send("INVITE", OFFER, "Require: 100rel")
    bench.calls[0].ringing()
    ringing = bench.since(0)[-1]
    assert isinstance(ringing, Response)
    assert ringing.one("require") == "100rel"
    assert statuses(bench.wait(1.6)) == [180, 180]
    caller.to_tag = ringing.to.tag or ""
    assert statuses(caller.send("PRACK", b"", f"RAck: {ringing.one('rseq')} 2 INVITE")) == [481]
    assert statuses(caller.send("PRACK", b"", f"RAck: {ringing.one('rseq')} 1 INVITE")) == [200]
    assert bench.wait(10) == []
    bench.calls[0].accept(OFFER)
    assert statuses(bench.since(0))[-1] == 200


def test_reliable_ringing_that_nobody_hears() -> None:
    bench = Bench(accept=False)
    Caller(bench).send("INVITE", OFFER, "Require: 100rel")
    bench.calls[0].ringing()
    assert 504 in statuses(bench.wait(33))
    assert bench.handlers[0].told == [("ended", EndReason.LOST)]


def test_transfer_is_tracked_to_its_end() -> None:
    bench, caller = up()
    bench.calls[0].refer("sip:agent@192.0.2.9")
    [refer] = requests(bench.since(0), "REFER")
    assert refer.one("refer-to") == "<sip:agent@192.0.2.9>"
    caller.answer(refer, 202)
    for state, frag in (
        ("active;expires=60", b"SIP/2.0 100 Trying"),
        ("terminated;reason=noresource", b"SIP/2.0 200 OK"),
    ):
        headers = ("Event: refer", f"Subscription-State: {state}")
        assert statuses(caller.send("NOTIFY", frag, *headers, kind="message/sipfrag;version=2.0")) == [200]
    assert bench.handlers[0].told[1:] == [("refer", 100), ("refer", 200)]
    assert statuses(caller.send("NOTIFY", b"", "Event: refer", "Subscription-State: terminated")) == [481]
    assert statuses(caller.send("NOTIFY", b"", "Event: presence")) == [489]


@pytest.mark.parametrize("status", [603, 405])
def test_transfer_refused(status: int) -> None:
    bench, caller = up()
    bench.calls[0].refer("sip:agent@192.0.2.9")
    [refer] = requests(bench.since(0), "REFER")
    caller.answer(refer, status)
    assert bench.handlers[0].told[1:] == [("refer", status)]
    bench.calls[0].refer("sip:agent@192.0.2.9")  # may be tried again


def test_transfer_that_nobody_reports() -> None:
    bench, caller = up(SipSettings(refer_seconds=10))
    bench.calls[0].refer("sip:agent@192.0.2.9")
    caller.answer(requests(bench.since(0), "REFER")[0], 202)
    bench.wait(11)
    assert bench.handlers[0].told[1:] == [("refer", 408)]
    assert len(bench.agent.calls) == 1


def test_session_timer_of_the_caller() -> None:
    bench = Bench()
    caller = Caller(bench)
    final = caller.call(OFFER, "Supported: timer", "Session-Expires: 120;refresher=uac")
    assert (final.one("session-expires"), final.one("require")) == ("120;refresher=uac", "timer")
    bench.wait(60)
    caller.send("UPDATE", b"", "Supported: timer", "Session-Expires: 120;refresher=uac")
    bench.wait(80)
    assert len(bench.agent.calls) == 1
    assert requests(bench.wait(30), "BYE")
    assert bench.handlers[0].told[-1] == ("ended", EndReason.EXPIRED)


def test_session_timer_of_ours_refreshes_by_update_or_reinvite() -> None:
    for allow, method in (("Allow: INVITE, UPDATE", "UPDATE"), ("Allow: INVITE", "INVITE")):
        bench, caller = up(SipSettings(session=200), allow)
        [refresh] = requests(bench.wait(100.2), method)
        assert refresh.one("session-expires") == "200;refresher=uac"
        body = OFFER if method == "INVITE" else b""
        caller.answer(refresh, 200, "Session-Expires: 200;refresher=uac", body=body)
        assert not requests(bench.wait(90), method)
        assert requests(bench.wait(20), method)
        assert len(bench.agent.calls) == 1


def test_no_room() -> None:
    bench = Bench(SipSettings(max_calls=1))
    Caller(bench, "a").call()
    [refusal] = Caller(bench, "b").send("INVITE", OFFER)
    assert isinstance(refusal, Response)
    assert (refusal.status, refusal.one("retry-after")) == (503, "5")
    assert (len(bench.calls), bench.agent.refused) == (1, 1)


def test_a_full_hall_refuses_each_invite_once_and_remembers_nothing() -> None:
    bench = Bench(SipSettings(max_calls=1))
    Caller(bench, "a").call()
    refused = Caller(bench, "b")
    again = refused.request("INVITE", OFFER)
    assert statuses(bench.receive(again, refused.source)) == [503]
    assert statuses(bench.receive(again, refused.source)) == [503]  # a copy is asked for and gets one, too
    assert bench.wait(40) == []  # but none comes by itself
    assert len(bench.agent.endpoint.transactions_in) == 0
    assert bench.agent.refused == 2


def test_the_hall_may_close_its_door() -> None:
    waits: list[int | None] = [None]
    bench = Bench(admit=lambda: waits[0])
    caller = Caller(bench, "a")
    caller.call()
    waits[0] = 30
    [refusal] = Caller(bench, "b").send("INVITE", OFFER)
    assert isinstance(refusal, Response)
    assert (refusal.status, refusal.one("retry-after")) == (503, "30")
    assert statuses(Caller(bench, "c").send("OPTIONS")) == [503]  # a load balancer goes elsewhere
    assert statuses(caller.send("BYE")) == [200]


def test_set_ups_a_second() -> None:
    bench = Bench(SipSettings(setups_per_second=2))
    got = [statuses(Caller(bench, f"c{n}").send("INVITE", OFFER))[-1] for n in range(4)]
    assert got == [200, 200, 503, 503]
    bench.wait(1)
    assert statuses(Caller(bench, "later").send("INVITE", OFFER)) == [200]


def test_transactions_have_a_limit() -> None:
    bench = Bench(SipSettings(max_transactions=3))
    got = [statuses(Caller(bench, f"c{n}").send("INVITE", OFFER))[-1] for n in range(5)]
    assert got == [200, 200, 200, 503, 503]


def test_a_handler_that_raises_ends_its_own_call_only() -> None:
    bench, caller = up()
    other = Caller(bench, "call-2")
    other.call()

    def broken(key: str) -> None:
        raise ValueError("bug")

    bench.handlers[0].info = broken  # type: ignore[method-assign]
    caller.send("INFO", b"Signal=5", kind="application/dtmf-relay")
    assert bench.failures == ["info of call call-1"]
    assert bench.handlers[0].told[-1] == ("ended", EndReason.FAILED)
    assert statuses(other.send("INFO", b"Signal=5", kind="application/dtmf-relay")) == [200]


def test_a_hall_that_raises_at_once_refuses_the_call() -> None:
    bench = Bench(accept=False)
    bench.agent._on_invite = lambda call: 1 / 0  # type: ignore[assignment]
    assert statuses(Caller(bench).send("INVITE", OFFER)) == [500]
    assert bench.agent.calls == {}


def test_answers_go_where_the_request_came_from() -> None:
    bench = Bench()
    source = PEER._replace(host="203.0.113.9", port=9999)
    request = Caller(bench).request("OPTIONS").replace(b";branch", b";rport;branch")
    [answer] = bench.receive(request, source)
    assert bench.sent[0][1] == source
    assert (answer.via.params["received"], answer.via.params["rport"]) == ("203.0.113.9", "9999")
    bench.receive(Caller(bench, "c2").request("OPTIONS"), source)
    assert bench.sent[1][1] == source._replace(port=5062)  # no rport: the port of its Via, never its host


def test_route_set() -> None:
    bench, _caller = up(None, "Record-Route: <sip:127.0.0.3;lr>, <sip:127.0.0.4;lr>")
    bench.calls[0].bye()
    [bye] = requests(bench.since(0), "BYE")
    assert bye.all("route") == ["<sip:127.0.0.3;lr>", "<sip:127.0.0.4;lr>"]
    assert bye.uri.text == "sip:13900000001@127.0.0.1:5062"
    assert bench.sent[-1][1][:3] == ("UDP", "127.0.0.3", 5060)
    strict, _caller = up(None, "Record-Route: <sip:127.0.0.3>")
    strict.calls[0].bye()
    [bye] = requests(strict.since(0), "BYE")
    assert (bye.uri.text, bye.all("route")) == ("sip:127.0.0.3", ["<sip:13900000001@127.0.0.1:5062>"])


def test_names_that_are_not_ours() -> None:
    bench = Bench(SipSettings(hosts=frozenset({US[0]})))
    elsewhere = "sip:10086@example.com"
    assert statuses(Caller(bench, "a").send("OPTIONS", uri=elsewhere)) == [404]
    spent = Caller(bench, "b").request("OPTIONS", uri=elsewhere).replace(b"Forwards: 70", b"Forwards: 0")
    assert bench.statuses(spent) == [483]
    assert statuses(Caller(bench, "c").send("OPTIONS")) == [200]


def test_register_from_loopback_only() -> None:
    bench = Bench()
    caller = Caller(bench)
    [bound] = caller.send("REGISTER", b"", "Expires: 60")
    assert bound.all("contact") == ["<sip:13900000001@127.0.0.1:5062>;expires=60"]
    bench.wait(61)
    request = caller.request("REGISTER").replace(b"Contact: <sip:13900000001@127.0.0.1:5062>\r\n", b"")
    [asked] = bench.receive(request)
    assert asked.all("contact") == []
    assert bench.statuses(Caller(bench, "far").request("REGISTER"), PEER._replace(host="203.0.113.9")) == [
        403
    ]


def test_a_bad_peer_fills_no_log() -> None:
    from ivr.sip.quiet import OncePerMinute

    lines: list[str] = []
    now = [0.0]
    log = OncePerMinute(lines.append, lambda: now[0])
    for _ in range(500):
        log("203.0.113.9", "SIP: Malformed 张\n")
    now[0] = 61.0
    log("203.0.113.9", "again")
    assert lines == ["203.0.113.9: SIP: Malformed \\u5f20\n", "203.0.113.9: again (499 more since)"]
