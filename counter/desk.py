"""The desk at which work is done: one piece of :class:`~menus.model.events.Work` in, one outcome out, always.

Here and nowhere else a service password is checked (before anything is done, :mod:`counter.proving`), a back
office that fails is turned into what may be told, and what went wrong is logged, once and without secrets.

==============================  =======================  ================================
what the back office did        query, offer             perform
==============================  =======================  ================================
UnknownSubscriber               refused unknown caller   unknown
NotOffered                      refused unknown product  refused unknown product
Resting                         refused resting, hours   unknown
Unavailable, anything raised    not done                 unknown: it may have been done
an answer that makes no sense   not done                 unknown
==============================  =======================  ================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from business.port import (
    AskSubscriber,
    Business,
    NotOffered,
    Resting,
    Status,
    Subscriber,
    Unavailable,
    UnknownSubscriber,
    Why,
)
from business.port.days import SHANGHAI, Clock
from counter.guesses import Guesses
from counter.operations import Operation, operation_of
from counter.proving import CALLER, SECRET, Proving
from counter.unsettled import Unsettled
from handlers.request import Function, Handler, ServiceRequest, time
from handlers.validated import sound, sound_subscriber
from menus.dialogue.session import Session
from menus.model.asked import InputKind
from menus.model.channels import Channel
from menus.model.events import Do, Facts, NotDone, Outcome, Refused, Unknown, Work
from menus.model.specs import ActionSpec

FACTS_LIVE = 5.0
"""Seconds for which what is known of a subscriber is believed; a change of theirs ends it at once."""
KEPT = 10_000
"""Subscribers that are kept in mind at the most."""

LOCKED = "notice password locked"
"""The hall's text for the owner of a service password that was locked."""
Told = Callable[[str, str], object]
"""Writes one of the hall's texts, by its name, to a number: by SMS, and at once."""


def _untold(_msisdn: str, _text: str) -> None:
    """Nobody sends messages here."""


@dataclass(frozen=True, slots=True)
class _Known:
    who: Subscriber | None  # None: not a subscriber of ours
    until: float


