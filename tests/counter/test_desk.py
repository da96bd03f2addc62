"""The desk: passwords first, failures turned into what may be told, nothing secret in a log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from zope.interface import implementer

from business.guards.faults import FailAfter, FailBefore, Hang, Lie
from business.port import PasswordAnswer, PasswordCheck, Resting, Unavailable
from business.port.bare import BareBusiness
from counter.desk import Desk
from counter.testing.house import CARD, MZONE, NOW, PASSWORDS, POSTPAID, House, at_once, texts, work
from handlers import FUNCTIONS
from menus.dialogue.session import Session
from menus.model.channels import CHANNELS, SMS, VOICE, WEB, Channel
from menus.model.events import Answered, Do, NotDone, Offered, Refused, Text, Unknown
from menus.model.specs import Action
from menus.model.values import Kind, Value


@implementer(ILogObserver)
class Log:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.events: list[LogEvent] = []

    def __call__(self, event: LogEvent) -> None:
        self.events.append(event)


@pytest.fixture
def logged() -> Iterator[list[LogEvent]]:
    log = Log()
    globalLogPublisher.addObserver(log)
    yield log.events
    globalLogPublisher.removeObserver(log)


OPEN_CRBT = work("products.manage", Action.OPEN, Do.OFFER, "crbt")


def perform_crbt(house: House) -> Any:
    offered = house.run(OPEN_CRBT)
    assert isinstance(offered, Offered)
    return replace(OPEN_CRBT, do=Do.PERFORM, offer=offered.offer, key="k")


# ---- failures ----------------------------------------------------------------------------------------------
def test_a_query_that_fails_is_certainly_not_done() -> None:
    house = House()
    house.business.plan("fee", FailBefore())
    assert isinstance(house.run(work("fees.realtime")), NotDone)


def test_an_offer_that_fails_is_certainly_not_done() -> None:
    house = House()
    house.business.plan("offer", FailBefore())
    assert isinstance(house.run(OPEN_CRBT), NotDone)


@pytest.mark.parametrize("fault", [FailBefore(), FailAfter()])
def test_a_change_that_raises_is_unknown_whatever_it_did(fault: Any) -> None:
    house = House()
    change = perform_crbt(house)

    async def raising(*_: object) -> object:
        if isinstance(fault, FailAfter):
            await house.memory.perform(*_)  # type: ignore[arg-type]
        raise Unavailable("gone")

    house.business.perform = raising  # type: ignore[method-assign, assignment]
    assert isinstance(house.run(change), Unknown)


def test_a_bug_in_a_handler_hurts_only_its_own_caller(logged: list[LogEvent]) -> None:
    house = House()
    house.business.plan("fee", Lie(None))
    assert isinstance(house.run(work("fees.realtime")), NotDone)
    assert isinstance(house.run(work("fees.realtime")), Answered)
    assert len([e for e in logged if "failed" in str(e.get("log_format"))]) == 1


def test_no_secret_is_logged(logged: list[LogEvent]) -> None:
    house = House()

    async def quoting(*given: object) -> object:
        raise RuntimeError(f"cannot take {given}")

    house.business.offer = quoting  # type: ignore[method-assign, assignment]
    house.run(work("topup.card", Action.OPEN, Do.OFFER, card=CARD))
    house.business.check_password = quoting  # type: ignore[method-assign, assignment]
    house.run(work("fees.other", number=MZONE, secret="741963"))
    assert len(logged) == 2
    assert not any(CARD in repr(event) or "741963" in repr(event) for event in logged)


def test_unknown_work_is_not_done() -> None:
    house = House()
    assert isinstance(house.run(work("no.such")), NotDone)
    assert isinstance(house.run(work("fees.realtime", Action.OPEN)), NotDone)
    assert isinstance(house.run(work("fees.realtime", do=Do.OFFER)), NotDone)


def test_a_foreign_number_is_refused() -> None:
    assert House().run(work("fees.realtime"), "13999999999") == Refused("unknown caller")
    assert House().run(work("fees.realtime"), None) == Refused("unknown caller")


def test_what_the_back_office_does_not_offer_is_soon_to_come() -> None:
    house = House()
    change = perform_crbt(house)
    house.business.inner = BareBusiness()
    for wanted in (work("fees.realtime"), OPEN_CRBT, change, work("points.query")):
        assert house.run(wanted) == Refused("unknown product"), wanted


def test_another_number_that_is_not_ours_is_told_like_a_wrong_password() -> None:
    refused = House().run(work("fees.other", number="13999999999", secret="111222"))
    assert refused == Refused("password mismatch")


def test_information_needs_no_number() -> None:
    assert House().run(work("info.text", Action.INFO), None) == Answered()


# ---- passwords ---------------------------------------------------------------------------------------------
def test_three_wrong_passwords_lock_and_the_right_one_comes_too_late() -> None:
    house = House()
    answers = [house.run(work("fees.other", number=MZONE, secret="111222"), MZONE) for _ in range(3)]
    assert [getattr(a, "reason", "") for a in answers] == [
        "password wrong",
        "password wrong",
        "password locked",
    ]
    right = house.run(work("fees.other", number=MZONE, secret=PASSWORDS[MZONE]), MZONE)
    assert right == Refused("password locked")


def test_a_wrong_password_tells_its_owner_the_tries_left() -> None:
    house = House()
    house.business.plan("check_password", Lie(PasswordAnswer(PasswordCheck.WRONG, 1)))
    refused = house.run(work("fees.other", number=MZONE, secret="111222"), MZONE)
    assert refused == Refused("password wrong", {"left": Value(Kind.COUNT, 1)})
    assert "fee" not in house.business.calls


def test_a_password_that_was_not_given_is_a_wrong_one() -> None:
    assert House().run(work("fees.other", number=MZONE)) == Refused("password mismatch")


def test_a_withheld_caller_proves_a_number_and_gets_that_account() -> None:
    house = House()
    told = house.run(work("fees.realtime", caller=MZONE, secret=PASSWORDS[MZONE]), None)
    own = house.run(work("fees.realtime"), MZONE)
    assert told == own
    assert isinstance(told, Answered)
    wrong = house.run(work("fees.realtime", caller=MZONE, secret="000001"), None)
    assert isinstance(wrong, Refused)


def test_naming_another_number_without_its_password_gives_nothing() -> None:
    assert House().run(work("fees.realtime", caller=MZONE), POSTPAID) == Refused("password mismatch")


def test_passwords_are_taken_out_of_what_is_kept() -> None:
    changed = work("fees.other", do=Do.PERFORM, key="k", number=MZONE, secret="741963")
    kept = House().desk.operation(changed, Session.new("v", SMS, POSTPAID, "s1"))
    assert dict(kept.inputs) == {"number": MZONE}


# ---- facts -------------------------------------------------------------------------------------------------
def test_facts_are_kept_for_a_few_seconds_and_no_longer() -> None:
    house = House()
    for _ in range(3):
        facts = at_once(house.desk.facts(MZONE, SMS))
    assert (facts.caller, facts.brand, facts.city) == (MZONE, "动感地带", "长沙")
    assert house.business.calls == ["subscriber"]
    house.now = house.now.replace(minute=house.now.minute + 1)
    assert at_once(house.desk.facts(MZONE, SMS)).now == house.now
    assert house.business.calls == ["subscriber"] * 2


def test_a_change_ends_what_was_known() -> None:
    house = House()
    assert "crbt" not in at_once(house.desk.facts(POSTPAID, SMS)).opened
    house.run(perform_crbt(house))
    assert "crbt" in at_once(house.desk.facts(POSTPAID, SMS)).opened


def test_a_number_that_is_not_ours_is_no_caller() -> None:
    assert at_once(House().desk.facts("13999999999", VOICE)).caller is None
    assert at_once(House().desk.facts(None, VOICE)).caller is None


def test_a_silent_back_office_leaves_the_number() -> None:
    house = House()
    house.business.plan("subscriber", FailBefore())
    facts = at_once(house.desk.facts(POSTPAID, SMS))
    assert (facts.caller, facts.brand) == (POSTPAID, None)
    assert at_once(house.desk.facts(POSTPAID, SMS)).brand == "全球通"


def test_a_back_office_that_hung_is_not_waited_for_again_at_once() -> None:
    house = House()
    house.business.plan("subscriber", Hang())
    asked = Deferred.fromCoroutine(house.desk.facts(POSTPAID, VOICE))
    asked.cancel()
    for _ in range(3):
        assert at_once(house.desk.facts(POSTPAID, VOICE)).brand is None
    assert house.business.calls == ["subscriber"]
    house.now = house.now.replace(minute=house.now.minute + 1)
    assert at_once(house.desk.facts(POSTPAID, VOICE)).brand == "全球通"


# ---- hours in which the back office rests ------------------------------------------------------------------
REST = Resting(*(NOW.replace(hour=hour, minute=30).astimezone(UTC) for hour in (20, 23)))
"""In the zone of the back office; told in China's."""


