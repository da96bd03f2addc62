"""What queries give: fees, bills, points, payments, usage, products, subscriptions, complaints, places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from business.port.people import Fen, Origin


# ---- money -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Fee:
    """Real-time fee. ``balance`` and ``owed`` are never both positive; ``owed`` is what must be paid to be
    out of arrears, ``overdue`` the post-paid debt of past months, which is the same there; ``sp`` the part of
    ``spent`` collected for SPs (代收费)."""

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
class Payment:
    """One payment in. ``way``: how it came, as the customer calls it (充值卡, 营业厅, 银行代扣 …)."""

    at: datetime
    amount: Fen
    way: str


class DetailKind(StrEnum):
    VOICE = "voice"  # quantity: seconds
    MESSAGE = "message"  # quantity: messages
    DATA = "data"  # quantity: kilobytes


@dataclass(frozen=True, slots=True)
class Detail:
    """One line of the detail list (清单). ``other``: the number at the other end, "" where there is none."""

    at: datetime
    kind: DetailKind
    other: str
    quantity: int
    fee: Fen
    place: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """The detail list of one month. ``items``: the newest first, as many as were asked for; ``count`` and
    ``total`` (fen) are of the whole month."""

    month: date
    items: tuple[Detail, ...]
    count: int
    total: Fen


class AllowanceKind(StrEnum):
    VOICE = "voice"  # minutes
    MESSAGES = "messages"
    DATA = "data"  # kilobytes


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a plan includes this month, and how much of it is used (which may be more than ``total``)."""

    plan: str
    kind: AllowanceKind
    total: int
    used: int

    @property
    def left(self) -> int:
        return max(0, self.total - self.used)


# ---- points ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Points:
    """``name`` is 积分, or M值 for 动感地带; ``frozen`` while in debt or suspended."""

    name: str
    available: int
    earned_this_year: int
    frozen: bool


@dataclass(frozen=True, slots=True)
class Reward:
    """What points can be exchanged for: ``worth`` fen of credit for ``points``."""

    id: str
    title: str
    points: int
    worth: Fen


# ---- products, subscriptions -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Product:
    """One of the operator's own products, and whether this subscriber has it. ``option``: what was chosen
    with it, where it has a choice (the threshold of a balance reminder, in fen)."""

    id: str
    title: str
    fee: Fen  # a month
    charged_at_once: bool
    open: bool
    since: date | None = None
    until: date | None = None  # cancelled, runs out on this date
    option: int | None = None
    group: str | None = None  # of these only one is open at a time (plans, levels of one pack)


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


@dataclass(frozen=True, slots=True)
class Record:
    """One change of the last six months (办理记录). ``what`` is :func:`business.port.changes.verb` of it;
    ``title`` the product's or service's name, "" where the verb says all."""

    at: datetime
    channel: Origin
    what: str
    title: str
    done: bool


# ---- complaints --------------------------------------------------------------------------------------------
class ComplaintKind(StrEnum):
    FEE = "话费争议"
    NETWORK = "网络信号"
    SERVICE = "服务态度"
    SP = "梦网扣费"
    HANDLING = "业务办理"
    SPAM = "垃圾短信"
    SUGGESTION = "建议"
    OTHER = "其他"


class ComplaintState(StrEnum):
    ACCEPTED = "已受理"
    WORKING = "处理中"
    ANSWERED = "已答复"
    CLOSED = "已归档"


@dataclass(frozen=True, slots=True)
class ComplaintStep:
    """One step in a complaint's history. ``what``: 受理, 派发, 接收, 处理, 回复, 反馈, 归档, 再处理, 退回,
    催办 or 中途意见 (R171-R182); ``desk``: who did it."""

    at: datetime
    what: str
    desk: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint or suggestion. ``due``: by when the customer is answered (R224: VIP 8 h, 全球通 24 h,
    others 48 h); ``urged``: how often it was urged."""

    number: str
    kind: ComplaintKind
    state: ComplaintState
    opened: datetime
    due: datetime
    urged: int = 0
    answer: str = ""
    steps: tuple[ComplaintStep, ...] = ()


# ---- information -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Attribution:
    """Where a mobile number belongs. ``operator`` is 移动, 联通 or 电信."""

    province: str
    city: str
    area_code: str
    operator: str


@dataclass(frozen=True, slots=True)
class Place:
    """One of the operator's own halls (自办营业厅)."""

    name: str
    address: str
    phone: str
    hours: str


# ---- care --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class HandledReport:
    """A report of spam that people have dealt with (R085). ``place``: where it stands among all of them, 1 to
    20 digits that grow: what was handled later stands behind it."""

    place: str
    number: str
    msisdn: str
    opened: datetime


@dataclass(frozen=True, slots=True)
class LowBalance:
    """Somebody who ordered the reminder and is below the threshold."""

    msisdn: str
    balance: Fen
    threshold: Fen
