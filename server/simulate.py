"""The halls in a terminal, without a network: what ``hall10086 simulate voice|sms`` shows (design §5).

    for result in simulate_sms(["10086", "2", "4", "1"], hall=hall, business=business, now=now):
        print(result.to_json())
    for heard in simulate_voice("1 1", hall=hall, business=business, now=now): ...

It is the halls' own code behind the door: the same handlers over the business given (``memory`` with the
demo's data: :func:`demo_business`), the same conversation, and the same commit after each turn, into a store
in memory. There is no reactor: a business that never waits answers at once. The SMSC takes every message at
once, and nobody texts too often: a person at a terminal is no robot (``sms/throttle.py``).

Keys count as pressed when everything before them has been heard; ``.`` stands for silence.
"""

from __future__ import annotations

import json
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock as Timers

import handlers
from business.port import Business
from business.port.days import Clock
from counter.common import Common
from counter.conversation import Turn
from counter.desk import Desk
from counter.messages import ShortMessage
from counter.operations import Operation
from counter.owing import Owing
from counter.parts import ChannelParts
from counter.promos import Promos
from menus.dialogue.session import Session
from menus.model.channels import VOICE
from menus.model.events import (
    Asks,
    End,
    HungUp,
    Input,
    Key,
    Outcome,
    Recognised,
    Say,
    Silence,
    Started,
)
from menus.model.events import Transfer as TransferEvent
from menus.model.hall import Hall
from menus.model.numbers import SERVICE_NUMBER
from menus.model.text import render_text
from server.settings import PROMOS_A_DAY
from server.shipped import DEMO
from sms.answering import Answering, SmsHallParts
from sms.composer import Composer
from sms.subscribers import OpenSessions
from sms.text import readable
from sms.throttle import UNLIMITED
from store import Outbound
from store.memory import MemoryStore
from store.seal import PLAIN

T = TypeVar("T")
KEYS = frozenset("0123456789*#")
SILENCE = "."


@dataclass(frozen=True, slots=True)
class SimulatedMessage:
    """One message to the handset. ``parts``: into how many it is split on the air. ``to``: whose handset it
    goes to, where that is another's."""

    text: str
    parts: int
    kind: str
    sender: str | None = None
    to: str | None = None

    def plain(self) -> dict[str, Any]:
        """For JSON; ``sender`` only where it is not the hall's number, ``to`` where not the texter's."""
        more = {"sender": self.sender, "to": self.to}
        shown = {name: value for name, value in more.items() if value is not None}
        return {"text": self.text, "parts": self.parts, "kind": self.kind, **shown}


@dataclass(frozen=True, slots=True)
class TextResult:
    """What came of one text."""

    text: str
    service: str | None
    action: str | None
    how: str
    replies: tuple[SimulatedMessage, ...]

    def to_json(self) -> str:
        """The object of design §5, on one line."""
        plain: dict[str, Any] = {
            "text": self.text,
            "service": self.service,
            "action": self.action,
            "how": self.how,
            "replies": [reply.plain() for reply in self.replies],
        }
        return json.dumps(plain, ensure_ascii=False)

    def lines(self) -> Iterator[str]:
        """For people: what was sent, how it was understood, and each message."""
        meant = " ".join(filter(None, (self.service, self.action))) or "-"
        yield f"> {self.text}    ({self.how}: {meant})"
        for reply in self.replies:
            for line in reply.text.splitlines() or [""]:
                yield f"  {line}"
            by = "" if reply.sender is None else f", 发自{reply.sender}"
            by += "" if reply.to is None else f", 发给{reply.to}"
            yield f"  [{reply.kind}, {len(reply.text)}字, {reply.parts}条{by}]"


@dataclass(frozen=True, slots=True)
class KeyResult:
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


class _Standing(Timers):
    """A clock that shows the simulation's time; nothing is ever waited for."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        super().__init__()

    def seconds(self) -> float:
        return self._now().timestamp()


def demo_business(now: datetime, clock: Clock) -> Business:
    """The ``memory`` business with the demo's subscribers, their months counted back from ``now``."""
    from boss.data import demo_text, read_data
    from boss.data.numbering import Numbering
    from boss.memory import MemoryBusiness

    return MemoryBusiness(read_data(demo_text(), "demo.yaml", now), clock, known=Numbering().find)


class _Counter:
    """The counter over a store in memory, and the post: what is composed is what is sent. ``sent``: messages
    that are committed, with the parts that they take on the air."""

    def __init__(self, hall: Hall, business: Business, now: Clock, promos_a_day: int) -> None:
        clock = _Standing(now)
        desk = Desk(business, handlers.FUNCTIONS, now, facts_live=0.0)
        self.common = Common(_OneHall(hall), desk, clock, Promos(promos_a_day))
        self.store = MemoryStore()
        self.parts = ChannelParts(self.common, self.store, self, _never_late, PLAIN, SERVICE_NUMBER)
        self.composer = Composer(self.store, SERVICE_NUMBER)
        self.sent: list[tuple[ShortMessage, int]] = []
        self._composed: dict[int, tuple[ShortMessage, int]] = {}

    def noted(self, message: ShortMessage, rows: list[Outbound]) -> list[Outbound]:
        self._composed[rows[0].message] = message, len(rows)
        return rows

    # ---- counter.post.Post
    def compose(self, message: ShortMessage, *, joins: bool = True) -> list[Outbound]:
        now = self.common.clock.seconds()
        return self.noted(message, self.composer.compose(message, now, joins=joins))

    def send(self, rows: Sequence[Outbound]) -> None:
        self.sent += [self._composed.pop(row.message) for row in rows if row.id == row.message]

    def ask(self, subscriber: str, asks: Asks) -> None:
        """Whoever is on the telephone texts nothing here."""


