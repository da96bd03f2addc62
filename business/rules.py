"""The rules of the back office: what a change would cost, why it is refused, and what it does. Pure.

Both back ends of ours use these, so that they cannot differ: :func:`offer` answers the port's ``offer``;
:func:`decide` looks again at perform time (inside the transaction) and gives the outcome and its
:class:`Effect` list, which the back end then applies as one. See domain §2.4-2.7.

* Opening is refused when already open, for the wrong brand or city, without the product it needs, outside its
  hours, while suspended, in arrears if it costs anything, and for a prepaid balance below what is due now.
* Cancelling is never refused for debt or suspension: it takes money from nobody. What is paid runs on to the
  end of the month; opening again in that month costs nothing, so cancelling needs no confirmation.
* A fee that is charged at once is charged once a month, also after cancelling and opening again.
* An SP cancellation ends exactly the named ids. The month that has begun is paid; ``effective`` of any
  cancelling offer is the day from which nothing is charged.
* A card credits once. A wrong card counts against the subscriber who keyed it; five a day lock top-up.
  Somebody else's balance is not told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from business.accounts import Account, Card, Holding, Suspension, Terms, owed_by
from business.days import DayCount, last_day, month_after, month_of, today
from business.port import (
    CancelProduct,
    CancelSp,
    Change,
    DetailValue,
    Done,
    Fen,
    Offer,
    OpenProduct,
    PasswordAnswer,
    PasswordCheck,
    Refused,
    TopUp,
    Why,
)
from business.secrecy import is_card

PASSWORD_TRIES = 3
CARD_TRIES = 5
CARD_FACES = (5000, 10000, 30000, 50000)  # fen


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision is taken on. ``target`` and ``card`` matter for a top-up, ``terms`` for a product."""

    now: datetime
    account: Account
    terms: Terms | None = None
    target: Account | None = None
    card: Card | None = None

    @property
    def day(self) -> date:
        return today(self.now)

    @property
    def month(self) -> date:
        return month_of(self.day)


# ---- effects -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Charge:
    """Take ``amount`` from the balance, and add it to the month's own-services item."""

    msisdn: str
    amount: Fen
    product: str
    month: date


@dataclass(frozen=True, slots=True)
class Hold:
    msisdn: str
    product: str
    holding: Holding


@dataclass(frozen=True, slots=True)
class EndSp:
    msisdn: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """Add ``amount`` to the balance and mark the card used."""

    msisdn: str
    amount: Fen
    card: str


@dataclass(frozen=True, slots=True)
class CountCardError:
    msisdn: str
    errors: DayCount


@dataclass(frozen=True, slots=True)
class Resume:
    msisdn: str


Effect = Charge | Hold | EndSp | Credit | CountCardError | Resume


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Done | Refused
    effects: tuple[Effect, ...] = ()


# ---- offers ------------------------------------------------------------------------------------------------
def offer(change: Change, at: Situation) -> Offer | Refused:
    """What the change would cost and do now, or why not. Changes nothing."""
    match change:
        case OpenProduct():
            return _offer_open(change, at)
        case CancelProduct():
            return _offer_cancel(change, at)
        case CancelSp():
            return _offer_sp(change, at)
        case TopUp():
            return _offer_top_up(change, at)
        case _:
            return Refused(Why.UNKNOWN_PRODUCT)


def _token(*words: str | int) -> str:
    return json.dumps(words, ensure_ascii=True, separators=(",", ":"))


def _due(account: Account, terms: Terms, month: date) -> Fen:
    """What opening charges now: nothing if this month is already paid."""
    held = account.holdings.get(terms.id)
    if not terms.charged_at_once or (held and held.paid == month):
        return 0
    return terms.fee_of(account.brand)


def _offer_open(change: OpenProduct, at: Situation) -> Offer | Refused:
    terms = at.terms
    if terms is None:
        return Refused(Why.UNKNOWN_PRODUCT)
    refusal = _may_not_have(terms, at) or _cannot_pay(terms, at)
    if refusal:
        return refusal
    fee, due = terms.fee_of(at.account.brand), _due(at.account, terms, at.month)
    return Offer(
        fee=fee,
        charged=fee > 0,
        confirm=fee > 0,
        effective=month_after(at.month) if terms.next_month else at.day,
        token=_token("open", terms.id, fee, due),
        details={"title": terms.title, "due": due},
    )