def rests(house: House, method: str) -> None:
    async def resting(*_: object, **__: object) -> object:
        raise REST

    setattr(house.business, method, resting)


def test_a_query_that_rests_says_until_when() -> None:
    house = House()
    rests(house, "fee")
    until = {"from": Value(Kind.TIME, REST.since), "to": Value(Kind.TIME, REST.until)}
    assert house.run(work("fees.realtime")) == Refused("resting", until)
    (turn,) = [at_once(house.conversation().turn(Text("0101")))]
    assert texts(turn) == "实时话费查询在9月22日20:30至9月22日23:30暂停查询，请稍后再发0101。"


def test_a_change_whose_offer_rests_was_not_done() -> None:
    house = House()
    rests(house, "offer")
    refused = house.run(OPEN_CRBT)
    assert isinstance(refused, Refused)
    assert refused.reason == "hours"


def test_a_change_that_rests_half_way_is_unknown() -> None:
    house = House()
    change = perform_crbt(house)
    rests(house, "perform")
    assert isinstance(house.run(change), Unknown)


def test_a_password_that_cannot_be_checked_now_rests_too() -> None:
    house = House()
    rests(house, "check_password")
    refused = house.run(work("fees.other", number=MZONE, secret="741963"))
    assert isinstance(refused, Refused)
    assert refused.reason == "resting"


class Asked:
    """A back office that answers nothing, and knows that it was asked."""

    def __init__(self) -> None:
        self.times = 0

    async def ask(self, _question: object) -> Any:
        self.times += 1
        raise Unavailable("asked")


@pytest.mark.parametrize(
    "channel", [*CHANNELS.values(), replace(WEB, queued=True), replace(SMS, queued=False)]
)
def test_an_input_that_has_its_place_takes_no_second_one(channel: Channel) -> None:
    waits, placed = Asked(), Asked()
    desk = Desk(waits, FUNCTIONS, lambda: NOW, placed=placed)  # type: ignore[arg-type]
    at_once(desk.facts("13900000001", channel))
    assert (waits.times > 0, placed.times > 0) == (not channel.queued, channel.queued)
