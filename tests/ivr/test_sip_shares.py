"""What one address may have of calls, set-ups, transactions, bindings: the rest is for others."""

from __future__ import annotations

from itertools import count

import pytest

from ivr.sip.api import EndReason, Hop, SipSettings
from ivr.sip.limits import Onward, Rate
from ivr.sip.message import Request, Response
from ivr.sip.quiet import FewPerMinute, OncePerMinute
from ivr.sip.sources import MAX_SOURCES, Sources, source_of
from ivr.testing.sip_bench import OFFER, PEER, Bench, Caller

TRUSTED, OTHER_TRUSTED = "127.0.0.2", "127.0.0.3"
STRANGER, OTHER_STRANGER = "203.0.113.2", "203.0.113.3"
_numbers = count(1)


def invite(bench: Bench, host: str, body: bytes = OFFER) -> tuple[Caller, Response]:
    """An INVITE of a new call from ``host``, and its answer."""
    caller = Caller(bench, f"call-{next(_numbers)}")
    caller.source = Hop("UDP", host, 5062)
    answer = caller.send("INVITE", body.replace(b"127.0.0.1", host.encode()))[-1]
    assert isinstance(answer, Response)
    return caller, answer


def statuses(bench: Bench, host: str, number: int) -> list[int]:
    return [invite(bench, host)[1].status for _ in range(number)]


@pytest.mark.parametrize(("flooding", "honest"), [(TRUSTED, OTHER_TRUSTED), (STRANGER, OTHER_STRANGER)])
def test_calls_without_ack_of_one_address_leave_room_for_others(flooding: str, honest: str) -> None:
    bench = Bench(SipSettings(max_calls=320))
    got = statuses(bench, flooding, 320)
    assert got.count(200) == (120 if flooding == TRUSTED else 24)  # its part of 240, three quarters of all
    assert set(got) == {200, 503}
    assert statuses(bench, honest, 1) == [200]
    assert bench.agent.sources.over["calls without ACK"] or bench.agent.sources.over["set-ups"]


def test_the_oldest_without_ack_makes_room_under_pressure_and_not_before() -> None:
    bench = Bench(SipSettings(max_calls=40))  # 30 without ACK in all, 15 of one trusted address
    statuses(bench, TRUSTED, 15)
    bench.wait(0.9)
    assert statuses(bench, TRUSTED, 1) == [503]  # a phone far away may need so long
    bench.wait(0.2)
    before = len(bench.sent)
    assert statuses(bench, TRUSTED, 1) == [200]
    byes = [m for m in bench.since(before) if isinstance(m, Request) and m.method == "BYE"]
    assert len(byes) == 1
    assert bench.handlers[0].told == [("ended", EndReason.NO_ACK)]
    assert len(bench.agent.calls) == 15
    sent = [m for m in bench.wait(30) if isinstance(m, Request) and m.call_id == byes[0].call_id]
    assert sent == []  # said once: a forged INVITE must not send its victim more


def test_forged_addresses_each_with_one_call_leave_room_too() -> None:
    bench = Bench(SipSettings(max_calls=40))
    got = [invite(bench, f"198.51.100.{n}")[1].status for n in range(60)]
    assert got.count(200) == 30
    bench.wait(1.1)
    assert statuses(bench, OTHER_STRANGER, 1) == [200]


def test_acknowledged_calls_are_no_longer_in_the_way() -> None:
    bench = Bench(SipSettings(max_calls=40))
    for _ in range(35):
        caller, answer = invite(bench, TRUSTED)
        caller.ack(answer)
    assert statuses(bench, TRUSTED, 1) == [200]


def test_calls_in_progress_of_a_stranger() -> None:
    bench = Bench(SipSettings(max_calls=100))
    for _ in range(10):
        caller, answer = invite(bench, STRANGER)
        caller.ack(answer)
    assert statuses(bench, STRANGER, 1) == [503]
    assert statuses(bench, OTHER_STRANGER, 1) == [200]
    caller.send("BYE")
    assert statuses(bench, STRANGER, 1) == [200]


def test_however_many_strangers_call_a_trusted_address_gets_through() -> None:
    bench = Bench(SipSettings(max_calls=100))
    for host in range(12):
        for _ in range(10):
            caller, answer = invite(bench, f"198.51.100.{host}")
            if answer.status == 200:
                caller.ack(answer)
    assert len(bench.agent.calls) == 90
    assert statuses(bench, STRANGER, 1) == [503]
    assert statuses(bench, TRUSTED, 1) == [200]
    assert len(bench.agent.calls) == 91