def _may_not_have(terms: Terms, at: Situation) -> Refused | None:
    account = at.account
    held, closed = account.holdings, terms.closed(at.now)
    if terms.id in held and held[terms.id].open:
        return Refused(Why.ALREADY, {"title": terms.title, "fee": terms.fee_of(account.brand)})
    if terms.brands and account.brand not in terms.brands:
        return Refused(Why.BRAND, {"title": terms.title, "brands": tuple(b.value for b in terms.brands)})
    if terms.cities and account.city not in terms.cities:
        return Refused(Why.CITY, {"title": terms.title, "cities": terms.cities})
    if terms.need and not (terms.need in held and held[terms.need].open):
        return Refused(Why.NEED, {"title": terms.title, "need": terms.need})
    if closed:
        return Refused(Why.HOURS, {"title": terms.title, "from": closed[0], "to": closed[1]})
    return None


def _cannot_pay(terms: Terms, at: Situation) -> Refused | None:
    account, debt = at.account, owed_by(at.account, at.month)
    fee, due = terms.fee_of(account.brand), _due(account, terms, at.month)
    if account.suspended:
        return Refused(Why.SUSPENDED, {"title": terms.title, "owed": debt})
    if fee and debt:
        return Refused(Why.ARREARS, {"title": terms.title, "owed": debt})
    if account.prepaid and account.balance < due:
        return Refused(Why.BALANCE, {"title": terms.title, "balance": max(0, account.balance), "fee": fee})
    return None


def _offer_cancel(change: CancelProduct, at: Situation) -> Offer | Refused:
    terms, held = at.terms, at.account.holdings.get(change.product)
    if terms is None:
        return Refused(Why.UNKNOWN_PRODUCT)
    fee = terms.fee_of(at.account.brand)
    if held is None or not held.open:
        return Refused(Why.NOT_OPEN, {"title": terms.title, "fee": fee})
    return Offer(
        fee=fee,
        charged=False,
        confirm=terms.cancel_asked,
        effective=_charged_until(fee, at),
        token=_token("cancel", terms.id),
        details={"title": terms.title, "end": _charged_until(fee, at)},
    )


def _charged_until(fee: Fen, at: Situation) -> date:
    """The day from which nothing is charged any more: a month that has begun is paid whole."""
    return month_after(at.month) if fee else at.day


def _offer_sp(change: CancelSp, at: Situation) -> Offer | Refused:
    ids = tuple(dict.fromkeys(change.ids))
    if not ids:
        return Refused(Why.NOTHING)
    names, failed = _sp_named(ids, at.account)
    if not names:
        return Refused(Why.NOTHING, {"failed": failed})
    return Offer(
        fee=0,
        charged=False,
        confirm=False,
        effective=month_after(at.month),
        token=_token("sp", *sorted(ids)),
        details={"names": tuple(names.values()), "failed": failed, "end": month_after(at.month)},
    )


def _sp_named(ids: tuple[str, ...], account: Account) -> tuple[dict[str, str], tuple[str, ...]]:
    """Names of those that the subscriber has, by id in the order asked; and the ids that they have not."""
    has = {one.id: one.name for one in account.sp}
    return {i: has[i] for i in ids if i in has}, tuple(i for i in ids if i not in has)


def _offer_top_up(change: TopUp, at: Situation) -> Offer | Refused:
    left = CARD_TRIES - at.account.card_errors.on(at.day)
    if left <= 0:
        return Refused(Why.CARD_LOCKED)
    if at.target is None:
        return Refused(Why.UNKNOWN_TARGET, {"target": change.target})
    if not is_card(change.card):  # a slip of the finger, not a guess: it does not count
        return Refused(Why.BAD_CARD, {"left": left})
    return Offer(
        fee=0,
        charged=False,
        confirm=change.target != at.account.msisdn,
        effective=at.day,
        token=_token("top-up", change.target),
        details={"target": change.target},
    )


