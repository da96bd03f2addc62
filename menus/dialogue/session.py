"""One call's or one subscriber's conversation between two steps: small, frozen, serialisable.

Public: :class:`Session` (``Session.new``, ``to_json``, ``from_json``, ``masked``) and the classes of what a
session may be waiting for. Everything that a step needs to go on stands here; what is true at the moment of a
step is in :class:`menus.model.events.Facts`. Secrets that wait in a session for the next input (a service
password, a card) are :class:`Given` with ``secret=True``: neither ``repr`` nor ``masked`` shows them;
``to_json`` does, because the session has to survive a restart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from menus.dialogue.encoding import Coder
from menus.model.channels import CHANNELS, Channel
from menus.model.events import Do, Item
from menus.model.specs import Action
from menus.model.values import Value


@dataclass(frozen=True, slots=True)
class Given:
    """One input as the customer gave it, already in its kind's normal form."""

    name: str
    value: str
    secret: bool = False

    def __repr__(self) -> str:
        return f"Given({self.name}={'***' if self.secret else self.value})"


@dataclass(frozen=True, slots=True)
class Errand:
    """One action of one service on its way. ``row`` holds the values of the list row it was picked from
    (None: it was not picked from a list). ``sure``: it was plainly wished; else a change is asked first.
    ``looked_at``: inputs that were found right before the next was asked for."""

    service: str
    action: Action
    given: tuple[Given, ...] = ()
    row: Mapping[str, Value] | None = None
    sure: bool = True
    looked_at: tuple[str, ...] = ()

    def value(self, name: str) -> str | None:
        return next((g.value for g in self.given if g.name == name), None)

    def plus(self, given: Given) -> Errand:
        return replace(self, given=(*self.without(given.name).given, given))

    def without(self, name: str) -> Errand:
        given = tuple(g for g in self.given if g.name != name)
        return replace(self, given=given, looked_at=tuple(n for n in self.looked_at if n != name))


@dataclass(frozen=True, slots=True)
class Proposal:
    """One offer that was shown, and the key under which it is performed, however often it is confirmed.
    ``offer`` is the handler's own offer as JSON text; ``ask``: it has to be confirmed; ``done``: it was run
    at least once, so that a repeated confirmation only asks for its result again; ``state`` chooses the
    wording ``confirm STATE``."""

    errand: Errand
    values: Mapping[str, Value]
    offer: str
    key: str
    ask: bool = True
    done: bool = False
    state: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Something said, so that ``#`` can say it again. ``service`` None: one of the hall's own texts."""

    service: str | None
    action: Action | None
    name: str
    values: Mapping[str, Value] = field(default_factory=dict)


# ---- what is being waited for ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing is open (by SMS), or the call has not begun."""


@dataclass(frozen=True, slots=True)
class AtMenu:
    """A menu was given. ``typed``: the first digits of a longer key; ``guides``: guidance ids now offered."""

    path: str
    page: int = 0
    typed: str = ""
    guides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AtInput:
    """An input was asked for. ``typed`` may be half a password, so no repr shows it. ``screen`` and ``under``
    are those of the work (:class:`AtWork`) that the input is for."""

    errand: Errand
    name: str
    typed: str = field(default="", repr=False)
    screen: bool = False
    under: Waiting = Idle()


@dataclass(frozen=True, slots=True)
class AtScreen:
    """A product's screen: 1 opens, 2 cancels, whatever the state. ``state`` is "on" or "off"; ``values`` are
    what the screen names; ``opening`` and ``closing`` what its two keys propose, once that is known.
    ``behind``: it was left for a change of something else since it was shown, so that nothing is changed out
    of it before it is shown again."""

    service: str
    state: str = "off"
    values: Mapping[str, Value] = field(default_factory=dict)
    opening: Proposal | None = None
    closing: Proposal | None = None
    behind: bool = False

    @property
    def used(self) -> bool:
        """Whether a key of it was taken: it shows what was so before."""
        return any(each is not None and each.done for each in (self.opening, self.closing))


