"""Who is served, by which channel, and the errors that a query may raise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

Fen = int
SHORTEST_MASKED, HIDDEN = 11, "****"


def masked(number: str) -> str:
    """A telephone number as logs, screens and errors show it: 139****0001; of one that is too short to hide
    anything in, nothing."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= SHORTEST_MASKED else HIDDEN


class BusinessError(Exception):
    """Base of what the port raises."""


class UnknownSubscriber(BusinessError):
    """No such number here: the caller is not ours, or the number asked for is not."""


class Unavailable(BusinessError):
    """The back office did not answer a query; nothing was changed. May be asked again."""


class Busy(Unavailable):
    """Nothing was begun, for others wait, too. It says nothing about the back office's health. ``after``: the
    seconds after which it wants to be asked again, where it says so."""

    def __init__(self, *why: object, after: float = 0.0) -> None:
        super().__init__(*why)
        self.after = after


class NotOffered(BusinessError):
    """This back office does not offer that theme (:mod:`business.port.themes`); nothing was changed."""


class Resting(BusinessError):
    """This query rests for some hours (a month's last evening, billing under way). ``since`` and ``until``
    are aware: it may be asked again from ``until`` on."""

    def __init__(self, since: datetime, until: datetime) -> None:
        super().__init__(f"rests until {until.isoformat()}")
        self.since = since
        self.until = until


class Origin(StrEnum):
    """Where a change came from; every record carries it (R001)."""

    VOICE = "voice"
    SMS = "sms"
    COUNTER = "counter"
    AGENT = "agent"
    WEB = "web"
    WAP = "wap"
    KIOSK = "kiosk"
    OTHER = "other"

    @classmethod
    def of(cls, name: str) -> Origin:
        """The one of this name; ``OTHER`` where none is called so."""
        return next((each for each in cls if each.value == name), cls.OTHER)


class Brand(StrEnum):
    GOTONE = "全球通"
    MZONE = "动感地带"
    EASYOWN = "神州行"


class Status(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who is calling. ``owed`` is positive when in arrears; ``opened`` are product ids now open; ``joined``
    is the first day on the net, where that is known; ``registered``: a name or an ID number is on record
    (实名), so that nobody need give it in vain."""

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
    joined: date | None = None
    registered: bool = False


class PasswordCheck(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class PasswordAnswer:
    """``left``: tries left today (three errors a day lock it, on all channels). ``locked_now``: this very
    error locked it, so the owner is to be told. ``temporary``: right, but it is the one that was sent after a
    reset, good for nothing but choosing a new one."""

    check: PasswordCheck
    left: int
    locked_now: bool = False
    temporary: bool = False