# ---- decisions ---------------------------------------------------------------------------------------------
def decide(change: Change, offered: Offer, at: Situation) -> Verdict:  # noqa: PLR0911
    """What performing ``change`` under ``offered`` comes to now. The caller applies all effects, or none."""
    fresh = offer(change, at)
    if isinstance(fresh, Refused):
        return Verdict(fresh)
    if not fits(offered.token, fresh.token):
        return Verdict(Refused(Why.OFFER_CHANGED, {"fee": fresh.fee, **_titled(fresh)}))
    match change:
        case OpenProduct():
            return _open(change, fresh, at)
        case CancelProduct():
            return _cancel(change, fresh, at)
        case CancelSp():
            return _end_sp(change, fresh, at)
        case TopUp():
            return _top_up(change, at)
        case _:
            return Verdict(Refused(Why.UNKNOWN_PRODUCT))


def fits(offered: str, fresh: str) -> bool:
    """Whether what was offered still holds: the same thing at the same fee, and no more to pay now."""
    try:
        old, new = json.loads(offered), json.loads(fresh)
    except ValueError:
        return False
    if not isinstance(old, list) or old[:1] != ["open"] or len(old) != len(new):
        return bool(old == new)
    return bool(old[:3] == new[:3]) and type(old[3]) is int and old[3] >= new[3]


def _titled(fresh: Offer) -> Mapping[str, DetailValue]:
    return {"title": fresh.details["title"]} if "title" in fresh.details else {}


def _open(change: OpenProduct, fresh: Offer, at: Situation) -> Verdict:
    account, due = at.account, fresh.details["due"]
    assert isinstance(due, int)
    before = account.holdings.get(change.product)
    paid = at.month if due else (before.paid if before else None)
    effects: tuple[Effect, ...] = (
        Hold(account.msisdn, change.product, Holding(True, fresh.effective, None, paid)),
    )
    if due:
        effects += (Charge(account.msisdn, due, change.product, at.month),)
    details: dict[str, DetailValue] = {"title": fresh.details["title"], "fee": fresh.fee, "charged": due}
    details |= {"balance": max(0, account.balance - due), "effective": fresh.effective}
    return Verdict(Done(details), effects)


def _cancel(change: CancelProduct, fresh: Offer, at: Situation) -> Verdict:
    before = at.account.holdings[change.product]
    until = last_day(at.month) if fresh.fee else at.day
    effect = Hold(at.account.msisdn, change.product, replace(before, open=False, until=until))
    details = {"title": fresh.details["title"], "fee": fresh.fee, "end": fresh.effective}
    return Verdict(Done(details), (effect,))


def _end_sp(change: CancelSp, fresh: Offer, at: Situation) -> Verdict:
    names, _failed = _sp_named(tuple(dict.fromkeys(change.ids)), at.account)
    return Verdict(Done(dict(fresh.details)), (EndSp(at.account.msisdn, tuple(names)),))


def _top_up(change: TopUp, at: Situation) -> Verdict:
    if at.card is None or at.card.used:
        return _bad_card(at)
    target = at.target
    assert target is not None  # _offer_top_up has seen to it
    face = at.card.face
    effects: tuple[Effect, ...] = (Credit(target.msisdn, face, at.card.digest),)
    after = replace(target, balance=target.balance + face)
    debt = owed_by(after, at.month)
    resumed = target.suspended is Suspension.DEBT and not debt
    if resumed:
        effects += (Resume(target.msisdn),)
    details: dict[str, DetailValue] = {"face": face, "target": target.msisdn}
    if target.msisdn == at.account.msisdn:
        details |= {"balance": max(0, after.balance), "owed": debt, "resumed": int(resumed)}
    return Verdict(Done(details), effects)


def _bad_card(at: Situation) -> Verdict:
    errors = at.account.card_errors.more(at.day)
    effect = CountCardError(at.account.msisdn, errors)
    return Verdict(Refused(Why.BAD_CARD, {"left": CARD_TRIES - errors.count}), (effect,))


# ---- service passwords -------------------------------------------------------------------------------------
def check_password(errors: DayCount, day: date, right: bool) -> tuple[PasswordAnswer, DayCount]:
    """The answer, and the errors to keep. The third error of a day locks; so does a right one after it."""
    count = errors.on(day)
    if count >= PASSWORD_TRIES:
        return PasswordAnswer(PasswordCheck.LOCKED, 0), errors
    if right:
        return PasswordAnswer(PasswordCheck.RIGHT, PASSWORD_TRIES - count), errors
    errors = errors.more(day)
    left = PASSWORD_TRIES - errors.count
    return PasswordAnswer(PasswordCheck.WRONG if left else PasswordCheck.LOCKED, left), errors
