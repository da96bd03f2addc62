"""MOs from the link to a text that may be handled: recognised as new, kept, acknowledged, joined.

    deliver_sm ─ own number, empty? ─ redelivery? ─ store.receive ─┬─ committed: deliver_sm_resp OK
                                                                   ├─ disk full: ESME_RX_T_APPN
                                                                   └─ never to be kept: ESME_RX_P_APPN
                                     └─ backlog ─ joined ─ Arrival ─ turns

The text goes on at once where little waits (``sms/backlog.py``), beside its commit: the turn's own commit
comes behind it or with it, and fails when the MO could not be kept. So an MO costs one transaction where it
can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from counter.unmatched import may_hold_secret
from sms.backlog import Backlog
from sms.join import Joined, Joiner, MessagePart
from sms.reading import read, read_one
from sms.redelivery import Evidence, First, Memory, digest
from sms.routes import LinkRoutes
from sms.smpp.pdu import (
    OK,
    PERMANENT_APP_ERROR,
    RECEIPTED_MESSAGE_ID,
    SAR_NUMBER,
    SAR_REFERENCE,
    SAR_TOTAL,
    TEMPORARY_APP_ERROR,
    USER_MESSAGE_REFERENCE,
    MessagePdu,
)
from sms.subscribers import with_line
from sms.text import ESM_UDH, concatenation, readable
from sms.throttle import is_robot
from store import Inbound, Recovered, StoreRefused
from store.seal import PLAIN, Plain, Sealer

OF_ONE = 40
"""MOs of one number that may wait for their turn. A back office that hangs takes its time with each of them:
whoever texts on meanwhile must not hold up everybody."""


class Arrival(NamedTuple):
    """A text to handle. ``address``: the conversation's name (:func:`sms.subscribers.with_line`); ``ids``:
    its inbox rows; ``received`` in seconds since the epoch; ``whole``: no part of it is missing."""

    address: str
    text: str
    ids: tuple[int, ...]
    received: float
    whole: bool = True


class DeliveringConnection(Protocol):
    """What brought an MO."""

    lost_at: float | None

    @property
    def name(self) -> str: ...

    def answer(self, sequence: int, status: int, /) -> bool: ...


class Disk(Protocol):
    def next_inbox_id(self) -> int: ...

    def receive(self, row: Inbound, /) -> Deferred[None]: ...

    def waiting_in(self, after: int, limit: int, /) -> Deferred[list[Inbound]]: ...


class _PreviousProcess:
    """Stands for the connection of a hall that is no more. ``lost_at``: when that was."""

    name = ""

    def __init__(self, lost_at: float | None) -> None:
        self.lost_at = lost_at


class Intake:
    """See the head of this file. ``own``: numbers that are never answered. ``lines``: further numbers
    of ours, each a conversation of its own. ``of_one``: MOs of one number
    that may wait; beyond that the SMSC is told to come again with these (others' are taken)."""

    log = Logger()

    def __init__(
        self,
        disk: Disk,
        reactor: IReactorTime,
        arrived: Callable[[Arrival], None],
        *,
        own: frozenset[str],
        lines: frozenset[str] = frozenset(),
        of_one: int = OF_ONE,
        joiner: Joiner | None = None,
        routes: LinkRoutes | None = None,
        sealer: Sealer | Plain = PLAIN,
    ) -> None:
        self._disk = disk
        self._reactor = reactor
        self._arrived = arrived
        self._own = own
        self._lines = lines
        self._of_one = of_one
        self._joiner = joiner or Joiner()
        self.routes = routes or LinkRoutes()
        self._sealer = sealer
        self._memory = Memory()
        self.backlog = Backlog(
            disk, reactor, lambda row: self._read(self._opened(row)), lambda: self._joiner.held
        )
        self._closed = False
        self.repeats = 0
        self.refused = 0

    # ---- from the link -------------------------------------------------------------------------------------
    def message(self, connection: DeliveringConnection, mo: MessagePdu) -> None:
        """Take one MO in; answers it, now or when it is kept."""
        now = self._reactor.seconds()
        if self._is_silent(mo):
            connection.answer(mo.sequence, OK)
            return
        evidence = _evidence(mo, self._sealer.digest_key)
        first = self._memory.first_of(evidence, now, connection)
        if first is not None:
            self._repeated(first, evidence, connection, now)
        elif self._closed or self.backlog.of(mo.source) >= self._of_one:
            self.refused += 1
            connection.answer(mo.sequence, TEMPORARY_APP_ERROR)
        else:
            self._keep(connection, mo, evidence, now)

    def _is_silent(self, mo: MessagePdu) -> bool:
        """From one of our own numbers, from nobody or a robot, or with nothing in it: never answered."""
        return not mo.body or mo.source in self._own or is_robot(mo.source, mo.source_ton)

    def _repeated(
        self, first: First, evidence: Evidence, connection: DeliveringConnection, now: float
    ) -> None:
        self.repeats += 1

        def kept(ok: bool) -> None:
            sent = connection.answer(evidence.sequence, OK if ok else TEMPORARY_APP_ERROR)
            self._memory.repeated(first, evidence, self._reactor.seconds(), connection, sent=sent)

        if first.answered is None:
            first.waiting.append(kept)  # the first is not on the disk yet
        else:
            kept(True)

    def _keep(self, connection: DeliveringConnection, mo: MessagePdu, evidence: Evidence, now: float) -> None:
        first = First(evidence, now, connection)
        self._memory.keep(first)
        row = _row(self._disk.next_inbox_id(), self.routes.came(connection.name, mo), mo, evidence, now)
        kept = self._disk.receive(self._sealed(row))
        if self.backlog.came(row):
            self._read(row)
        about = (first, connection, mo.sequence)
        kept.addCallbacks(self._kept, self._not_kept, about, {}, (*about, row), {})

    def _sealed(self, row: Inbound) -> Inbound:
        """As it goes to the disk: what may hold a card or a password, or a piece of one, not in clear. A text
        stays on the disk's free pages long after it was handled."""
        body = row.body or b""
        text = read_one(body, row.coding)
        if row.esm & ESM_UDH == 0 and not row.sar and not may_hold_secret(text):
            return row
        return row._replace(body=self._sealer.seal(body.decode("latin-1")).encode("latin-1"))

    def _opened(self, row: Inbound) -> Inbound:
        """As it came. What a lost key sealed is read as it stands, which is nothing that anybody knows."""
        try:
            return row._replace(
                body=self._sealer.unseal((row.body or b"").decode("latin-1")).encode("latin-1")
            )
        except ValueError:
            return row

    def _kept(self, _: None, first: First, connection: DeliveringConnection, sequence: int) -> None:
        sent = connection.answer(sequence, OK)  # if it is gone, ``cut_off`` says so to the redelivery
        first.answered_at(self._reactor.seconds(), connection, sent=sent)
        waiting, first.waiting = first.waiting, []
        for each in waiting:
            each(True)

    def _not_kept(
        self, failure: Failure, first: First, connection: DeliveringConnection, sequence: int, row: Inbound
    ) -> None:
        self.refused += 1
        part = _part(row)
        if isinstance(part, MessagePart):
            self._joiner.forget(part)
        self.backlog.gone(row)
        status = TEMPORARY_APP_ERROR
        if failure.check(StoreRefused):
            status = PERMANENT_APP_ERROR  # it would be brought again for ever, and hold up those behind it
        else:
            self.log.error("an MO could not be kept: {why}", why=failure.getErrorMessage())
        self._memory.forget(first)
        connection.answer(sequence, status)
        for each in first.waiting:
            each(False)

    # ---- joining -------------------------------------------------------------------------------------------
    def _read(self, row: Inbound) -> None:
        part = _part(row)
        if not isinstance(part, MessagePart):
            arrival = Arrival(row.source, readable(read(((part, row.coding),))), (row.id,), row.received)
            self._hand_on(arrival, row.destination)
        elif (joined := self._joiner.add(part, self._reactor.seconds())) is not None:
            self._joined(joined)

    def _joined(self, joined: Joined) -> None:
        source, destination, *_ = joined.key
        text = "" if joined.copies else readable(read(joined.parts))
        self._hand_on(Arrival(source, text, joined.ids, joined.received, joined.complete), destination)

    def _hand_on(self, arrival: Arrival, destination: str) -> None:
        line = destination if destination in self._lines else ""
        self._arrived(arrival._replace(address=with_line(arrival.address, line)))

    def done(self, arrival: Arrival) -> None:
        """Its text is handled, or will never be."""
        self.backlog.done(arrival.ids)

    def close(self) -> None:
        """Take nothing more: the SMSC holds it for the next hall, and the disk what is not begun."""
        self._closed = True
        self.backlog.close()

    # ---- time and restart ----------------------------------------------------------------------------------
    def tick(self, now: float) -> None:
        """Joins that waited long enough; evidence that is old."""
        if self.backlog.behind:
            self._joiner.still_coming(now)
        for joined in self._joiner.expire(now):
            self._joined(joined)
        self._memory.age(now)

    def recover(self, found: Recovered, alive: float | None) -> None:
        """Go on where the hall before stopped: what it answered last may not have arrived."""
        self.routes.recover((row.source, row.link) for row in found.recent)
        fell = _PreviousProcess(alive)
        for row in found.recent:
            evidence = Evidence(
                row.source, row.destination, row.digest, row.sequence, row.reference, row.message_id
            )
            self._memory.keep(First(evidence, row.received, fell, answered=row.received))
        self.backlog.recover(found.waiting_in, found.newest_in)


def _evidence(mo: MessagePdu, key: bytes) -> Evidence:
    return Evidence(
        mo.source,
        mo.destination,
        digest(mo.body, mo.esm, mo.coding, key),
        mo.sequence,
        mo.number(USER_MESSAGE_REFERENCE) if mo.tlvs else None,
        mo.string(RECEIPTED_MESSAGE_ID) if mo.tlvs else None,
    )


def _row(id: int, route: str, mo: MessagePdu, evidence: Evidence, now: float) -> Inbound:
    return Inbound(
        id,
        route,
        now,
        mo.source,
        mo.destination,
        evidence.digest,
        mo.sequence,
        evidence.reference,
        evidence.message_id,
        mo.coding,
        mo.esm,
        mo.body,
        _sar(mo),
    )


def _part(row: Inbound) -> MessagePart | bytes:
    """The part of a long text that it is, or the octets of one that stands alone."""
    sar = tuple(int(n) for n in row.sar.split(",")) if row.sar else None
    found = concatenation(row.body or b"", row.esm, sar if sar is None else (sar[0], sar[1], sar[2]))
    if found.total == 1:
        return found.body
    key = (row.source, row.destination, found.reference, found.total)
    return MessagePart(key, found.number, found.body, row.coding, row.id, row.received)


def _sar(mo: MessagePdu) -> str | None:
    if SAR_TOTAL not in mo.tlvs:
        return None
    return ",".join(str(mo.number(tag) or 0) for tag in (SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER))
