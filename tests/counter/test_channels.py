"""A channel that nobody has built yet: its traits are enough to hold a conversation, keep it over a restart,
and have what it changed in the back office's records."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from business import port
from counter.conversation import Conversation, Turn
from counter.operations import Operation
from counter.testing.house import POSTPAID, House, at_once
from menus.dialogue.session import AtScreen, Session
from menus.model.channels import CHANNELS, SMS, WEB, By, Channel
from menus.model.events import Say, Send, Text
from store import Conclusion, SessionRow, Store

WAP = Channel("wap", "掌上", ("wap", "sms"), By.LINE, page=4)
TRAM = Channel("tram", "电车", ("sms",), By.LINE)
"""Of which no back office has heard."""


def talk(conversation: Conversation, *given: str) -> Turn:
    for text in given:
        turn = at_once(conversation.turn(Text(text)))
    return turn


class OverARestart(TestCase):
    timeout = 30

    async def test_the_same_person_s_sessions_go_on_each_on_its_channel(self) -> None:
        house, url = House(), f"sqlite:///{Path(tempfile.mkdtemp())}/hall.db"
        store = Store(url, reactor, gather=0)
        await store.start()
        wap, texted = (talk(house.conversation(channel=each), "0204").session for each in (WAP, SMS))
        talked = talk(house.conversation(channel=SMS), "0000").session
        for session in (wap, texted, talked):
            row = SessionRow(
                session.channel.name, POSTPAID, session.hall_version, session.to_json(), 1.0, None
            )
            await store.conclude(Conclusion((), row))
        await store.stop()
        store = Store(url, reactor, gather=0)
        await store.start()
        rows = {row.channel: row for row in (await store.recover(0.0)).sessions}
        await store.stop()
        self.assertEqual(set(rows), {WAP.name, SMS.name})
        found = Session.from_json(rows[WAP.name].state, {**CHANNELS, WAP.name: WAP})
        self.assertEqual(found, wap)
        self.assertIsInstance(found.waiting, AtScreen)
        self.assertEqual(Session.from_json(rows[SMS.name].state), talked)
        conversation = Conversation(house.halls, found, house.desk, house.journal, house.timers)
        turn = talk(conversation, "1")
        self.assertEqual([e.name for e in turn.events if isinstance(e, Say)], ["crbt.open.answer"])


@pytest.mark.parametrize(
    ("channel", "recorded"),
    [
        (SMS, port.Origin.SMS),
        (WEB, port.Origin.WEB),
        (WAP, port.Origin.WAP),
        (TRAM, port.Origin.OTHER),
    ],
    ids=str,
)
def test_the_record_names_the_channel(channel: Channel, recorded: port.Origin) -> None:
    house = House()
    turn = talk(house.conversation(channel=channel), "0204", "1")
    assert [record.channel for record in at_once(house.memory.records(POSTPAID))] == [recorded]
    (operation, _), *_ = turn.operations
    known = {**CHANNELS, channel.name: channel}
    assert Operation.from_json(operation.to_json(), channels=known) == operation


@pytest.mark.parametrize(
    ("channel", "told", "texted"), [(SMS, ["pwd_reset.open.answer"], 0), (WEB, ["sent"], 1)], ids=str
)
def test_a_temporary_password_is_shown_to_the_number_itself_alone(
    channel: Channel, told: list[str], texted: int
) -> None:
    """R063: who is on the web has proved less than who holds the telephone that the text goes to."""
    turn = talk(House().conversation(channel=channel), "0502", "430199198002140010")
    assert [event.name for event in turn.events if isinstance(event, Say)] == told
    sent = [event for event in turn.events if isinstance(event, Send)]
    assert len(sent) == texted
    assert all("temporary" in each.values and each.asks is not None for each in sent)