def test_a_hall_that_one_trusted_proxy_fills_is_full_and_nobody_has_used_up_a_share() -> None:
    asked: list[int | None] = []

    def admit() -> int | None:
        asked.append(5 if len(bench.agent.calls) >= 20 else None)
        return asked[-1]

    bench = Bench(SipSettings(max_calls=20), admit=admit)
    for _ in range(20):
        caller, answer = invite(bench, TRUSTED)
        caller.ack(answer)
    assert statuses(bench, TRUSTED, 1) == [503]
    assert asked[-1] == 5  # the hall itself has said so, and counted it
    assert not bench.agent.sources.over


def test_calls_kept_for_trusted_addresses_are_told_apart_from_a_full_hall() -> None:
    bench = Bench(SipSettings(max_calls=20, address_share=1.0))
    for _ in range(18):
        caller, answer = invite(bench, STRANGER)
        caller.ack(answer)
    assert statuses(bench, OTHER_STRANGER, 1) == [503]
    assert bench.agent.sources.over == {"calls kept for trusted": 1}
    assert "kept for trusted addresses" in bench.logged[-1][1]


def test_where_nobody_is_trusted_nothing_is_kept_back() -> None:
    bench = Bench(SipSettings(max_calls=20, address_share=1.0, trusted=()))
    for _ in range(20):
        caller, answer = invite(bench, STRANGER)
        caller.ack(answer)
    assert len(bench.agent.calls) == 20


def test_what_a_call_held_is_given_back_however_it_ended() -> None:
    bench = Bench(SipSettings(max_calls=100), accept=False)
    for end in ("reject", "cancel", "accept and bye", "no ack"):
        caller, _ringing = invite_early(bench)
        call = bench.calls[-1]
        if end == "reject":
            call.reject(486)
        elif end == "cancel":
            call.cancelled()
        else:
            call.accept(Bench.local_sdp(call))
            if end == "accept and bye":
                call.bye()
                caller.to_tag = call.dialog.local_tag
                caller.send("ACK", cseq=1)
    bench.wait(70)
    source = bench.agent.sources.of(STRANGER)
    assert (source.calls, source.waiting, source.transactions, source.idle) == (0, 0, 0, True)


def invite_early(bench: Bench) -> tuple[Caller, None]:
    caller = Caller(bench, f"call-{next(_numbers)}")
    caller.source = Hop("UDP", STRANGER, 5062)
    caller.send("INVITE", OFFER.replace(b"127.0.0.1", STRANGER.encode()))
    return caller, None


def test_set_ups_of_a_stranger_never_use_up_those_of_others() -> None:
    bench = Bench(SipSettings(setups_per_second=50))
    got = statuses(bench, STRANGER, 60)
    assert got.count(200) == 5
    assert statuses(bench, OTHER_STRANGER, 1) == [200]
    bench.wait(1)
    assert statuses(bench, STRANGER, 6).count(200) == 5


def test_a_trusted_peer_may_have_all_set_ups_that_others_leave() -> None:
    bench = Bench(SipSettings(setups_per_second=50))
    assert statuses(bench, TRUSTED, 60).count(200) == 50
    for host in (OTHER_TRUSTED, OTHER_STRANGER):  # some beyond the limit are kept for who asks for few
        assert statuses(bench, host, 1) == [200]


def test_malformed_invites_take_no_set_up_from_anybody() -> None:
    bench = Bench(SipSettings(setups_per_second=10))
    assert [invite(bench, TRUSTED, b"v=0\r\nx")[1].status for _ in range(50)] == [400] * 50
    assert statuses(bench, TRUSTED, 10) == [200] * 10


def test_transactions_of_one_address() -> None:
    bench = Bench(SipSettings(max_transactions=100))
    stranger, other = Hop("UDP", STRANGER, 5062), Hop("UDP", OTHER_STRANGER, 5062)
    got = [bench.statuses(Caller(bench, f"o{n}").request("OPTIONS"), stranger)[0] for n in range(30)]
    assert got == [200] * 20 + [503] * 10  # twice as many as INVITEs
    assert bench.statuses(Caller(bench, "other").request("OPTIONS"), other) == [200]
    bench.wait(40)
    assert bench.statuses(Caller(bench, "again").request("OPTIONS"), stranger) == [200]


