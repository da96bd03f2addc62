"""What leaves the outbox, when, and in which order."""

from __future__ import annotations

import pytest

from sms.outbox import UNSURE
from sms.smpp.pdu import MessagePdu
from sms.smpp.statuses import StatusMeaning, named, verdict
from sms.testing.clockwork import World

ONE, TWO, THREE = "13800000001", "13800000002", "13800000003"
HOUR = 3600

FOR_GOOD = [
    0x01,
    0x02,
    0x0B,
    0x33,
    0x34,
    0x40,
    0x43,
    0x50,
    0x51,
    0x61,
    0x62,
    0x65,
    0x66,
    0xC0,
    0xC1,
    0xC2,
    0xC4,
]
FOR_NOW = [0x08, 0x0A, 0x15, 0x48, 0x49, 0x64]
NOBODY_KNOWS = [0x03, 0x0C, 0x10, 0x45, 0xFE, 0xFF, 0x100, 0x400, 0x4FF, 0x500, 0x7FFFFFFF, 0xFFFFFFFF]


# ---- statuses ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", FOR_GOOD)
def test_what_blames_the_message_gives_up_that_one_and_keeps_it_for_people(status: int) -> None:
    world = World()
    world.smsc.refuse = lambda message: status if b"bad" in message.body else None
    (bad,) = world.post(ONE, "bad")
    world.post(ONE, "good")
    world.run(5)
    assert world.smsc.to(ONE) == ["good"]
    assert (world.disk.states[bad.id], world.disk.reasons[bad.id]) == (2, f"refused, {named(status)}")


@pytest.mark.parametrize("status", FOR_NOW)
@pytest.mark.parametrize("seconds", [20, 3 * HOUR])
def test_what_the_smsc_says_of_itself_is_tried_for_hours_and_holds_nobody_else(
    status: int, seconds: int
) -> None:
    world = World()
    world.smsc.refuse = lambda message: status if message.destination == ONE else None
    world.post(ONE, "first")
    world.post(ONE, "second")
    world.run(1)
    tried = len(world.smsc.taken)
    world.post(TWO, "another")
    world.run(30)
    assert world.smsc.to(TWO) == ["another"]
    world.run(seconds)
    world.smsc.refuse = lambda message: None
    world.run(61)
    assert world.smsc.to(ONE) == ["first", "second"]
    assert len(world.smsc.taken) - tried < 20 + seconds / 60 * 1.5


@pytest.mark.parametrize("status", [0x08, 0x45, 0x400, 0x14])
def test_an_smsc_that_refuses_everything_for_ten_hours_loses_nothing(status: int) -> None:
    world = World()
    world.smsc.refuse = lambda message: status
    for number in (ONE, TWO, THREE):
        world.post(number, "first")
        world.post(number, "second")
    world.run(10 * HOUR)
    world.smsc.refuse = lambda message: None
    world.run(61)
    assert sorted(world.smsc.texts) == sorted(
        (number, text) for number in (ONE, TWO, THREE) for text in ("first", "second")
    )


@pytest.mark.parametrize("status", [0x45, 0xFFFFFFFF])
def test_a_status_that_nobody_knows_is_for_good_once_others_were_taken_often_enough(status: int) -> None:
    world = World()
    world.smsc.refuse = lambda message: status if b"bad" in message.body else None
    (bad,) = world.post(ONE, "bad")
    for minute in range(90):
        world.post(TWO, f"{minute}")
        world.run(60)
        if minute == 30:
            assert world.disk.states[bad.id] == 0
    assert world.disk.states[bad.id] == 2
    assert len([message for message in world.smsc.taken if b"bad" in message.body]) <= UNSURE + 20
    assert len(world.smsc.to(TWO)) == 90


def test_every_status_of_the_protocol_has_a_verdict() -> None:
    assert verdict(0) is StatusMeaning.TAKEN
    assert {verdict(0x14), verdict(0x58)} == {StatusMeaning.BUSY}
    assert {verdict(status) for status in (0x04, 0x05, 0x0D, 0x0E, 0x0F)} == {StatusMeaning.UNBOUND}
    assert all(verdict(status) is StatusMeaning.NEVER for status in FOR_GOOD)
    assert all(verdict(status) is StatusMeaning.LATER for status in FOR_NOW)
    assert all(verdict(status) is StatusMeaning.UNSURE for status in NOBODY_KNOWS)


# ---- how long ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["silent", "refuses", "down", "frozen"])
def test_after_its_time_it_is_given_up_and_stays_for_people(how: str) -> None:
    world = World(keep_trying=2 * HOUR, recall=2 * HOUR)
    world.smsc.mute = lambda message: how == "silent"
    world.smsc.refuse = lambda message: 0x08 if how == "refuses" else None
    world.smsc.down = how == "down"
    world.smsc.frozen = how == "frozen"
    if world.smsc.down:
        world.smsc.fall()
        world.run(1)
    (row,) = world.post(ONE, "never taken")
    world.run(HOUR)
    assert world.disk.states[row.id] == 0
    assert world.outbox.undelivered() == (1, HOUR)
    world.run(HOUR + 400)
    assert world.disk.states[row.id] == 2
    assert "not taken within 2 hours" in world.disk.reasons[row.id]
    assert (len(world.outbox), world.outbox.expired) == (0, 1)


