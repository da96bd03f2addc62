"""The telephone hall: takes calls while there is room, gives each what it needs, and lets them finish.

Built by the server; see ``ivr/call.py`` for one call, ``ivr/talk.py`` for its talk.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from counter.conversation import Conversation, HallVersions, Timeouts
from counter.copying import Copying
from counter.desk import Desk
from counter.journal import Journal
from counter.waiting import within
from ivr.call import Call
from ivr.heard import Unheard
from ivr.host import HostedCall
from ivr.media.client import MediaProcess, Segment
from ivr.record_keeping import RecordKeeping
from ivr.sip.incoming import IncomingCall
from ivr.talk import FixedWordings, Talk
from ivr.transcript import Transcripts
from menus.dialogue.session import Session
from menus.model.channels import VOICE
from menus.model.events import Say, SayKind
from menus.model.hall import Hall, Template
from menus.model.province import city_of
from store import CallRow, Store

FACTS_SECONDS = 1.5
"""How long a caller's ringing may last while the back office says who he is."""
BUSY, DRAINING = 5, 30  # Retry-After, seconds


class ClipFinder(Protocol):
    """Turns what is said into clips."""

    def wording(self, say: Say) -> Template | None:
        """Which of its wordings is heard."""

    def segments(self, says: tuple[Say, ...]) -> list[Segment]:
        """Clips of a pack, in order; what has no audio is left out and logged."""


class Meter(Protocol):
    """What is counted."""

    def call_ended(self, outcome: str, seconds: float) -> None: ...

    def call_refused(self, why: str) -> None: ...

    def call_fault(self, where: str) -> None: ...


@dataclass(frozen=True, slots=True)
class TelephoneHallParts:
    """What the telephone hall is built of. ``now`` in seconds since the epoch; ``new_id`` never repeats."""

    reactor: IReactorTime
    media: MediaProcess
    speaker: ClipFinder
    halls: HallVersions
    desk: Desk
    store: Store
    journal: Journal
    copying: Copying
    transcripts: Transcripts
    meter: Meter
    now: Callable[[], float]
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class CallLimits:
    """``agent``: SIP URI to which calls for an agent go. ``calls``: in progress at the most."""

    agent: str
    calls: int
    timeouts: Timeouts


