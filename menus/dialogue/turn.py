"""One step in the making: the session as it becomes, and the events so far.

:class:`StepState` is what the parts of the dialogue hand to each other within one step. It finds wordings,
fills in what every wording may name, and never says a sentence whose values are not all there: such a wording
is left out, and the caller of :meth:`StepState.tell` chooses another.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from menus.dialogue.session import AtAgent, AtMenu, AtWork, Ended, Errand, Idle, Session, Told, Waiting
from menus.model.channels import SMS, By, Channel
from menus.model.events import Asks, Await, End, Event, Facts, Recognised, Say, SayKind, Send, Transfer
from menus.model.hall import Hall, Position, Service, Slot, Template
from menus.model.phrases import COMMON
from menus.model.specs import Action
from menus.model.values import Kind, Value, Values

FIRST_KEY = 8.0
"""Seconds after what was said within which the first key is awaited."""
NEXT_KEY = 4.0
"""Seconds from one digit to the next of the same input."""
TRIES = 3
"""The third silence ends a call; the third wrong key leads to an agent."""
THIS_ONE = "这项业务"
_TITLE_LINE = Template((Slot("title", Kind.TEXT), "："), Position("", 1, 1))


@dataclass(slots=True)
class StepState:
    """``hall`` is already that of the subscriber's city. ``how`` is how the input was understood so far.
    ``number``: the step's, in its session. ``by_key``: one answers with one key. ``lived``: the time by which
    it is told how long something has waited; nobody ever sets that clock."""

    hall: Hall
    facts: Facts
    session: Session
    events: list[Event] = field(default_factory=list)
    recognised: Recognised | None = None
    how: str = "dialogue"
    flush: bool = False
    number: int = field(init=False)
    channel: Channel = field(init=False)
    by_key: bool = field(init=False)
    lived: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.number = self.session.turn + 1
        self.channel = self.session.channel
        self.by_key = self.channel.by is By.KEY
        self.lived = self.facts.steady or self.facts.now

    # ---- saying ----
    def say(self, name: str, values: Values | None = None, kind: SayKind = SayKind.HELP) -> bool:
        """One of the hall's own texts; False when the hall has none that can be filled."""
        return self.tell(Told(None, None, name, values or {}), kind)

    def tell(self, told: Told, kind: SayKind, final: bool = False) -> bool:
        template, values = self.find(told, self.channel)
        if template is not None:
            self._say(told, template, values, kind, final)
        return template is not None

    def _say(self, told: Told, template: Template, values: Values, kind: SayKind, final: bool) -> None:
        spare = None
        if not self.channel.read:  # what is heard may lack the audio of a value
            worded = self.hall.template(told.service, told.action, f"{told.name} short", self.channel)
            spare = _fitting(worded, values)
        self.events.append(Say(_full_name(told), template, values, kind, final, spare))

    def find(self, told: Told, channel: Channel) -> tuple[Template | None, dict[str, Value]]:
        """The wording of a thing told on a channel, and all the values that it may name."""
        service = self.hall.services.get(told.service or "")
        values = {**self.common(service), **told.values} if service else dict(told.values)
        if channel.texted and not self.facts.long_sms:  # R115
            short = self.hall.template(told.service, told.action, f"{told.name} short", channel)
            if (fitting := _fitting(short, values)) is not None:
                return fitting, values
        return _fitting(self.hall.template(told.service, told.action, told.name, channel), values), values

    def worded_answer(self, errand: Errand, variant: str, values: Values) -> Told:
        """The wording of an answer's variant; the plain one where the variant has none, here or by SMS."""
        if variant:
            found = told(errand, f"answer {variant}", values)
            if any(self.find(found, channel)[0] for channel in (self.channel, SMS)):
                return found
        return told(errand, "answer", values)

    def refuse(self, told: Told) -> Told:
        """Say why not: in the service's own words, else in the hall's, else in general. Empties the key
        buffer. Returns what was said."""
        self.flush = True
        service = self.hall.services.get(told.service or "")
        values = {**(self.common(service) if service else {}), **told.values}
        general = [Told(None, None, name, values) for name in (told.name, "refused other")]
        for each in (told, *general):
            if self.tell(each, SayKind.REFUSAL):
                return each
        return told

    def common(self, service: Service) -> dict[str, Value]:
        """What every wording of a service may name; worked out once a hall."""
        key = f"common {service.id} {self.channel.name}"
        known: dict[str, Value] | None = self.hall.derived.get(key)
        if known is None:
            known = self.hall.derived[key] = self._common(service)
        return dict(known)

    def _common(self, service: Service) -> dict[str, Value]:
        title = service.title if self.channel.read else service.spoken or service.title
        code = self.hall.service_codes.get(service.id, self.hall.number)
        cancels = service.keywords.get(Action.CANCEL, ())
        off = next((k for k in cancels if k.isascii()), cancels[0] if cancels else code)
        raws = {"title": title, "code": code, "off": off}
        return {name: Value(kind, raws[name]) for name, kind in COMMON.items()}

    def of_service(self, service_id: str) -> dict[str, Value]:
        """The common values of a service, for the hall's own texts; of none, what can be said of any."""
        service = self.hall.services.get(service_id)
        if service is not None:
            return self.common(service)
        raws = {"title": THIS_ONE, "code": self.hall.number, "off": self.hall.number}
        return {name: Value(kind, raws[name]) for name, kind in COMMON.items()}

    def send(
        self,
        told: Told,
        extra: Template | None = None,
        values: Values | None = None,
        *,
        to: str | None = None,
        asks: Asks | None = None,
    ) -> bool:
        """The text wording of what is told elsewhere, as an SMS to the caller, or to the number ``to`` of one
        whose own is not known. ``extra`` goes below it, and below the title alone where there is no such
        wording. ``asks``: what it asks, and the SMS hall is to wait for."""
        template, filled = self.find(told, SMS)
        if template is None and extra is not None:
            template = _TITLE_LINE
        if template is None or (self.facts.caller or to) is None or not self.facts.texts:
            return False
        if extra is not None:
            template = Template((*template.pieces, *extra.pieces), template.place)
        to = to if self.facts.caller is None else None
        self.events.append(Send(_full_name(told), template, {**filled, **(values or {})}, to, asks))
        return True

    def send_to(self, number: str, told: Told) -> bool:
        """As an SMS to somebody else's number; False: it has no wording, or no text can be kept now."""
        template, filled = self.find(told, SMS)
        if template is None or not self.facts.texts:
            return False
        self.events.append(Send(_full_name(told), template, filled, number))
        return True

    # ---- where the conversation stands ----
    def wait(self, waiting: Waiting, guarded: frozenset[str] = frozenset(), typing: bool = False) -> None:
        """Stop here until something comes in. Where nothing is open, what was there before is (see
        :attr:`Session.kept`)."""
        if isinstance(waiting, Idle):
            self._reopen()
        else:
            self.stand(waiting)
        self._await(guarded, typing)

    def stay_open(self, waiting: Waiting) -> None:
        """Stop where he was, for no longer than that lived anyway: what he said was not understood."""
        since = self.session.since
        self.wait(waiting)
        self.session = replace(self.session, since=since, lost=True)

    def keep_open(self, waiting: Waiting) -> None:
        """``waiting`` is left for something else, and comes back unless that opens something."""
        self.session = replace(self.session, kept=waiting, kept_since=self.session.since)

    def _reopen(self) -> None:
        kept, since = self.session.kept, self.session.kept_since
        self.stand(kept)
        if not isinstance(kept, Idle):
            self.session = replace(self.session, since=since)
        if isinstance(kept, AtMenu):
            self.session = replace(self.session, menu=kept.path, page=kept.page)

    def enter(self, menu: AtMenu) -> None:
        """Stop in a menu: it is the one to come back to."""
        self.stand(menu, menu=menu.path, page=menu.page)
        self._await()

    def _await(self, guarded: frozenset[str] = frozenset(), typing: bool = False) -> None:
        seconds = (NEXT_KEY if typing else FIRST_KEY) if self.channel.timed else None
        self.events.append(Await(seconds, self.flush or bool(guarded), guarded))

    def stand(self, waiting: Waiting, **more: Any) -> None:
        """``more``: what else changes in the session."""
        if not isinstance(waiting, AtWork):  # whatever is open now has taken its place
            more |= {"kept": Idle(), "kept_since": None}
        self.session = replace(
            self.session, turn=self.number, waiting=waiting, since=self.lived, lost=False, **more
        )

    def understood(self) -> None:
        """A valid input: silences and wrong keys are counted anew."""
        if self.session.no_input or self.session.no_match:
            self.session = replace(self.session, no_input=0, no_match=0)

    def leave_menu(self) -> None:
        """He goes on by a code or a keyword: no menu is behind him."""
        if self.session.menu is not None or self.session.page:
            self.session = replace(self.session, menu=None, page=0)

    def means(self, service: str | None, action: Action | None) -> None:
        """Record how this input was understood; the first record of a step stays."""
        if self.recognised is None:
            self.recognised = Recognised(service, action, self.how)

    def transfer(self, queue: str = "") -> None:
        self.events.append(Transfer(queue))
        if self.channel.transfers:
            self.stand(AtAgent())
        else:
            self._reopen()

    def end(self, outcome: str) -> None:
        self.events.append(End(outcome))
        self.stand(Ended())


def told(errand: Errand, name: str, values: Values | None = None) -> Told:
    """A wording of the service that an errand is for."""
    return Told(errand.service, errand.action, name, values or {})


def _full_name(told: Told) -> str:
    if told.service is None and told.action is None:
        return told.name
    return ".".join([part for part in (told.service, told.action, told.name) if part])


def _fitting(template: Template | None, values: Values) -> Template | None:
    """The template, if every value that it names is there and of the kind it was read for."""
    for slot in template.slots if template is not None else ():
        value = values.get(slot.name)
        if value is None or value.kind is not slot.kind:
            return None
    return template


def begun(hall: Hall, session: Session, facts: Facts) -> StepState:
    """What a step begins with: the city's hall."""
    return StepState(hall.of_city(facts.city), facts, session)