def test_bindings_of_one_address_and_of_one_record() -> None:
    bench = Bench(SipSettings(max_bindings=40, registrars=("0.0.0.0/0",)))

    def register(number: int, host: str, contact: int = 0) -> int:
        request = Caller(bench, f"r{next(_numbers)}").request("REGISTER")
        request = request.replace(b"To: <sip:10086", b"To: <sip:%d" % number)
        request = request.replace(b"Contact: <sip:13900000001", b"Contact: <sip:%d" % contact)
        return bench.statuses(request, PEER._replace(host=host))[0]

    assert [register(n, STRANGER) for n in range(5)] == [200] * 4 + [503]
    assert register(0, STRANGER) == 200  # one that it has is renewed
    assert register(9, OTHER_STRANGER) == 200
    assert [register(7, TRUSTED, contact) for contact in range(11)] == [200] * 10 + [503]
    bench.wait(3_601)
    assert register(5, STRANGER) == 200
    assert bench.agent.sources.of(STRANGER).bindings == 1


def test_a_flood_inside_one_call() -> None:
    bench = Bench()
    caller = Caller(bench)
    caller.call()
    got = [caller.send("INFO", b"Signal=5", kind="application/dtmf")[-1] for _ in range(100)]
    assert [m.status for m in got if isinstance(m, Response)] == [200] * 60 + [500] * 40
    bench.wait(1)
    assert [m.status for m in caller.send("OPTIONS") if isinstance(m, Response)] == [200]
    assert [m.status for m in caller.send("BYE") if isinstance(m, Response)] == [200]


# ---- time that goes back
def test_a_clock_that_steps_back_refuses_nobody() -> None:
    bench = Bench(SipSettings(setups_per_second=20))
    statuses(bench, TRUSTED, 20)
    bench.now -= 3_600
    statuses(bench, TRUSTED, 2)
    bench.wait(1)
    assert statuses(bench, TRUSTED, 15) == [200] * 15


def test_timers_of_a_call_fire_though_the_clock_stepped_back() -> None:
    bench = Bench(accept=False)
    Caller(bench).send("INVITE", OFFER)
    bench.now -= 3_600
    bench.agent.advance()
    bench.calls[0].accept(Bench.local_sdp(bench.calls[0]))
    sent = len(bench.sent)
    for _ in range(70):
        bench.now += 0.5
        bench.agent.advance()
    assert len(bench.sent) - sent > 10  # the 200 again and again, then BYE
    assert bench.handlers[0].told == [("ended", EndReason.NO_ACK)]


def test_rates_take_a_step_back_as_no_time() -> None:
    rate = Rate(1.0, 1_000.0)
    assert rate.allow(1_000.0)
    assert not rate.allow(0.0)
    assert not rate.allow(0.5)
    assert rate.allow(1.0)


def test_time_goes_on() -> None:
    given = iter([10.0, 11.0, 5.0, 6.0, 6.0, 100.0])
    clock = Onward(lambda: next(given))
    assert [clock() for _ in range(5)] == [11.0, 11.0, 12.0, 12.0, 106.0]


# ---- who is one source, and how many are remembered
@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no address:", "no address:"),
    ],
)
def test_one_subscriber_is_one_source(host: str, source: str) -> None:
    assert source_of(host) == source


def test_sources_that_have_nothing_are_forgotten() -> None:
    sources = Sources(SipSettings(), lambda: 0.0, lambda source, text: None)
    kept = sources.of("198.51.100.1")
    kept.calls = 1
    for number in range(3 * MAX_SOURCES):
        sources.of(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(sources) <= MAX_SOURCES
    assert sources.of("198.51.100.1") is kept


# ---- what is said about it
def test_a_flood_of_sources_fills_no_log() -> None:
    lines: list[str] = []
    now = [0.0]
    log = OncePerMinute(lines.append, lambda: now[0])
    for number in range(5_000):
        log(f"10.0.{number >> 8}.{number & 255}", "SIP: no SIP message")
    assert len(lines) == 60
    now[0] = 61.0
    log("192.0.2.1", "again")
    assert lines[60:] == ["4940 lines like these, of too many sources, were left out", "192.0.2.1: again"]


def test_a_log_is_not_quiet_for_longer_when_the_clock_steps_back() -> None:
    lines: list[str] = []
    now = [10_000.0]
    log = OncePerMinute(lines.append, lambda: now[0])
    log("192.0.2.1", "first")
    now[0] = 1.0
    log("192.0.2.1", "second")
    assert len(lines) == 2


def test_failures_are_told_a_few_times_a_minute() -> None:
    told: list[str] = []
    now = [0.0]
    failure = FewPerMinute(told.append, lambda: now[0])
    for _ in range(100):
        failure("SIP message from 192.0.2.1")
    assert len(told) == 6
    now[0] = 10.0
    failure("here")
    assert told[6:] == ["here (94 more failures since)"]
