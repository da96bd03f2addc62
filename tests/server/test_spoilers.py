"""Whatever anybody sends, nobody else notices: texts and calls with everything that databases refuse in every
field that comes from outside, beside good ones, into one store; and the same past the doors, into the store
itself. On SQLite and on PostgreSQL.

The doors are the real ones (the SMPP codec and intake, the SIP core and the telephone hall), on a reactor
that the test turns by hand.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

import handlers
from counter.conversation import Timeouts
from counter.copying import Copying
from counter.desk import Desk
from counter.journal import Journal
from counter.owing import Owing
from counter.testing.house import FixedHalls
from ivr.hall import CallLimits, TelephoneHall, TelephoneHallParts
from ivr.sip.api import SipSettings
from ivr.sip.core import UserAgent
from ivr.testing.fakes import FakeMedia, Silent
from ivr.testing.sip_bench import OFFER, PEER, US, Caller
from ivr.transcript import Transcripts
from sms.gateway import Gateway, GatewayConfig
from sms.smpp.pdu import (
    DELIVER_SM,
    MESSAGE_PAYLOAD,
    MESSAGE_STATE,
    OK,
    RECEIPTED_MESSAGE_ID,
    SAR_NUMBER,
    SAR_REFERENCE,
    SAR_TOTAL,
    USER_MESSAGE_REFERENCE,
    MessagePdu,
    PduError,
    decode_message,
    encode_message,
)
from sms.testing.fakes import HALL, CountingBusiness
from sms.text import decode
from store import (
    CallRow,
    Conclusion,
    Inbound,
    Outbound,
    SessionRow,
    Store,
    StoreConflict,
    StoreRefused,
)
from store.engine import connect, upgrade
from store.schema import METADATA
from store.testing.postgres import Postgres
from store.writer import Writer
from tests.peers import needs_peer

GOOD = ("13900000001", "13900000002", "13900000003")
ELSEWHERE = "13900000004"
FEW = settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class Turned(Clock):
    """A reactor that the test turns: its seconds pass as it does so."""

    def __init__(self) -> None:
        super().__init__()
        self.advance(time.time())
        self._came: SimpleQueue[Callable[[], object]] = SimpleQueue()

    def callFromThread(self, call: Callable[..., object], *given: object) -> None:
        self._came.put(lambda: call(*given))

    def until(self, so: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not so():
            assert time.monotonic() < end, "it did not come"
            self.advance(0.005)
            try:
                self._came.get(timeout=0.02)()
            except Empty:
                continue

    def outcome(self, waited: Deferred[Any]) -> Any:
        """What ``waited`` fires with, or the error."""
        came: list[Any] = []
        waited.addBoth(came.append)
        self.until(lambda: bool(came))
        return came[0].value if isinstance(came[0], Failure) else came[0]


class Answers:
    """A connection that brings MOs, and what it is answered."""

    name = "1"
    lost_at: float | None = None

    def __init__(self) -> None:
        self.statuses: dict[int, int] = {}

    def answer(self, sequence: int, status: int) -> bool:
        self.statuses[sequence] = status
        return True


class Media(FakeMedia):
    running = True


def empty_store(url: str, reactor: Turned) -> Store:
    """A store with nothing in it, opened as start() does, but for the thread pool."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(delete(table))
    engine.dispose()
    store = Store(url, reactor)
    store._writer = Writer(connect(url), reactor)
    return store