def test_a_restart_does_not_begin_the_time_anew() -> None:
    world = World(keep_trying=2 * HOUR)
    world.smsc.refuse = lambda message: 0x08
    (row,) = world.post(ONE, "never taken")
    world.run(HOUR)
    world.kill()
    world.start()
    world.run(HOUR + 400)
    assert world.disk.states[row.id] == 2


def test_a_row_that_no_pdu_can_hold_takes_nobody_with_it() -> None:
    world = World()
    (bad,) = world.post("139\ud800", "lone surrogate")
    (wide,) = world.post("13９", "full width")
    (lost,) = world.post(THREE, "its key is lost", body=None)
    (huge,) = world.post(TWO, "x" * 70_000)
    world.post(ONE, "good")
    world.run(5)
    assert world.smsc.to(ONE) == ["good"]
    assert [world.disk.states[row.id] for row in (bad, wide, lost, huge)] == [2, 2, 2, 2]


# ---- order -------------------------------------------------------------------------------------------------
def test_a_backlog_goes_out_by_what_hurries_and_each_subscribers_in_order() -> None:
    world = World(window=1)
    world.smsc.down = True
    world.smsc.fall()
    world.run(1)
    kinds = ("promo", "copy", "menu", "answer", "secret", "result")
    for n, kind in enumerate(kinds):
        world.post(f"1380000010{n}", kind, kind)
    world.post(ONE, "notice before it", "sms_bill")
    world.post(ONE, "his result", "result")
    world.smsc.down = False
    world.run(120)
    texts = [text for _, text in world.smsc.texts]
    assert texts == [
        *("secret", "result", "notice before it", "his result"),
        *("menu", "answer", "copy", "promo"),
    ]


# ---- promos ------------------------------------------------------------------------------------------------
def promoted(world: World, to: str) -> None:
    (answer,) = world.post(to, "answer")
    world.post(to, "promo", "promo", waits_for=answer.message, expires=world.clock.seconds() + 600)


@pytest.mark.parametrize("restart", [True, False])
@pytest.mark.parametrize("how", ["silent", "down", "throttles", "frozen"])
def test_a_promo_that_is_ten_minutes_late_is_dropped_and_its_answer_is_not(how: str, restart: bool) -> None:
    world = World()
    world.smsc.mute = lambda message: how == "silent"
    world.smsc.refuse = lambda message: 0x58 if how == "throttles" else None
    world.smsc.down = how == "down"
    world.smsc.frozen = how == "frozen"
    if world.smsc.down:
        world.smsc.fall()
    promoted(world, ONE)
    world.run(601)
    if restart:
        world.kill()
        world.start()
    world.smsc.mute = lambda message: False
    world.smsc.refuse = lambda message: None
    world.smsc.down = False
    world.smsc.thaw()
    world.run(400)
    assert set(world.smsc.to(ONE)) == {"answer"}
    assert sorted(world.disk.states.values()) == [1, 3]


@pytest.mark.parametrize("killed", ["before the answer", "between", "never"])
def test_a_promo_never_goes_where_its_answer_was_refused(killed: str) -> None:
    world = World()
    if killed == "before the answer":
        world.smsc.mute = lambda message: True
    world.smsc.refuse = lambda message: 0x0B if message.body == b"answer" else None
    given_up = world.disk.given_up
    if killed == "between":  # the promo's own row is not written any more
        world.disk.given_up = lambda id, at, reason, **more: (  # type: ignore[method-assign]
            given_up(id, at, reason, **more) if not more.get("dropped") else given_up(-1, at, reason)
        )
        world.disk.states[-1] = 0
    promoted(world, ONE)
    world.run(5)
    if killed != "never":
        world.kill()
        world.disk.states.pop(-1, None)
        world.disk.given_up = given_up  # type: ignore[method-assign]
        world.smsc.mute = lambda message: False
        world.start()
    world.run(60)
    assert world.smsc.texts == []
    assert sorted(world.disk.states.values()) == [2, 3]


# ---- told --------------------------------------------------------------------------------------------------
def test_one_line_a_minute_says_what_waits() -> None:
    lines: list[str] = []
    world = World()

    class _Log:
        def error(self, line: str, **what: object) -> None:
            lines.append(line.format(**what))

        warn = error

    world.outbox.log = _Log()  # type: ignore[misc, assignment]
    world.smsc.refuse = lambda message: 0x08
    for n in range(200):
        world.post(f"1380000{n:04}", "waits")
    world.run(600)
    assert 8 <= len(lines) <= 10
    assert lines[-1].startswith("200 messages wait to be sent, the oldest for ")
    assert "ESME_RSYSERR" in lines[-1]
    lines.clear()
    world.smsc.refuse = lambda message: 0x0B
    world.run(120)
    assert world.outbox.refused == 200
    assert len(lines) <= 5


def test_answers_of_a_window_are_counted_once_whatever_comes_back() -> None:
    """An SMSC that answers one submit_sm twice, and others that nobody sent."""
    world = World()

    def twice(message: MessagePdu) -> None:
        from sms.smpp.pdu import SUBMIT_SM, encode_answer

        assert world.smsc.connection is not None
        for sequence in (message.sequence, message.sequence, 4711):
            world.smsc.connection.send(encode_answer(SUBMIT_SM, 0, sequence, "x"))

    world.smsc.refuse = twice
    for n in range(300):
        world.post(f"1380000{n:04}", "once")
    world.run(10)
    assert len(world.smsc.texts) == 300
    assert world.links[0].room == 100