class TelephoneHall:
    """All calls in progress."""

    log = Logger()

    def __init__(self, parts: TelephoneHallParts, limits: CallLimits) -> None:
        self.reactor = parts.reactor
        self.media = parts.media
        self.segments = parts.speaker.segments
        self.wording = parts.speaker.wording
        self.keep = parts.copying.conclude
        self.transcripts = parts.transcripts
        self.now = parts.now
        self.agent = limits.agent
        self._parts = parts
        self._limits = limits
        self._calls: set[HostedCall] = set()
        self._draining = False
        self.services: Counter[tuple[str, ...]] = Counter()
        self.transfers = Counter({"taken": 0, "refused": 0})
        self.records = RecordKeeping(parts.store, parts.reactor)
        self._last_words: tuple[Say, ...] = ()
        self._empty: Deferred[None] | None = None

    @property
    def calls(self) -> int:
        """Calls in progress."""
        return len(self._calls)

    @property
    def versions(self) -> frozenset[str]:
        """Menu versions that calls in progress stand on."""
        return frozenset(call.version for call in self._calls if call.version is not None)

    # ---- taking calls --------------------------------------------------------------------------------------
    def admit(self) -> int | None:
        """For the SIP stack: None lets a new call in, a number is the Retry-After of its 503."""
        if self._draining:
            why, after = "draining", DRAINING
        elif self.calls >= self._limits.calls:
            why, after = "full", BUSY
        elif not self.media.running:
            why, after = "no media", BUSY
        else:
            return None
        self._parts.meter.call_refused(why)
        return after

    def on_invite(self, incoming: IncomingCall) -> None:
        """For the SIP stack: a new call."""
        call = Call(self, incoming, self._parts.new_id())
        incoming.handler = call
        self._calls.add(call)
        Deferred.fromCoroutine(call.answer()).addErrback(self._failed, call)

    def _failed(self, failure: Failure, call: Call) -> None:
        call.failed(failure)

    def transferred(self, status: int) -> None:
        """What the agents' side said in the end to a transfer: a SIP status."""
        taken = status < 300
        self.transfers["taken" if taken else "refused"] += 1
        if not taken:
            line = "a transfer to {agent} failed with {status}: its caller is back in the menu"
            self.log.warn(line, agent=self.agent, status=status)

    def fault(self, where: str, failure: Failure) -> None:
        """Something of ours raised in a call, which goes on as well as it can."""
        try:
            self._parts.meter.call_fault(where)
        except Exception:
            self.log.failure("a fault was not counted")
        if not failure.check(Unheard):
            self.log.failure("a fault of ours in a call, at {where}", failure, where=where)

    async def prepare(self, caller: str | None) -> None:
        """Ask who the caller is, for a moment at the most; the desk remembers the answer."""
        with suppress(Exception):  # the call is taken without
            await within(self.reactor, FACTS_SECONDS, self._parts.desk.facts(caller, VOICE))

    def talk(self, call: HostedCall) -> Talk:
        """The talk of an answered call, on the newest menu."""
        parts = self._parts
        hall = parts.halls.newest
        incoming = call.incoming
        session = Session.new(hall.version, VOICE, incoming.caller, call.session_id)
        conversation = Conversation(
            parts.halls,
            session,
            parts.desk,
            parts.journal,
            parts.reactor,
            timeouts=self._limits.timeouts,
            city=city_of(incoming.city_prefix),
            source=incoming.source.host,
        )
        words = FixedWordings(_words(hall, "wait"), self.last_words, self._limits.timeouts.wait)
        return Talk(conversation, call, keep=call.keep, reactor=self.reactor, broken=call.broken, words=words)

    @property
    def last_words(self) -> tuple[Say, ...]:
        """系统忙, and good-bye; of the newest menu that had them."""
        try:
            self._last_words = _words(self._parts.halls.newest, "busy failed", "bye") or self._last_words
        except Exception:
            self.log.failure("the newest menu cannot be read")
        return self._last_words

    # ---- and letting them go -------------------------------------------------------------------------------
    def over(self, call: HostedCall) -> None:
        """A call ended: its record is kept."""
        self._calls.discard(call)
        outcome, ended = call.outcome or "ended", self.now()
        for where, what in (
            ("transcript", lambda: self.transcripts.end(call.call_id, outcome)),
            ("metrics", lambda: self._parts.meter.call_ended(outcome, ended - call.began)),
            ("record", lambda: self.records.keep(_record(call, outcome, ended))),
        ):
            try:
                what()
            except Exception:
                self.fault(where, Failure())
        if not self._calls and self._empty is not None:
            self._empty.callback(None)
            self._empty = None

    async def drain(self, deadline: float) -> None:
        """No new calls; those in progress finish, for ``deadline`` seconds at the most."""
        self._draining = True
        if self._calls:
            self._empty = Deferred()
            await self._empty.addTimeout(deadline, self.reactor).addErrback(lambda _: None)
            self._empty = None
        self.hang_up()

    def hang_up(self) -> None:
        """End every call now; a drain that waits for them is over."""
        for call in tuple(self._calls):
            call.hang_up("server stopped")


def _words(hall: Hall, *names: str) -> tuple[Say, ...]:
    """Texts of the hall that name no values, to be said without a dialogue; looked up once a hall."""
    key = f"words {names}"
    known: tuple[Say, ...] | None = hall.derived.get(key)
    if known is None:
        known = hall.derived[key] = _found(hall, names)
    return known


def _found(hall: Hall, names: tuple[str, ...]) -> tuple[Say, ...]:
    worded = ((name, hall.texts.get(name)) for name in names)
    found = ((name, wording.on(VOICE) if wording else None) for name, wording in worded)
    return tuple(Say(name, template, {}, SayKind.HELP) for name, template in found if template is not None)


def _record(call: HostedCall, outcome: str, ended: float) -> CallRow:
    return CallRow(
        id=call.session_id,
        caller=call.incoming.caller,
        called=call.incoming.called,
        began=call.began,
        answered=call.answered,
        ended=ended,
        outcome=outcome,
        journey=json.dumps(call.journey, ensure_ascii=False),
    )
