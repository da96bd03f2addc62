"""Stopping a telephone and starting it again (停机保号, domain §2.7).

Keeping a stopped number costs nothing in the first month and ``Policy.keep_fee`` for each month that has
begun after it, six at the most; it is charged when the telephone is started again. A lost telephone can
always be stopped, whatever its owner owes. One that was stopped for debt is started by paying, not by asking.

``target`` is the caller's own number or another one of theirs: the hall has checked its service password.
"""

from __future__ import annotations

from datetime import date

from boss.rules.effects import Charge, Effect, ResumeService, SuspendService, Verdict
from boss.rules.figures import owed_by
from boss.rules.situation import Situation
from boss.rules.tokens import token
from business.port import DetailValue, Done, Fen, Offer, Refused, Resume, Suspend, Why
from business.port.days import month_after
from business.port.stock import Account, Suspension

KEEP_MONTHS = 6


def offer_suspend(change: Suspend, at: Situation) -> Offer | Refused:
    if at.target is None:
        return Refused(Why.UNKNOWN_TARGET, {"target": change.target})
    if at.target.suspended:
        return Refused(Why.STOPPED, {"target": change.target})
    fee = at.policy.keep_fee
    return Offer(
        fee=fee,
        charged=fee > 0,
        confirm=True,
        effective=at.day,
        token=token("suspend", change.target, fee),
        details={"target": change.target, "start": month_after(at.month)},
    )


def suspend(_change: Suspend, fresh: Offer, at: Situation) -> Verdict:
    assert at.target is not None  # offer_suspend has seen to it
    effect = SuspendService(at.target.msisdn, at.day)
    return Verdict(Done({**fresh.details, "fee": fresh.fee}), (effect,))


def offer_resume(change: Resume, at: Situation) -> Offer | Refused:
    target = at.target
    if target is None:
        return Refused(Why.UNKNOWN_TARGET, {"target": change.target})
    if target.suspended is None:
        return Refused(Why.NOT_STOPPED, {"target": change.target})
    due, debt = _keep_due(target, at), owed_by(target, at.month)
    if target.suspended is Suspension.DEBT or (due and debt):
        return Refused(Why.ARREARS, {"target": change.target, "owed": debt})
    if target.prepaid and target.balance < due:
        return Refused(Why.BALANCE, {"balance": max(0, target.balance), "fee": due})
    return Offer(
        fee=due,
        charged=due > 0,
        confirm=due > 0,
        effective=at.day,
        token=token("resume", change.target, due),
        details={"target": change.target, "due": due, "months": months_kept(target.suspended_since, at.day)},
    )


def months_kept(since: date | None, day: date) -> int:
    """How many months of keeping are to be paid: those begun after the one in which it was stopped."""
    if since is None:
        return 0
    begun = (day.year - since.year) * 12 + day.month - since.month
    return max(0, min(begun, KEEP_MONTHS))


def _keep_due(target: Account, at: Situation) -> Fen:
    return months_kept(target.suspended_since, at.day) * at.policy.keep_fee


def resume(_change: Resume, fresh: Offer, at: Situation) -> Verdict:
    target, due = at.target, fresh.fee
    assert target is not None  # offer_resume has seen to it
    effects: tuple[Effect, ...] = (ResumeService(target.msisdn),)
    details: dict[str, DetailValue] = {"target": target.msisdn, "charged": due}
    if due:
        effects += (Charge(target.msisdn, due, None, at.month, kind="keep", item="plan"),)
        details["balance"] = max(0, target.balance - due)
    return Verdict(Done(details), effects)
