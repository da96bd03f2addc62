"""A back office whose answers are kept for a few seconds, for one that is slow or dear to ask.

    CachedBusiness(inner, reactor.seconds, live=5.0)

Only what is merely shown is kept: each question says so itself (``kept_under``). Never kept: who somebody is
and what he may do (``subscriber``, offers), passwords and PUKs, and errors. Equal questions at the same time
are asked once.

No answer is older than a change of ours: whatever is done by a subscriber, or to him (topping up, stopping
another's number), ends what is kept about both, before and after; questions under way then are answered, but
not kept. While the outcome of a change is unknown, nothing is kept about its subscribers for
:data:`UNSURE` seconds. What another system changes is seen ``live`` seconds late at the most.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from business.guards.passing import Call, PassingBusiness
from business.port import Business, Change, Performed, Question, Unknown

A = TypeVar("A")
Key = Question[Any]

UNSURE = 600.0
SUBJECTS = 10_000
"""Subjects that something is kept about at the most; the one that was begun first goes first."""
QUESTIONS = 50
"""Answers that are kept about one subject at the most."""


class _Flight:
    """A question under way, and who waits for it. It goes on while anybody does."""

    def __init__(self) -> None:
        self._running: Deferred[Any] | None = None
        self._waiting: list[Deferred[Any]] = []

    def begin(self, call: Coroutine[Any, Any, Any], landed: Callable[[Any], None]) -> None:
        def land(result: Any) -> None:
            landed(result)
            waiting, self._waiting = self._waiting, []
            for one in waiting:
                one.callback(result)

        self._running = Deferred.fromCoroutine(call)
        self._running.addBoth(land)

    def join(self) -> Deferred[Any]:
        joined: Deferred[Any] = Deferred(self._leave)
        self._waiting.append(joined)
        return joined

    def _leave(self, joined: Deferred[Any]) -> None:
        """Who had joined does not wait any more."""
        if joined in self._waiting:
            self._waiting.remove(joined)
        if not self._waiting and self._running is not None:
            self._running.cancel()


@dataclass(slots=True)
class _Subject:
    """What is kept about one: answers with their end, and questions under way."""

    answers: dict[Key, tuple[float, Any]] = field(default_factory=dict)
    flights: dict[Key, _Flight] = field(default_factory=dict)


class CachedBusiness(PassingBusiness):
    """See the head of this file. ``seconds`` gives a time that only goes forward; ``live`` is in seconds.
    ``hits`` and ``misses`` count the questions that might be answered from what is kept."""

    def __init__(
        self, inner: Business, seconds: Callable[[], float], live: float, subjects: int = SUBJECTS
    ) -> None:
        super().__init__(inner)
        self.hits = 0
        self.misses = 0
        self._seconds = seconds
        self._live = live
        self._most = subjects
        self._subjects: dict[str, _Subject] = {}
        self._unsure: dict[str, float] = {}

    # ---- questions ----------------------------------------------------------------------------------------
    async def ask(self, question: Question[A]) -> A:
        if question.kept_under is None:
            return await self.inner.ask(question)
        subject: str = getattr(question, question.kept_under)
        about = self._about(subject)
        until, answer = about.answers.get(question, (0.0, None))
        if self._seconds() < until:
            self.hits += 1
            return cast(A, answer)
        flight = about.flights.get(question)
        if flight is not None:
            self.hits += 1
            return cast(A, await flight.join())
        self.misses += 1
        flight = about.flights[question] = _Flight()
        joined = flight.join()
        flight.begin(self.inner.ask(question), lambda result: self._landed(subject, about, question, result))
        return cast(A, await joined)

    def _about(self, subject: str) -> _Subject:
        about = self._subjects.get(subject)
        if about is None:
            if len(self._subjects) >= self._most:
                self._forget(next(iter(self._subjects)))
            about = self._subjects[subject] = _Subject()
        return about

    def _landed(self, subject: str, about: _Subject, key: Key, result: Any) -> None:
        """The answer of a question under way is there, or why there is none."""
        del about.flights[key]
        if isinstance(result, Failure) or self._is_unsure(subject):
            return
        if len(about.answers) >= QUESTIONS:
            about.answers.clear()
        about.answers[key] = (self._seconds() + self._live, result)

    # ---- changes ------------------------------------------------------------------------------------------
    async def pass_change(self, msisdn: str, change: Change, call: Call[Performed]) -> Performed:
        touched = {msisdn, getattr(change, "target", msisdn)}
        outcome: Performed = Unknown("no outcome")
        self._forget(*touched)
        try:
            outcome = await call()
            return outcome
        finally:
            self._forget(*touched)
            if isinstance(outcome, Unknown):
                self._doubt(touched)

    def _forget(self, *subjects: str) -> None:
        """End what is kept about them. The answers of questions under way go to what nobody looks at."""
        for subject in subjects:
            self._subjects.pop(subject, None)

    def _doubt(self, subjects: set[str]) -> None:
        now = self._seconds()
        if len(self._unsure) >= self._most:
            self._unsure = {one: until for one, until in self._unsure.items() if now < until}
        self._unsure.update((subject, now + UNSURE) for subject in subjects)

    def _is_unsure(self, subject: str) -> bool:
        return bool(self._unsure) and self._seconds() < self._unsure.get(subject, 0.0)
