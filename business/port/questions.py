"""What may be asked of a back office. A question is a value, and its type says what is answered.

    fee = await business.ask(AskFee("13900000001"))     # a Fee, as mypy knows
    fee = await business.fee("13900000001")             # the same

Everything that holds for a question stands with its type (:class:`Question`), so whatever stands between a
hall and its back office is written once, for all of them. A new question is a class here and a line in
:class:`Business`; a back office answers it, or raises NotOffered.

Any question about ``msisdn`` raises UnknownSubscriber; any question raises Unavailable, and Resting where the
back office has hours in which it rests.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from business.port.changes import Change, Offer, Performed, Refused
from business.port.people import Origin, PasswordAnswer, Subscriber
from business.port.question import After, Limit, Month, Number, Question
from business.port.shown import (
    Allowance,
    Attribution,
    Bill,
    BillPending,
    Complaint,
    Details,
    Fee,
    HandledReport,
    LowBalance,
    Payment,
    Place,
    Points,
    Product,
    Record,
    Reward,
    SpSubscription,
)
from business.port.themes import ALL_THEMES, Theme, theme_of

P = ParamSpec("P")
A = TypeVar("A")


# ---- subscribers -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AskSubscriber(Question[Subscriber]):
    name = "subscriber"
    msisdn: Number


@dataclass(frozen=True, slots=True)
class AskRecords(Question[tuple[Record, ...]]):
    """办理记录: the changes of the last six months, on all channels, the newest first; at most 200."""

    name = "records"
    theme = Theme.RECORDS
    msisdn: Number


# ---- accounts ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AskFee(Question[Fee]):
    name = "fee"
    theme = Theme.FEES
    kept_under = "msisdn"
    msisdn: Number


@dataclass(frozen=True, slots=True)
class AskBill(Question[Bill | BillPending | None]):
    """The bill of the month that begins on ``month``; None: nothing was spent."""

    name = "bill"
    theme = Theme.BILLS
    kept_under = "msisdn"
    msisdn: Number
    month: Month


@dataclass(frozen=True, slots=True)
class AskPayments(Question[tuple[Payment, ...]]):
    """The payments of the last six months, the newest first; at most 200."""

    name = "payments"
    theme = Theme.PAYMENTS
    kept_under = "msisdn"
    msisdn: Number


@dataclass(frozen=True, slots=True)
class AskDetails(Question[Details]):
    """The detail list of one of the last five months or the running one; at most ``limit`` items, which are 1
    to 1000."""

    name = "details"
    theme = Theme.DETAILS
    kept_under = "msisdn"
    msisdn: Number
    month: Month
    limit: Limit


@dataclass(frozen=True, slots=True)
class AskAllowances(Question[tuple[Allowance, ...]]):
    """What this month's plans include and how much is used; empty: no plan."""

    name = "allowances"
    theme = Theme.ALLOWANCES
    kept_under = "msisdn"
    msisdn: Number


# ---- points, products --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AskPoints(Question[Points]):
    name = "points"
    theme = Theme.POINTS
    kept_under = "msisdn"
    msisdn: Number


@dataclass(frozen=True, slots=True)
class AskRewards(Question[tuple[Reward, ...]]):
    """Everything that points are exchanged for here, the cheapest first, affordable or not."""

    name = "rewards"
    theme = Theme.POINTS
    kept_under = "msisdn"
    msisdn: Number


@dataclass(frozen=True, slots=True)
class AskProduct(Question[Product | None]):
    """None: there is no such product."""

    name = "product"
    theme = Theme.PRODUCTS
    kept_under = "msisdn"
    msisdn: Number
    product: str


@dataclass(frozen=True, slots=True)
class AskChoices(Question[tuple[Product, ...]]):
    """The products of a group that this subscriber may have, the cheapest first; empty: none."""

    name = "choices"
    theme = Theme.PRODUCTS
    kept_under = "msisdn"
    msisdn: Number
    group: str


@dataclass(frozen=True, slots=True)
class AskSpSubscriptions(Question[tuple[SpSubscription, ...]]):
    """In the order in which they are shown."""

    name = "sp_subscriptions"
    theme = Theme.SP
    kept_under = "msisdn"
    msisdn: Number


# ---- passwords, complaints ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class CheckPassword(Question[PasswordAnswer]):
    """``stranger``: somebody else than the owner on his own telephone gives it. That is told only to a back
    office that counts such errors apart (:attr:`Business.counts_strangers_apart`)."""

    name = "check_password"
    theme = Theme.PASSWORDS
    repeatable = False  # a wrong one counts each time
    msisdn: Number
    password: str = field(repr=False)
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class AskPuk(Question[str | None]):
    """The PUK code of the SIM card, for whoever has proved the service password; None: not known here."""

    name = "puk"
    theme = Theme.PUK
    msisdn: Number


