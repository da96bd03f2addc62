"""The port to the back office: what a hall may ask of it, by theme, and what it answers.

Every method is ``async`` and must never block the reactor: a blocking back end runs its calls in a thread
pool of its own. Money is integer 分 (fen); dates and times carry a zone.

Queries return a typed result, or raise :class:`UnknownSubscriber` or :class:`Unavailable` (the hall says
系统忙). A change is first *offered*, then *performed* under a key (design promises 2 and 3):

* :meth:`Changes.offer` changes nothing; it says what the change costs and does, or refuses it.
* :meth:`Changes.perform` does it once. The same key again returns the first result, ``repeated=True``.
  A changed tariff is refused (reason ``offer_changed``), nothing done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

Fen = int


class BusinessError(Exception):
    """Base of what the port raises."""


class UnknownSubscriber(BusinessError):
    """No such number here: the caller is not ours, or the number asked for is not."""


class Unavailable(BusinessError):
    """The back office did not answer a query; nothing was changed. May be asked again."""


class Brand(StrEnum):
    GOTONE = "全球通"
    MZONE = "动感地带"
    EASYOWN = "神州行"


class Status(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who is calling. ``owed`` is positive when in arrears; ``opened`` are product ids now open."""

    msisdn: str
    brand: Brand
    city: str
    vip: bool
    status: Status
    owed: Fen
    prepaid: bool
    language: str = "zh"
    long_sms: bool = True
    opened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fee:
    """Real-time fee. ``balance`` and ``owed`` are never both positive; ``overdue`` is the post-paid debt of
    past months; ``sp`` the part of ``spent`` collected for SPs (代收费)."""

    at: datetime
    spent: Fen
    balance: Fen
    owed: Fen
    overdue: Fen
    prepaid: bool
    sp: Fen


@dataclass(frozen=True, slots=True)
class Bill:
    """One month's bill by the seven items (domain §2.7). ``month`` is its first day."""

    month: date
    plan: Fen
    voice: Fen
    data: Fen
    messages: Fen
    vas: Fen
    sp: Fen
    other: Fen

    @property
    def total(self) -> Fen:
        return self.plan + self.voice + self.data + self.messages + self.vas + self.sp + self.other


@dataclass(frozen=True, slots=True)
class BillPending:
    """The month's bill is not produced yet; it will be on ``ready``."""

    month: date
    ready: date


@dataclass(frozen=True, slots=True)
class Points:
    """``name`` is 积分, or M值 for 动感地带; ``frozen`` while in debt or suspended."""

    name: str
    available: int
    earned_this_year: int
    frozen: bool


@dataclass(frozen=True, slots=True)
class Product:
    """One of the operator's own products, and whether this subscriber has it."""

    id: str
    title: str
    fee: Fen  # a month
    charged_at_once: bool
    open: bool
    since: date | None = None
    until: date | None = None  # cancelled, runs out on this date


class SpCategory(StrEnum):
    SMS = "梦网短信"
    MMS = "梦网彩信"
    WAP = "WAP"
    IVR = "梦网语音"


@dataclass(frozen=True, slots=True)
class SpSubscription:
    """One Monternet service that the subscriber ordered: name, provider, code and fee stand in every list."""

    id: str
    name: str
    provider: str
    code: str
    fee: Fen  # a month
    category: SpCategory


class PasswordCheck(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class PasswordAnswer:
    """``left``: tries left today (three errors a day lock it, on all channels)."""

    check: PasswordCheck
    left: int


# ---- changes -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class OpenProduct:
    product: str


@dataclass(frozen=True, slots=True)
class CancelProduct:
    product: str


@dataclass(frozen=True, slots=True)
class CancelSp:
    """Cancel exactly these subscriptions (ids as shown); the empty tuple is refused (``nothing``)."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopUp:
    """Credit an 18-digit card to ``target`` (the subscriber's own number or another of ours)."""

    card: str
    target: str

    def __repr__(self) -> str:
        return f"TopUp(card=***, target={self.target[:3]}****{self.target[-4:]})"


Change = OpenProduct | CancelProduct | CancelSp | TopUp


class Why(StrEnum):
    """Why a change is refused; each names a wording ``refused …`` in menus.yaml."""

    ALREADY = "already"
    NOT_OPEN = "not open"
    ARREARS = "arrears"  # details: owed
    BALANCE = "balance"  # details: balance, fee
    SUSPENDED = "suspended"
    BRAND = "brand"  # details: brands
    CITY = "city"  # details: cities
    NEED = "need"  # details: need (product id)
    BUSY = "busy"  # the one before is still being done
    HOURS = "hours"  # details: from, to
    OFFER_CHANGED = "offer changed"
    UNKNOWN_PRODUCT = "unknown product"
    UNKNOWN_TARGET = "unknown target"
    BAD_CARD = "bad card"  # details: left (tries today)
    CARD_LOCKED = "card locked"
    NOTHING = "nothing"


Detail = int | str | date | datetime | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a change would cost and do. ``token`` is made by the back end and comes back with perform; it
    must survive JSON."""

    fee: Fen  # a month, or once
    charged: bool  # something is charged by doing this
    confirm: bool  # R106: charged at once, large plan, or not undone by one text
    effective: date
    token: str
    details: Mapping[str, Detail] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """Done, once. ``details``: fee, balance, face, end, names, failed … as the change has them."""

    details: Mapping[str, Detail] = field(default_factory=dict)
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Not done, nothing charged."""

    why: Why
    details: Mapping[str, Detail] = field(default_factory=dict)
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class NotDone:
    """Certainly not done, for a technical reason; the same key may be tried again."""

    why: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """May have been done; ask again with the same key until known."""

    why: str


Performed = Done | Refused | NotDone | Unknown


# ---- the protocols, by theme -------------------------------------------------------------------------------
class Subscribers(Protocol):
    async def subscriber(self, msisdn: str) -> Subscriber: ...


class Accounts(Protocol):
    async def fee(self, msisdn: str) -> Fee: ...

    async def bill(self, msisdn: str, month: date) -> Bill | BillPending | None:
        """The bill of the month that begins on ``month``; None: nothing was spent."""

    async def points(self, msisdn: str) -> Points: ...


class Products(Protocol):
    async def product(self, msisdn: str, product: str) -> Product | None:
        """None: there is no such product."""

    async def sp_subscriptions(self, msisdn: str) -> tuple[SpSubscription, ...]:
        """In the order in which they are shown."""


class Passwords(Protocol):
    async def check_password(self, msisdn: str, password: str) -> PasswordAnswer: ...


class Changes(Protocol):
    async def offer(self, msisdn: str, change: Change) -> Offer | Refused: ...

    async def perform(self, msisdn: str, change: Change, offer: Offer, key: str) -> Performed: ...


class Business(Subscribers, Accounts, Products, Passwords, Changes, Protocol):
    """The whole port. ``start`` connects and migrates, ``stop`` lets running work finish."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def healthy(self) -> bool: ...
