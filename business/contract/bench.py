"""The bench: how the contract kit prepares, reprices and audits a back office, and moves its clock.

The port can do none of this, and should not. A distribution names its bench under the entry point group
``hall10086.bench``, by the name of its back office: a factory ``bench(url, *, reactor, **options) -> Bench``.

A bench does what it can. What it cannot, it refuses with :class:`Unable`, in words that complete "not
shown: …"; the promises that need it are then listed as not shown, never as held.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from business.port import Business, Fen
from business.port.days import Clock
from business.port.stock import BackOfficeData, Movement

GROUP = "hall10086.bench"


class Unable(Exception):
    """This bench cannot do that; the message says why, in a few words."""


class NotATestSystem(Exception):
    """What is behind the bench is not empty, or not marked as a test system: it is not to be filled with
    made-up subscribers. The message names what was found."""


class Bench(Protocol):
    """Prepares one back office, again and again, for one promise after another."""

    async def open(self) -> None:
        """Once, before anything is written. Raises NotATestSystem."""

    async def fresh(self, clock: Clock) -> Business:
        """A back office with nothing in it, not started; what the promise before left is gone. ``clock`` is
        for one that lives in this process; another is told by :meth:`set_now`. The kit stops it."""

    async def fill(self, data: BackOfficeData) -> None:
        """Subscribers, products, cards and all the rest into the fresh one, which has started. First comes
        :func:`business.contract.contract_data`; a few promises add something of their own afterwards."""

    async def set_now(self, now: datetime) -> None:
        """The time at the back office stands still at ``now`` (aware) from here on. Nothing to do for one
        that goes by the ``clock`` it was given."""

    async def retariff(self, product: str, fee: Fen) -> None:
        """From now on ``product`` costs ``fee`` a month."""

    async def movements(self, msisdn: str) -> tuple[Movement, ...]:
        """Every movement of the subscriber's money, the opening one included, the oldest first."""

    async def close(self) -> None:
        """Once, at the end: leave nothing behind."""