@dataclass(frozen=True, slots=True)
class AskComplaints(Question[tuple[Complaint, ...]]):
    """Those of the last six months, with their history, the newest first."""

    name = "complaints"
    theme = Theme.COMPLAINTS
    msisdn: Number


# ---- information -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AskAttribution(Question[Attribution | None]):
    """``number``: eleven digits, or the first seven. None: not known."""

    name = "attribution"
    theme = Theme.INFORMATION
    kept_under = "number"
    number: Number


@dataclass(frozen=True, slots=True)
class AskPlaces(Question[tuple[Place, ...]]):
    """The operator's own halls in a city."""

    name = "places"
    theme = Theme.INFORMATION
    kept_under = "city"
    city: str


# ---- care: whom a scheduler writes to ----------------------------------------------------------------------
# ``after``: the last number of the page before ("" first); pages are in the order of the numbers.
@dataclass(frozen=True, slots=True)
class AskLowBalances(Question[tuple[LowBalance, ...]]):
    """Who has ``balance_remind`` open and is below its threshold."""

    name = "low_balances"
    theme = Theme.CARE
    after: After
    limit: Limit


@dataclass(frozen=True, slots=True)
class AskHolders(Question[tuple[str, ...]]):
    """Numbers that have ``product`` open."""

    name = "holders"
    theme = Theme.CARE
    product: str
    after: After
    limit: Limit


@dataclass(frozen=True, slots=True)
class AskNumbers(Question[tuple[str, ...]]):
    """The numbers of all subscribers of a city."""

    name = "numbers"
    theme = Theme.SENDING
    city: str
    after: After
    limit: Limit


@dataclass(frozen=True, slots=True)
class AskHandledReports(Question[tuple[HandledReport, ...]]):
    """Reports of spam in the order in which they were handled; ``after``: the place of the last one that was
    told ("" from the first)."""

    name = "handled_reports"
    theme = Theme.REPORTS
    after: After
    limit: Limit


# ---- changes -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AskOffer(Question[Offer | Refused]):
    """What a change would cost and do, or why it is refused; it changes nothing. Its theme is the
    change's."""

    name = "offer"
    msisdn: Number
    change: Change

    def needs(self) -> Theme:
        return theme_of(self.change)


# ---- the port ----------------------------------------------------------------------------------------------
def _asking(kind: Callable[P, Question[A]]) -> Callable[Concatenate[Business, P], Coroutine[Any, Any, A]]:
    """The method that makes such a question of its arguments and asks it."""

    def method(self: Business, *arguments: P.args, **named: P.kwargs) -> Coroutine[Any, Any, A]:
        return self.ask(kind(*arguments, **named))

    method.__doc__ = kind.__doc__
    method.__dict__["question"] = kind
    return method


class Business:
    """The whole port: a question is asked, a change is performed. Begin your own back office with
    :class:`business.port.bare.BareBusiness`."""

    @property
    def themes(self) -> frozenset[Theme]:
        """What it offers; a question or change of another theme raises NotOffered."""
        return ALL_THEMES

    @property
    def counts_strangers_apart(self) -> bool:
        """Whether errors of strangers, that is of anybody but the owner on his own telephone, are counted
        apart from his and lock him out of nothing. One that does not counts them in common; the hall asks it
        for strangers less often than it takes to lock."""
        return False

    async def start(self) -> None:
        """Connects and migrates. Raises Unavailable where it cannot be reached now: it will be started again.
        Anything else that it raises keeps the hall from starting."""

    async def stop(self) -> None:
        """Lets running work finish."""

    async def healthy(self) -> bool:
        return True

    async def ask(self, question: Question[A]) -> A:
        """The answer. Raises UnknownSubscriber, Unavailable, Resting, NotOffered."""
        raise NotImplementedError

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        """Once a key; the same key again gives the first result. Raises UnknownSubscriber and NotOffered
        only."""
        raise NotImplementedError

    subscriber = _asking(AskSubscriber)
    records = _asking(AskRecords)
    fee = _asking(AskFee)
    bill = _asking(AskBill)
    payments = _asking(AskPayments)
    details = _asking(AskDetails)
    allowances = _asking(AskAllowances)
    points = _asking(AskPoints)
    rewards = _asking(AskRewards)
    product = _asking(AskProduct)
    choices = _asking(AskChoices)
    sp_subscriptions = _asking(AskSpSubscriptions)
    check_password = _asking(CheckPassword)
    puk = _asking(AskPuk)
    complaints = _asking(AskComplaints)
    attribution = _asking(AskAttribution)
    places = _asking(AskPlaces)
    low_balances = _asking(AskLowBalances)
    holders = _asking(AskHolders)
    handled_reports = _asking(AskHandledReports)
    numbers = _asking(AskNumbers)
    offer = _asking(AskOffer)


QUESTIONS: Mapping[str, type[Question[Any]]] = {
    name: method.question for name, method in vars(Business).items() if hasattr(method, "question")
}
"""Every question by its name, which is that of the method that asks it."""
