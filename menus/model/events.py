"""What goes into a step (:mod:`menus.dialogue.machine`) and what comes out: one vocabulary for both channels.

In: :class:`Started`, :class:`Key`, :class:`Text`, :class:`Silence`, :class:`Answered`, :class:`Offered`,
:class:`Refused`, :class:`NotDone`, :class:`Unknown`, :class:`TransferFailed`, :class:`HungUp`,
:class:`Interrupted`.
Out: :class:`Say`, :class:`Await`, :class:`Work`, :class:`Send`, :class:`Transfer`, :class:`End`, in the order
in which they are to happen. At most one of Await, Work, Transfer, End stands in a step's events: the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from menus.model.channels import Channel
from menus.model.hall import Template
from menus.model.specs import Action
from menus.model.values import Values

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


# ---- facts -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Facts:
    """What is true now and is not the session's: read fresh for every step."""

    now: datetime  # aware
    channel: Channel
    caller: str | None  # own MSISDN, 11 digits; None: withheld, fixed line, foreign, or not a subscriber
    brand: str | None = None
    city: str | None = None
    vip: bool = False
    owed: int = 0  # fen
    suspended: bool = False
    registered: bool = False  # a name or an ID number is on record
    opened: frozenset[str] = frozenset()  # product ids
    busy: bool = False  # agents' queue
    language: str = "zh"
    long_sms: bool = True  # the handset joins long messages
    texts: bool = True  # by voice: texts that go with the call can be kept now
    steady: datetime | None = None  # as now, but never set by anybody: what lifetimes are counted by
    unsettled: tuple[str, ...] = ()  # services of changes begun and not known to be done, the latest last


# ---- in ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Started:
    """A call was answered (by SMS a session starts with its first text)."""


@dataclass(frozen=True, slots=True)
class Key:
    digit: str  # one of 0-9 * #


@dataclass(frozen=True, slots=True)
class Text:
    """One text message. ``seen``: it arrived after the SMSC took our latest question, so that a "1" may
    confirm it (design §4.4). ``came``: when it came, by the clock of ``Facts.steady``, if it had to wait: it
    finds open what was open then (None: now). ``whole``: no part of it is missing."""

    text: str
    seen: bool = True
    came: datetime | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Silence:
    """The awaited key did not come in time."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list: the id that a reply names, and the values its line shows. ``variant`` chooses the
    wording ``item VARIANT``."""

    id: str
    values: Values
    variant: str = ""

    @property
    def wording(self) -> str:
        return f"item {self.variant}".strip()


@dataclass(frozen=True, slots=True)
class Answered:
    """The action was done. ``variant`` chooses the wording ``answer VARIANT``. ``repeated``: this key had
    been done before and this is its first result again."""

    variant: str = ""
    values: Values = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """What the change would cost and do. ``offer`` is opaque to the dialogue and goes back with perform."""

    values: Values
    offer: Json
    confirm: bool  # must be asked (R106)
    state: str = ""  # "on" / "off" of a product: chooses the wording "screen on"; else "confirm STATE"


@dataclass(frozen=True, slots=True)
class Refused:
    """Not done, and why, in a word that names a wording ``refused REASON``; nothing was charged."""

    reason: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotDone:
    """Certainly not done: the only outcome that may say 系统忙."""

    why: str = ""  # for the log


@dataclass(frozen=True, slots=True)
class Unknown:
    """Timed out half way: 已收到,正在办理,请不要重发; settled later by its key."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """The agent's desk was not reached; the caller is still here."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller is gone."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A fault of ours broke off what an input began. ``begun``: it may have changed the account (by
    ``service``), which is settled later and told by SMS. ``again``: by voice, not the first in a row."""

    begun: bool = False
    again: bool = False
    service: str = ""


Outcome = Answered | Offered | Refused | NotDone | Unknown
Input = Started | Key | Text | Silence | TransferFailed | HungUp | Interrupted | Outcome


# ---- out ---------------------------------------------------------------------------------------------------
class SayKind(StrEnum):
    """What a reply is; design §5 (``simulate --json``)."""

    ANSWER = "answer"
    ASK = "ask"  # menus, lists, open questions
    CONFIRM = "confirm"
    HELP = "help"
    REFUSAL = "refusal"
    PROMO = "promo"


@dataclass(frozen=True, slots=True)
class Say:
    """Something the caller hears or the subscriber reads. ``name`` is the wording's (for records, and the
    audio). The Says of one SMS step are joined to one message, in order (R115)."""

    name: str
    template: Template
    values: Values
    kind: SayKind
    final: bool = False  # the last-level answer of a thing that was done: a promo may follow (R107)
    spare: Template | None = None  # by voice: said instead where a value of ``template`` has no audio


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for a key or a text. Seconds count from the end of what is being said (``first``) or from the
    last key (``between``); None: no limit (SMS). ``guarded`` keys do not count, and do not interrupt, until
    everything said in this step has been played, and the key buffer is emptied first (``flush``)."""

    seconds: float | None
    flush: bool = False
    guarded: frozenset[str] = frozenset()


class Do(StrEnum):
    LOOK = "look"  # what was given so far: is it right?
    ASK = "ask"  # a query: changes nothing
    OFFER = "offer"  # what would it cost and do
    PERFORM = "perform"  # do it, under the key


@dataclass(frozen=True, slots=True)
class Work:
    """Run a handler, then step with its outcome. ``key`` is set for PERFORM only: the same key gives the
    same result however often it is asked."""

    do: Do
    service: str
    does: str  # the spec's name
    argument: str | None
    action: Action
    inputs: Mapping[str, str]  # by name; items comma-joined
    offer: Json = None
    key: str | None = None
    secrets: frozenset[str] = frozenset()  # names of the inputs that are never logged or stored in clear


@dataclass(frozen=True, slots=True)
class Asks:
    """A question that an SMS of a call puts: the SMS hall waits for input ``name`` of this errand from then
    on. ``given`` are secret inputs that are known already."""

    service: str
    action: Action
    name: str
    given: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Send:
    """An SMS to the caller: copies of what was said (R060), names that have no audio, receipts. ``to``: the
    number that he proved to be his, or that it is about (None: his own, which the channel believes)."""

    name: str
    template: Template
    values: Values
    to: str | None = None
    asks: Asks | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """To an agent (REFER); by SMS: the agent's call is announced."""

    queue: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """Hang up after what was said."""

    outcome: str  # for the call record: served, no_input, no_match, hung_up, …


Event = Say | Await | Work | Send | Transfer | End


@dataclass(frozen=True, slots=True)
class Recognised:
    """How the input was understood; for records and ``simulate --json``."""

    service: str | None = None
    action: Action | None = None
    how: str = "none"  # dialogue | code | keyword | contained | ask | none
