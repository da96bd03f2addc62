"""Offers and decisions for every change, each theme's rules by the type of the change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from boss.rules import complaints, forms, money, passwords, points, products, sp, suspension
from boss.rules.effects import Count, Verdict
from boss.rules.situation import Situation
from boss.rules.tokens import fits
from business import port
from business.port import Change, DetailValue, Done, Offer, Refused, Why

_Offers = Callable[[Any, Situation], Offer | Refused]
_Decides = Callable[[Any, Offer, Situation], Verdict]
_RULES: Mapping[type, tuple[_Offers, _Decides]] = {
    port.OpenProduct: (products.offer_open, products.open_product),
    port.CancelProduct: (products.offer_cancel, products.cancel_product),
    port.CancelSp: (sp.offer_end, sp.end),
    port.TopUp: (money.offer_top_up, money.top_up),
    port.ExchangePoints: (points.offer_exchange, points.exchange),
    port.Suspend: (suspension.offer_suspend, suspension.suspend),
    port.Resume: (suspension.offer_resume, suspension.resume),
    port.ChangePassword: (passwords.offer_change, passwords.change_password),
    port.ResetPassword: (passwords.offer_reset, passwords.reset_password),
    port.UnlockPassword: (passwords.offer_unlock, passwords.unlock_password),
    port.RegisterName: (passwords.offer_register, passwords.register_name),
    port.Complain: (complaints.offer_complain, complaints.complain),
    port.Urge: (complaints.offer_urge, complaints.urge),
    port.Respond: (forms.offer_respond, forms.respond),
}
# Whoever holds the telephone for a minute, or has it ring us in a loop, must not do this without end. What
# takes something away from the customer's bill, and what only asks again, is not counted.
_COUNTED = (
    port.OpenProduct,
    port.ExchangePoints,
    port.Suspend,
    port.ChangePassword,
    port.ResetPassword,
    port.UnlockPassword,
    port.Complain,
)


def offer(change: Change, at: Situation) -> Offer | Refused:
    """What the change would cost and do now, or why not. Changes nothing."""
    offers, _decides = _RULES[type(change)]
    made = offers(change, at)
    limit = at.policy.changes_a_day
    if isinstance(made, Offer) and isinstance(change, _COUNTED) and at.account.changes.on(at.day) >= limit:
        return Refused(Why.TOO_MANY, {"limit": limit, **_titled(made)})
    return made


def decide(change: Change, offered: Offer, at: Situation) -> Verdict:
    """What performing ``change`` under ``offered`` comes to now. The caller applies all effects, or none."""
    fresh = offer(change, at)
    if isinstance(fresh, Refused):
        return Verdict(fresh)
    if not fits(offered.token, fresh.token):
        return Verdict(Refused(Why.OFFER_CHANGED, {"fee": fresh.fee, **_titled(fresh)}))
    _offers, decides = _RULES[type(change)]
    verdict = decides(change, fresh, at)
    if isinstance(verdict.outcome, Done) and isinstance(change, _COUNTED):
        counted = Count(at.account.msisdn, "changes", at.account.changes.more(at.day))
        return replace(verdict, effects=(*verdict.effects, counted))
    return verdict


def title_of(outcome: Done | Refused, at: Situation) -> str:
    """What was changed, for the audit trail: a product's or an SP service's name, a telephone number that is
    not the subscriber's own, or "" where the verb says all."""
    names = outcome.details.get("names")
    if isinstance(names, tuple):
        return "、".join(names)
    named = at.terms or at.reward
    if named:
        return named.title
    return at.target.msisdn if at.target and at.target.msisdn != at.account.msisdn else ""


def _titled(fresh: Offer) -> Mapping[str, DetailValue]:
    return {"title": fresh.details["title"]} if "title" in fresh.details else {}
