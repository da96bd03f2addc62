"""SP subscriptions. Exactly the named ids end. The month that has begun is paid, so ``end`` is the day from
which nothing is charged (domain §2.4)."""

from __future__ import annotations

from boss.rules.effects import EndSp, Verdict
from boss.rules.situation import Situation
from boss.rules.tokens import token
from business.port import CancelSp, Done, Offer, Refused, Why
from business.port.days import month_after
from business.port.stock import Account


def offer_end(change: CancelSp, at: Situation) -> Offer | Refused:
    ids = tuple(dict.fromkeys(change.ids))
    if not ids:
        return Refused(Why.NOTHING)
    names, failed = _named(ids, at.account)
    if not names:
        return Refused(Why.NOTHING, {"failed": failed})
    return Offer(
        fee=0,
        charged=False,
        confirm=False,
        effective=month_after(at.month),
        token=token("sp", *sorted(ids)),
        details={"names": tuple(names.values()), "failed": failed, "end": month_after(at.month)},
    )


def _named(ids: tuple[str, ...], account: Account) -> tuple[dict[str, str], tuple[str, ...]]:
    """Names of those that the subscriber has, by id in the order asked; and the ids that they have not."""
    has = {one.id: one.name for one in account.sp}
    return {i: has[i] for i in ids if i in has}, tuple(i for i in ids if i not in has)


def end(change: CancelSp, fresh: Offer, at: Situation) -> Verdict:
    names, _failed = _named(tuple(dict.fromkeys(change.ids)), at.account)
    return Verdict(Done(dict(fresh.details)), (EndSp(at.account.msisdn, tuple(names)),))
