"""The operator's own products: opening, replacing, choosing, cancelling.

* Opening is refused when already open, for the wrong brand or city, without the product it needs, outside its
  hours, while suspended, in arrears if it costs anything, and for a prepaid balance below what is due now.
* Of a group one product is open at a time: opening another replaces it, from the first of the next month
  where the new one begins then, else now. That is asked about, whatever it costs: the old one is lost by it.
* A product with an option may be opened again with another choice: it stays open, and nothing is charged.
* Cancelling is never refused for debt or suspension: it takes money from nobody. What is paid runs on to the
  end of the month; opening again in that month costs nothing, so cancelling needs no confirmation.
* What needs a product ends with it, and that is asked about. A change of a group that has not begun yet, when
  it is cancelled, leaves what was there before.
* A fee that is charged at once is charged once a month, also after cancelling and opening again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from boss.rules.effects import Charge, Effect, Hold, Verdict
from boss.rules.figures import owed_by
from boss.rules.situation import Situation
from boss.rules.tokens import token
from business.port import CancelProduct, DetailValue, Done, Fen, Offer, OpenProduct, Refused, Why
from business.port.days import last_day, month_after
from business.port.stock import REMINDER_BELOW, Account, Holding, OptionKind, Terms

THRESHOLD_LOW, THRESHOLD_HIGH = 500, 10_000  # fen
_YUAN = 100


@dataclass(frozen=True, slots=True)
class _Opening:
    """What opening comes to. ``chosen``: it is open and stays so, only its option changes."""

    terms: Terms
    fee: Fen
    due: Fen
    option: int | None
    olds: tuple[Terms, ...]
    chosen: bool
    effective: date


# ---- opening -----------------------------------------------------------------------------------------------
_LINE = re.compile("1[0-9]{10}|10[0-9]{8}|2[0-9]{9}|[3-9][0-9]{9,10}")
"""A mobile number, or a fixed line with its area code, whose 0 no whole number keeps."""


def offer_open(change: OpenProduct, at: Situation) -> Offer | Refused:
    opening = _opening(change, at)
    if isinstance(opening, Refused):
        return opening
    terms, fee, due = opening.terms, opening.fee, opening.due
    details: dict[str, DetailValue] = {"title": terms.title, "due": due}
    more: tuple[str | int, ...] = ()
    if opening.olds:
        details["old"] = "、".join(old.title for old in opening.olds)
    if opening.option is not None:
        details["option"] = opening.option
    if opening.olds or opening.option is not None:
        more = (opening.option or 0, *(old.id for old in opening.olds))
    if opening.effective != at.day:  # whoever was told the 1st of this month is not given that of the next
        more = (*more, opening.effective.isoformat())
    return Offer(
        fee=fee,
        charged=fee > 0,
        confirm=_asked(opening),
        effective=opening.effective,
        token=token("open", terms.id, fee, due, *more),
        details=details,
    )


def _asked(opening: _Opening) -> bool:
    """R106: what costs, a plan, what replaces another; and a number that calls go to (each of them costs)."""
    terms = opening.terms
    plan = terms.group is not None and terms.next_month
    if opening.chosen:
        return terms.option is OptionKind.NUMBER
    return opening.fee > 0 or plan or bool(opening.olds) or terms.option is OptionKind.NUMBER


def _opening(change: OpenProduct, at: Situation) -> _Opening | Refused:
    terms, account = at.terms, at.account
    if terms is None:
        return Refused(Why.UNKNOWN_PRODUCT)
    fee = terms.fee_of(account.brand)
    option = _option(change, terms, at)
    held = _held(account, terms)
    chosen = bool(held and change.option is not None and option not in (None, held.option))
    if held and not chosen:
        return Refused(Why.ALREADY, {"title": terms.title, "fee": fee})
    refusal = _may_not_have(terms, at)
    if refusal:
        return refusal
    if isinstance(option, Refused):
        return option
    due = 0 if chosen else _due(account, terms, fee, at.month)
    refusal = _cannot_pay(terms, fee, due, at)
    if refusal:
        return refusal
    olds = () if chosen else tuple(one for one in at.group if _held(account, one))
    effective = month_after(at.month) if terms.next_month and not chosen else at.day
    return _Opening(terms, fee, due, option, olds, chosen, effective)


def _held(account: Account, terms: Terms) -> Holding | None:
    """The product as the subscriber has it open."""
    held = account.holdings.get(terms.id)
    return held if held and held.open else None


def _due(account: Account, terms: Terms, fee: Fen, month: date) -> Fen:
    """What opening charges now: nothing if this month is already paid."""
    held = account.holdings.get(terms.id)
    if not terms.charged_at_once or (held and held.paid == month):
        return 0
    return fee


def _option(change: OpenProduct, terms: Terms, at: Situation) -> int | Refused | None:
    """What is chosen; a choice for a product that has none is none."""
    chosen = terms.option_default if change.option is None else change.option
    if terms.option is OptionKind.THRESHOLD:
        chosen = REMINDER_BELOW if chosen is None else chosen
        if THRESHOLD_LOW <= chosen <= THRESHOLD_HIGH and not chosen % _YUAN:
            return chosen
        return Refused(Why.OPTION, {"title": terms.title, "low": THRESHOLD_LOW, "high": THRESHOLD_HIGH})
    if terms.option is OptionKind.NUMBER:
        number = "" if chosen is None else str(chosen)
        if _LINE.fullmatch(number) and number != at.account.msisdn:
            return chosen
        return Refused(Why.UNKNOWN_TARGET, {"title": terms.title, "target": number})
    return None


def _may_not_have(terms: Terms, at: Situation) -> Refused | None:
    account, closed = at.account, terms.closed(at.now)
    if terms.brands and account.brand not in terms.brands:
        return Refused(Why.BRAND, {"title": terms.title, "brands": tuple(b.value for b in terms.brands)})
    if terms.cities and account.city not in terms.cities:
        return Refused(Why.CITY, {"title": terms.title, "cities": terms.cities})
    needed = account.holdings.get(terms.need) if terms.need else None
    if terms.need and not (needed and needed.open):
        return Refused(Why.NEED, {"title": terms.title, "need": terms.need})
    if closed:
        return Refused(Why.HOURS, {"title": terms.title, "from": closed[0], "to": closed[1]})
    return None


def _cannot_pay(terms: Terms, fee: Fen, due: Fen, at: Situation) -> Refused | None:
    account, debt = at.account, owed_by(at.account, at.month)
    if account.suspended:
        return Refused(Why.SUSPENDED, {"title": terms.title, "owed": debt})
    if fee and debt:
        return Refused(Why.ARREARS, {"title": terms.title, "owed": debt})
    if account.prepaid and account.balance < due:
        return Refused(Why.BALANCE, {"title": terms.title, "balance": max(0, account.balance), "fee": fee})
    return None


def open_product(change: OpenProduct, fresh: Offer, at: Situation) -> Verdict:
    opening, account = _opening(change, at), at.account
    assert isinstance(opening, _Opening)  # offer_open has seen to it
    due, before = opening.due, account.holdings.get(change.product)
    if opening.chosen and before:
        holding = replace(before, option=opening.option)
    else:
        paid = at.month if due else (before.paid if before else None)
        holding = Holding(True, _since(before, opening.effective, at), None, paid, opening.option)
    effects: list[Effect] = [Hold(account.msisdn, change.product, holding)]
    effects += [_replaced(old, opening.effective, at) for old in opening.olds]
    if not opening.chosen:
        effects += _cut_short(opening.effective, at)
    if due:
        effects.append(Charge(account.msisdn, due, change.product, at.month))
    details = {name: value for name, value in fresh.details.items() if name != "due"}
    details |= {"fee": fresh.fee, "charged": due, "effective": fresh.effective}
    return Verdict(Done({**details, "balance": max(0, account.balance - due)}), tuple(effects))


def _since(before: Holding | None, effective: date, at: Situation) -> date:
    """What still runs, and is taken up again before it ends, has never been away."""
    until = before.until if before and not before.open else None
    if before and until and before.since <= at.day < effective <= until + timedelta(days=1):
        return before.since
    return effective


def _replaced(old: Terms, effective: date, at: Situation) -> Hold:
    """The old one of the group runs until the day before the new one; today, where that begins at once."""
    held = at.account.holdings[old.id]
    until = max(at.day, effective - timedelta(days=1)) if held.since <= at.day else at.day
    return Hold(at.account.msisdn, old.id, replace(held, open=False, until=until))


def _cut_short(effective: date, at: Situation) -> list[Effect]:
    """What was replaced before by one that never began, and still runs: of a group one runs at a time."""
    last = max(at.day, effective - timedelta(days=1))
    held = [(one, at.account.holdings.get(one.id)) for one in at.group]
    return [
        Hold(at.account.msisdn, one.id, replace(old, until=last))
        for one, old in held
        if old and not old.open and old.until and old.until > last
    ]


# ---- cancelling --------------------------------------------------------------------------------------------
def offer_cancel(change: CancelProduct, at: Situation) -> Offer | Refused:
    terms = at.terms
    if terms is None:
        return Refused(Why.UNKNOWN_PRODUCT)
    fee = terms.fee_of(at.account.brand)
    if not _held(at.account, terms):
        return Refused(Why.NOT_OPEN, {"title": terms.title, "fee": fee})
    also, back = _dependents(at), _taken_up_again(at)
    details: dict[str, DetailValue] = {"title": terms.title, "end": _charged_until(fee, at)}
    if also:
        details["also"] = "、".join(one.title for one in also)
    if back is not None:
        details["back"] = back.title
    return Offer(
        fee=fee,
        charged=False,
        confirm=terms.cancel_asked or bool(also),
        effective=_charged_until(fee, at),
        token=token("cancel", terms.id, *(one.id for one in (*also, *([back] if back else [])))),
        details=details,
    )


def _dependents(at: Situation) -> tuple[Terms, ...]:
    """What is open and cannot be had without it."""
    return tuple(one for one in at.dependents if _held(at.account, one))


def _taken_up_again(at: Situation) -> Terms | None:
    """What runs until this one begins, if it has not begun: it goes on, for only the change is cancelled."""
    held = _held(at.account, at.terms) if at.terms else None
    if held is None or held.since <= at.day:
        return None
    last = held.since - timedelta(days=1)
    olds = ((one, at.account.holdings.get(one.id)) for one in at.group)
    return next((one for one, old in olds if old and not old.open and old.until == last), None)


def _charged_until(fee: Fen, at: Situation) -> date:
    """The day from which nothing is charged any more: a month that has begun is paid whole."""
    return month_after(at.month) if fee else at.day


def cancel_product(change: CancelProduct, fresh: Offer, at: Situation) -> Verdict:
    ends = ((change.product, fresh.fee), *((one.id, one.fee_of(at.account.brand)) for one in _dependents(at)))
    effects = [_ended(product, fee, at) for product, fee in ends]
    back = _taken_up_again(at)
    if back is not None:
        old = at.account.holdings[back.id]
        effects.append(Hold(at.account.msisdn, back.id, replace(old, open=True, until=None)))
    return Verdict(Done({**fresh.details, "fee": fresh.fee, "end": fresh.effective}), tuple(effects))


def _ended(product: str, fee: Fen, at: Situation) -> Hold:
    """What is paid runs on to the end of the month."""
    held = at.account.holdings[product]
    until = last_day(at.month) if fee else at.day
    return Hold(at.account.msisdn, product, replace(held, open=False, until=until))