class Desk:
    """Runs work. ``functions`` is :data:`handlers.FUNCTIONS`; ``clock`` gives an aware now; ``busy`` says
    whether the agents' queue is; ``facts_live`` is how long facts are kept, in seconds. ``seconds``
    gives those since the epoch by a clock that nobody sets: what waits and what is kept is counted by it.
    ``told`` is set by whoever can write to people: it tells an owner that his password was locked.
    ``guesses`` counts what is tried at other people's numbers; without it that is kept nowhere.
    ``placed``: who is asked instead of ``business`` on a channel whose inputs have their place already.
    ``unsettled``: what was begun for whom and is not known to be done, which the journals keep."""

    log = Logger()

    def __init__(
        self,
        business: Business,
        functions: Mapping[str, Function],
        clock: Clock,
        busy: Callable[[], bool] = lambda: False,
        *,
        facts_live: float = FACTS_LIVE,
        seconds: Callable[[], float] | None = None,
        guesses: Guesses | None = None,
        placed: Business | None = None,
    ) -> None:
        self._business = business
        self._placed = placed or business
        self._functions = functions
        self._clock = clock
        self._seconds = seconds or (lambda: clock().timestamp())
        self._busy = busy
        self._live = facts_live
        self._known: dict[str, _Known] = {}
        self._silent: dict[str, float] = {}  # whose facts did not come, and until when they are not asked
        self.told: Told = _untold
        self.unsettled = Unsettled()
        guesses = guesses or Guesses(self._seconds)
        self._proving = Proving(self._business_for, guesses, lambda owner: self.told(owner, LOCKED))

    def now(self) -> datetime:
        """The time as China has it, for days and hours are the customer's."""
        return self._clock().astimezone(SHANGHAI)

    def steady(self) -> datetime:
        """As :meth:`now`, but whatever becomes of the machine's clock it goes on a second a second."""
        return datetime.fromtimestamp(self._seconds(), SHANGHAI)

    def _business_for(self, channel: Channel) -> Business:
        return self._placed if channel.queued else self._business

    # ---- facts ----
    async def facts(self, caller: str | None, channel: Channel) -> Facts:
        """What is true of the caller now. A back office that does not answer leaves the number alone; one
        that hung is not waited for again at once."""
        now = self._seconds()
        if caller is None or self._silent.get(caller, 0.0) > now:
            return self.bare_facts(caller, channel)
        try:
            who = await self._subscriber(caller, channel, now)
        except CancelledError:
            self._hung(caller, now)
            return self.bare_facts(caller, channel)
        except Exception as error:  # whatever it is, the caller is served with what is known
            self.log.warn("facts of a subscriber not known: {why}", why=type(error).__name__)
            return self.bare_facts(caller, channel)
        if who is None:
            return self.bare_facts(None, channel)
        return Facts(
            now=self.now(),
            channel=channel,
            caller=caller,
            brand=str(who.brand),
            city=who.city,
            vip=who.vip,
            owed=who.owed,
            suspended=who.status is Status.SUSPENDED,
            opened=who.opened,
            busy=self._busy(),
            registered=who.registered,
            language=who.language,
            long_sms=who.long_sms,
            steady=self.steady(),
            unsettled=self.unsettled.services.get(caller, ()),
        )

    def bare_facts(self, caller: str | None, channel: Channel) -> Facts:
        """Facts without the back office."""
        return Facts(
            now=self.now(),
            channel=channel,
            caller=caller,
            busy=self._busy(),
            steady=self.steady(),
            unsettled=self.unsettled.services.get(caller or "", ()),
        )

    async def _subscriber(self, caller: str, channel: Channel, now: float) -> Subscriber | None:
        known = self._known.get(caller)
        if known is not None and now < known.until:
            return known.who
        try:
            asked = await self._business_for(channel).ask(AskSubscriber(caller))
            who: Subscriber | None = sound_subscriber(asked, caller)
        except UnknownSubscriber:
            who = None
        if len(self._known) >= KEPT:
            self._known.clear()
        self._known[caller] = _Known(who, now + self._live)
        return who

    def _hung(self, caller: str, now: float) -> None:
        self.log.warn("facts of a subscriber not known: {why}", why="given up")
        if len(self._silent) >= KEPT:
            self._silent.clear()
        self._silent[caller] = now + self._live

    def forget(self, caller: str) -> None:
        """Something of this subscriber has changed."""
        self._known.pop(caller, None)

    # ---- work ----
    async def run(self, work: Work, caller: str | None, channel: Channel, source: str = "") -> Outcome:
        """Do it. Never raises. ``caller``: the number that the channel believes in; None: not known.
        ``source``: the address that a call came from."""
        try:
            if work.do is Do.LOOK:
                return await self._proving.look(work, self._spec(work), caller, channel, source=source)
            done = partial(self.repeat, work, channel=channel)
            return await self._proving.when_proved(
                work, self._spec(work), caller, channel, source=source, done=done
            )
        except UnknownSubscriber:
            return Refused("unknown caller")
        except NotOffered:
            return Refused(str(Why.UNKNOWN_PRODUCT))
        except Resting as rest:
            return _resting(work, rest)
        except Exception as error:
            self._log(work, error)
            return NotDone(type(error).__name__)

    async def repeat(self, work: Work, caller: str | None, channel: Channel) -> Outcome:
        """As :meth:`run`, for a caller whose password was right before: work that is asked again."""
        try:
            return sound(await self._handler(work)(self._request(work, caller, channel)))
        except CancelledError:
            return self._failed(work, "given up")
        except UnknownSubscriber:
            return Unknown("no subscriber") if work.do is Do.PERFORM else Refused("unknown caller")
        except NotOffered:
            return Refused(str(Why.UNKNOWN_PRODUCT))  # which says 暂未开放
        except Resting as rest:
            return self._failed(work, "rests") if work.do is Do.PERFORM else _resting(work, rest)
        except Exception as error:
            self._log(work, error)
            return self._failed(work, type(error).__name__)
        finally:
            if work.do is Do.PERFORM and caller is not None:
                self.forget(caller)

    def _request(self, work: Work, caller: str | None, channel: Channel) -> ServiceRequest:
        return ServiceRequest(
            business=self._business_for(channel),
            caller=caller or "",
            channel=channel,
            now=self.now(),
            argument=work.argument,
            inputs=work.inputs,
            offer=work.offer,
            key=work.key,
        )

    def _handler(self, work: Work) -> Handler:
        handling = self._functions[work.does].does[work.action]
        by = {Do.ASK: handling.ask, Do.OFFER: handling.offer, Do.PERFORM: handling.perform}
        handler = by[work.do]
        if handler is None:
            raise LookupError(f"{work.does} cannot {work.do} {work.action}")
        return handler

    def _failed(self, work: Work, why: str) -> Outcome:
        return Unknown(why) if work.do is Do.PERFORM else NotDone(why)

    def _log(self, work: Work, error: Exception) -> None:
        """Where it went wrong; not the message, which may quote what the customer typed."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"
        say = self.log.warn if isinstance(error, Unavailable) else self.log.error
        say(
            "{does} {do} {action} failed: {error} at {where}",
            does=work.does,
            do=str(work.do),
            action=str(work.action),
            error=type(error).__name__,
            where=where,
        )

    # ---- what is kept of it ----
    def operation(self, work: Work, session: Session) -> Operation:
        """The operation that this PERFORM is, without the passwords, which are checked once and kept
        nowhere."""
        spec = self._spec(work)
        passwords = {SECRET} | {each.name for each in spec.inputs if each.kind is InputKind.PASSWORD}
        inputs = {name: value for name, value in work.inputs.items() if name not in passwords}
        kept = replace(work, inputs=inputs, secrets=work.secrets - passwords)
        caller = inputs.get(CALLER, session.caller)
        return operation_of(kept, session.id, caller, session.channel, self.now())

    def wants_promos(self, work: Work) -> bool | None:
        """Whether whoever has this done wants promos from now on, or none; None: it says nothing of that."""
        return self._spec(work).wants_promos

    def _spec(self, work: Work) -> ActionSpec:
        return self._functions[work.does].spec.actions[work.action]


def _resting(work: Work, rest: Resting) -> Refused:
    """From when until when: a query, or a change whose offer was asked for."""
    reason = "resting" if work.do is Do.ASK else str(Why.HOURS)
    return Refused(reason, {"from": time(rest.since), "to": time(rest.until)})
