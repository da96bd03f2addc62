"""A telephone hall on the shipped menu whose every part may fail at its n-th use, and a caller who listens.

hall = FaultyHall(Fault("store", "conclude", nth=1, hangs=True))
hall.calls("13900000003"); hall.presses("1"); hall.listens(); hall.hangs_up()
hall.heard                   # the names of all wordings that were played, in order
hall.uses[("store", "conclude")]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import iscoroutinefunction
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, succeed

from counter.conversation import Timeouts
from counter.copying import Copying
from counter.journal import Journal
from counter.messages import ShortMessage
from counter.owing import Owing
from counter.promos import Promos
from counter.testing.house import House
from ivr.call import Call
from ivr.hall import CallLimits, TelephoneHall, TelephoneHallParts
from ivr.sip.api import EndReason
from ivr.testing.fakes import FakeIncoming, FakeMedia
from ivr.transcript import Transcripts
from menus.dialogue.session import AtInput
from menus.model.events import Say
from menus.model.hall import Template
from store import CallRow, Conclusion, Outbound, QueryRow, WishRow

STEP = 0.1
PROPERTIES = frozenset({"newest"})


class Broken(Exception):
    """What a part that fails raises: nothing that anybody expects."""


@dataclass(frozen=True)
class Fault:
    """``part.method`` fails at its ``nth`` use (from 1), or from then on (``always``). ``hangs``: it gives a
    Deferred that never fires. ``error``: what it raises instead of :class:`Broken`."""

    part: str
    method: str
    nth: int = 1
    always: bool = False
    hangs: bool = False
    error: Exception | None = None

    def __str__(self) -> str:
        how = "hangs" if self.hangs else type(self.error).__name__ if self.error else "raises"
        return f"{self.part}.{self.method} {how} at {self.nth}{' and ever after' if self.always else ''}"


async def _for(what: Deferred[Any]) -> Any:
    return await what


class _Part:
    """Stands before one part and counts its uses."""

    def __init__(self, name: str, part: Any, hall: FaultyHall) -> None:
        self.__dict__.update(_name=name, _part=part, _hall=hall)

    def __getattr__(self, name: str) -> Any:
        if name in PROPERTIES:
            self._hall.use(self._name, name)
        value = getattr(self._part, name)
        return self._wrapped(name, value) if callable(value) and name not in PROPERTIES else value

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._part, name, value)

    def __getitem__(self, version: str) -> Any:
        return self._wrapped("getitem", self._part.__getitem__)(version)

    def _wrapped(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def used(*args: Any, **named: Any) -> Any:
            hanging = self._hall.use(self._name, name)
            if hanging is None:
                return method(*args, **named)
            self._hall.held.append((hanging, lambda: method(*args, **named)))
            return _for(hanging) if iscoroutinefunction(method) else hanging

        return used


class Disk:
    """A store that takes everything."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.records: list[CallRow] = []
        self.copies: list[Outbound] = []
        self.queries: list[QueryRow] = []
        self.wishes: list[WishRow] = []

    def operation_started(self, key: str, *_: Any, **__: Any) -> Deferred[None]:
        self.states.setdefault(key, "started")
        return succeed(None)

    def conclude(self, conclusion: Conclusion) -> Deferred[None]:
        for each in conclusion.operations:
            self.states[each.key] = each.state
        self.copies += conclusion.outbox
        self.queries += conclusion.queries
        self.wishes += conclusion.wishes
        return succeed(None)

    def operation(self, key: str) -> Deferred[Any]:
        state = self.states.get(key)
        return succeed(None if state is None else SimpleNamespace(state=state, outcome=None))

    def keep_call(self, row: CallRow) -> Deferred[None]:
        self.records.append(row)
        return succeed(None)


class Post:
    """The SMS hall: composes what it is told to, and remembers what it was to send."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def compose(self, message: ShortMessage, *, joins: bool = True) -> Sequence[Any]:
        return [(message.to, message.text)]

    def send(self, rows: Sequence[Any]) -> None:
        self.sent += rows

    def ask(self, subscriber: str, asks: object) -> None: ...


class Speaker:
    """Everything has audio; what is played bears the wordings' names."""

    def wording(self, say: Say) -> Template | None:
        return say.template

    def segments(self, says: tuple[Say, ...]) -> list[Any]:
        return [say.name for say in says]


class Ear(FakeMedia):
    """A media leg at which a caller listens. ``heard``: the wordings that he heard (begin)."""

    running = True

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.playing: list[int] = []
        self.opened = self.closed = 0
        self.on_key: Any = None
        self.on_played: Any = None
        self.leg: Any = self

    async def open(self) -> Any:
        self.opened += 1
        return self.leg

    def play(self, utterance: int, segments: list[Any]) -> None:
        self.heard += segments
        self.playing.append(utterance)

    def stop(self) -> None:
        self.playing.clear()

    def close(self) -> None:
        self.closed += 1


