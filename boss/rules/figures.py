"""What the port shows of an account: what is owed, fee, bill, points, a product. Pure; money is fen."""

from __future__ import annotations

from datetime import date, datetime

from business import port
from business.port import Brand, Fen, Status
from business.port.days import BILL_MONTHS, month_after, month_of, ready_on, this_month, today
from business.port.stock import NOTHING_USED, REMINDER_BELOW, Account, Holding, OptionKind, Terms, Usage


def overdue(prepaid: bool, balance: Fen, spent: Fen) -> Fen:
    """The post-paid debt of past months; a prepaid account has none."""
    return 0 if prepaid else max(0, -(balance + spent))


def owed(prepaid: bool, balance: Fen, spent: Fen) -> Fen:
    """What must be paid to be out of arrears: of a post-paid account past months' debt, for this month's is
    not due yet; 0: not in arrears."""
    return max(0, -balance) if prepaid else overdue(prepaid, balance, spent)


def owed_by(account: Account, month: date) -> Fen:
    return owed(account.prepaid, account.balance, account.usage.get(month, NOTHING_USED).total)


def opened_by(account: Account) -> frozenset[str]:
    return frozenset(name for name, held in account.holdings.items() if held.open)


def subscriber_of(account: Account, opened: frozenset[str], now: datetime) -> port.Subscriber:
    """``opened``: the products that are."""
    return port.Subscriber(
        msisdn=account.msisdn,
        brand=account.brand,
        city=account.city,
        vip=account.vip,
        status=Status.SUSPENDED if account.suspended else Status.ACTIVE,
        owed=owed_by(account, this_month(now)),
        prepaid=account.prepaid,
        language=account.language,
        long_sms=account.long_sms,
        opened=opened,
        joined=account.joined,
        registered=account.name is not None or account.id_number is not None,
    )


def fee_of(prepaid: bool, balance: Fen, used: Usage, now: datetime) -> port.Fee:
    spent = used.total
    return port.Fee(
        at=now,
        spent=spent,
        balance=max(0, balance),
        owed=owed(prepaid, balance, spent),
        overdue=overdue(prepaid, balance, spent),
        prepaid=prepaid,
        sp=used.sp,
    )


def bill_waits(month: date, now: datetime) -> port.BillPending | None:
    """Whether the bill of ``month`` is still to come (the running month, and the last one until the 3rd)."""
    day = today(now)
    ready = ready_on(month)
    return port.BillPending(month, ready) if month <= month_of(day) and day < ready else None


def bill_kept(month: date, now: datetime) -> bool:
    """Whether a bill of ``month`` can exist here at all: the last five months are kept."""
    this = this_month(now)
    return month.day == 1 and month_after(this, -BILL_MONTHS) <= month < this


def bill_of(month: date, used: Usage) -> port.Bill | None:
    if not used.total:
        return None
    u = used
    return port.Bill(month, u.plan, u.voice, u.data, u.messages, u.vas, u.sp, u.other)


def points_of(account: Account, now: datetime) -> port.Points:
    """Frozen in arrears or while suspended (domain §2.7); 动感地带 calls its points M值."""
    frozen = account.suspended is not None or owed_by(account, this_month(now)) > 0
    name = "M值" if account.brand is Brand.MZONE else "积分"
    return port.Points(name, account.points, account.points_this_year, frozen)


def product_of(terms: Terms, brand: Brand, held: Holding | None) -> port.Product:
    return port.Product(
        id=terms.id,
        title=terms.title,
        fee=terms.fee_of(brand),
        charged_at_once=terms.charged_at_once,
        open=held is not None and held.open,
        since=held.since if held else None,
        until=held.until if held else None,
        option=chosen_of(terms, held),
        group=terms.group,
    )


def chosen_of(terms: Terms, held: Holding | None) -> int | None:
    """What was chosen with an open product; whoever chose nothing has what is usual."""
    if held is None or not held.open or terms.option is None:
        return None
    usual = terms.option_default
    if usual is None and terms.option is OptionKind.THRESHOLD:
        usual = REMINDER_BELOW
    return usual if held.option is None else held.option
