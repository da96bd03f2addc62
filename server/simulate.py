"""The hall in a terminal, without a network: what ``hall10086 simulate voice|sms`` shows (design §5).

    for result in simulate_sms(["10086", "2", "4", "1"], hall=hall, business=business, now=now):
        print(result.to_json())
    for heard in simulate_voice("1 1", hall=hall, business=business, now=now): ...

It is the real conversation with the real handlers over the business given (``memory`` with the demo's data:
:func:`demo_business`), driven by the same :class:`counter.conversation.Conversation` as both channels, with
no reactor: a business that never waits answers at once. What a channel adds is kept to what one sees: the
texts of one step are one message (R115), a promo is a message of its own (R107).

Keys count as pressed when everything before them has been heard; ``.`` stands for silence.
"""

from __future__ import annotations

import json
from collections.abc import Coroutine, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock as Timers

import handlers
from business.port import Business
from business.port.days import Clock
from counter.conversation import Conversation, Turn
from counter.desk import Desk
from counter.operations import Operation
from menus.dialogue.promos import choose
from menus.dialogue.session import Session
from menus.model.channels import SMS, VOICE, Channel
from menus.model.events import (
    End,
    Event,
    HungUp,
    Input,
    Key,
    Outcome,
    Say,
    SayKind,
    Send,
    Silence,
    Started,
    Text,
)
from menus.model.events import Transfer as TransferEvent
from menus.model.hall import Hall
from menus.model.text import render_text
from sms.text import split

T = TypeVar("T")
DEMO_CALLER = "13900000001"
KEYS = frozenset("0123456789*#")
SILENCE = "."


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the handset. ``parts``: into how many it is split on the air."""

    text: str
    parts: int
    kind: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one text."""

    text: str
    service: str | None
    action: str | None
    how: str
    replies: tuple[Reply, ...]

    def to_json(self) -> str:
        """The object of design §5, on one line."""
        plain: dict[str, Any] = {
            "text": self.text,
            "service": self.service,
            "action": self.action,
            "how": self.how,
            "replies": [{"text": r.text, "parts": r.parts, "kind": r.kind} for r in self.replies],
        }
        return json.dumps(plain, ensure_ascii=False)

    def lines(self) -> Iterator[str]:
        """For people: what was sent, how it was understood, and each message."""
        meant = " ".join(filter(None, (self.service, self.action))) or "-"
        yield f"> {self.text}    ({self.how}: {meant})"
        for reply in self.replies:
            for line in reply.text.splitlines() or [""]:
                yield f"  {line}"
            yield f"  [{reply.kind}, {len(reply.text)}字, {reply.parts}条]"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of the call's beginning (``key`` None) or of one key. ``end``: how the call left the hall."""

    key: str | None
    service: str | None
    action: str | None
    says: tuple[str, ...]
    sends: tuple[str, ...] = ()
    end: str | None = None

    def to_json(self) -> str:
        """One object on one line."""
        plain: dict[str, Any] = {
            "key": self.key,
            "service": self.service,
            "action": self.action,
            "says": list(self.says),
            "sends": list(self.sends),
            "end": self.end,
        }
        return json.dumps(plain, ensure_ascii=False)

    def lines(self) -> Iterator[str]:
        """For people: the key, what is said, what is sent as SMS, and the end."""
        if self.key is not None:
            yield "(没有按键)" if self.key == SILENCE else f"按 {self.key}"
        for said in self.says:
            for line in said.splitlines():
                yield f"  {line}"
        for sent in self.sends:
            yield f"  [短信] {sent}"
        if self.end is not None:
            yield f"  [{self.end}]"


@dataclass(slots=True)
class _OneHall:
    """The only hall version there is."""

    newest: Hall

    def __getitem__(self, version: str) -> Hall:
        if version != self.newest.version:
            raise KeyError(version)
        return self.newest


@dataclass(slots=True)
class _Notebook:
    """Keeps operations in memory: nothing outlives a simulation."""

    operations: list[Operation] = field(default_factory=list)

    async def started(self, operation: Operation, session: Session) -> None:
        self.operations.append(operation)

    async def before(self, operation: Operation) -> Outcome | None:
        return None

    async def settled(self, operation: Operation, outcome: Outcome) -> None:
        """Nothing is ever given up on here."""


def demo_business(now: datetime, clock: Clock) -> Business:
    """The ``memory`` business with the demo's subscribers, their months counted back from ``now``."""
    from boss.data import demo_text, read_data
    from boss.memory import MemoryBusiness

    return MemoryBusiness(read_data(demo_text(), "demo.yaml", now), clock)


