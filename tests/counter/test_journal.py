"""What a turn leaves is one record, and one commit, by whatever channel it was taken: wishes and queries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail

import handlers
from counter.copying import Copying
from counter.journal import Journal
from counter.lasting import RETRY, Lasting
from counter.messages import ShortMessage
from counter.operations import Operation
from counter.owing import Owing
from counter.promos import Promos
from counter.testing.house import MZONE, POSTPAID, FixedHalls, House, at_once, texts
from menus.model.channels import SMS, VOICE, Channel
from menus.model.events import Key, Outcome, Started, Text
from menus.model.hall import Hall
from menus.reading.reader import read
from store import Conclusion, Outbound, StoreUnavailable
from store.memory import MemoryStore

FULL = StoreUnavailable("database or disk is full")
STOPPED, BUSY = "已停发业务宣传短信", "系统忙"


def the_hall_with_a_key_for_it() -> Hall:
    """The shipped menu, on whose telephone 8 3 stops promos."""
    text = (Path(__file__).parents[2] / "menus.yaml").read_text(encoding="utf-8")
    behind = "  按8-1: group_consult 集团业务咨询\n"
    text = text.replace(behind, f"{behind}  按8-3: promo_stop cancel 拒收宣传\n")
    text = text.replace(f"answer sms: |\n        {STOPPED}", f"answer: |\n        {STOPPED}")
    reading = read(text, handlers.SPECS)
    assert reading.hall is not None, reading.findings
    return reading.hall


HALL = the_hall_with_a_key_for_it()


class NoPost:
    """Nothing is to be sent."""

    def compose(self, message: ShortMessage, *, joins: bool = True) -> list[Outbound]:
        return []

    def send(self, rows: Any) -> None: ...

    def ask(self, subscriber: str, asks: Any) -> None: ...


class Disk(MemoryStore):
    """``full``: it takes nothing. ``tries``: how often it was asked to."""

    full = False
    tries = 0

    def conclude(self, conclusion: Conclusion) -> Any:
        self.tries += 1
        return fail(FULL) if self.full else super().conclude(conclusion)


class Counter:
    """A conversation by ``channel``, concluded as its hall does."""

    def __init__(self, channel: Channel, caller: str | None = POSTPAID) -> None:
        self.house = House()
        self.house.halls = FixedHalls(HALL)
        self.disk, self.promos = Disk(), Promos(3)
        self.owing = Owing(self.disk, self.house.timers)
        seconds = self.house.timers.seconds
        unsettled = self.house.desk.unsettled
        journal = Journal(
            self.disk, self.owing, seconds, promos=self.promos, unsettled=unsettled, late=_never
        )
        self.house.journal = journal  # type: ignore[assignment]
        self.copying = Copying(journal, NoPost(), seconds)
        self.conversation = self.house.conversation(caller, channel)
        self.caller = caller

    def takes(self, *inputs: Key | Text | Started) -> str:
        """What is told at the end."""
        told = ""
        for given in inputs:
            turn = at_once(self.conversation.turn(given))
            if not at_once(self.copying.conclude(turn, self.caller)):
                turn = self.conversation.untexted(turn)
            told = texts(turn)
        return told

    def promoted(self) -> bool:
        facts = at_once(self.house.desk.facts(POSTPAID, SMS))
        return self.promos.choose(HALL, facts, POSTPAID, None) is not None


async def _never(operation: Operation, outcome: Outcome) -> None:
    raise AssertionError("nothing is late")


STOPS = {SMS: (Text("QXXC"),), VOICE: (Started(), Key("8"), Key("3"))}


@pytest.mark.parametrize("channel", [SMS, VOICE], ids=str)
def test_whoever_wants_no_promos_gets_none_by_whatever_channel_he_says_so(channel: Channel) -> None:
    counter = Counter(channel)
    assert counter.promoted()
    assert STOPPED in counter.takes(*STOPS[channel])
    assert {who: wish.wanted for who, wish in counter.disk.wishes.items()} == {POSTPAID: 0}
    assert not counter.promoted()


def test_a_caller_is_told_that_promos_stop_only_when_that_is_written() -> None:
    counter = Counter(VOICE)
    counter.disk.full = True
    told = counter.takes(*STOPS[VOICE])
    assert (STOPPED in told, BUSY in told) == (False, True)
    counter.disk.full = False
    counter.house.timers.pump([1.0] * 10)
    assert (counter.disk.wishes, counter.promoted()) == ({}, True)


@pytest.mark.parametrize(
    ("channel", "inputs"),
    [(SMS, (Text("0101"),)), (VOICE, (Started(), Key("1"), Key("1")))],
    ids=["sms", "voice"],
)
def test_who_asked_what_by_which_channel_and_what_came_of_it_is_a_record(
    channel: Channel, inputs: tuple[Any, ...]
) -> None:
    counter = Counter(channel)
    counter.takes(*inputs)
    (query,) = counter.disk.queries
    assert query[1:] == (POSTPAID, channel.name, "fee_realtime", "query", "answered")


def test_a_refusal_is_recorded_with_its_reason() -> None:
    counter = Counter(SMS)
    counter.takes(Text("0110"), Text(MZONE), Text("112233"))
    (query,) = counter.disk.queries
    assert (query.service, query.outcome) == ("other_fee", "refused: password mismatch")
    assert "112233" not in str(counter.disk.queries)


def test_a_record_of_a_query_is_not_waited_for_and_comes_when_the_disk_takes_it() -> None:
    counter = Counter(VOICE)
    counter.disk.full = True
    assert "62.60元" in counter.takes(Started(), Key("1"), Key("1"))
    assert (counter.disk.queries, counter.owing.owed) == ([], 1)
    counter.disk.full = False
    counter.house.timers.pump([1.0] * 3)
    assert (len(counter.disk.queries), counter.owing.owed) == (1, 0)


def test_a_lane_waits_until_the_disk_takes_what_a_text_left() -> None:
    counter = Counter(SMS)
    lasting = Lasting(counter.disk, counter.house.timers)
    seconds, unsettled = counter.house.timers.seconds, counter.house.desk.unsettled
    journal = Journal(counter.disk, lasting, seconds, promos=counter.promos, unsettled=unsettled, late=_never)
    copying = Copying(journal, NoPost(), seconds)
    turn = at_once(counter.conversation.turn(Text("QXXC")))
    counter.disk.full = True
    waited = Deferred.fromCoroutine(copying.conclude(turn, POSTPAID))
    counter.house.timers.pump([RETRY] * 5)
    assert (waited.called, counter.disk.tries) == (False, 6)
    counter.disk.full = False
    counter.house.timers.advance(RETRY)
    assert (waited.result, counter.promoted()) == (True, False)