@dataclass(frozen=True, slots=True)
class AtList:
    """A numbered list; ``picks`` is what a number does. ``last``: what was done out of it last. ``behind``:
    as of :class:`AtScreen`; what a number does is asked about first."""

    errand: Errand
    items: tuple[Item, ...]
    told: Told
    picks: Action
    page: int = 0
    last: Proposal | None = None
    behind: bool = False


@dataclass(frozen=True, slots=True)
class AtConfirm:
    """二次确认. ``under`` is what was open before, and is open again afterwards."""

    proposal: Proposal
    under: Waiting = Idle()


@dataclass(frozen=True, slots=True)
class AtChoice:
    """您要办哪一项？ — the candidates, in the order of their numbers."""

    services: tuple[str, ...]
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class AtWork:
    """A handler is working. ``screen``: its offer is for a product's screen."""

    errand: Errand
    do: Do
    proposal: Proposal | None = None
    screen: bool = False
    under: Waiting = Idle()


@dataclass(frozen=True, slots=True)
class AtMore:
    """By keys, after an answer or a refusal: # says it again, * goes back; ``again``: what key 1 does.
    ``foot`` is the hall's text that names these keys ("": the answer itself does)."""

    told: tuple[Told, ...]
    again: Errand | None = None
    foot: str = "more"


@dataclass(frozen=True, slots=True)
class AtAgent:
    """The call is being transferred."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over."""


Waiting = (
    Idle | AtMenu | AtInput | AtScreen | AtList | AtConfirm | AtChoice | AtWork | AtMore | AtAgent | Ended
)


@dataclass(frozen=True, slots=True)
class Session:
    """``id`` is given by the channel and unique for ever: the keys of operations are made from it and
    ``turn``, the number of steps taken. ``since``: when the present waiting began. ``menu``: the menu that
    he is in or came from (None: came by a code or keyword). ``proved``: number and password of a caller
    whose own number is not known, once they were right. ``lost``: the last input was not understood, and what
    was open stays open. ``kept``: by text, a screen, list or menu that was there before he asked for
    something else, and since when; it is open again unless that opens something itself."""

    id: str
    hall_version: str
    channel: Channel
    caller: str | None
    turn: int = 0
    waiting: Waiting = Idle()
    since: datetime | None = None
    menu: str | None = None
    page: int = 0
    no_input: int = 0
    no_match: int = 0
    proved: tuple[Given, ...] = ()
    lost: bool = False
    kept: Waiting = Idle()
    kept_since: datetime | None = None

    @classmethod
    def new(cls, hall_version: str, channel: Channel, caller: str | None, session_id: str) -> Session:
        return cls(id=session_id, hall_version=hall_version, channel=channel, caller=caller)

    def to_json(self) -> str:
        """The whole session, secrets included: for the store, never for a log."""
        return self._written(masked=False)

    def masked(self) -> str:
        """The session for a log or a screen: every secret is ``***``."""
        return self._written(masked=True)

    def _written(self, masked: bool) -> str:
        plain = _CODER.encode(self, masked=masked)
        plain["channel"] = self.channel.name
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str, channels: Mapping[str, Channel] = CHANNELS) -> Session:
        """Raises ValueError when ``text`` is not what :meth:`to_json` made on one of ``channels``."""
        try:
            plain = json.loads(text)
            plain["channel"] = channels[plain["channel"]]
            session = _CODER.decode(plain)
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a session: {error}") from error
        if not isinstance(session, cls):
            raise ValueError("not a session")
        return session


_CODER = Coder(
    classes=(
        Session,
        Given,
        Errand,
        Proposal,
        Told,
        Item,
        Idle,
        AtMenu,
        AtInput,
        AtScreen,
        AtList,
        AtConfirm,
        AtChoice,
        AtWork,
        AtMore,
        AtAgent,
        Ended,
    ),
    enums={"action": Action, "picks": Action, "do": Do},
    secret_fields=frozenset({("AtInput", "typed")}),
)