class _Simulation:
    """One caller's conversation, on one channel."""

    def __init__(
        self, channel: Channel, *, hall: Hall, business: Business, now: Clock, caller: str | None
    ) -> None:
        self.hall = hall
        self.desk = Desk(business, handlers.FUNCTIONS, now, facts_live=0.0)
        self._channel = channel
        self._caller = caller
        self._begun = 0
        self.renew()

    def renew(self) -> None:
        """Begin a session."""
        self._begun += 1
        session = Session.new(self.hall.version, self._channel, self._caller, f"simulated-{self._begun}")
        self._conversation = Conversation(_OneHall(self.hall), session, self.desk, _Notebook(), Timers())

    def turn(self, given: Input) -> Turn:
        return at_once(self._conversation.turn(given))


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never has to wait. Raises what it raises; RuntimeError if it waits."""
    done: list[T] = []
    running = Deferred.fromCoroutine(work)
    failed: list[BaseException] = []
    running.addCallbacks(done.append, lambda failure: failed.append(failure.value))
    if failed:
        raise failed[0]
    if not done:
        raise RuntimeError("the business of a simulation must answer at once")
    return done[0]


# ---- SMS ---------------------------------------------------------------------------------------------------
def simulate_sms(
    texts: Iterable[str],
    *,
    hall: Hall,
    business: Business,
    now: Clock,
    caller: str = DEMO_CALLER,
    fresh: bool = False,
) -> Iterator[Answer]:
    """The answer to each text, in order. ``fresh``: every text begins a session of its own."""
    simulation = _Simulation(SMS, hall=hall, business=business, now=now, caller=caller)
    promos = 0
    for number, text in enumerate(texts):
        if fresh and number:
            simulation.renew()
        turn = simulation.turn(Text(text))
        replies = list(_messages(turn.events))
        promo = _promo(simulation, turn, caller, promos)
        if promo is not None:
            promos += 1
            replies.append(promo)
        meant = turn.recognised
        yield Answer(text, meant.service, meant.action and str(meant.action), meant.how, tuple(replies))


def _messages(events: Iterable[Event]) -> Iterator[Reply]:
    """What is said in one turn as one message; its kind is that of what is said last."""
    said = [event for event in events if isinstance(event, Say)]
    text = "\n".join(render_text(say.template, say.values).strip("\n") for say in said)
    if said:
        yield Reply(text, parts_of(text), str(said[-1].kind))


def _promo(simulation: _Simulation, turn: Turn, caller: str, rotation: int) -> Reply | None:
    if not any(isinstance(event, Say) and event.final for event in turn.events):
        return None
    facts = at_once(simulation.desk.facts(caller, SMS))
    promo = choose(simulation.hall, facts, rotation, turn.recognised.service)
    if promo is None:
        return None
    text = render_text(promo.text, {}).strip("\n")
    return Reply(text, parts_of(text), str(SayKind.PROMO))


def parts_of(text: str) -> int:
    """Short messages that a text takes on the air."""
    return len(split(text, reference=0))


# ---- voice -------------------------------------------------------------------------------------------------
def pressed(keys: str) -> tuple[str, ...]:
    """The keys of ``"1 1"`` or ``"3,2"``, one by one. Raises ValueError for what no telephone has."""
    found = tuple(key for key in keys if not key.isspace() and key not in ",，、")
    for key in found:
        if key not in KEYS and key != SILENCE:
            raise ValueError(f"{key!r} is no key: 0-9, *, #, or . for silence")
    return found


def simulate_voice(
    keys: str, *, hall: Hall, business: Business, now: Clock, caller: str | None = DEMO_CALLER
) -> Iterator[Heard]:
    """What is heard when the call is answered, and after each key, until the keys or the call end.
    ``caller`` None: the number is withheld. Raises ValueError for an impossible key."""
    presses = pressed(keys)
    simulation = _Simulation(VOICE, hall=hall, business=business, now=now, caller=caller)
    heard = _heard(None, simulation.turn(Started()))
    yield heard
    for key in presses:
        if heard.end is not None:
            return
        heard = _heard(key, simulation.turn(Silence() if key == SILENCE else Key(key)))
        yield heard
    if heard.end is None:
        simulation.turn(HungUp())


def _heard(key: str | None, turn: Turn) -> Heard:
    says = tuple(render_text(e.template, e.values) for e in turn.events if isinstance(e, Say))
    sends = tuple(render_text(e.template, e.values) for e in turn.events if isinstance(e, Send))
    ends = [_end(e) for e in turn.events if isinstance(e, End | TransferEvent)]
    meant = turn.recognised
    action = meant.action and str(meant.action)
    return Heard(key, meant.service, action, says, sends, ends[0] if ends else None)


def _end(event: End | TransferEvent) -> str:
    return f"挂机: {event.outcome}" if isinstance(event, End) else "转人工"
