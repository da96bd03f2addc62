"""Handling texts: one subscriber's at a time, in order; each ends in one commit.

    Arrival ─ lane of its subscriber ─ Conversation.turn ─ one commit (inbox done, session, outcomes, replies,
    promo, wishes, queries) ─ outbox

Before a change is run, its operation is committed with the session, and the inbox rows as done: from there on
the operation stands for the text, and a restart takes it up (``counter/settling.py``). The lane waits for a
disk that is full.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from counter.journal import Page
from menus.model.events import Asks, Interrupted
from sms.answering import Answering
from sms.intake import Arrival
from sms.lanes import Anywhere, Lanes, Places
from store import StoreConflict, StoreRefused, StoreUnavailable

RETRY = 1.0  # seconds


class Turns:
    """See the head of this file. A turn begins when it has a place of ``places``. ``done`` is given each
    arrival that is handled."""

    log = Logger()

    def __init__(
        self,
        answering: Answering,
        clock: IReactorTime,
        done: Callable[[Arrival], None],
        places: Places | None = None,
    ) -> None:
        self._answering = answering
        self._clock = clock
        self._done = done
        self.lanes: Lanes[Arrival | Asks] = Lanes(self._next, places or Anywhere())
        self.handled = 0

    def take(self, arrival: Arrival) -> None:
        """Handle it after whatever its subscriber sent before."""
        self.lanes.put(arrival.address, arrival)

    def ask(self, address: str, asks: Asks) -> None:
        """A message that is committed asks this of its subscriber: wait for the answer, instead of for what
        was open, once what he has sent before is handled."""
        self.lanes.put(address, asks)

    async def _next(self, address: str, what: Arrival | Asks) -> None:
        """The next of a lane. Never raises."""
        page = self._answering.page(address, what.ids if isinstance(what, Arrival) else ())
        try:
            await (
                self._answering.open(address, what) if isinstance(what, Asks) else self._handle(what, page)
            )
        except Exception as error:
            if not isinstance(error, StoreRefused):  # the store has said so itself
                self.log.failure("a text was not handled")
            if isinstance(what, Arrival):
                await self._apologise(what, page)
        if isinstance(what, Arrival):
            self._done(what)

    async def _handle(self, arrival: Arrival, page: Page) -> None:
        while True:
            try:
                text, received, whole = arrival.text, arrival.received, arrival.whole
                turn = await self._answering.answer(arrival.address, text, received, page, whole=whole)
                break
            except StoreConflict:
                return  # the MO could not be kept; the SMSC has been told so, and brings it again
            except StoreUnavailable:
                await deferLater(self._clock, RETRY)
        if turn is not None:
            self.handled += 1

    async def _apologise(self, arrival: Arrival, page: Page) -> None:
        """A fault of ours: the subscriber is told, and the others of the lane go on. What is open stays open;
        what was begun is settled by its key, and told then."""
        begun = page.operation
        given = Interrupted(begun is not None, service="" if begun is None else begun.service)
        try:
            turn = await self._answering.converse(arrival.address, given, page)
            await self._answering.conclude(arrival.address, turn, page.inbox, arrival.text)
        except Exception:
            self.log.failure("nor was its sender told")
            await self._close(arrival)

    async def _close(self, arrival: Arrival) -> None:
        """The text is not tried for ever."""
        try:
            await self._answering.close(arrival.ids)
        except Exception:
            self.log.failure("nor closed")
