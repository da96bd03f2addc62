"""What a back office is filled with: subscribers, products, cards and all the rest. Pure.

:class:`Account` is everything about one subscriber. The contract kit fills a back office under test with
these, ``hall10086 load`` the reference billing system, whose ``memory`` keeps them as they are. Money is fen.

How the figures hang together: ``balance`` is signed and runs in real time; every charge lowers it and is
added to the month's :class:`Usage`, every top-up raises it. A prepaid account owes whatever is below zero. A
post-paid one is not in debt for the running month: it is in arrears only when what was there before this
month's use, ``balance + spent``, is below zero (that part is overdue); then it owes all below zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from business import port
from business.port import Brand, Fen, SpSubscription
from business.port.days import NEVER, SHANGHAI, DayCount, last_day, month_of, today


class Suspension(StrEnum):
    """Why a number is stopped. Paying lifts the first only."""

    DEBT = "debt"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Usage:
    """What was spent in one month, by the seven items of a bill (fen)."""

    plan: Fen = 0
    voice: Fen = 0
    data: Fen = 0
    messages: Fen = 0
    vas: Fen = 0
    sp: Fen = 0
    other: Fen = 0

    @property
    def total(self) -> Fen:
        return self.plan + self.voice + self.data + self.messages + self.vas + self.sp + self.other


NOTHING_USED = Usage()


REMINDER_BELOW: Fen = 1000
"""The threshold of whoever chose none."""


class OptionKind(StrEnum):
    """What is chosen with a product (:class:`business.port.OpenProduct`)."""

    THRESHOLD = "threshold"  # fen
    NUMBER = "number"  # a mobile number's eleven digits


@dataclass(frozen=True, slots=True)
class Terms:
    """A product's tariff and who may have it. Empty ``brands`` or ``cities``: everybody.

    ``closed_from``: on a month's last day no opening from this hour to midnight (billing is closed).
    ``cancel_asked``: cancelling loses what one text cannot bring back (tones that were bought), so it is
    confirmed too. ``next_month``: takes effect on the first of the next month, and is charged from then on.
    ``option``: what is chosen with it; whoever names nothing gets ``option_default``, where there is one.
    """

    id: str
    title: str
    fee: Fen = 0  # a month
    charged_at_once: bool = False
    fees: tuple[tuple[Brand, Fen], ...] = ()  # where a brand pays another fee
    brands: tuple[Brand, ...] = ()
    cities: tuple[str, ...] = ()
    need: str | None = None
    next_month: bool = False
    cancel_asked: bool = False
    closed_from: int | None = None  # hour, 1-23
    group: str | None = None  # one of a group is open at a time
    option: OptionKind | None = None
    option_default: int | None = None

    def fee_of(self, brand: Brand) -> Fen:
        return dict(self.fees).get(brand, self.fee)

    def closed(self, now: datetime) -> tuple[datetime, datetime] | None:
        """The hours in which nobody can open it, if ``now`` is in them."""
        day = today(now)
        if self.closed_from is None or day != last_day(month_of(day)):
            return None
        start = datetime.combine(day, time(self.closed_from), SHANGHAI)
        return (start, datetime.combine(day + timedelta(days=1), time(), SHANGHAI)) if now >= start else None


@dataclass(frozen=True, slots=True)
class Holding:
    """One product that a subscriber has or had. ``paid``: the last month (day 1) that was charged for it."""

    open: bool
    since: date
    until: date | None = None
    paid: date | None = None
    option: int | None = None  # what was chosen with it, see port.OpenProduct


@dataclass(frozen=True, slots=True)
class Card:
    """A top-up card, known by the digest of its number (see :mod:`business.port.secrecy`)."""

    digest: str
    face: Fen
    used: bool = False


@dataclass(slots=True)
class Account:
    """All about one subscriber. ``password`` is a hash (:mod:`business.port.secrecy`) or None: has none."""

    msisdn: str
    brand: Brand
    city: str
    prepaid: bool
    balance: Fen = 0
    vip: bool = False
    suspended: Suspension | None = None
    language: str = "zh"
    long_sms: bool = True
    points: int = 0
    points_this_year: int = 0
    password: bytes | None = field(default=None, repr=False)
    usage: dict[date, Usage] = field(default_factory=dict)
    holdings: dict[str, Holding] = field(default_factory=dict)
    sp: tuple[SpSubscription, ...] = ()
    password_errors: DayCount = NEVER  # the owner's own
    stranger_errors: DayCount = NEVER
    card_errors: DayCount = NEVER
    joined: date | None = None
    suspended_since: date | None = None
    id_number: bytes | None = field(default=None, repr=False)  # a hash, as of a password
    id_errors: DayCount = NEVER
    name: str | None = field(default=None, repr=False)  # of who registered (实名)
    puk: str | None = field(default=None, repr=False)
    temporary_until: datetime | None = None  # the password was reset and must be changed until then
    changes: DayCount = NEVER  # those that count against the day's limit
    payments: tuple[port.Payment, ...] = ()
    details: tuple[port.Detail, ...] = ()
    allowances: dict[date, tuple[port.Allowance, ...]] = field(default_factory=dict)  # by month
    complaints: tuple[port.Complaint, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """Seven leading digits, and where numbers that begin with them belong."""

    prefix: str
    attribution: port.Attribution


@dataclass(frozen=True, slots=True)
class BackOfficeData:
    """What is loaded into an empty back office."""

    products: tuple[Terms, ...] = ()
    accounts: tuple[Account, ...] = ()
    cards: tuple[Card, ...] = ()
    rewards: tuple[port.Reward, ...] = ()
    segments: tuple[Segment, ...] = ()
    places: tuple[tuple[str, port.Place], ...] = ()  # city, hall


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """What a load brought in. ``kept``: subscribers that were there already and were left as they are."""

    products: int
    subscribers: int
    cards: int
    kept: int


class Loadable(Protocol):
    """A back office that can be filled from :class:`BackOfficeData`."""

    async def empty(self) -> bool:
        """Whether there are neither subscribers nor products yet."""

    async def put(self, data: BackOfficeData) -> LoadSummary:
        """Write all products (new tariffs replace old ones); add the subscribers and cards that are not there
        yet. Those that are keep their money, products and passwords."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One row of the money ledger; a balance is the sum of its rows. ``key`` is the operation's."""

    at: datetime
    msisdn: str
    kind: str  # opening, charge, top_up
    amount: Fen  # signed
    key: str | None = None
    product: str | None = None
