"""The contract's promise about themes: what is said to be offered is answered, the rest is owned up to."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from datetime import date
from typing import Any

from twisted.internet.defer import Deferred

from business.contract.case import FIFTY, GOTONE, MONTH, NOBODY, PASSWORD, ContractCase
from business.port import (
    QUESTIONS,
    CancelProduct,
    CancelSp,
    Change,
    ChangePassword,
    Complain,
    ExchangePoints,
    NotOffered,
    Offer,
    OpenProduct,
    Question,
    RegisterName,
    ResetPassword,
    Respond,
    Resume,
    Suspend,
    Theme,
    TopUp,
    UnknownSubscriber,
    UnlockPassword,
    Urge,
    theme_of,
)
from business.port.question import required

ID_NUMBER = "430102198001011230"
ARGUMENTS: dict[str, object] = {
    "msisdn": GOTONE,
    "month": MONTH,
    "limit": 10,
    "after": "",
    "product": "crbt",
    "group": "plan",
    "password": PASSWORD,
    "number": "1380000",
    "city": "长沙",
}
"""What a question of any kind is asked with."""
EVERY_CHANGE: tuple[Change, ...] = (
    OpenProduct("crbt"),
    CancelProduct("fetion"),
    CancelSp(("sp1",)),
    TopUp(FIFTY, GOTONE),
    ExchangePoints("r10"),
    Suspend(GOTONE),
    Resume(GOTONE),
    ChangePassword("739184"),
    ResetPassword(ID_NUMBER),
    UnlockPassword(ID_NUMBER),
    RegisterName("张三", ID_NUMBER),
    Complain("信号不好"),
    Urge(),
    Respond("quiz", ("1",)),
)


def every_question(**other: object) -> Iterator[Question[Any]]:
    """One of each kind that has a theme of its own; ``other``: arguments to be asked with instead."""
    known = ARGUMENTS | other
    for kind in QUESTIONS.values():
        if kind.theme is not None:
            yield kind(*(known[name] for name in required(kind)))


NO_OFFER = Offer(0, False, False, date(2026, 11, 22), "")


class OfferedContract(ContractCase):
    """What is offered, and what is not."""

    async def test_every_query_answers_or_says_that_it_is_not_offered(self) -> None:
        business = self.plain()
        for question in every_question():
            await self._answers_as_said(question.name, question.needs(), business.ask(question))

    async def test_every_change_is_answered_or_not_offered(self) -> None:
        for change in EVERY_CHANGE:
            theme = theme_of(change)
            await self._answers_as_said(f"{change}", theme, self.plain().offer(GOTONE, change))
            if theme not in self.plain().themes:
                call = self.plain().perform(GOTONE, change, NO_OFFER, f"key {theme}")
                await self._answers_as_said(f"{change}", theme, call)

    async def test_nobody_is_unknown_to_every_query_and_change_that_is_offered(self) -> None:
        business = self.plain()
        offered = business.themes
        for question in every_question(msisdn=NOBODY):
            if question.needs() in offered and "msisdn" in question.__match_args__:
                await self._unknown(business.ask(question))
        for change in (change for change in EVERY_CHANGE if theme_of(change) in offered):
            await self._unknown(business.offer(NOBODY, change))
            await self._unknown(business.perform(NOBODY, change, NO_OFFER, f"key {change}"))

    async def _unknown(self, call: Coroutine[Any, Any, object]) -> None:
        await self.assertFailure(Deferred.fromCoroutine(call), UnknownSubscriber)

    def plain(self) -> Any:
        """The back office without what the kit may have put around it."""
        return getattr(self.business, "unwatched", self.business)

    async def _answers_as_said(
        self, what: str, theme: Theme | None, call: Coroutine[Any, Any, object]
    ) -> None:
        """It answers if the theme is offered, and raises NotOffered if it is not."""
        try:
            await call
        except NotOffered:
            answered = False
        else:
            answered = True
        offered = theme in self.plain().themes
        self.assertEqual(answered, offered, f"{what}: {theme} is {'' if offered else 'not '}offered")
