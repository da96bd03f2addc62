"""Whatever an SMSC does, in whatever order: no message is lost, none overtakes another of its subscriber, and
each ends taken, or on the list for people with a reason."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sms.smpp.pdu import MessagePdu
from sms.testing.clockwork import ClockSmsc, World

NUMBERS = [f"1380000000{n}" for n in range(4)]
REFUSED = NUMBERS[3]
KINDS = ("result", "answer", "copy", "promo", "low_balance")


def _well(smsc: ClockSmsc) -> None:
    """It takes messages, but for one number's marked ones."""
    smsc.mute = lambda message: False
    smsc.refuse = lambda message: 0x0B if _refused(message) else None
    smsc.down = smsc.deaf = smsc.alone = False
    if smsc.frozen:
        smsc.thaw()
    if smsc.late:
        smsc.catch_up()


def _refused(message: MessagePdu) -> bool:
    return message.destination == REFUSED and b"!" in message.body


def _behave(world: World, how: str, seconds: float) -> None:
    smsc = world.smsc
    if how in {"throttle", "system error", "vendor", "full", "unbound", "busy"}:
        status = {
            "throttle": 0x58,
            "system error": 8,
            "vendor": 0x433,
            "full": 0x14,
            "unbound": 4,
            "busy": 0x64,
        }[how]
        smsc.refuse = lambda message: 0x0B if _refused(message) else status
    elif how == "half":
        turn = [0]

        def every_other(message: MessagePdu) -> bool:
            turn[0] += 1
            return turn[0] % 2 == 0

        smsc.mute = every_other
    elif how == "silent":
        smsc.mute = lambda message: True
    elif how == "mute and deaf":
        smsc.mute, smsc.deaf = (lambda message: True), True
    elif how == "fall":
        smsc.fall()
    elif how == "down":
        smsc.down = True
        smsc.fall()
    elif how == "kill":
        world.kill()
        world.start()
    elif how == "alone":
        smsc.alone = smsc.late = True
    else:
        setattr(smsc, how, True)  # late, frozen
    world.run(seconds)


BEHAVIOURS = (
    *("throttle", "system error", "vendor", "full", "unbound", "busy", "half", "silent", "mute and deaf"),
    *("fall", "down", "kill", "alone", "late", "frozen", "well"),
)
POSTS = st.tuples(
    st.just("post"), st.sampled_from(NUMBERS), st.sampled_from(KINDS), st.integers(1, 3), st.booleans()
)
FAULTS = st.tuples(st.just("fault"), st.sampled_from(BEHAVIOURS), st.sampled_from([0.5, 5, 20, 100, 400]))


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(POSTS, POSTS, FAULTS), min_size=3, max_size=25), st.sampled_from([1, 3, 100]))
def test_nothing_is_lost_or_overtaken(steps: list[Any], window: int) -> None:
    world = World(window=window, keep_trying=1e9)
    _well(world.smsc)
    sent: list[tuple[str, str]] = []
    for step in steps:
        if step[0] == "post":
            _, to, kind, parts, marked = step
            text = f"<{len(sent)}{'!' if marked else ''}>"
            world.post(to, text, kind, parts=parts)
            sent.append((to, text * parts))
        elif step[1] == "well":
            _well(world.smsc)
            world.run(step[2])
        else:
            _behave(world, step[1], step[2])
    _well(world.smsc)
    world.run(300)
    while len(world.outbox) and world.outbox.undelivered()[1] < 6 * 3600:  # pauses grow to an hour
        world.run(600)
    _nothing_is_lost(world, sent)


def _nothing_is_lost(world: World, sent: list[tuple[str, str]]) -> None:
    states = world.disk.states
    assert 0 not in states.values(), [row for id, row in world.disk.rows.items() if states[id] == 0]
    assert len(world.outbox) == 0
    for_people = {(row.subscriber, row.id) for id, row in world.disk.rows.items() if states[id] == 2}
    assert {number for number, _ in for_people} <= {REFUSED}
    why = ("refused, ESME_RINVDSTADR", "another part was given up")
    assert all(reason.startswith(why) for reason in world.disk.reasons.values())
    for number in NUMBERS:
        wanted = [text for to, text in sent if to == number and not (to == REFUSED and "!" in text)]
        came = [text for to, text in world.smsc.texts if to == number]
        firsts = list(dict.fromkeys(text for text in came if text in wanted))
        assert firsts == wanted, (number, came)
    assert world.links[0].well
