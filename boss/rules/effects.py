"""What a change does, piece by piece. A back end applies all effects of a :class:`Verdict`, or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from business.port import Complaint, ComplaintStep, Done, Fen, Origin, Refused
from business.port.days import DayCount
from business.port.stock import Holding


# ---- money, points -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Charge:
    """Take ``amount`` from the balance, and add it to the month's ``item``. ``kind``: of the ledger's row."""

    msisdn: str
    amount: Fen
    product: str | None
    month: date
    kind: Literal["charge", "keep"] = "charge"
    item: Literal["vas", "plan"] = "vas"


@dataclass(frozen=True, slots=True)
class Credit:
    """Add ``amount`` to the balance and mark the card used."""

    msisdn: str
    amount: Fen
    card: str


@dataclass(frozen=True, slots=True)
class ConvertPoints:
    """Take ``points`` and add ``worth`` to the balance."""

    msisdn: str
    points: int
    worth: Fen


# ---- products, subscriptions -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Hold:
    msisdn: str
    product: str
    holding: Holding


@dataclass(frozen=True, slots=True)
class EndSp:
    msisdn: str
    ids: tuple[str, ...]


# ---- the number itself -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class SuspendService:
    """At the owner's wish, from ``since`` on."""

    msisdn: str
    since: date


@dataclass(frozen=True, slots=True)
class ResumeService:
    """Not stopped any more, whatever for it was."""

    msisdn: str


@dataclass(frozen=True, slots=True)
class Count:
    """``counter`` names the field of the account, and with ``_on`` behind it the day's."""

    msisdn: str
    counter: Literal["card_errors", "id_errors", "changes"]
    count: DayCount


# ---- passwords, registration -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class SetPassword:
    """``password`` is a hash; ``until``: it is a temporary one, good until then."""

    msisdn: str
    password: bytes = field(repr=False)
    until: datetime | None


@dataclass(frozen=True, slots=True)
class LiftLock:
    """Forget the day's wrong passwords."""

    msisdn: str


@dataclass(frozen=True, slots=True)
class Register:
    """``id_number`` is a hash."""

    msisdn: str
    name: str = field(repr=False)
    id_number: bytes = field(repr=False)


# ---- complaints --------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class FileComplaint:
    """A new one, with its first step. ``desk`` has it and passes it on or answers by ``desk_due``."""

    msisdn: str
    complaint: Complaint
    text: str = field(repr=False)
    channel: Origin
    desk: str
    desk_due: datetime


@dataclass(frozen=True, slots=True)
class UrgeComplaint:
    """Count it on the complaint, and add the step."""

    msisdn: str
    number: str
    step: ComplaintStep


# ---- forms -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class KeepResponse:
    """What somebody answered to a form."""

    msisdn: str
    form: str
    answers: tuple[str, ...]
    words: str = field(repr=False)
    channel: Origin


Effect = (
    Charge
    | Credit
    | ConvertPoints
    | Hold
    | EndSp
    | SuspendService
    | ResumeService
    | Count
    | SetPassword
    | LiftLock
    | Register
    | FileComplaint
    | UrgeComplaint
    | KeepResponse
)


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Done | Refused
    effects: tuple[Effect, ...] = ()