async def _never_late(operation: Operation, outcome: Outcome) -> None:
    """Nothing is ever given up on."""


class _Composing:
    """The SMS hall's composer, whose messages are noted."""

    def __init__(self, counter: _Counter) -> None:
        self._counter = counter

    def compose(self, message: ShortMessage, now: float, /, **how: Any) -> list[Outbound]:
        return self._counter.noted(message, self._counter.composer.compose(message, now, **how))


class _Texts:
    """One subscriber and the SMS hall."""

    def __init__(self, counter: _Counter, caller: str) -> None:
        self._counter = counter
        self._caller = caller
        self._random = Random(10086)
        self.renew()

    def renew(self) -> None:
        """Begin a session; what the subscriber has had, and wants, stands."""
        counter = self._counter
        self._subscribers = OpenSessions(counter.common.halls, self._random)
        parts = SmsHallParts(self._subscribers, _Composing(counter), self._sent, UNLIMITED)
        journal = counter.parts.journal(counter.parts.lasting())
        self._answering = Answering(counter.common, journal, parts)

    def _sent(self, rows: Sequence[Outbound]) -> None:
        self._counter.send(rows)
        for row in rows:
            self._subscribers.question_taken(row.message, self._counter.common.clock.seconds())

    def says(self, text: str) -> TextResult:
        """What comes of one text."""
        self._counter.sent.clear()
        now = self._counter.common.clock.seconds()
        page = self._answering.page(self._caller)
        turn = at_once(self._answering.answer(self._caller, readable(text), now, page))
        replies = tuple(
            SimulatedMessage(
                sent.text,
                parts,
                str(sent.says),
                sent.sender,
                None if sent.to == self._caller else sent.to,
            )
            for sent, parts in self._counter.sent
        )
        meant = Recognised() if turn is None else turn.recognised
        return TextResult(text, meant.service, meant.action and str(meant.action), meant.how, replies)


class _Call:
    """One caller and the telephone hall."""

    def __init__(self, counter: _Counter, caller: str | None) -> None:
        self._counter = counter
        self._caller = caller
        common = counter.common
        journal = counter.parts.journal(Owing(counter.store, common.clock))
        self._copying = counter.parts.copying(journal)
        session = Session.new(common.halls.newest.version, VOICE, caller, "simulated")
        self._conversation = common.conversation(session, journal)

    def hears(self, key: str | None, given: Input) -> KeyResult:
        """What comes of the call's beginning (``key`` None), or of a key."""
        self._counter.sent.clear()
        turn = at_once(self._turn(given))
        says = tuple(render_text(e.template, e.values) for e in turn.events if isinstance(e, Say))
        ends = [_end(e) for e in turn.events if isinstance(e, End | TransferEvent)]
        own = (None, self._caller)
        sends = tuple(
            sent.text if sent.to in own else f"（发给{sent.to}）{sent.text}" for sent, _ in self._counter.sent
        )
        meant = turn.recognised
        action = meant.action and str(meant.action)
        return KeyResult(key, meant.service, action, says, sends, ends[0] if ends else None)

    async def _turn(self, given: Input) -> Turn:
        turn = await self._conversation.turn(given)
        return turn if await self._copying.conclude(turn, self._caller) else self._conversation.untexted(turn)


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
    caller: str = DEMO,
    fresh: bool = False,
    promos_a_day: int = PROMOS_A_DAY,
) -> Iterator[TextResult]:
    """The answer to each text, in order. ``fresh``: every text begins a session of its own."""
    simulated = _Texts(_Counter(hall, business, now, promos_a_day), caller)
    for number, text in enumerate(texts):
        if fresh and number:
            simulated.renew()
        yield simulated.says(text)


# ---- voice -------------------------------------------------------------------------------------------------
def pressed(keys: str) -> tuple[str, ...]:
    """The keys of ``"1 1"`` or ``"3,2"``, one by one. Raises ValueError for what no telephone has."""
    found = tuple(key for key in keys if not key.isspace() and key not in ",，、")
    for key in found:
        if key not in KEYS and key != SILENCE:
            raise ValueError(f"{key!r} is no key: 0-9, *, #, or . for silence")
    return found


def simulate_voice(
    keys: str, *, hall: Hall, business: Business, now: Clock, caller: str | None = DEMO
) -> Iterator[KeyResult]:
    """What is heard when the call is answered, and after each key, until the keys or the call end.
    ``caller`` None: the number is withheld. Raises ValueError for an impossible key."""
    presses = pressed(keys)
    call = _Call(_Counter(hall, business, now, PROMOS_A_DAY), caller)
    heard = call.hears(None, Started())
    yield heard
    for key in presses:
        if heard.end is not None:
            return
        heard = call.hears(key, Silence() if key == SILENCE else Key(key))
        yield heard
    if heard.end is None:
        call.hears(None, HungUp())


def _end(event: End | TransferEvent) -> str:
    return f"挂机: {event.outcome}" if isinstance(event, End) else "转人工"
