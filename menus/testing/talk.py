"""A scripted back office, and somebody who talks to the dialogue about the small hall."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from menus.dialogue.machine import Step, step
from menus.dialogue.session import Session
from menus.model.channels import SMS, VOICE, Channel
from menus.model.events import (
    Answered,
    Await,
    Do,
    Event,
    Facts,
    Input,
    Item,
    Key,
    Offered,
    Outcome,
    Refused,
    Say,
    Send,
    Silence,
    Started,
    Text,
    Work,
)
from menus.model.hall import (
    Hall,
)
from menus.model.specs import Action, ActionSpec, Confirm
from menus.model.text import render_text
from menus.testing.small_hall import _FEE, CALLER, NOW, small_hall, values


# ---- the back office ---------------------------------------------------------------------------------------
@dataclass
class Office:
    """Scripted answers; performs a change once a key. ``works`` is all that was asked of it."""

    rows: int = 3
    refuses: dict[tuple[str, Do], Refused] = field(default_factory=dict)
    outcomes: dict[tuple[str, Do], Outcome] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    done: dict[str, Answered] = field(default_factory=dict)
    works: list[Work] = field(default_factory=list)

    def keys(self) -> list[str | None]:
        return [w.key for w in self.works if w.do is Do.PERFORM]

    def serve(self, work: Work, spec: ActionSpec) -> Outcome:
        self.works.append(work)
        fixed = self.refuses.get((work.service, work.do)) or self.outcomes.get((work.service, work.do))
        if fixed is not None:
            return fixed
        if work.do is Do.LOOK:
            return Answered()
        if work.do is Do.ASK:
            return self._ask(work, spec)
        if work.do is Do.OFFER:
            return self._offer(work, spec)
        return self._perform(work, spec)

    def _ask(self, work: Work, spec: ActionSpec) -> Outcome:
        items = tuple(Item(f"id{n}", values(spec.item)) for n in range(1, self.rows + 1)) if spec.item else ()
        variant, kinds = next(iter(spec.answers.items()))
        return Answered(variant, values(kinds), items)

    def _offer(self, work: Work, spec: ActionSpec) -> Outcome:
        if work.action is Action.OPEN and work.service in self.opened:
            return Refused("already", values(_FEE))
        if work.action is Action.CANCEL and work.service == "crbt" and "crbt" not in self.opened:
            return Refused("not open", values(_FEE))
        priced = work.action is Action.OPEN and work.service != "fetion"
        charged = priced and spec.confirm is Confirm.OFFER
        return Offered(values(spec.offers), {"token": len(self.works)}, charged, "off")

    def _perform(self, work: Work, spec: ActionSpec) -> Outcome:
        assert work.key is not None
        first = self.done.get(work.key)
        if first is not None:
            return replace(first, repeated=True)
        change = self.opened.add if work.action is Action.OPEN else self.opened.discard
        change(work.service)
        variant, kinds = next(iter(spec.answers.items()))
        self.done[work.key] = Answered(variant, values(kinds))
        return self.done[work.key]


class Talk:
    """Somebody on one channel; every input is carried to where the hall waits again. The session goes
    through its JSON between two inputs, as it does in the store."""

    def __init__(
        self, channel: Channel, hall: Hall | None = None, office: Office | None = None, **facts: object
    ) -> None:
        self.hall = hall or small_hall()
        self.office = office or Office()
        self.facts = Facts(now=NOW, channel=channel, caller=CALLER)
        self.facts = replace(self.facts, **facts)  # type: ignore[arg-type]
        self.session = Session.new(self.hall.version, channel, self.facts.caller, "s1")
        self.events: list[Event] = []
        self.how: str | None = None
        self.meant: tuple[str | None, Action | None] | None = None

    def give(self, happened: Input) -> list[str]:
        """The names of what was said."""
        taken = self._step(happened)
        if taken.recognised is not None:
            self.how = taken.recognised.how
            self.meant = (taken.recognised.service, taken.recognised.action)
        self.events = list(taken.events)
        while self.events and isinstance(work := self.events[-1], Work):
            spec = self.hall.services[work.service].spec
            assert spec is not None
            outcome = self.office.serve(work, spec.actions[work.action])
            self.events = [*self.events[:-1], *self._step(outcome).events]
        return self.said()

    def _step(self, happened: Input) -> Step:
        taken = step(self.hall, self.session, happened, self.facts)
        channel = taken.session.channel
        self.session = Session.from_json(taken.session.to_json(), {channel.name: channel})
        assert self.session == taken.session
        return taken

    def said(self) -> list[str]:
        return [e.name for e in self.events if isinstance(e, Say)]

    def read(self) -> str:
        """What was said, in words: every value must be there."""
        return "\n".join(render_text(e.template, e.values) for e in self.events if isinstance(e, Say))

    def sent(self) -> list[str]:
        return [render_text(e.template, e.values) for e in self.events if isinstance(e, Send)]

    def last(self) -> Event:
        return self.events[-1]

    def awaited(self) -> Await:
        last = self.events[-1]
        assert isinstance(last, Await), last
        return last

    def finals(self) -> list[str]:
        return [e.name for e in self.events if isinstance(e, Say) and e.final]

    # ---- by voice ----
    def call(self) -> list[str]:
        return self.give(Started())

    def press(self, keys: str) -> list[str]:
        """All keys in turn; what was said after the last one."""
        for key in keys.replace(" ", ""):
            self.give(Key(key))
        return self.said()

    def silence(self) -> list[str]:
        return self.give(Silence())

    # ---- by text ----
    def text(self, *texts: str, seen: bool = True) -> list[str]:
        for each in texts:
            self.give(Text(each, seen))
        return self.said()

    def wait(self, **time: float) -> None:
        self.facts = replace(self.facts, now=self.facts.now + timedelta(**time))


def caller(**facts: object) -> Talk:
    return Talk(VOICE, **facts)  # type: ignore[arg-type]


def subscriber(**facts: object) -> Talk:
    return Talk(SMS, **facts)  # type: ignore[arg-type]
