"""What a handler declares of its service, so that the reader, the checks and the dialogue know it.

``handlers`` exports ``SPECS: dict[str, ServiceSpec]`` (key = what ``does:`` names in menus.yaml); the server
passes it to :func:`menus.read`. Nothing here knows a handler.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from menus.model.asked import InputKind
from menus.model.channels import Where
from menus.model.values import Kind

MONTHS_KEPT = 5
"""Whole months before the running one for which a hall answers: bills, details, payments (R134)."""


class Action(StrEnum):
    """What is done with a service."""

    QUERY = "query"
    OPEN = "open"
    CANCEL = "cancel"
    INFO = "info"


class Confirm(StrEnum):
    """二次确认: when a change is confirmed (R106)."""

    NEVER = "never"
    ALWAYS = "always"
    OFFER = "offer"  # the offer says so (charged at once, large plan, cannot be undone by one text)


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input that must be collected before the action runs. ``of`` names the mobile input whose owner's
    service password this is (None: the caller's own; so too where an optional one was not given), or the new
    password that is given here once more. ``where`` it is asked for and taken. ``choices``: how many a CHOICE
    has. ``running``: of a MONTH, the running one may be asked for, too. ``topics``: of a TEXT, a question
    whose answers are looked for in the knowledge base: the handler is given their ids. ``lasting``: a
    message of its own asks for it, and is answered when there is time: it is waited for a day."""

    name: str
    kind: InputKind
    optional: bool = False
    of: str | None = None
    where: Where = Where.EVERYWHERE
    choices: int = 0
    running: bool = False
    topics: bool = False
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Follow:
    """What goes on by SMS after an action was done, also by voice: input ``asks`` of the service that is done
    by ``does`` is waited for. ``gives``: its inputs that values of the answer give, by name; secret."""

    does: str
    action: Action
    asks: str
    gives: Mapping[str, str]


class Standing(StrEnum):
    """How a number stands, as it is known without asking anything."""

    STOPPED = "stopped"
    RUNNING = "running"
    OWING = "owing"
    REGISTERED = "registered"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action of a service.

    ``answers`` maps each answer variant ("" = the only or default one) to the values that its wording may
    name; ``refusals`` each refusal reason likewise; ``offers`` the values of the confirming question.
    ``changes`` is true for everything that alters something: it has an offer, runs under a key, once.
    ``picks`` names the action that a number out of this answer's list starts (SP services), with the chosen
    ids as its input ``items``; ``picks_many`` allows ``1,3``. ``item`` are the values of a row of the list;
    ``rows`` those of rows that have a wording of their own, ``item VARIANT``; a row has a wording
    ``rows_where``, and elsewhere is not told. ``public``: it is of nobody's account, so a caller who
    is not known need not say who he is. ``identified``: an ID number, which the back office checks, says who
    he is: he gives his number, no service password. ``temporary``: a password that was sent after a reset is
    good for it. ``unless``: what is refused before anything secret is asked for, by how the caller's own
    number stands: the reasons. ``questions``: further wordings of the confirming question, ``confirm
    VARIANT``, chosen by the offer's state, with the values that they name beside ``offers``. ``then``: see
    :class:`Follow`.
    """

    answers: Mapping[str, Mapping[str, Kind]]
    inputs: tuple[InputSpec, ...] = ()
    offers: Mapping[str, Kind] = field(default_factory=dict)
    refusals: Mapping[str, Mapping[str, Kind]] = field(default_factory=dict)
    changes: bool = False
    confirm: Confirm = Confirm.NEVER
    picks: Action | None = None
    picks_many: bool = False
    item: Mapping[str, Kind] = field(default_factory=dict)
    rows: Mapping[str, Mapping[str, Kind]] = field(default_factory=dict)
    rows_where: Where = Where.EVERYWHERE
    public: bool = False
    identified: bool = False
    temporary: bool = False
    unless: Mapping[Standing, str] = field(default_factory=dict)
    questions: Mapping[str, Mapping[str, Kind]] = field(default_factory=dict)
    then: Follow | None = None
    promotes: bool = True  # a promo may follow its answer (R107)
    wants_promos: bool | None = None  # whoever has it done wants promos, or wants none, from now on (R107)


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """Everything the hall's menu may know of one service family's function."""

    name: str  # "fees.realtime"
    actions: Mapping[Action, ActionSpec]
    takes_argument: bool = False  # "products.manage crbt"
    summary: str = ""  # one Chinese line for the editor
