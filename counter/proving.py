"""Whose a number is: service passwords, and ID numbers where those prove it.

An owner on his own telephone is told all there is to know: wrong and how many tries are left, locked. To
everybody else one answer is given, after the same time, whether the secret was wrong or locked, the number is
nobody's, is stopped, or has no more tries for strangers; only that *his* tries are used up he is told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from twisted.logger import Logger

from business.port import (
    AskAttribution,
    AskSubscriber,
    Business,
    PasswordAnswer,
    PasswordCheck,
    UnknownSubscriber,
    Why,
)
from business.port.secrecy import why_weak
from counter.guesses import Asker, Guesses, What, asker_of
from handlers.attribution import OURS
from handlers.request import count
from menus.model.asked import InputKind
from menus.model.channels import Channel
from menus.model.events import Answered, Do, Outcome, Refused, Unknown, Work
from menus.model.province import CITIES
from menus.model.specs import ActionSpec
from menus.model.values import Kind, Value

CALLER, SECRET = "caller", "secret"
"""The inputs by which a caller whose number is not known says who he is."""
MISMATCH, ID_MISMATCH, LIMIT = "password mismatch", "id mismatch", "password limit"
"""The refusals that strangers are told."""
_ANYBODYS = frozenset({"resting", str(Why.HOURS), str(Why.UNKNOWN_PRODUCT)})
"""Refusals that say nothing of a number."""

_Found = tuple[PasswordAnswer | None, Refused | None]


class Proving:
    """See the head of this file. ``business``: the back office as a channel asks it; ``locked`` tells the
    owner of a number that its password is locked."""

    log = Logger()

    def __init__(
        self,
        business: Callable[[Channel], Business],
        guesses: Guesses,
        locked: Callable[[str], object],
    ) -> None:
        self._business = business
        self._guesses = guesses
        self._locked = locked

    async def when_proved(
        self,
        work: Work,
        spec: ActionSpec,
        caller: str | None,
        channel: Channel,
        *,
        source: str,
        done: Callable[[str | None], Awaitable[Outcome]],
    ) -> Outcome:
        """The refusal of who has not proved whose number it is; else what comes of ``done``, which does the
        work on the account of that number. Raises what the back office and the disk raise: then nothing was
        done. ``source``: the address that a call came from."""
        account = effective_caller(work, caller)
        needed = _passwords(work, spec, account)
        if needed:
            asker = asker_of(caller, source)
            refused = await self._passwords(needed, spec, caller, channel, asker)
            if refused is not None:
                return refused
        if spec.identified and account is not None and account != caller:
            return await self._identity(account, asker_of(caller, source), partial(done, account))
        named = _named_number(work, spec, account)
        if named is not None:
            return await self._named(named, asker_of(caller, source), partial(done, account))
        return await done(account)

    async def look(
        self, work: Work, spec: ActionSpec, caller: str | None, channel: Channel, *, source: str
    ) -> Outcome:
        """The refusal of what is wrong in the inputs that were given so far: a password, a new one that is
        too simple, a foreign number whose password is asked for next; else Answered. Nothing is done.
        Raises what the back office and the disk raise."""
        account, asker = effective_caller(work, caller), asker_of(caller, source)
        new = (work.inputs.get(i.name, "") for i in spec.inputs if i.kind is InputKind.NEW_PASSWORD)
        if any(password and why_weak(password, account or "") for password in new):
            return Refused(str(Why.WEAK_PASSWORD))
        given = [each for each in _passwords(work, spec, account) if each[1]]
        if given:
            return await self._passwords(given, spec, caller, channel, asker) or Answered()
        proved = (i.of for i in spec.inputs if i.kind is InputKind.PASSWORD and i.of)
        number = next((value for name in (*proved, CALLER) if (value := work.inputs.get(name))), caller)
        if number is None or number == caller or not await self._is_foreign(number, channel):
            return Answered()
        return await self._named(number, asker, partial(self._taken_along, number, channel))

    async def _is_foreign(self, number: str, channel: Channel) -> bool:
        """Whether it was given out by another operator or in another province. It says nothing of whether it
        is anybody's."""
        place = await self._business(channel).ask(AskAttribution(number))
        return place is not None and (place.operator != OURS or place.city not in CITIES)

    async def _taken_along(self, number: str, channel: Channel) -> Outcome:
        """Whether a foreign number was taken along to us (携号转网)."""
        try:
            await self._business(channel).ask(AskSubscriber(number))
        except UnknownSubscriber:
            return Refused(str(Why.UNKNOWN_TARGET), {"number": Value(Kind.PHONE, number)})
        return Answered()

    async def _passwords(
        self,
        needed: Sequence[tuple[str, str]],
        spec: ActionSpec,
        caller: str | None,
        channel: Channel,
        asker: Asker,
    ) -> Refused | None:
        """The refusal of a password that is not right; None: they are. ``needed``: numbers, and what was
        given as their passwords."""
        reads = caller if channel.texted else None
        business = self._business(channel)
        for number, password in needed:
            if number == caller:
                answer, refused = await _owned(business, number, password)
            else:
                answer, refused = await self._guessed(business, number, password, asker)
            if answer is not None and answer.locked_now and number != reads:
                await self._tell(number)
            if refused is not None:
                return refused
            if answer is not None and answer.temporary and not spec.temporary:
                return Refused("password temporary")
        return None

    async def _guessed(self, business: Business, number: str, password: str, asker: Asker) -> _Found:
        """A stranger gives the password of a number."""
        if not number:
            raise UnknownSubscriber("no number was given")
        begun = self._guesses.now()
        guess = await self._guesses.take(What.PASSWORD, number, asker)
        if guess is None:
            return None, Refused(LIMIT)
        answer: PasswordAnswer | None = None
        try:
            if guess.victim:
                apart = business.counts_strangers_apart
                answer = await business.check_password(number, password, stranger=apart)
        except UnknownSubscriber:
            pass
        except Exception:
            self._guesses.give_back(guess)
            raise
        if answer is not None and answer.check is PasswordCheck.RIGHT:
            self._guesses.give_back(guess)
            return answer, None
        await self._guesses.wrong(guess, begun)
        return answer, Refused(MISMATCH)

    async def _identity(self, number: str, asker: Asker, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """``work`` on the number of somebody who says by his ID number, from elsewhere, that it is his. Only
        the back office knows whether it is; it may refuse for other reasons as well. Raises what the disk
        raises: then nothing was done."""
        begun = self._guesses.now()
        guess = await self._guesses.take(What.ID, number, asker)
        if guess is None:
            return Refused(LIMIT)
        outcome = await work() if guess.victim else Refused(ID_MISMATCH)
        if isinstance(outcome, Refused) and outcome.reason not in _ANYBODYS:
            await self._guesses.wrong(guess, begun)
            return Refused(ID_MISMATCH)
        if not isinstance(outcome, Unknown):  # of which it is not known, either
            self._guesses.give_back(guess)
        return outcome

    async def _named(self, number: str, asker: Asker, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """``work`` that names somebody's number without his password, as a top-up does. A slip must be told,
        for money would go astray; whoever tries out which numbers are ours has as many tries as with
        passwords."""
        guess = await self._guesses.take(What.NUMBER, number, asker)
        if guess is None:
            return Refused(LIMIT)
        outcome = await work()
        if isinstance(outcome, Refused) and outcome.reason == Why.UNKNOWN_TARGET:
            self._guesses.counted(guess)
        else:
            self._guesses.give_back(guess)
        return outcome

    async def _tell(self, owner: str) -> None:
        """At once, but once a day: what strangers can bring about is no way to write to him."""
        try:
            if await self._guesses.take(What.TOLD, owner, Asker()) is not None:
                self._locked(owner)
        except Exception:
            self.log.failure("the owner of a locked password was not told")


def effective_caller(work: Work, caller: str | None) -> str | None:
    """Whose account the work is on: the number that was proved by its password, else the channel's."""
    return work.inputs.get(CALLER, caller)


async def _owned(business: Business, number: str, password: str) -> _Found:
    """An owner gives his own. The back office counts it."""
    answer = await business.check_password(number, password)
    if answer.check is PasswordCheck.LOCKED:
        return answer, Refused("password locked")
    if answer.check is PasswordCheck.WRONG:
        return answer, Refused("password wrong", {"left": count(answer.left)})
    return answer, None


_NAMING = frozenset({InputKind.MOBILE, InputKind.FORWARD})


def _named_number(work: Work, spec: ActionSpec, account: str | None) -> str | None:
    """The number of somebody else that ``work`` would offer something to, without a password of it."""
    proved = {each.of for each in spec.inputs if each.kind is InputKind.PASSWORD}
    mobiles = (i.name for i in spec.inputs if i.kind in _NAMING and i.name not in proved)
    given = next((work.inputs[name] for name in mobiles if work.inputs.get(name)), "")
    number = given.rpartition(" ")[2] or None  # before a forwarding's number stands which calls it takes
    return number if work.do is Do.OFFER and number != account else None


def _passwords(work: Work, spec: ActionSpec, account: str | None) -> list[tuple[str, str]]:
    """The numbers whose passwords must be right, each with what was given. Nothing given is the wrong one."""
    needed: dict[tuple[str, str], None] = {}
    own = account or ""
    for each in spec.inputs:
        if each.kind is InputKind.PASSWORD and not (each.optional and each.name not in work.inputs):
            needed[work.inputs.get(each.of or "") or own, work.inputs.get(each.name, "")] = None
    proved = spec.identified or own in {number for number, _ in needed}
    if CALLER in work.inputs and not proved:
        needed[own, work.inputs.get(SECRET, "")] = None
    return list(needed)