class Bench:
    """Both halls on one store."""

    def __init__(self, url: str) -> None:
        self.reactor = Turned()
        self.store = empty_store(url, self.reactor)
        self.business = CountingBusiness()
        desk = Desk(self.business, handlers.FUNCTIONS, lambda: datetime.now(UTC))
        self.gateway = Gateway(
            store=self.store,
            halls=FixedHalls(HALL),
            desk=desk,
            reactor=self.reactor,
            random=Random(1),
            links=[],
            config=GatewayConfig(promos_a_day=0),
        )
        self.reactor.outcome(Deferred.fromCoroutine(self.gateway.start()))
        self.connection = Answers()
        self.faults: list[str] = []
        self.sent: list[bytes] = []
        self.hall = self._telephone_hall(desk)
        ids = count(1)
        self.agent = UserAgent(
            SipSettings(),
            self.hall.on_invite,
            clock=self.reactor.seconds,
            ids=lambda: f"{next(ids):016x}",
            send=lambda data, hop: self.sent.append(data),
            log=lambda source, text: None,
            failure=self.faults.append,
            admit=self.hall.admit,
        )
        self.agent.listens("UDP", *US)
        self.sequences = count(1)
        self.seen = 0  # outbox rows

    def _telephone_hall(self, desk: Desk) -> TelephoneHall:
        silent: Any = Silent()
        media: Any = Media()
        numbers = count(1)
        gateway, policy = self.gateway, Owing(self.store, self.reactor)
        journal = Journal(
            self.store,
            policy,
            self.reactor.seconds,
            promos=gateway.promos,
            unsettled=desk.unsettled,
            late=gateway.settling.late,
        )
        parts = TelephoneHallParts(
            reactor=self.reactor,
            media=media,
            speaker=silent,
            halls=FixedHalls(HALL),
            desk=desk,
            store=self.store,
            journal=journal,
            copying=Copying(journal, self.gateway, self.reactor.seconds),
            transcripts=Transcripts(self.reactor),
            meter=silent,
            now=self.reactor.seconds,
            new_id=lambda: f"call-{next(numbers)}",
        )
        return TelephoneHall(parts, CallLimits("sip:agent@192.0.2.7", 1000, Timeouts()))

    def close(self) -> None:
        self.hall.hang_up()
        self.reactor.outcome(Deferred.fromCoroutine(self.gateway.stop()))
        self.reactor.outcome(Deferred.fromCoroutine(self.store.stop()))

    # ---- what comes in -------------------------------------------------------------------------------------
    def text(self, message: MessagePdu) -> int | None:
        """Bring it, as octets; its sequence number, or None where the codec refuses it."""
        sequence = next(self.sequences)
        try:
            read = decode_message(encode_message(DELIVER_SM, message, sequence))
        except PduError:
            return None
        self.gateway.message(self.connection, read)  # type: ignore[arg-type]
        return sequence

    def rings(self, call_id: bytes, called: bytes = b"sip:10086@192.0.2.1", **headers: bytes) -> None:
        names = {"agent": "User-Agent", "asserted": "P-Asserted-Identity", "subject": "Subject"}
        lines = [f"{names[name]}: @{name}@" for name in headers]
        bench: Any = self
        branch = f"z9hG4bK-{next(self.sequences)}"
        data = Caller(bench, "@id@").request("INVITE", OFFER, *lines, uri="@uri@", branch=branch)
        for name, value in {"id": call_id, "uri": called, **headers}.items():
            data = data.replace(f"@{name}@".encode(), value)
        self.agent.receive(data, PEER)

    # ---- what came of it -----------------------------------------------------------------------------------
    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        def read(cursor: Any) -> list[tuple[Any, ...]]:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

        found: list[tuple[Any, ...]] = self.reactor.outcome(self.store._open.read(read))
        return found

    def replies(self) -> dict[str, str]:
        """What was written to whom since the last time."""
        rows = self.rows(f"SELECT id,subscriber,body,coding FROM outbox WHERE id>{self.seen} ORDER BY id")
        self.seen = rows[-1][0] if rows else self.seen
        return {who: decode(bytes(body or b""), coding) for _, who, body, coding in rows}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_peer("postgresql"))])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        at = f"sqlite:///{Path(folder)}/hall.db"
        if request.param != "sqlite":
            server: Postgres = request.getfixturevalue("postgres")
            server.empty()
            at = server.url
        upgrade(at)
        yield at


