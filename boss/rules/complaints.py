"""Complaints and suggestions: taken, classed, given their deadlines, urged (domain §1 N, O, R; R171-R182).

The first desk (一线客服) has a new complaint. The desks behind it take it over by ``desk`` and ``desk_due``
and write their steps; nothing here changes for that. Free, and refused for the day's limit only.
"""

from __future__ import annotations

from datetime import date, timedelta

from boss.rules.effects import FileComplaint, UrgeComplaint, Verdict
from boss.rules.situation import Situation
from boss.rules.tokens import token
from business.port import (
    Brand,
    Complain,
    Complaint,
    ComplaintKind,
    ComplaintState,
    ComplaintStep,
    Done,
    Offer,
    Refused,
    Urge,
    Why,
)
from business.port.stock import Account

FIRST_DESK, CUSTOMER = "一线客服", "客户"
TAKEN, URGED = "受理", "催办"
TEXT_LENGTH = 500  # characters; what is longer is cut, not refused
URGE_AGAIN = timedelta(hours=1)
OPEN = frozenset({ComplaintState.ACCEPTED, ComplaintState.WORKING})
HANDLED = frozenset({ComplaintState.ANSWERED, ComplaintState.CLOSED})
# The first kind of which a word stands in the text; what is named narrowly comes first.
_WORDS: tuple[tuple[ComplaintKind, str], ...] = (
    (ComplaintKind.SPAM, "垃圾短信 骚扰 诈骗 广告短信"),
    (ComplaintKind.SP, "梦网 代收 信息费 增值 SP 定制 订购"),
    (ComplaintKind.NETWORK, "信号 网络 掉线 断线 打不通 接不通 网速 上不了网 上网慢 听不清 覆盖"),
    (ComplaintKind.SERVICE, "态度 营业员 话务员 客服 工号 推诿 不耐烦 投诉无门"),
    (ComplaintKind.FEE, "话费 费用 扣费 扣钱 扣了 多收 乱收 收费 账单 帐单 余额 充值"),
    (ComplaintKind.HANDLING, "办理 开通 取消 套餐 业务 停机 开机 彩铃"),
    (ComplaintKind.SUGGESTION, "建议 希望 意见"),
)


def hours_for(account: Account) -> int:
    """Within how many hours the customer is answered (R224)."""
    if account.vip:
        return 8
    return 24 if account.brand is Brand.GOTONE else 48


def desk_hours_for(account: Account) -> int:
    """Within how many hours each desk answers the one before it (R225, R226)."""
    return 3 if account.vip else 6


def class_of(text: str) -> ComplaintKind:
    for kind, words in _WORDS:
        if any(word in text.upper() for word in words.split()):
            return kind
    return ComplaintKind.OTHER


def number_of(day: date, running: int) -> str:
    """The number of the day's ``running``-th complaint, short enough to be read out and typed."""
    return f"{day_of_numbers(day)}{running:03}"


def day_of_numbers(day: date) -> str:
    """What all numbers of one day begin with."""
    return f"TS{day:%y%m%d}"


def offer_complain(change: Complain, at: Situation) -> Offer | Refused:
    kind, hours = change.kind or class_of(change.text), hours_for(at.account)
    return Offer(
        fee=0,
        charged=False,
        confirm=False,
        effective=at.day,
        token=token("complain"),
        details={"kind": kind.value, "hours": hours},
    )


def complain(change: Complain, fresh: Offer, at: Situation) -> Verdict:
    due = at.now + timedelta(hours=hours_for(at.account))
    complaint = Complaint(
        number=at.number,
        kind=change.kind or class_of(change.text),
        state=ComplaintState.ACCEPTED,
        opened=at.now,
        due=due,
        steps=(ComplaintStep(at.now, TAKEN, FIRST_DESK),),
    )
    desk_due = at.now + timedelta(hours=desk_hours_for(at.account))
    text = change.text.strip()[:TEXT_LENGTH]
    effect = FileComplaint(at.account.msisdn, complaint, text, at.channel, FIRST_DESK, desk_due)
    return Verdict(Done({**fresh.details, "number": at.number, "due": due}), (effect,))


def _wanted(change: Urge, at: Situation) -> Complaint | None:
    """The one that is meant, among the subscriber's own that are not answered yet. A keypad has no letters:
    the digits of a number are enough."""
    still_open = [one for one in at.account.complaints if one.state in OPEN]
    if change.number is None:
        return max(still_open, key=lambda one: (one.opened, one.number), default=None)
    number = change.number.strip().upper()
    return next((one for one in still_open if one.number in (number, f"TS{number}")), None)


def offer_urge(change: Urge, at: Situation) -> Offer | Refused:
    one = _wanted(change, at)
    if one is None:
        return Refused(Why.NO_COMPLAINT)
    if any(step.what == URGED and step.at > at.now - URGE_AGAIN for step in one.steps):
        return Refused(Why.URGED, {"number": one.number, "due": one.due})
    return Offer(
        fee=0,
        charged=False,
        confirm=False,
        effective=at.day,
        token=token("urge", one.number),
        details={"number": one.number, "due": one.due},
    )


def urge(change: Urge, fresh: Offer, at: Situation) -> Verdict:
    one = _wanted(change, at)
    assert one is not None  # offer_urge has seen to it
    effect = UrgeComplaint(at.account.msisdn, one.number, ComplaintStep(at.now, URGED, CUSTOMER))
    return Verdict(Done({**fresh.details, "urged": one.urged + 1}), (effect,))
