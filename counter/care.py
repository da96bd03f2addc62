"""Whom to write to without being asked: reminders of a low balance, bills that were ordered (R042).

:class:`NoticeQueries` is what the SMS hall's scheduler asks; it turns the back office's pages into pieces of
writing: for whom, and what it says. Pages go by the order of the numbers; ``after`` is where the last one
ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from business.port import Business, HandledReport
from handlers.request import money
from handlers.validated import InvalidAnswer
from menus.dialogue.machine import settled
from menus.dialogue.session import Session
from menus.model.channels import SMS
from menus.model.events import Answered, Do, Event, Facts, Work
from menus.model.hall import Hall
from menus.model.specs import Action
from menus.model.values import Value

BILL = "fees.bill"


@dataclass(frozen=True, slots=True)
class Due:
    """One subscriber to be written to, with the values of the reminder (none for a bill)."""

    msisdn: str
    values: Mapping[str, Value]


class NoticeQueries:
    """Asks ``business``. Every method raises what its queries raise, and InvalidAnswer for what is no
    page."""

    def __init__(self, business: Business) -> None:
        self._business = business

    async def low_balances(self, after: str, limit: int) -> tuple[Due, ...]:
        """Who ordered the reminder and is below the threshold."""
        page = (await self._business.low_balances(after, limit))[:limit]
        _check_page([each.msisdn for each in page], after)
        return tuple(
            Due(each.msisdn, {"balance": money(each.balance), "threshold": money(each.threshold)})
            for each in page
        )

    async def holders(self, product: str, after: str, limit: int) -> tuple[Due, ...]:
        """Who has ordered ``product`` (sms_bill, mms_bill)."""
        page = (await self._business.holders(product, after, limit))[:limit]
        _check_page(page, after)
        return tuple(Due(each, {}) for each in page)

    async def numbers(self, city: str, after: str, limit: int) -> tuple[str, ...]:
        """The subscribers of a city."""
        page = (await self._business.numbers(city, after, limit))[:limit]
        _check_page(page, after)
        return page

    async def handled_reports(self, after: str, limit: int) -> tuple[HandledReport, ...]:
        """Reports of spam that people have dealt with, behind the place ``after``."""
        page = (await self._business.handled_reports(after, limit))[:limit]
        _check_page([each.place for each in page], after)
        return page


def _check_page(numbers: Sequence[str], after: str) -> None:
    """Raises InvalidAnswer: not numbers that rise, from behind ``after`` on. The pages of a back office that
    overlooks ``after`` would never end."""
    for before, number in pairwise((after, *numbers)):
        if not (number.isascii() and number.isdecimal() and before < number):
            raise InvalidAnswer("a page")


def bill_work(hall: Hall, month: date) -> Work | None:
    """The query for one month's bill, as if the subscriber had texted it: an ordered bill reads like the one
    that is asked for. None: this hall serves no bills."""
    for service in hall.services.values():
        if service.spec is not None and service.spec.name == BILL:
            inputs = {"month": f"{month:%Y%m}"}
            return Work(Do.ASK, service.id, BILL, service.argument, Action.QUERY, inputs)
    return None


def bill_message(hall: Hall, work: Work, bill: Answered, facts: Facts) -> tuple[Event, ...]:
    """The bill in the words of the SMS hall."""
    return settled(hall, Session.new(hall.version, SMS, facts.caller, "bill"), work, bill, facts)