class Incoming(FakeIncoming):
    """The SIP call; it ends once."""

    over = accepted = False

    def accept(self, body: bytes) -> None:
        super().accept(body)
        self.accepted = True

    def reject(self, status: int, reason: str | None = None, retry_after: int | None = None) -> None:
        if not self.over and not self.accepted:
            self.over = True
            super().reject(status, reason, retry_after)

    def bye(self) -> None:
        if not self.over:
            self.over = True
            super().bye()


class FaultyHall:
    """See the head of this file. ``faults``: where something raised, as the hall counts it."""

    def __init__(self, *faults: Fault) -> None:
        self.planned = faults
        self.uses: Counter[tuple[str, str]] = Counter()
        self.held: list[tuple[Deferred[Any], Callable[[], Any]]] = []
        self.house = House()
        self.clock = self.house.timers
        self.disk, self.post, self.ear = Disk(), Post(), Ear()
        self.faults: list[str] = []
        self.log: list[str] = []
        self.ear.leg = self._part("leg", self.ear)
        store, post = self._part("store", self.disk), self._part("post", self.post)
        meter: Any = self._part("meter", self)
        self.owing = Owing(store, self.clock)
        self.promos = Promos(3)
        unsettled = self.house.desk.unsettled
        journal = Journal(
            store, self.owing, self.clock.seconds, promos=self.promos, unsettled=unsettled, late=self._late
        )
        parts = TelephoneHallParts(
            reactor=self.clock,
            media=self._part("media", self.ear),
            speaker=self._part("speaker", Speaker()),
            halls=self._part("halls", self.house.halls),
            desk=self._part("desk", self.house.desk),
            store=store,
            journal=journal,
            copying=Copying(journal, post, self.clock.seconds),
            transcripts=self._part("transcripts", Transcripts(self.clock)),
            meter=meter,
            now=self.clock.seconds,
            new_id=lambda: "call-1",
        )
        self.hall = TelephoneHall(
            parts, CallLimits(agent="sip:agent@192.0.2.7", calls=2, timeouts=Timeouts())
        )

    def _part(self, name: str, part: Any) -> Any:
        return _Part(name, part, self)

    def use(self, part: str, method: str) -> Deferred[Any] | None:
        """One more use; raises if that is planned, gives what never fires, or None."""
        self.uses[part, method] += 1
        number = self.uses[part, method]
        for fault in self.planned:
            due = number >= fault.nth if fault.always else number == fault.nth
            if (fault.part, fault.method) == (part, method) and due:
                if fault.hangs:
                    return Deferred()
                raise fault.error or Broken(str(fault))
        return None

    def mends(self) -> None:
        """Nothing fails any more, and what hung goes on."""
        self.planned = ()
        held, self.held = self.held, []
        for hanging, method in held:
            method()
            hanging.callback(None)

    async def _late(self, *_: object) -> None: ...

    # ---- is counted
    def call_ended(self, outcome: str, seconds: float) -> None: ...

    def call_refused(self, why: str) -> None: ...

    def call_fault(self, where: str) -> None:
        self.faults.append(where)

    # ---- the caller
    @property
    def heard(self) -> list[str]:
        return self.ear.heard

    @property
    def over(self) -> bool:
        return self.incoming.over

    def calls(self, number: str) -> None:
        """Call and wait until somebody answers."""
        self.incoming: Any = Incoming()
        self.incoming.caller = number
        plain, self.incoming = self.incoming, self._part("incoming", self.incoming)
        self.hall.on_invite(self.incoming)
        self.call: Call = plain.handler
        self.waits(until=lambda: bool(plain.did))
        if not self.over:
            self.call.acked(None)

    def presses(self, digit: str) -> None:
        self.call.info(digit)

    @property
    def types(self) -> bool:
        """Half a number or password: nothing is said until it is whole."""
        return isinstance(self.call._talk.session.waiting, AtInput) if self.call._talk else False

    def waits(self, seconds: float = 3.0, until: Callable[[], bool] = lambda: False) -> float:
        """Let time go by; how much it took until ``until`` was true (``seconds``: it was not)."""
        took = 0.0
        while took < seconds and not until():
            self.clock.advance(STEP)
            took += STEP
        return took

    def listens(self) -> None:
        """Hear out what is being said, half a second an utterance."""
        self.waits(0.5)
        while self.ear.playing and not self.over:
            utterance = self.ear.playing.pop(0)
            self.ear.on_played(utterance)
            self.waits(0.5)

    def hangs_up(self) -> None:
        """BYE, if the call is still up."""
        if not self.over:
            self.incoming.over = True
            self.call.ended(EndReason.BYE)
