"""How often secrets of other people's numbers are tried: passwords, and the ID numbers that reset them.

What the owner tries on his own telephone is the back office's to count (three errors a day lock). What
anybody else tries is counted here, apart from that and *before* the back office is asked: a try is taken,
kept on the disk, and given back if the secret was right or nobody looked at it. So tries side by side, a
restart and kill -9 gain nobody one more.

==========  ==========================================  ========  ========================================
counted by  whose tries                                 within    when there are no more
==========  ==========================================  ========  ========================================
caller      one telephone number                        24 hours  told so
trunk       all without a mobile number, by the         an hour   told so
            address that their calls come from
victim      all that strangers try at one number        24 hours  not asked; told as if it were wrong, for
                                                                  that is nobody's business
in all      everybody                                   an hour   told so, and an alarm in the log
==========  ==========================================  ========  ========================================

``victim`` lies below the back office's three, so that strangers alone never lock anybody. Hours slide, so
neither midnight nor a step of the clock begins anew; times are those of ``seconds``, which does not step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, NamedTuple, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from menus.model.numbers import mobile

HOUR, DAY = 3_600.0, 86_400.0
ANSWER = 0.25
"""Seconds after which, or a multiple of which, a stranger hears that it was wrong: how long it took would
tell whether there is such a number."""


class What(StrEnum):
    """What is tried; each has its own tries at a number."""

    PASSWORD = "password"
    ID = "id"
    NUMBER = "number"  # no secret: whether a number is ours, by naming it where no password is asked for
    TOLD = "told"  # no try: the owner was written to that his password is locked


@dataclass(frozen=True, slots=True)
class GuessLimits:
    """Wrong ones, at the most; see the table at the head of this file."""

    caller: int = 10
    trunk: int = 20
    victim: int = 2
    in_all: int = 1_000


class Asker(NamedTuple):
    """Who tries: by his number, by the trunk that he comes from, or by both (a number that is no mobile's,
    which whoever owns the trunk may choose freely)."""

    caller: str = ""
    trunk: str = ""


class Guess(NamedTuple):
    """A try that was taken: a row of the store. ``victim`` "": the number had no tries left, so nobody is
    asked."""

    id: int
    what: str
    caller: str
    trunk: str
    victim: str
    at: float


class Book(Protocol):
    """Where tries are kept: the store."""

    def keep_guess(self, row: Any) -> Deferred[None]:
        """Fires when the :class:`Guess` is on the disk, or fails, nothing written."""

    def forget_guess(self, id: int) -> Deferred[None]:
        """It was none; nobody waits for that."""

    def guesses(self, since: float) -> Deferred[Any]:
        """The rows of ``since`` and later, the oldest first."""


Key = tuple[str, str]
ALL: Key = ("all", "")
_WITHIN = {"caller": DAY, "trunk": HOUR, "all": HOUR}  # of a victim: DAY


def asker_of(caller: str | None, source: str) -> Asker:
    """``caller``: the number that the channel believes in; ``source``: the address that the call came from.
    An IPv6 address counts with the network that one customer has (RFC 6177)."""
    number = caller or ""
    return Asker(number) if mobile(number) == number else Asker(number, _network(source))


def _network(source: str) -> str:
    try:
        address = ip_address(source)
    except ValueError:
        return source or "none"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False))
    return source


class Guesses:
    """See the head of this file. ``seconds`` gives seconds since the epoch; ``rest`` waits for some.
    ``counts`` is for the metrics: tries by what came of them."""

    log = Logger()

    def __init__(
        self,
        seconds: Callable[[], float],
        limits: GuessLimits | None = None,
        rest: Callable[[float], Awaitable[object]] | None = None,
    ) -> None:
        self._seconds = seconds
        self._limits = limits or GuessLimits()
        self._rest = rest
        self._book: Book | None = None
        self._kept: dict[int, Guess] = {}  # the oldest first
        self._times: dict[Key, dict[int, float]] = {}  # likewise
        self._next = 1
        self._warned: dict[Key, float] = {}
        self.counts: Counter[tuple[str, ...]] = Counter()

    # ---- the disk ----
    async def open(self, book: Book) -> None:
        """Go on from what ``book`` has kept, and keep in it from now on. Raises what the disk raises."""
        now = self._seconds()
        for row in await book.guesses(now - DAY):
            guess = Guess(*row)
            self._next = max(self._next, guess.id + 1)
            self._add(guess._replace(at=min(guess.at, now)))  # written by a clock that was ahead of ours
        self._book = book

    # ---- tries ----
    async def take(self, what: What, victim: str, asker: Asker) -> Guess | None:
        """A try at ``victim``'s secret, kept before this returns; None: no more for this asker. Raises what
        the disk raises; then nothing was taken."""
        guess = self._reserved(what, victim, asker)
        if guess is not None and self._book is not None:
            try:
                await self._book.keep_guess(guess)
            except BaseException:  # given up, too: then it may still be written
                self.give_back(guess)
                raise
        return guess

    def counted(self, guess: Guess) -> None:
        """It stays taken."""
        self.counts[guess.what, "wrong" if guess.victim else "victim"] += 1

    async def wrong(self, guess: Guess, since: float) -> None:
        """It stays taken. Waits until it cannot be told from the time what was found; ``since``: when it was
        begun."""
        self.counted(guess)
        if self._rest is not None:
            await self._rest(ANSWER - (self._seconds() - since) % ANSWER)

    def give_back(self, guess: Guess) -> None:
        """It was right, or nobody has looked at it."""
        self._drop(guess)
        if self._book is not None:
            self._book.forget_guess(guess.id).addErrback(self._unforgotten)

    def _unforgotten(self, failure: Failure) -> None:
        """It counts again after a restart, until its hours are over."""
        self.log.debug("a try was not given back on the disk: {why}", why=failure.type.__name__)

    def now(self) -> float:
        return self._seconds()

    def _reserved(self, what: What, victim: str, asker: Asker) -> Guess | None:
        """Nothing is awaited in here: what is looked at is still so when the try is taken."""
        now = self._seconds()
        self._forget(now)
        spent = None if what is What.TOLD else self._spent(asker, now)
        if spent is not None:
            self.counts[str(what), spent[0]] += 1
            self._warn(spent, now)
            return None
        left = self._most(what) - self._count((what, victim), now)
        if what is What.TOLD and not left:
            return None
        self._next = max(self._next, int(now * 1_000_000))  # above all of before, those that are gone too
        guess = Guess(self._next, what, asker.caller, asker.trunk, victim if left > 0 else "", now)
        self._next += 1
        self._add(guess)
        return guess

    def _spent(self, asker: Asker, now: float) -> Key | None:
        """Which of his limits is reached."""
        limits = {"caller": self._limits.caller, "trunk": self._limits.trunk, "all": self._limits.in_all}
        return next((key for key in _of_asker(asker) if self._count(key, now) >= limits[key[0]]), None)

    def _most(self, what: What) -> int:
        """Strangers' tries at one number."""
        if what is What.NUMBER:  # anybody may top it up
            return self._limits.in_all
        return 1 if what is What.TOLD else self._limits.victim

    # ---- what is counted ----
    def in_all(self) -> int:
        """Within the last hour."""
        return self._count(ALL, self._seconds())

    def _count(self, key: Key, now: float) -> int:
        times = self._times.get(key)
        if times is None:
            return 0
        within = _WITHIN.get(key[0], DAY)
        while times:
            first = next(iter(times))
            if now - times[first] < within:
                break
            del times[first]
        return len(times)

    def _add(self, guess: Guess) -> None:
        self._kept[guess.id] = guess
        for key in _keys(guess):
            self._times.setdefault(key, {})[guess.id] = guess.at

    def _drop(self, guess: Guess) -> None:
        self._kept.pop(guess.id, None)
        for key in _keys(guess):
            times = self._times.get(key, {})
            times.pop(guess.id, None)
            if not times:
                self._times.pop(key, None)

    def _forget(self, now: float) -> None:
        """What is older than everything that is counted: so no more is kept than a day's tries."""
        while self._kept:
            oldest = next(iter(self._kept.values()))
            if now - oldest.at < DAY:
                return
            self._drop(oldest)

    def _warn(self, key: Key, now: float) -> None:
        """An operator wants to know of a trunk and of the whole province, once an hour."""
        if key[0] == "caller" or now - self._warned.get(key, -HOUR) < HOUR:
            return
        self._warned = {each: at for each, at in self._warned.items() if now - at < HOUR}
        self._warned[key] = now
        if key == ALL:
            self.log.error(
                "ALARM: {count} wrong passwords of other people's numbers in an hour, [guesses] in_all: "
                "until there are fewer, only owners are asked for theirs, on their own telephones",
                count=self._limits.in_all,
            )
        else:
            self.log.warn(
                "{count} wrong passwords in an hour by callers without a mobile number from {trunk}, "
                "[guesses] by_trunk: they are asked no more of them for now",
                count=self._limits.trunk,
                trunk=key[1],
            )


def _of_asker(asker: Asker) -> tuple[Key, ...]:
    by = (("caller", asker.caller), ("trunk", asker.trunk))
    return (*(key for key in by if key[1]), ALL)


def _keys(guess: Guess) -> tuple[Key, ...]:
    """All under which a try is counted."""
    victim: tuple[Key, ...] = ((guess.what, guess.victim),) if guess.victim else ()
    return victim if guess.what == What.TOLD else (*victim, *_of_asker(Asker(guess.caller, guess.trunk)))
