"""Questions are values with an answer's type; a class of one's own answers them by methods of their names."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from business import open_business
from business.contract.case import GOTONE, NOW
from business.guards.breaker import CircuitBreaker
from business.guards.cached import CachedBusiness
from business.guards.deadline import DeadlineBusiness
from business.guards.faults import FailBefore, FaultyBusiness
from business.guards.keyed import KeyedBusiness
from business.guards.measured import MeasuredBusiness
from business.guards.pace import Pace, PacedBusiness
from business.guards.patient import PatientBusiness
from business.guards.queue import Queue, QueuedBusiness, Rank
from business.port import (
    QUESTIONS,
    AskBill,
    AskFee,
    AskLowBalances,
    AskOffer,
    AskPuk,
    Bill,
    BillPending,
    Business,
    Change,
    CheckPassword,
    Fee,
    Form,
    NotOffered,
    Offer,
    OpenProduct,
    PasswordAnswer,
    PasswordCheck,
    Question,
    Refused,
    Theme,
    TopUp,
    Unavailable,
)
from business.port.bare import BareBusiness, misspelt
from business.port.question import answer_of, forms_of, required

MONTH = date(2026, 11, 1)
FEE = Fee(NOW, 1, 2, 0, 0, True, 0)


# ---- what stands with a question's type --------------------------------------------------------------------
def test_a_question_is_called_as_the_method_that_asks_it() -> None:
    assert {name: kind.name for name, kind in QUESTIONS.items()} == {name: name for name in QUESTIONS}


def test_what_is_kept_is_kept_under_an_argument_and_never_a_secret() -> None:
    for kind in QUESTIONS.values():
        assert kind.kept_under is None or kind.kept_under in {one.name for one in fields(kind)}
    never = {name for name, kind in QUESTIONS.items() if kind.kept_under is None}
    assert never == {
        "subscriber", "records", "check_password", "puk", "complaints", "low_balances", "holders",
        "handled_reports", "numbers", "offer",
    }  # fmt: skip


def test_a_question_says_its_answers_type_and_its_arguments_forms() -> None:
    assert answer_of(AskFee) is Fee
    assert answer_of(AskBill) == Bill | BillPending | None
    assert forms_of(AskBill) == {"msisdn": Form.NUMBER, "month": Form.MONTH}
    assert forms_of(AskLowBalances) == {"after": Form.AFTER, "limit": Form.LIMIT}
    assert required(CheckPassword) == ("msisdn", "password")


def test_what_must_be_offered() -> None:
    assert AskFee(GOTONE).needs() is Theme.FEES
    assert AskOffer(GOTONE, TopUp("1" * 18, GOTONE)).needs() is Theme.TOP_UP
    assert AskOffer(GOTONE, OpenProduct("crbt")).needs() is Theme.PRODUCTS


def test_equal_questions_are_one_and_a_secret_is_in_no_repr() -> None:
    assert AskBill(GOTONE, MONTH) == AskBill(GOTONE, MONTH) != AskBill(GOTONE, date(2026, 10, 1))
    assert len({AskFee(GOTONE), AskFee(GOTONE), AskPuk(GOTONE)}) == 2
    assert "258036" not in repr(CheckPassword(GOTONE, "258036"))


# ---- typed methods, and what they answer -------------------------------------------------------------------
class Ours(BareBusiness):
    """What an integrator writes."""

    themes = frozenset({Theme.FEES, Theme.BILLS, Theme.PASSWORDS})

    def __init__(self) -> None:
        self.given: list[tuple[object, ...]] = []

    async def subscriber(self, msisdn: str) -> Any:
        return None

    async def fee(self, msisdn: str) -> Fee:
        return FEE

    async def bill(self, msisdn: str, month: date) -> None:
        self.given.append((msisdn, month))

    async def check_password(self, msisdn: str, password: str) -> PasswordAnswer:
        return PasswordAnswer(PasswordCheck.RIGHT, 3)


class TestTypedMethods(TestCase):
    async def test_a_question_is_answered_by_the_method_of_its_name(self) -> None:
        ours = Ours()
        self.assertIs(await ours.ask(AskFee(GOTONE)), FEE)
        self.assertIsNone(await ours.ask(AskBill(GOTONE, MONTH)))
        self.assertEqual(ours.given, [(GOTONE, MONTH)])

    async def test_a_method_that_asks_may_be_called_by_names(self) -> None:
        ours = Ours()
        await MeasuredBusiness(ours, lambda *_: None, Clock().seconds).bill(month=MONTH, msisdn=GOTONE)
        self.assertEqual(ours.given, [(GOTONE, MONTH)])

    async def test_what_has_no_method_is_not_offered(self) -> None:
        for question in (AskPuk(GOTONE), AskOffer(GOTONE, OpenProduct("crbt"))):
            await self.assertFailure(Deferred.fromCoroutine(Ours().ask(question)), NotOffered)
        await self.assertFailure(Deferred.fromCoroutine(Ours().puk(GOTONE)), NotOffered)

    async def test_a_method_may_leave_what_it_has_no_answer_to(self) -> None:
        class Choosy(Ours):
            async def offer(self, msisdn: str, change: Change) -> Offer | Refused:
                return await super().offer(msisdn, change)

        asking = Deferred.fromCoroutine(Choosy().offer(GOTONE, OpenProduct("crbt")))
        await self.assertFailure(asking, NotOffered)
        asking = Deferred.fromCoroutine(Choosy().ask(AskOffer(GOTONE, OpenProduct("crbt"))))
        await self.assertFailure(asking, NotOffered)

    async def test_who_does_not_count_strangers_apart_is_never_told_of_one(self) -> None:
        answer = await Ours().ask(CheckPassword(GOTONE, "258036"))
        self.assertEqual(answer.check, PasswordCheck.RIGHT)

    async def test_who_does_is(self) -> None:
        told: list[bool] = []

        class Apart(Ours):
            counts_strangers_apart = True

            async def check_password(
                self, msisdn: str, password: str, stranger: bool = False
            ) -> PasswordAnswer:
                told.append(stranger)
                return PasswordAnswer(PasswordCheck.RIGHT, 3)

        await Apart().check_password(GOTONE, "1", stranger=True)
        await Apart().ask(CheckPassword(GOTONE, "1", stranger=True))
        await Apart().ask(CheckPassword(GOTONE, "1"))
        self.assertEqual(told, [True, True, False])
        self.assertIsNone(misspelt(Apart()))


# ---- every guard takes a question that it never heard of ---------------------------------------------------
class AskNothing(Question[int]):
    """Of no theme, not in the port, kept nowhere."""

    name = "nothing"


class Knowing(BareBusiness):
    async def ask(self, question: Question[Any]) -> Any:
        return 7 if isinstance(question, AskNothing) else await super().ask(question)


def _guards(clock: Clock, keys: str) -> tuple[Callable[[Business], Business], ...]:
    pace = Pace(8, clock.seconds)
    return (
        lambda inner: DeadlineBusiness(inner, clock, 10.0),
        lambda inner: CircuitBreaker(inner, clock.seconds),
        lambda inner: PacedBusiness(inner, pace, clock.seconds),
        lambda inner: PatientBusiness(inner, clock, 10.0),
        lambda inner: CachedBusiness(inner, clock.seconds, live=5.0),
        lambda inner: MeasuredBusiness(inner, lambda *_: None, clock.seconds),
        lambda inner: QueuedBusiness(inner, Queue(lambda: 8), Rank.CALLER),
        lambda inner: KeyedBusiness(inner, keys, clock),
        lambda inner: FaultyBusiness(inner, clock),
    )


class TestGuards(TestCase):
    async def test_a_question_that_is_not_in_the_port_passes_them_all(self) -> None:
        clock, business = Clock(), Knowing()
        outer: Business = business
        for around in _guards(clock, self.mktemp()):
            outer = around(outer)
        self.assertEqual(await outer.ask(AskNothing()), 7)

    async def test_each_of_the_ports_questions_meets_a_planned_fault_by_its_name(self) -> None:
        faulty = FaultyBusiness(Ours(), Clock())
        for name in ("fee", "bill"):
            faulty.plan(name, FailBefore())
        await self.assertFailure(Deferred.fromCoroutine(faulty.ask(AskFee(GOTONE))), Unavailable)
        await self.assertFailure(Deferred.fromCoroutine(faulty.bill(GOTONE, MONTH)), Unavailable)


# ---- slips -------------------------------------------------------------------------------------------------
def _with(**members: Any) -> Business:
    kind: Any = type("Slipped", (Ours,), members)
    slipped: Business = kind()
    return slipped


async def _answer(self: object, msisdn: str) -> None: ...
async def _swapped(self: object, month: date, msisdn: str) -> None: ...


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"fees": _answer}, None),  # the right one is there, too
        ({"point": _answer}, r"Slipped\.point answers nothing that a hall asks; did you mean points\?"),
        ({"sp_subscription": _answer}, r"sp_subscription answers nothing .* did you mean sp_subscriptions\?"),
        ({"bill": _answer}, r"Slipped\.bill must take msisdn, month, in this order"),
        ({"bill": _swapped}, r"Slipped\.bill must take msisdn, month, in this order"),
        ({"themes": frozenset({Theme.FEES, Theme.PUK})}, r"themes names puk, but there is no method puk"),
        ({"themes": frozenset({"fee"})}, r"themes names fee, which is no theme; did you mean fees\?"),
        ({"_point": _answer, "account": _answer}, None),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_what_was_meant(members: dict[str, Any], said: str | None) -> None:
    fault = misspelt(_with(**members))
    assert fault is None if said is None else re.search(said, str(fault)), fault


def test_a_back_office_without_a_subscriber_or_of_no_kind_at_all_is_told() -> None:
    assert "has no method subscriber" in str(misspelt(type("Empty", (BareBusiness,), {})()))
    assert "derive it from business.BareBusiness" in str(misspelt(object()))


def test_a_slip_is_found_behind_what_stands_around_it() -> None:
    assert "did you mean points?" in str(misspelt(FaultyBusiness(_with(point=_answer), Clock())))


def test_no_hall_opens_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("business.plugged_in", lambda group, name: lambda url, **_: _with(point=_answer))
    with pytest.raises(ValueError, match="did you mean points"):
        open_business("ourboss", None, clock=lambda: NOW, reactor=Clock())