# ---- through the doors -------------------------------------------------------------------------------------
NASTY = (
    b"\xff",
    b"\0",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\xe2\x80\xae",
    b"\x1b[2J",
    b"%00",
)
octets = st.lists(st.binary(max_size=8) | st.sampled_from(NASTY), max_size=8).map(b"".join)
longer = octets | st.integers(1, 40_000).map(lambda n: b"8" * n)
addresses = st.text(st.characters(max_codepoint=255, exclude_characters="\0"), max_size=20)
numbers = st.binary(max_size=12) | st.integers(0, 2**80).map(lambda n: n.to_bytes(11, "big").lstrip(b"\0"))
bodies = (
    st.binary(max_size=300)
    | st.text(st.characters(), max_size=100).map(lambda text: text.encode("utf-16-be", "surrogatepass"))
    | st.integers(1, 60_000).map(lambda n: b"\xd8\x3d" * (n // 2))
    | st.sampled_from([b"TS \0\xd8\x00", "投诉\ud83d\0".encode("utf-16-be", "surrogatepass")])
)
texts = st.builds(
    MessagePdu,
    source=addresses | st.just(ELSEWHERE),
    destination=addresses | st.just("10086"),
    body=bodies,
    coding=st.sampled_from([0, 3, 4, 8, 15]) | st.integers(0, 255),
    esm=st.sampled_from([0, 0x40]) | st.integers(0, 255),
    registered=st.integers(0, 255),
    sequence=st.just(0),
    source_ton=st.integers(0, 255),
    source_npi=st.integers(0, 255),
    destination_ton=st.integers(0, 255),
    destination_npi=st.integers(0, 255),
    tlvs=st.dictionaries(
        st.sampled_from([USER_MESSAGE_REFERENCE, SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER, MESSAGE_STATE]),
        numbers,
    )
    | st.dictionaries(st.just(RECEIPTED_MESSAGE_ID), longer.map(lambda each: each[:30_000]))
    | st.dictionaries(st.just(MESSAGE_PAYLOAD), bodies),
)
calls = st.fixed_dictionaries(
    {
        "call_id": longer,
        "called": st.builds(bytes.__add__, st.sampled_from([b"tel:", b"x:", b"sip:"]), longer),
    },
    optional={"agent": longer, "asserted": longer, "subject": longer},
)


@FEW
@given(data=st.data())
def test_whatever_is_sent_good_texts_and_calls_do_not_notice(url: str, data: st.DataObject) -> None:
    bench = Bench(url)
    try:
        for _ in range(4):
            thrown = data.draw(st.lists(texts | calls, min_size=1, max_size=12))
            _beside_good_ones(bench, thrown)
    finally:
        bench.close()


def _beside_good_ones(bench: Bench, thrown: Sequence[MessagePdu | dict[str, bytes]]) -> None:
    bench.reactor.advance(61)  # nobody has had his thirty replies, and no part of a text is waited for
    bench.replies()
    before = len(bench.rows("SELECT id FROM calls WHERE called='10086'"))
    good: list[int | None] = []
    for each in thrown:
        if isinstance(each, MessagePdu):
            bench.text(each)
        else:
            bench.rings(**each)
        who = GOOD[len(good) % len(GOOD)]
        good.append(bench.text(MessagePdu(who, "10086", "话费".encode("utf-16-be"), 8)))
        bench.rings(f"good-{next(bench.sequences)}@192.0.2.5".encode())
    assert None not in good
    bench.reactor.until(lambda: all(sequence in bench.connection.statuses for sequence in good))
    assert {bench.connection.statuses[sequence] for sequence in good if sequence} == {OK}
    bench.reactor.outcome(bench.gateway.turns.lanes.quiet())
    bench.hall.hang_up()
    bench.reactor.until(lambda: not bench.hall.records.waiting)
    replies = bench.replies()
    assert all("余额" in replies[who] for who in GOOD[: len(thrown)])
    after = len(bench.rows("SELECT id FROM calls WHERE called='10086'"))
    assert after - before >= len(thrown)
    assert not bench.faults
    assert bench.hall.records.lost == 0
    assert bench.store.refused == {}, "the doors keep out what the store would refuse"
    assert max((len(called) for (called,) in bench.rows("SELECT called FROM calls")), default=0) <= 40


# ---- past the doors ----------------------------------------------------------------------------------------
words = st.text(st.characters(), max_size=30) | st.sampled_from(
    ["\0", "\ud800", "a\udcff", "\U0001f600", "", "x" * 100_000]
)
whole = st.integers(-(2**80), 2**80) | st.sampled_from([2**15, 2**31, 2**63, -(2**63) - 1])
moments = st.floats() | whole
optional = st.none() | words
rows: st.SearchStrategy[Any] = st.one_of(
    st.builds(CallRow, words, optional, words, moments, moments, st.none() | moments, words, words),
    st.builds(
        Inbound, whole, words, moments, words, words, st.binary(), whole, st.none() | whole, optional,
        whole, whole, st.none() | st.binary(), optional,
    ),
    st.builds(
        Outbound, whole, whole, words, words, whole, whole, st.binary(), words, st.none() | whole,
        moments, st.none() | moments, st.none() | whole, whole,
    ),
    st.builds(SessionRow, words, words, words, moments, st.none() | whole),
)  # fmt: skip


def _write(store: Store, row: Any) -> Deferred[None]:
    match row:
        case CallRow():
            return store.keep_call(row)
        case Inbound():
            return store.receive(row)
        case Outbound():
            return store.conclude(Conclusion(outbox=(row,)))
    return store.conclude(Conclusion((), row))


@FEW
@given(data=st.data())
def test_past_the_doors_only_the_bad_entry_fails(url: str, data: st.DataObject) -> None:
    reactor = Turned()
    store = empty_store(url, reactor)
    kept = 0
    try:
        for turn in range(4):
            thrown = data.draw(st.lists(rows, min_size=1, max_size=30))
            good, bad = [], []
            for n, row in enumerate(thrown):
                bad.append(_write(store, row))
                good.append(
                    store.keep_call(CallRow(f"good-{turn}-{n}", None, "10086", 1.0, 2.0, 3.0, "bye", "[]"))
                )
            for each in good:
                assert reactor.outcome(each) is None
            for each in bad:
                outcome = reactor.outcome(each)
                assert outcome is None or isinstance(outcome, StoreRefused | StoreConflict), outcome
            kept += len(good)
        there = reactor.outcome(store.calls(limit=100_000))
        assert sum(row.id.startswith("good-") for row in there) == kept
        assert reactor.outcome(store.healthy()) is True
    finally:
        reactor.outcome(Deferred.fromCoroutine(store.stop()))
