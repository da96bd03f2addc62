"""The back office as the server runs it: opened by name, filled when it is empty, behind one desk."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from twisted.internet.task import deferLater
from twisted.logger import Logger

import handlers
from boss.data import load
from boss.rules.passwords import PASSWORD_TRIES
from business import open_business
from business.guards.breaker import Circuit, CircuitBreaker
from business.guards.cached import CachedBusiness
from business.guards.connecting import ConnectingBusiness
from business.guards.deadline import DeadlineBusiness
from business.guards.measured import MeasuredBusiness
from business.guards.pace import Pace, PacedBusiness
from business.guards.patient import PatientBusiness
from business.guards.queue import Queue, QueuedBusiness, Rank
from business.port import Business
from business.port.days import SHANGHAI
from business.port.stock import Loadable
from counter.care import NoticeQueries
from counter.conversation import Timeouts
from counter.desk import Desk
from counter.guesses import Guesses, GuessLimits, What
from counter.waiting import within
from server.metrics import Metrics
from server.reactor import IServerReactor
from server.settings import Settings

LOADS = frozenset({"sql", "memory"})
"""Back offices of ours, which are filled from data when they are empty; another one keeps its own."""

FAILURES, REST = 10, 5.0
"""After so many failures in a row the back office is left alone for so many seconds. What is late counts, and
what is slow does not: whoever heard 请稍候 and gets an answer is served."""

HOWS = ("wrong", "victim", "caller", "trunk", "all")
"""What becomes of a guess that is counted: it was wrong, or which limit was reached."""

HEALTH = 2.0
"""Seconds within which a back office that is well says so."""


def now() -> datetime:
    """The time as the operator has it."""
    return datetime.now(SHANGHAI)


class BackOffice:
    """``desk`` does the work of both halls; ``timeouts`` says how long they wait for it."""

    log = Logger()

    def __init__(self, settings: Settings, reactor: IServerReactor, metrics: Metrics) -> None:
        self._settings = settings
        self._reactor = reactor
        self._plain: Business = open_business(
            settings.business, settings.business_url, clock=now, reactor=reactor, **_options(settings)
        )
        self._door = ConnectingBusiness(self._plain, self._connect, reactor)
        self.pace = Pace(settings.business_at_once, reactor.seconds)
        self._business = _guarded(self._door, settings, reactor, metrics, self.pace)
        self.queue = Queue(lambda: self.pace.limit)
        callers = QueuedBusiness(self._business, self.queue, Rank.CALLER)
        self.texts = Texts(self.queue)
        self.care = NoticeQueries(QueuedBusiness(self._business, self.queue, Rank.BULK))
        self.guesses = Guesses(
            reactor.seconds, _limits(settings), lambda seconds: deferLater(reactor, seconds, lambda: None)
        )
        self.desk = Desk(
            callers,
            handlers.FUNCTIONS,
            now,
            seconds=reactor.seconds,
            guesses=self.guesses,
            placed=self._business,
        )
        _measures_guesses(metrics, self.guesses)
        self.timeouts = Timeouts(wait=settings.patience_wait, deadline=settings.patience_deadline)

    def _warn_of_locks(self) -> None:
        if _lets_strangers_lock(self._settings):
            self.log.warn(
                "guesses.at_number = {most}: the {business} business locks at {locks} wrong passwords a day,"
                " before this limit is reached; write {less} or less",
                most=self._settings.guesses_at_number,
                business=self._settings.business,
                locks=PASSWORD_TRIES,
                less=PASSWORD_TRIES - 1,
            )

    async def start(self) -> None:
        """Connect, now or, while the back office is not there, later. Raises what else it raises; DataErrors
        for bad data."""
        self._warn_of_locks()
        await self._business.start()

    async def _connect(self) -> None:
        """Start it, and fill what is empty."""
        await self._plain.start()
        if self._settings.business not in LOADS:
            return
        loadable = cast(Loadable, self._plain)
        if await loadable.empty():
            loaded = await load(self._settings.data, loadable, now())
            self.log.info(
                "business was empty: loaded {subscribers} subscribers, {products} products and {cards} cards "
                "from {data}",
                subscribers=loaded.subscribers,
                products=loaded.products,
                cards=loaded.cards,
                data=self._settings.data or "the demo's data",
            )

    async def stop(self) -> None:
        await self._business.stop()

    async def healthy(self) -> bool:
        """Whether the back office answers, at once: whoever asks for our health has little time."""
        return bool(await within(self._reactor, HEALTH, self._business.healthy()))


class Texts:
    """The places of texts among those who ask the back office (:class:`sms.turns.Places`)."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self.leave = queue.leave

    async def enter(self) -> None:
        await self._queue.enter(Rank.TEXT)


def _options(settings: Settings) -> dict[str, str | int | float | bool]:
    key = settings.business_key
    return {**({} if key is None else {"key_file": str(key)}), **settings.business_options}


def _lets_strangers_lock(settings: Settings) -> bool:
    """Whether the back office would lock before our own limit is reached; known of ours alone."""
    return settings.business in LOADS and settings.guesses_at_number >= PASSWORD_TRIES


def _limits(settings: Settings) -> GuessLimits:
    return GuessLimits(
        caller=settings.guesses_by_number,
        trunk=settings.guesses_by_trunk,
        victim=settings.guesses_at_number,
        in_all=settings.guesses_in_all,
    )


def _measures_guesses(metrics: Metrics, guesses: Guesses) -> None:
    never: dict[tuple[str, ...], int] = {
        (str(what), how): 0 for what in What if what is not What.TOLD for how in HOWS
    }
    metrics.gauge(
        "hall_guesses_last_hour",
        "Wrong secrets of other people's numbers within the last hour ([guesses] in_all bounds it)",
        lambda: float(guesses.in_all()),
    )
    metrics.counts(
        "hall_guesses",
        "Since the start: wrong ones; not asked, for that limit was reached: victim, caller, trunk, all",
        ("secret", "what"),
        lambda: {**never, **guesses.counts},
    )


def _guarded(
    business: Business, settings: Settings, reactor: IServerReactor, metrics: Metrics, pace: Pace
) -> Business:
    """The back office as the halls ask it. From the inside: no call lasts for ever; one that fails again and
    again is left alone; what is merely shown is kept if the settings say so; everything is measured as the
    halls meet it."""
    business = DeadlineBusiness(business, reactor, settings.business_deadline)
    breaker = business = CircuitBreaker(
        business, reactor.seconds, failures=FAILURES, slow=settings.business_deadline, rest=REST
    )
    metrics.gauge(
        "hall_business_left_alone",
        "1 while a back office that failed in a row is left alone",
        lambda: float(breaker.circuit is not Circuit.CLOSED),
    )
    metrics.gauge(
        "hall_business_pace", "How many may ask the back office at once just now", lambda: float(pace.limit)
    )
    metrics.counts(
        "hall_business_breaks", "How often it was left alone", (), lambda: {(): float(breaker.opened)}
    )
    business = PacedBusiness(business, pace, reactor.seconds)
    business = PatientBusiness(business, reactor, settings.patience_deadline)
    if settings.cache_seconds:
        cached = business = CachedBusiness(business, reactor.seconds, settings.cache_seconds)
        metrics.counts(
            "hall_business_kept",
            "Questions to the back office that are merely shown, by whether the answer was kept",
            ("answered",),
            lambda: {("kept",): cached.hits, ("asked",): cached.misses},
        )
    return MeasuredBusiness(business, metrics.business_called, reactor.seconds)
