"""Changes, what is offered for one, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from business.port.people import Fen
from business.port.shown import ComplaintKind


# ---- what may be changed -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class OpenProduct:
    """``option`` where the product has a choice: the threshold of ``balance_remind`` in fen, the number that
    ``call_forward`` forwards to (a fixed line's with its area code, without the 0). One of a group replaces
    the other of its group that is open."""

    product: str
    option: int | None = None


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

    card: str = field(repr=False)
    target: str


@dataclass(frozen=True, slots=True)
class ExchangePoints:
    """Points for credit, by the :class:`~business.port.shown.Reward`'s id."""

    reward: str


@dataclass(frozen=True, slots=True)
class Suspend:
    """Stop ``target`` (own number, or another whose service password was right)."""

    target: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Start ``target`` again. One stopped for debt is refused (``arrears``): paying starts it."""

    target: str


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """``new``: six digits. The old one, or the temporary one, was checked before."""

    new: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """A temporary password, good for 24 hours, in ``Done.details["temporary"]``, to be sent to the number
    itself and to nobody else. ``id_number``: 18 digits, a final X written as 0."""

    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UnlockPassword:
    """Lift the lock of three errors."""

    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RegisterName:
    """实名登记. ``id_number`` as in :class:`ResetPassword`; refused (``already``) once registered."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Complain:
    """A complaint or suggestion, in the customer's words (``text`` may be empty by voice). ``kind`` None: the
    back office classes it."""

    text: str = field(repr=False)
    kind: ComplaintKind | None = None


@dataclass(frozen=True, slots=True)
class Urge:
    """催办. ``number`` None: the newest one that is still open."""

    number: str | None = None


@dataclass(frozen=True, slots=True)
class Respond:
    """A customer's answers to a ``form`` of the hall's: a quiz (R049), a survey (R120). ``words``: his own,
    may be empty; ``once``: a second time is refused (``already``)."""

    form: str
    answers: tuple[str, ...]
    words: str = field(repr=False, default="")
    once: bool = False


Change = (
    OpenProduct
    | CancelProduct
    | CancelSp
    | TopUp
    | ExchangePoints
    | Suspend
    | Resume
    | ChangePassword
    | ResetPassword
    | UnlockPassword
    | RegisterName
    | Complain
    | Urge
    | Respond
)

_VERBS: Mapping[type, str] = {
    OpenProduct: "开通",
    CancelProduct: "取消",
    CancelSp: "退订",
    TopUp: "充值",
    ExchangePoints: "积分兑换",
    Suspend: "停机",
    Resume: "开机",
    ChangePassword: "修改服务密码",
    ResetPassword: "重置服务密码",
    UnlockPassword: "解锁服务密码",
    RegisterName: "实名登记",
    Complain: "投诉建议",
    Urge: "催办",
    Respond: "答题和评价",
}


def verb(change: Change) -> str:
    """What a change is called in records that customers read."""
    return _VERBS[type(change)]


# ---- refusals ----------------------------------------------------------------------------------------------
class Why(StrEnum):
    """Why a change is refused; each names a wording ``refused …`` in menus.yaml. Behind it: its details."""

    ALREADY = "already"
    NOT_OPEN = "not open"
    ARREARS = "arrears"  # owed
    BALANCE = "balance"  # balance, fee
    SUSPENDED = "suspended"
    BRAND = "brand"  # brands
    CITY = "city"  # cities
    NEED = "need"  # need (product id)
    BUSY = "busy"  # the one before is still being done
    HOURS = "hours"  # from, to
    OFFER_CHANGED = "offer changed"
    UNKNOWN_PRODUCT = "unknown product"
    UNKNOWN_TARGET = "unknown target"
    BAD_CARD = "bad card"  # left (tries today)
    CARD_LOCKED = "card locked"
    NOTHING = "nothing"
    TOO_MANY = "too many"  # limit: changes a day
    POINTS = "points"  # points (there are), needed
    POINTS_FROZEN = "points frozen"
    WEAK_PASSWORD = "weak password"
    WRONG_ID = "wrong id"  # left (tries today)
    ID_LOCKED = "id locked"
    NOT_LOCKED = "not locked"
    STOPPED = "stopped"  # to be stopped, and is already
    NOT_STOPPED = "not stopped"
    NO_COMPLAINT = "no complaint"  # nothing open to be urged
    URGED = "urged"  # was urged a short while ago; number, due
    OPTION = "option"  # what was chosen is out of bounds: low, high (fen)


DetailValue = int | str | date | datetime | tuple[str, ...]


# ---- offers and outcomes -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Offer:
    """What a change would cost and do. ``token`` is made by the back end and comes back with perform; it
    must survive JSON."""

    fee: Fen  # a month, or once
    charged: bool  # something is charged by doing this
    confirm: bool  # R106: charged at once, large plan, or not undone by one text
    effective: date
    token: str
    details: Mapping[str, DetailValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """Done, once. ``details``: fee, balance, face, names, failed … as the change has them, and the day that
    it was done for (``effective``, ``end``, ``start``), which is told instead of the offer's; what is secret
    in them (``temporary``) stays out of the repr."""

    details: Mapping[str, DetailValue] = field(default_factory=dict)
    repeated: bool = False

    def __repr__(self) -> str:
        shown = {name: "***" if name == "temporary" else value for name, value in self.details.items()}
        return f"Done({shown!r}, repeated={self.repeated})"


@dataclass(frozen=True, slots=True)
class Refused:
    """Not done, nothing charged."""

    why: Why
    details: Mapping[str, DetailValue] = field(default_factory=dict)
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class NotDone:
    """Certainly not done, for a technical reason; the same key may be tried again. ``busy``: nothing was even
    begun, for others wait, too, which says nothing about the back office's health."""

    why: str
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """May have been done; ask again with the same key until known."""

    why: str


Performed = Done | Refused | NotDone | Unknown
