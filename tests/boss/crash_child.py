"""The process that the crash test kills: performs every operation of the plan, four at a time, in order.

    python -m tests.boss.crash_child URL

Prints ``ready`` when it begins and ``done KEY`` for each outcome that it was given.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import react

from boss.sql import SqlBusiness
from business.port import (
    Brand,
    Change,
    Complain,
    Done,
    ExchangePoints,
    Offer,
    OpenProduct,
    Performed,
    Refused,
    Reward,
    Suspend,
    TopUp,
)
from business.port.secrecy import card_digest
from business.port.stock import Account, BackOfficeData, Card, Terms

SUBSCRIBERS = [f"137000000{n:02}" for n in range(20)]
PRODUCTS = [f"p{n}" for n in range(10)]
FEE, FACE, OPENING = 100, 5000, 1_000_000
POINTS, WORTH, KEEP_FEE = 840, 1000, 500
AT_ONCE = 4


def plan() -> Iterator[tuple[str, str, Change]]:
    """(key, subscriber, change): 200 openings, exchanges and top-ups, half of these crediting the neighbour;
    at last everybody complains and stops their telephone."""
    for place, product in enumerate(PRODUCTS):
        for n, msisdn in enumerate(SUBSCRIBERS):
            yield f"open-{msisdn}-{product}", msisdn, OpenProduct(product)
            target = SUBSCRIBERS[(n + place % 2) % len(SUBSCRIBERS)]
            yield f"card-{msisdn}-{product}", msisdn, TopUp(card_number(n, place), target)
            yield f"points-{msisdn}-{product}", msisdn, ExchangePoints("r")
    for msisdn in SUBSCRIBERS:
        yield f"complain-{msisdn}", msisdn, Complain("信号不好")
        yield f"stop-{msisdn}", msisdn, Suspend(msisdn)


def card_number(subscriber: int, place: int) -> str:
    return f"8000000000{subscriber:04}{place:04}"


def data() -> BackOfficeData:
    count = len(SUBSCRIBERS)
    numbers = [card_number(n, place) for n in range(count) for place in range(len(PRODUCTS))]
    return BackOfficeData(
        tuple(Terms(product, product, FEE, charged_at_once=True) for product in PRODUCTS),
        tuple(Account(one, Brand.GOTONE, "长沙", True, OPENING, points=POINTS * 10) for one in SUBSCRIBERS),
        tuple(Card(card_digest(number), FACE) for number in numbers),
        (Reward("r", "10元话费", POINTS, WORTH),),
    )


def offer_for(change: Change) -> Offer:
    """The offer as it was shown and kept before the crash; asking anew would find it open already."""
    match change:
        case OpenProduct(product):
            token = f'["open","{product}",{FEE},{FEE}]'
        case TopUp(_, target):
            token = f'["top-up","{target}"]'
        case ExchangePoints(reward):
            token = f'["exchange","{reward}",{POINTS},{WORTH}]'
        case Suspend(target):
            token = f'["suspend","{target}",{KEEP_FEE}]'
        case _:
            token = '["complain"]'
    return Offer(FEE, True, True, datetime.now(UTC).date(), token)


async def perform_all(business: SqlBusiness) -> dict[str, Performed]:
    """Perform the whole plan; gives every outcome by key."""
    outcomes: dict[str, Performed] = {}
    steps = plan()

    async def worker() -> None:
        for key, msisdn, change in steps:
            outcomes[key] = outcome = await business.perform(msisdn, change, offer_for(change), key)
            if isinstance(outcome, Done | Refused):
                print("done", key, flush=True)

    await gatherResults([Deferred.fromCoroutine(worker()) for _ in range(AT_ONCE)])
    return outcomes


async def main(url: str) -> None:
    business = SqlBusiness(url, lambda: datetime.now(UTC), reactor)
    await business.start()
    print("ready", flush=True)
    await perform_all(business)
    await business.stop()


if __name__ == "__main__":
    react(lambda _reactor, url: Deferred.fromCoroutine(main(url)), sys.argv[1:])
