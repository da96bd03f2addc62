"""An SMSC that is silent, in each way that one can be: every reply arrives afterwards, in order."""

from __future__ import annotations

from collections import Counter

import pytest

from sms.outbox import KEEP_TRYING
from sms.smpp.pdu import MessagePdu
from sms.testing.clockwork import World

NUMBERS = [f"1380000{n:04}" for n in range(60)]
MINUTES = 600


def backlog(world: World, each: int = 2) -> list[tuple[str, str]]:
    """``each`` texts to everybody."""
    sent = [(number, f"{number} text {n}") for n in range(each) for number in NUMBERS]
    for number, text in sent:
        world.post(number, text)
    return sent


def arrived_in_order(world: World, sent: list[tuple[str, str]]) -> None:
    """Everything, once, and each subscriber's in the order in which it was written."""
    assert sorted(world.smsc.texts) == sorted(sent)
    for number in NUMBERS:
        texts = [text for to, text in world.smsc.texts if to == number]
        assert texts == [text for to, text in sent if to == number]
    assert set(world.disk.states.values()) == {1}
    assert len(world.outbox) == 0


def test_one_that_swallows_everything_for_ten_minutes_and_is_asked_again() -> None:
    world = World()
    world.smsc.mute = lambda message: True
    sent = backlog(world)
    world.run(MINUTES)
    swallowed = len(world.smsc.taken)
    assert swallowed < 120, "it is not overwhelmed meanwhile"
    assert world.outbox.failed == 0
    world.smsc.mute = lambda message: False
    world.run(400)
    arrived_in_order(world, sent)


def test_one_that_swallows_for_a_minute_answers_soon_after() -> None:
    world = World()
    world.smsc.mute = lambda message: True
    sent = backlog(world)
    world.run(60)
    world.smsc.mute = lambda message: False
    world.run(60)
    arrived_in_order(world, sent)


@pytest.mark.parametrize("silence", [60, 85, MINUTES])
def test_one_that_takes_what_came_when_it_goes_on_gets_nothing_twice(silence: int) -> None:
    world = World()
    world.smsc.late = True
    sent = backlog(world)
    world.run(silence)
    world.smsc.catch_up()
    world.run(120)
    if silence < 90:
        arrived_in_order(world, sent)
    else:  # it was asked a few times whether it takes again, with a copy of another message each time
        assert set(sent) == set(world.smsc.texts)
        assert len(world.smsc.texts) <= len(sent) + 4
        assert max(Counter(world.smsc.texts).values()) == 2


@pytest.mark.parametrize("silence", [MINUTES, 3600, 12 * 3600])
def test_one_that_delivers_everything_and_never_says_so_brings_nobody_a_third(silence: int) -> None:
    """Night, and nothing new that would show whether it is well."""
    world = World()
    world.smsc.late = True
    sent = backlog(world, 1)
    world.run(silence)
    world.smsc.catch_up()
    world.run(120)
    assert set(sent) == set(world.smsc.texts)
    assert max(Counter(world.smsc.texts).values()) == 2
    assert len(world.smsc.texts) <= len(sent) + 12


def test_the_only_message_has_a_dozen_copies_in_three_days_at_the_most() -> None:
    world = World(recall=KEEP_TRYING)  # as the gateway sets it for its only link
    world.smsc.mute = lambda message: True
    world.post(NUMBERS[0], "alone")
    world.run(KEEP_TRYING + 60)
    assert 8 <= len(world.smsc.taken) <= 13
    assert world.disk.states == {1: 2}, "it is listed for people"


def test_one_message_that_is_never_answered_while_others_are_has_eight_copies_in_three_days() -> None:
    """The SMSC may have delivered it each time; and it may have lost it each time."""
    world = World()
    world.smsc.mute = lambda message: b"odd" in message.body
    world.post(NUMBERS[0], "odd")
    for minute in range(71 * 60):
        world.post(NUMBERS[1 + minute % 50], f"minute {minute}")
        world.run(60)
    assert 6 <= len([message for message in world.smsc.taken if b"odd" in message.body]) <= 10
    assert len(world.smsc.texts) == 71 * 60
    world.smsc.mute = lambda message: False
    world.run(3600)
    assert world.outbox.failed == 0


def test_a_copy_is_rather_a_part_of_a_long_text_which_a_handset_leaves_out() -> None:
    world = World()
    world.smsc.late = True
    world.post(NUMBERS[0], "short")
    world.post(NUMBERS[1], "long", parts=2)
    world.run(MINUTES)
    world.smsc.catch_up()
    world.run(120)
    assert sorted(world.smsc.texts) == [(NUMBERS[0], "short"), (NUMBERS[1], "longlong")]
    copies = [message for message in world.smsc.taken if b"short" in message.body]
    assert len(copies) == 1


def test_a_new_message_shows_that_it_is_well_again_so_that_none_is_copied() -> None:
    world = World()
    world.smsc.late = True
    world.post(NUMBERS[0], "first")
    for minute in range(10):
        world.run(55)
        world.post(NUMBERS[minute + 1], f"minute {minute}")
        world.run(5)
    world.smsc.catch_up()
    world.run(60)
    assert len(world.smsc.texts) == len(set(world.smsc.texts)) == 11


