"""The rows that callers hand in and get back: plain, frozen. Times are seconds since the epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Inbound(NamedTuple):
    """One deliver_sm as it came. ``body`` is the short_message or message_payload with its UDH."""

    id: int
    link: str
    received: float
    source: str
    destination: str
    digest: bytes
    sequence: int
    reference: int | None
    message_id: str | None
    coding: int
    esm: int
    body: bytes | None
    sar: str | None
    state: int = 0


class Outbound(NamedTuple):
    """One submit_sm to send: a part of ``message``. ``waits_for``: the message that must be accepted first.
    ``udh``: the reference in its user data header. ``link``: by which link, see ``sms/routes.py``."""

    id: int
    message: int
    subscriber: str
    sender: str
    coding: int
    esm: int
    body: bytes | None
    kind: str
    waits_for: int | None
    created: float
    expires: float | None
    udh: int | None
    receipt: int = 0
    link: str = ""


class SessionRow(NamedTuple):
    """The session of an ``address`` on a ``channel``: the dialogue's own JSON, the hall version it stands on,
    and the outbox message that asked the open question."""

    channel: str
    address: str
    hall: str
    state: str
    touched: float
    asked: int | None


class OperationRow(NamedTuple):
    """A changing piece of work. ``state``: started, unknown, finished, not done (the key may begin anew), or
    people (left for people)."""

    key: str
    subscriber: str
    channel: str
    body: str
    state: str
    started: float
    finished: float | None
    outcome: str | None
    tries: int


class Notice(NamedTuple):
    """Something sent without being asked for, once a ``period`` and subscriber."""

    kind: str
    period: str
    subscriber: str
    sent: float


class GuessRow(NamedTuple):
    """A try at a secret of somebody else's number: by which ``caller``, or over which ``trunk``, at which
    ``victim``'s; "" is none."""

    id: int
    what: str
    caller: str
    trunk: str
    victim: str
    at: float


class Decision(NamedTuple):
    """What a person found out about an operation: done, or not done. ``who`` it was and the ``note`` are the
    person's own words."""

    key: str
    done: bool
    who: str
    note: str
    at: float


class TextDecision(NamedTuple):
    """What is to become of a ``message`` that was given up: sent once ``again``, or dropped; who said so, and
    when. ``rows``: its parts that were given up."""

    message: int
    again: bool
    who: str
    at: float
    rows: tuple[Outbound, ...] = ()


class CallRow(NamedTuple):
    """The record of one call. ``journey`` is JSON."""

    id: str
    caller: str | None
    called: str
    began: float
    answered: float | None
    ended: float | None
    outcome: str
    journey: str


class Finished(NamedTuple):
    """What came of an operation. ``state``: finished, not done, unknown, people. Only finished overwrites a
    truth that came before it was written."""

    state: str
    at: float
    outcome: str
    key: str


class WishRow(NamedTuple):
    """Whether a subscriber wants promos (R107): ``wanted`` 1, or 0; since when."""

    subscriber: str
    wanted: int
    at: float


class QueryRow(NamedTuple):
    """Who asked which service by which channel, and what came of it (R001)."""

    at: float
    subscriber: str
    channel: str
    service: str
    action: str
    outcome: str


class UnmatchedRow(NamedTuple):
    """A text, masked, that was not understood on a ``day`` (``how`` none), or asked back (ask)."""

    day: str
    text: str
    how: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What one input leaves behind, committed at once: inbox rows that are done, the session, the messages to
    send, how many promos a subscriber has had on a day, what came of operations, wishes and queries; when the
    ``decision`` of people about an operation was taken up; and what of it was not understood."""

    inbox: tuple[int, ...] = ()
    session: SessionRow | None = None
    outbox: tuple[Outbound, ...] = ()
    promos: tuple[str, str, int] | None = None  # subscriber, day, count
    operations: tuple[Finished, ...] = ()
    wishes: tuple[WishRow, ...] = ()
    queries: tuple[QueryRow, ...] = ()
    decision: tuple[float, str] | None = None  # when, the operation's key
    unmatched: UnmatchedRow | None = None


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a restart finds. ``waiting_in``: how many MOs of a number were not handled (``Store.waiting_in``
    gives them in portions); ``newest_in``: the highest id of any. ``recent``: inbox rows since the time asked
    for, whatever their state (evidence of redelivery); ``waiting_out``: messages to send, without a body
    where it was sealed with a key that is lost; ``failed_out``: messages that others of those wait for, and
    that were given up; ``asked``: when the SMSC took each session's open question (None: not yet)."""

    waiting_in: dict[str, int]
    newest_in: int
    recent: tuple[Inbound, ...]
    waiting_out: tuple[Outbound, ...]
    sessions: tuple[SessionRow, ...]
    asked: dict[int, float | None]
    references: dict[str, int]
    receipts: dict[str, int]  # SMSC's message id -> outbox id, still without a receipt
    promos: dict[tuple[str, str], int]
    promo_refused: frozenset[str]
    alive: float | None  # when the hall was last known to run
    failed_out: frozenset[int] = frozenset()
