"""What a handler declares of its service, so that the reader, the checks and the dialogue know it.

``handlers`` exports ``SPECS: dict[str, ServiceSpec]`` (key = what ``does:`` names in menus.yaml); the server
passes it to :func:`menus.read`. Nothing here knows a handler.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from menus.values import Kind


class Action(StrEnum):
    """What is done with a service."""

    QUERY = "query"
    OPEN = "open"
    CANCEL = "cancel"
    INFO = "info"


class InputKind(StrEnum):
    """The fixed kinds of input that a service may ask for."""

    MOBILE = "mobile"  # 11 digits, any usual writing; by voice # alone = my own number
    MONTH = "month"  # YYYYMM, YYYY年M月 or M; one of the last five months
    CARD = "card"  # 18-digit top-up card; secret
    AMOUNT = "amount"
    TEXT = "text"
    PASSWORD = "service password"  # 6 digits; secret; checked before anything else is done
    ITEMS = "items"  # numbers out of the list that was shown: 1,3  1，3  1、3  1 3


SECRET_INPUTS = frozenset({InputKind.CARD, InputKind.PASSWORD})


class Confirm(StrEnum):
    """二次确认: when a change is confirmed (R106)."""

    NEVER = "never"
    ALWAYS = "always"
    OFFER = "offer"  # the offer says so (charged at once, large plan, cannot be undone by one text)


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input that must be collected before the action runs. ``of`` names the mobile input whose owner's
    service password this is (None: the caller's own)."""

    name: str
    kind: InputKind
    optional: bool = False
    of: str | None = None


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action of a service.

    ``answers`` maps each answer variant ("" = the only or default one) to the values that its wording may
    name; ``refusals`` each refusal reason likewise; ``offers`` the values of the confirming question.
    ``changes`` is true for everything that alters something: it has an offer, runs under a key, once.
    ``picks`` names the action that a number out of this answer's list starts (SP services), with the chosen
    ids as its input ``items``; ``picks_many`` allows ``1,3``.
    """

    answers: Mapping[str, Mapping[str, Kind]]
    inputs: tuple[InputSpec, ...] = ()
    offers: Mapping[str, Kind] = field(default_factory=dict)
    refusals: Mapping[str, Mapping[str, Kind]] = field(default_factory=dict)
    changes: bool = False
    confirm: Confirm = Confirm.NEVER
    picks: Action | None = None
    picks_many: bool = False
    item: Mapping[str, Kind] = field(default_factory=dict)  # values of one row of the list
    promotes: bool = True  # a promo may follow its answer (R107)


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """Everything the hall's menu may know of one service family's function."""

    name: str  # "fees.realtime"
    actions: Mapping[Action, ActionSpec]
    takes_argument: bool = False  # "products.manage crbt"
    summary: str = ""  # one Chinese line for the editor
