"""The hall as ``menus.yaml`` describes it: immutable, versioned by the hash of its text. Pure data.

A :class:`Hall` is built once by :func:`menus.reading.reader.read` and shared by every session that started on
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, SupportsIndex

from menus.model.channels import By, Channel
from menus.model.numbers import SERVICE_NUMBER
from menus.model.specs import Action, ServiceSpec
from menus.model.values import Kind


@dataclass(frozen=True, slots=True)
class Position:
    """Where something stands; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A ``{name}`` in a wording, with the kind its service declares."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Template:
    """A wording, cut into literal text and slots. ``slots``: the latter alone."""

    pieces: tuple[str | Slot, ...]
    place: Position
    slots: tuple[Slot, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "slots", tuple(piece for piece in self.pieces if isinstance(piece, Slot)))

    @property
    def source(self) -> str:
        return "".join(p if isinstance(p, str) else "{" + p.name + "}" for p in self.pieces)


@dataclass(frozen=True, slots=True)
class Wording:
    """One thing the hall says. ``by``: the templates, by the name that each was written for
    (``Channel.wordings``)."""

    by: Mapping[str, Template]

    @classmethod
    def of(cls, channel: Channel, template: Template) -> Wording:
        """What is written for this channel alone."""
        return cls({channel.wordings[0]: template})

    def on(self, channel: Channel) -> Template | None:
        """That which the channel takes; None: it has none, and gets nobody else's."""
        for name in channel.wordings:
            found = self.by.get(name)
            if found is not None:
                return found
        return None

    def lacked_by(self, channels: Iterable[Channel]) -> list[Channel]:
        """Those of the channels for which there is none."""
        return [each for each in channels if self.by.keys().isdisjoint(each.wordings)]


@dataclass(frozen=True, slots=True)
class Condition:
    """``when:`` — all that is given must hold. Empty: always. ``words`` is the editor's own phrase."""

    words: str = ""
    cities: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    months_days: tuple[int, int] | None = None  # 每月1日到5日
    dates: tuple[str, str] | None = None  # ISO, both inclusive
    hours: tuple[int, int] | None = None  # minutes after midnight, [from, to)
    busy: bool | None = None  # 忙时 / 闲时
    not_opened: frozenset[str] = frozenset()  # 未开通X: service ids
    opened: frozenset[str] = frozenset()
    arrears: bool | None = None  # 欠费 / 未欠费
    vip: bool | None = None

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """In a menu that another process has read, that which always holds is :data:`ALWAYS` again."""
        return "ALWAYS" if self is ALWAYS else object.__reduce_ex__(self, protocol)


ALWAYS = Condition()


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the catalogue. ``wordings`` is keyed ``(action, name)``: name is ``answer``,
    ``answer credit`` (variant), ``confirm``, ``refused already``, ``screen``, ``ask month`` …"""

    id: str
    title: str
    place: Position
    spec: ServiceSpec | None  # None: announced, not served yet (says v.soon / s.soon; listed by check)
    argument: str | None
    wordings: Mapping[tuple[Action | None, str], Wording]
    keywords: Mapping[Action | None, tuple[str, ...]]
    copy: bool = False  # voice answers are copied by SMS
    spoken: str | None = None  # title as spoken, where it differs
    sender: str | None = None  # the number that its answers by SMS come from (R111); None: the hall's own

    def wording(self, action: Action | None, name: str) -> Wording | None:
        return self.wordings.get((action, name)) or self.wordings.get((None, name))


class Goal(StrEnum):
    MENU = "menu"
    SERVICE = "service"
    AGENT = "agent"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True)
class Target:
    """What a key or a code leads to: a menu path, a service (and action), the agent, a campaign's service."""

    goal: Goal
    name: str  # menu path ("1-3", "02"), service id, "" for the agent
    action: Action | None = None
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a menu: the key (voice) or the number (SMS), what it says and where it leads."""

    key: str
    label: str
    target: Target
    place: Position


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu. ``path`` is "" for the root, "1-3" by voice, "02" by SMS. ``wording`` None: spoken or
    written from the entries' labels."""

    path: str
    title: str
    entries: tuple[Entry, ...]
    place: Position
    wording: Wording | None = None

    def entry(self, key: str) -> Entry | None:
        return next((e for e in self.entries if e.key == key), None)


@dataclass(frozen=True, slots=True)
class Promo:
    id: str
    when: Condition
    text: Template
    place: Position


@dataclass(frozen=True, slots=True)
class Topic:
    """One entry of the knowledge base (R084): a question people have, answered in ``answer ID`` of the
    service that it belongs to. ``asks``: phrases in normal form, each of parts that must all stand in a text;
    while ``when`` holds (R104)."""

    id: str
    service: str
    title: str
    asks: tuple[tuple[str, ...], ...]
    when: Condition
    place: Position


@dataclass(frozen=True, slots=True)
class Guidance:
    """优先引导: offered before the main menu on a key that the main menu leaves free (R056-R064)."""

    id: str
    when: Condition
    key: str
    offers: Target
    wording: Wording
    place: Position


@dataclass(frozen=True, slots=True)
class Hall:
    """The whole hall. ``codes`` maps every SMS code ("01", "0101", "0000") to its target; ``keywords`` every
    normalised keyword to its (service id, action); ``texts`` the hall's own wordings ("main", "noinput 1",
    "refused arrears", "soon", …). ``number``: what subscribers text to and call; the file does not say it."""

    version: str
    services: Mapping[str, Service]
    telephone: Mapping[str, Menu]
    sms: Mapping[str, Menu]
    codes: Mapping[str, Target]
    keywords: Mapping[str, tuple[str, Action | None]]
    texts: Mapping[str, Wording]
    promos: tuple[Promo, ...] = ()
    guidance: tuple[Guidance, ...] = ()
    topics: Mapping[str, Topic] = field(default_factory=dict)
    bulk: tuple[Promo, ...] = ()  # what is sent to many, once a month each (R116)
    hotkeys: Mapping[str, Template] = field(default_factory=dict)  # what agents send with one key (R117)
    service_codes: Mapping[str, str] = field(default_factory=dict)  # service id -> its SMS code
    cities: Mapping[str, Hall] = field(default_factory=dict)  # city overlays, already merged
    number: str = SERVICE_NUMBER
    derived: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    # what is worked out of this hall once, such as the keyword index; never part of its meaning

    def menus(self, channel: Channel) -> Mapping[str, Menu]:
        """The tree that is walked on a channel."""
        return self.telephone if channel.by is By.KEY else self.sms

    def template(
        self, service: str | None, action: Action | None, name: str, channel: Channel
    ) -> Template | None:
        """``name`` as the service words it on the channel; as the hall does, where it is no service's."""
        worded = self.services.get(service or "")
        wording = self.texts.get(name) if worded is None else worded.wording(action, name)
        return wording.on(channel) if wording else None

    def of_city(self, city: str | None) -> Hall:
        return self.cities.get(city or "", self)
