"""The four transactions of RFC 3261 §17, stepped by hand: no socket, no clock."""

from __future__ import annotations

import pytest

from ivr.sip.timers import TimerQueue
from ivr.sip.transactions import (
    ACKNOWLEDGE,
    DELIVER,
    GONE,
    TIMED_OUT,
    TRYING,
    InviteClient,
    InviteServer,
    OtherClient,
    OtherServer,
    SendData,
    State,
    TimerSet,
    TimerStop,
)


def test_invite_server_sends_100_after_200_ms_of_silence() -> None:
    machine = InviteServer()
    assert machine.start() == [DELIVER, TimerSet("trying", 0.2)]
    assert machine.fire("trying") == [TRYING]
    assert machine.respond(100, b"100")[0] == SendData(b"100")
    assert machine.again() == [SendData(b"100")]


def test_invite_server_answers_a_resent_invite_with_the_same_200() -> None:
    machine = InviteServer()
    assert machine.again() == []  # nothing said yet
    assert machine.respond(200, b"200") == [SendData(b"200"), TimerStop("trying"), TimerSet("L", 32.0)]
    assert machine.again() == [SendData(b"200")]
    assert machine.ack() == []  # that is the dialog's
    assert machine.fire("L") == [GONE]
    assert machine.again() == []


def test_invite_server_resends_a_refusal_until_its_ack() -> None:
    machine = InviteServer()
    effects = machine.respond(486, b"486")
    assert effects == [SendData(b"486"), TimerStop("trying"), TimerSet("G", 0.5), TimerSet("H", 32.0)]
    intervals = []
    for _ in range(5):
        again, timer = machine.fire("G")
        assert again == SendData(b"486")
        assert isinstance(timer, TimerSet)
        intervals.append(timer.seconds)
    assert intervals == [1.0, 2.0, 4.0, 4.0, 4.0]
    assert machine.ack() == [TimerStop("G"), TimerStop("H"), TimerSet("I", 5.0)]
    assert machine.again() == []
    assert machine.fire("G") == []
    assert machine.fire("I") == [GONE]


def test_invite_server_gives_up_without_ack() -> None:
    machine = InviteServer()
    machine.respond(500, b"500")
    assert machine.fire("H") == [TimerStop("G"), TIMED_OUT, GONE]


def test_invite_server_over_tcp_resends_nothing() -> None:
    machine = InviteServer(reliable=True)
    assert machine.respond(486, b"x") == [SendData(b"x"), TimerStop("trying"), TimerSet("H", 32.0)]
    assert machine.ack() == [TimerStop("G"), TimerStop("H"), GONE]


@pytest.mark.parametrize("kind", [InviteServer, OtherServer])
def test_nobody_answers_twice(kind: type[InviteServer]) -> None:
    machine = kind()
    machine.respond(200, b"200")
    with pytest.raises(RuntimeError, match="answered already"):
        machine.respond(486, b"486")


def test_other_server_repeats_its_final_answer_for_64_t1() -> None:
    machine = OtherServer()
    assert machine.again() == []
    assert machine.respond(200, b"ok") == [SendData(b"ok"), TimerSet("J", 32.0)]
    assert machine.again() == [SendData(b"ok")]
    assert machine.fire("J") == [GONE]
    assert OtherServer(reliable=True).respond(200, b"ok") == [SendData(b"ok"), GONE]


def test_invite_client_doubles_without_bound_and_times_out() -> None:
    machine = InviteClient(b"INVITE")
    assert machine.start() == [SendData(b"INVITE"), TimerSet("B", 32.0), TimerSet("A", 0.5)]
    seconds = [
        effect.seconds for _ in range(5) for effect in machine.fire("A") if isinstance(effect, TimerSet)
    ]
    assert seconds == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert machine.fire("B") == [TimerStop("A"), TIMED_OUT, GONE]


def test_invite_client_stops_resending_at_the_first_response() -> None:
    machine = InviteClient(b"INVITE")
    machine.start()
    assert machine.receive(180) == [TimerStop("A"), TimerStop("B"), DELIVER]
    assert machine.fire("A") == []
    assert machine.receive(200) == [DELIVER, TimerSet("M", 32.0)]
    assert machine.receive(200) == [DELIVER]  # again: its ACK was lost
    assert machine.receive(486) == []
    assert machine.fire("M") == [GONE]


def test_invite_client_acknowledges_every_copy_of_a_refusal() -> None:
    machine = InviteClient(b"INVITE")
    machine.start()
    assert machine.receive(486) == [TimerStop("A"), TimerStop("B"), ACKNOWLEDGE, DELIVER, TimerSet("D", 32.0)]
    assert machine.receive(486) == [ACKNOWLEDGE]
    assert machine.receive(200) == []
    assert machine.fire("D") == [GONE]


def test_other_client_resends_up_to_t2_then_every_t2() -> None:
    machine = OtherClient(b"BYE")
    assert machine.start() == [SendData(b"BYE"), TimerSet("F", 32.0), TimerSet("E", 0.5)]
    assert machine.fire("E")[1] == TimerSet("E", 1.0)
    assert machine.receive(100) == [DELIVER]
    assert machine.fire("E")[1] == TimerSet("E", 4.0)
    assert machine.receive(200) == [TimerStop("E"), TimerStop("F"), DELIVER, TimerSet("K", 5.0)]
    assert machine.receive(200) == []
    assert machine.fire("K") == [GONE]
    assert machine.state is State.TERMINATED


def test_other_client_times_out() -> None:
    machine = OtherClient(b"BYE", reliable=True)
    assert machine.start() == [SendData(b"BYE"), TimerSet("F", 32.0)]
    assert machine.fire("F") == [TimerStop("E"), TIMED_OUT, GONE]


def test_timers_fire_in_order_and_only_while_they_live() -> None:
    queue: TimerQueue[str] = TimerQueue()
    queue.set("a", "late", 3.0)
    queue.set("a", "early", 1.0)
    queue.set("b", "stopped", 0.5)
    queue.stop("b", "stopped")
    queue.set("a", "late", 2.0)  # moved
    assert queue.next() == 1.0
    assert queue.due(0.9) is None
    assert [queue.due(9.0) for _ in range(3)] == [("a", "early"), ("a", "late"), None]
    assert len(queue) == 0


def test_stopped_timers_do_not_pile_up() -> None:
    queue: TimerQueue[int] = TimerQueue()
    for number in range(20_000):
        queue.set(number, "B", 1_000.0 + number)
        queue.stop(number, "B")
    assert len(queue._heap) < 2_000
