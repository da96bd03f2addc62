"""A hall with the demo's back office in memory, a desk, and a journal that remembers."""

from __future__ import annotations

from collections.abc import Coroutine
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock as Timers

import handlers
from boss.data import demo_text, read_data
from boss.memory import MemoryBusiness
from business.guards.faults import FaultyBusiness
from business.port.days import SHANGHAI
from business.port.stock import BackOfficeData
from counter.conversation import Conversation, Timeouts, Turn
from counter.desk import Desk
from counter.operations import Operation
from menus import read_file
from menus.dialogue.session import Session
from menus.model.channels import SMS, Channel
from menus.model.events import (
    Do,
    Json,
    Outcome,
    Say,
    Send,
    Text,
    Work,
)
from menus.model.hall import Hall
from menus.model.specs import Action
from menus.model.text import render_text

T = TypeVar("T")
NOW = datetime(2010, 9, 22, 9, 5, tzinfo=SHANGHAI)
POSTPAID, MZONE, EASYOWN, ARREARS, SUSPENDED, LOW = (
    "13900000001",
    "13900000002",
    "13900000003",
    "13900000005",
    "13900000006",
    "13900000007",
)
PASSWORDS = {POSTPAID: "258036", MZONE: "741963"}
CARD = "501000000000000014"
NO_CARD = "501000000000000015"


@cache
def the_hall() -> Hall:
    """The shipped menu: a wheel carries it in server/data, in the source tree it lies at the top."""
    top = Path(__file__).parents[2]
    places = (top / "server/data/menus.yaml", top / "menus.yaml")
    file = next(place for place in places if place.exists())
    hall = read_file(file, handlers.SPECS).hall
    assert hall is not None
    return hall


@cache
def demo_data(today: date | None = None) -> BackOfficeData:
    """The demo's back office as of NOW, or of another day; its passwords take long to hash: read once."""
    return read_data(demo_text(), "demo.yaml", datetime.combine(today or NOW.date(), NOW.timetz()))


def now_of(deferred: Deferred[T]) -> T:
    """The result that must be there already."""
    got: list[T] = []
    failed: list[BaseException] = []
    deferred.addCallbacks(got.append, lambda f: failed.append(f.value))
    if failed:
        raise failed[0]
    assert got, "it is still waiting"
    return got[0]


def at_once(work: Coroutine[Any, Any, T]) -> T:
    return now_of(Deferred.fromCoroutine(work))


@dataclass
class FixedHalls:
    """Versions by name."""

    newest: Hall
    older: dict[str, Hall] = field(default_factory=dict)

    def __getitem__(self, version: str) -> Hall:
        return self.newest if version == self.newest.version else self.older[version]


@dataclass
class Journal:
    """Writes down what it is told; ``broken``: the disk refuses."""

    lines: list[str] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    late: list[tuple[Operation, Outcome]] = field(default_factory=list)
    broken: Exception | None = None
    known: Outcome | None = None

    async def before(self, operation: Operation) -> Outcome | None:
        return self.known

    async def started(self, operation: Operation, session: Session) -> None:
        if self.broken is not None:
            raise self.broken
        self.lines.append(f"started {operation.key}")
        self.operations.append(operation)

    async def came_late(self, operation: Operation, outcome: Outcome) -> None:
        self.lines.append(f"came late {operation.key}")
        self.late.append((operation, outcome))


class House:
    """One back office (which may be made to fail) and the desk before it."""

    def __init__(self) -> None:
        self.timers = Timers()
        self.now = NOW
        self.memory = MemoryBusiness(deepcopy(demo_data()), self._now)
        self.business = FaultyBusiness(self.memory, self.timers)
        self.desk = Desk(self.business, handlers.FUNCTIONS, self._now)
        self.journal = Journal()
        self.halls = FixedHalls(the_hall())

    def _now(self) -> datetime:
        return self.now

    def run(self, work: Work, caller: str | None = POSTPAID, channel: Channel = SMS) -> Outcome:
        return at_once(self.desk.run(work, caller, channel))

    def charges(self, caller: str) -> int:
        """Fen taken from the caller since the beginning."""
        rows = at_once(self.memory.movements(caller))
        return -sum(row.amount for row in rows if row.kind == "charge")

    def conversation(
        self,
        caller: str | None = POSTPAID,
        channel: Channel = SMS,
        timeouts: Timeouts | None = None,
    ) -> Conversation:
        session = Session.new(self.halls.newest.version, channel, caller, "s1")
        return Conversation(
            self.halls, session, self.desk, self.journal, self.timers, timeouts=timeouts or Timeouts()
        )


def work(
    does: str,
    action: Action = Action.QUERY,
    do: Do = Do.ASK,
    argument: str | None = None,
    offer: Json = None,
    key: str | None = None,
    **inputs: str,
) -> Work:
    secrets = frozenset(inputs) & {"card", "secret"}
    return Work(do, "service", does, argument, action, inputs, offer, key, secrets)


def texts(turn: Turn) -> str:
    """What the turn says, one line a wording."""
    return "\n".join(render_text(e.template, e.values) for e in turn.events if isinstance(e, Say | Send))


def say(conversation: Conversation, *words: str) -> list[Turn]:
    return [at_once(conversation.turn(Text(word))) for word in words]
