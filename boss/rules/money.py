"""Top-up cards. A card credits once. A wrong one counts against the subscriber who keyed it; five a day lock
top-up. Somebody else's balance is not told. A card that settles the debt ends a suspension for debt."""

from __future__ import annotations

from dataclasses import replace

from boss.rules.effects import Count, Credit, Effect, ResumeService, Verdict
from boss.rules.figures import owed_by
from boss.rules.situation import Situation
from boss.rules.tokens import token
from business.port import DetailValue, Done, Offer, Refused, TopUp, Why
from business.port.secrecy import is_card
from business.port.stock import Suspension

CARD_TRIES = 5
CARD_FACES = (5000, 10000, 30000, 50000)  # fen


def offer_top_up(change: TopUp, at: Situation) -> Offer | Refused:
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
        token=token("top-up", change.target),
        details={"target": change.target},
    )


def top_up(_change: TopUp, _fresh: Offer, at: Situation) -> Verdict:
    if at.card is None:
        return _bad_card(at)
    if at.card.used:  # a card that was, and is no guess: it costs no try
        return Verdict(Refused(Why.BAD_CARD, {"left": CARD_TRIES - at.account.card_errors.on(at.day)}))
    target = at.target
    assert target is not None  # offer_top_up has seen to it
    face = at.card.face
    effects: tuple[Effect, ...] = (Credit(target.msisdn, face, at.card.digest),)
    after = replace(target, balance=target.balance + face)
    debt = owed_by(after, at.month)
    resumed = target.suspended is Suspension.DEBT and not debt
    if resumed:
        effects += (ResumeService(target.msisdn),)
    details: dict[str, DetailValue] = {"face": face, "target": target.msisdn}
    if target.msisdn == at.account.msisdn:
        details |= {"balance": max(0, after.balance), "owed": debt, "resumed": int(resumed)}
    return Verdict(Done(details), effects)


def _bad_card(at: Situation) -> Verdict:
    errors = at.account.card_errors.more(at.day)
    effect = Count(at.account.msisdn, "card_errors", errors)
    return Verdict(Refused(Why.BAD_CARD, {"left": CARD_TRIES - errors.count}), (effect,))
