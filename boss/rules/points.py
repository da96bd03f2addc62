"""Points for credit (domain §2.7). Asked about always: points do not come back."""

from __future__ import annotations

from boss.rules.effects import ConvertPoints, Verdict
from boss.rules.figures import points_of
from boss.rules.situation import Situation
from boss.rules.tokens import token
from business.port import Done, ExchangePoints, Offer, Refused, Why


def offer_exchange(_change: ExchangePoints, at: Situation) -> Offer | Refused:
    reward, has = at.reward, points_of(at.account, at.now)
    if reward is None:
        return Refused(Why.UNKNOWN_PRODUCT)
    if has.frozen:
        return Refused(Why.POINTS_FROZEN, {"title": reward.title, "name": has.name})
    if has.available < reward.points:
        short = {"points": has.available, "needed": reward.points}
        return Refused(Why.POINTS, {"title": reward.title, "name": has.name, **short})
    return Offer(
        fee=0,
        charged=False,
        confirm=True,
        effective=at.day,
        token=token("exchange", reward.id, reward.points, reward.worth),
        details={
            "title": reward.title,
            "name": has.name,
            "points": reward.points,
            "worth": reward.worth,
            "left": has.available - reward.points,
        },
    )


def exchange(_change: ExchangePoints, fresh: Offer, at: Situation) -> Verdict:
    reward = at.reward
    assert reward is not None  # offer_exchange has seen to it
    balance = max(0, at.account.balance + reward.worth)
    effect = ConvertPoints(at.account.msisdn, reward.points, reward.worth)
    return Verdict(Done({**fresh.details, "balance": balance}), (effect,))
