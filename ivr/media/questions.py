"""What the hall has asked the media process and not been answered yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

Key = tuple[str, int]


class Questions:
    """By kind and number. ``clock``: whatever grows."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: dict[Key, tuple[Deferred[Any], float]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, key: Key) -> bool:
        return key in self._waiting

    def ask(self, key: Key) -> tuple[Deferred[Any], bool]:
        """The answer to come, and whether it has to be asked for: who asks the same again hears it too."""
        answer: Deferred[Any] = Deferred()
        if key in self._waiting:
            self._waiting[key][0].addBoth(_also(answer))
            return answer, False
        self._waiting[key] = answer, self._clock()
        return answer, True

    def answer(self, key: Key, value: object) -> None:
        """Nobody may be waiting (any more)."""
        waiting, _ = self._waiting.pop(key, (None, 0.0))
        if waiting is not None:
            waiting.errback(value) if isinstance(value, Exception) else waiting.callback(value)

    def give_up(self, why: Exception, kinds: Iterable[str] | None = None, *, before: float = inf) -> None:
        """Answer with ``why`` what was asked up to ``before``; of these kinds only, if any are given."""
        wanted = None if kinds is None else frozenset(kinds)
        for key, (_, asked) in tuple(self._waiting.items()):
            if asked <= before and (wanted is None or key[0] in wanted):
                self.answer(key, why)


def _also(other: Deferred[Any]) -> Callable[[Any], Any]:
    """A callback that tells another Deferred the same."""

    def pass_on(value: Any) -> Any:
        other.errback(value) if isinstance(value, Failure) else other.callback(value)
        return value

    return pass_on