@pytest.mark.parametrize("silence", [40, MINUTES, 2 * 3600])
def test_a_stopped_process_goes_on_and_takes_what_lay_in_its_socket_once(silence: int) -> None:
    world = World()
    world.smsc.frozen = True
    sent = backlog(world)
    world.run(silence)
    if silence > 60:
        assert not world.links[0].bound, "health says so"
    world.smsc.thaw()
    world.run(120)
    arrived_in_order(world, sent)
    assert world.links[0].well
    assert len(world.smsc.connections) == 1, "what was tried beside it is closed"


def test_a_text_that_comes_up_while_an_idle_smsc_stands_still_goes_when_it_goes_on() -> None:
    world = World()
    world.smsc.frozen = True
    world.run(100)
    assert not world.links[0].bound
    world.post(NUMBERS[0], "meanwhile")
    world.smsc.thaw()
    world.run(5)
    assert world.smsc.to(NUMBERS[0]) == ["meanwhile"]


def test_a_connection_that_nobody_reads_any_more_is_replaced_by_one_beside_it() -> None:
    """The SMSC's session hangs, enquire_link unanswered, but it binds anew."""
    world = World()
    sent = backlog(world, 1)
    world.run(5)
    hanging = world.smsc.connections[0]
    hanging.transport.frozen = lambda: True
    more = backlog(world, 1)
    world.run(90)
    assert sorted(world.smsc.texts) == sorted(sent + more)
    assert world.links[0].well


def test_an_smsc_that_allows_one_bind_gets_a_new_one_once_the_old_is_dropped() -> None:
    world = World()
    world.smsc.alone = True
    sent = backlog(world, 1)
    world.run(5)
    world.smsc.deaf = True
    world.smsc.mute = lambda message: True
    more = backlog(world, 1)
    world.run(120)
    world.smsc.deaf = False
    world.smsc.mute = lambda message: False
    world.run(200)
    assert sorted(world.smsc.texts) == sorted(sent + more)


def test_a_session_that_answers_enquiries_but_no_messages_is_left_for_another() -> None:
    world = World()
    backlog(world, 1)
    world.run(5)
    stuck = world.smsc.connection
    world.smsc.texts.clear()
    submitted = type(world.smsc).submitted

    def only_elsewhere(connection: object, message: MessagePdu) -> str:
        if connection is stuck:
            world.smsc.mute = lambda message: True
        try:
            return submitted(world.smsc, connection, message)  # type: ignore[arg-type]
        finally:
            world.smsc.mute = lambda message: False

    world.smsc.submitted = only_elsewhere  # type: ignore[method-assign]
    more = backlog(world, 1)
    world.run(300)
    assert sorted(world.smsc.texts) == sorted(more)


def test_what_was_taken_before_the_link_fell_is_repeated_with_the_same_octets_and_nothing_else() -> None:
    world = World()
    world.smsc.late = True
    world.post(NUMBERS[0], "long", parts=3)
    world.run(5)
    world.smsc.fall()
    world.smsc.queue.clear()
    world.smsc.late = False
    world.run(30)
    assert world.smsc.to(NUMBERS[0]) == ["longlonglong"]
    assert len({message.body for message in world.smsc.taken}) == 3


def test_a_message_that_an_smsc_falls_over_takes_nobody_with_it() -> None:
    world = World()

    def falls(message: MessagePdu) -> None:
        if b"poison" in message.body:
            world.smsc.fall()

    world.smsc.refuse = falls
    world.post(NUMBERS[0], "poison")
    sent = [(number, "fine") for number in NUMBERS[1:]]
    for number, text in sent:
        world.post(number, text)
    world.run(120)
    assert {text for text in world.smsc.texts if text[1] == "fine"} == set(sent)
    times = Counter(world.smsc.texts)
    assert max(times[each] for each in sent) == 2, "once before it fell, and once when the other had to wait"
    assert times[NUMBERS[0], "poison"] < 12


def test_an_smsc_that_is_down_for_hours() -> None:
    world = World()
    world.smsc.down = True
    world.smsc.fall()
    sent = backlog(world, 3)
    world.run(5 * 3600)
    world.smsc.down = False
    world.run(120)
    arrived_in_order(world, sent)


def test_another_smsc_takes_what_one_does_not_answer() -> None:
    world = World(smscs=2, recall=120.0)
    first, second = world.clock.smscs.values()
    first.mute = lambda message: True
    sent = backlog(world, 1)
    world.run(2 * MINUTES)
    assert sorted(second.texts) == sorted(sent)
    assert world.outbox.failed == 0


@pytest.mark.parametrize("again", [True, False])
def test_a_hall_killed_in_the_silence_leaves_it_to_the_next(again: bool) -> None:
    world = World()
    world.smsc.mute = lambda message: True
    sent = backlog(world)
    world.run(100)
    world.kill()
    if again:
        world.start()
        world.run(100)
        world.kill()
    world.smsc.mute = lambda message: False
    world.start()
    world.run(60)
    arrived_in_order(world, sent)
