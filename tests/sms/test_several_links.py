"""Two SMSCs: which link a message goes by, and that one link's trouble is nobody else's."""

from __future__ import annotations

from collections import Counter

import pytest

from sms.outbox import ELSEWHERE
from sms.routes import LinkRoutes, read_route
from sms.smpp.pdu import MessagePdu
from sms.testing.clockwork import ClockSmsc, World
from sms.throttle import is_robot

NUMBERS = [f"1380000{n:04}" for n in range(60)]
THROTTLED, SYSTEM_ERROR = 0x58, 0x08


class Two(World):
    """Two links, called 1 and 2."""

    def __init__(self, **link: int) -> None:
        super().__init__(smscs=2, **link)
        self.first, self.second = self.clock.smscs[1], self.clock.smscs[2]


def got(smsc: ClockSmsc) -> list[str]:
    return [text for _, text in smsc.texts]


def test_an_answer_goes_back_by_the_link_that_the_text_came_by() -> None:
    world = Two()
    for number in NUMBERS:
        world.post(number, "by 2", link="2", parts=3)
        world.post(number, "by 1", link="1")
    world.run(5)
    assert (set(got(world.first)), set(got(world.second))) == ({"by 1"}, {"by 2" * 3})


def test_all_parts_of_a_message_go_by_one_link_and_both_have_work() -> None:
    world = Two()
    for number in NUMBERS:
        world.post(number, "long", parts=3)
    world.run(5)
    assert sorted(got(world.first) + got(world.second)) == ["long" * 3] * 60, "each was joined from one link"
    assert min(len(got(world.first)), len(got(world.second))) >= 20


@pytest.mark.parametrize("how", ["throttles", "refuses", "swallows"])
def test_one_that_keeps_everything_back_keeps_the_other_from_nothing(how: str) -> None:
    world = Two()
    world.first.refuse = lambda message: (
        THROTTLED if how == "throttles" else 0x08 if how == "refuses" else None
    )
    world.first.mute = lambda message: how == "swallows"
    for n, number in enumerate(NUMBERS):
        world.post(number, "text", link=str(n % 2 + 1))
    world.run(2)
    assert len(got(world.second)) == 30
    assert got(world.first) == []


def test_one_that_is_down_is_stood_in_for_at_once_and_has_its_own_again() -> None:
    world = Two()
    world.first.down = True
    world.first.fall()
    world.run(1)
    for number in NUMBERS:
        world.post(number, "meanwhile", link="1", parts=2)
    world.run(1)
    assert got(world.second) == ["meanwhile" * 2] * 60
    world.first.down = False
    world.run(15)
    world.post(NUMBERS[0], "again", link="1")
    world.run(1)
    assert got(world.first) == ["again"]


def test_what_waits_for_one_goes_by_the_other_when_it_falls() -> None:
    world = Two(window=10)
    world.first.refuse = lambda message: THROTTLED
    for number in NUMBERS:
        world.post(number, "text", link="1")
    world.run(2)
    assert got(world.second) == []
    world.first.down = True
    world.first.fall()
    world.run(2)
    assert sorted(world.second.texts) == [(number, "text") for number in NUMBERS]


def test_where_all_are_down_the_first_that_comes_takes_everything() -> None:
    world = Two()
    for smsc in (world.first, world.second):
        smsc.down = True
        smsc.fall()
    world.run(1)
    for number in NUMBERS:
        world.post(number, "text", link="1")
    world.run(30)
    world.second.down = False
    world.run(15)
    assert len(got(world.second)) == 60


def half_sent() -> Two:
    """The first part of three is taken by link 1, which falls then."""
    world = Two(window=1)
    taken: list[MessagePdu] = []

    def falls(message: MessagePdu) -> int | None:
        taken.append(message)
        if len(taken) < 2:
            return None
        world.first.down = True
        world.first.fall()
        return THROTTLED

    world.first.refuse = falls
    world.post(NUMBERS[0], "long", link="1", parts=3)
    world.run(5)
    assert len(taken) == 2
    world.first.refuse = lambda message: None
    return world


def test_the_rest_of_a_message_waits_for_its_link() -> None:
    world = half_sent()
    world.run(ELSEWHERE - 30)
    assert got(world.second) == []
    world.first.down = False
    world.run(15)
    assert got(world.first) == ["long" * 3]


def test_the_rest_of_a_message_goes_by_another_when_its_link_does_not_come_back() -> None:
    world = half_sent()
    world.run(ELSEWHERE + 15)
    assert len(world.second.taken) == 2, "the two parts that were not taken"
    assert set(world.disk.states.values()) == {1}


def test_numbers_have_their_link_and_others_go_by_one_that_is_for_nobody_else() -> None:
    world = World(smscs=3, each={1: {"numbers": ("1380", "13900")}, 2: {"numbers": ("139",)}})
    for number in ("13800000001", "13900000001", "13910000001", "13500000001"):
        world.post(number, number)
    world.run(2)
    assert [got(world.clock.smscs[n]) for n in (1, 2, 3)] == [
        ["13800000001", "13900000001"],
        ["13910000001"],
        ["13500000001"],
    ]


def test_a_link_keeps_to_what_it_may_send_a_second_and_what_hurries_goes_first() -> None:
    world = World(each={1: {"per_second": 20}})
    for number in NUMBERS:
        world.post(number, "promo", "promo")
        world.post(number.replace("138", "137"), "result", "result")
    seconds: Counter[int] = Counter()
    world.smsc.refuse = lambda message: seconds.update((int(world.clock.seconds()),))
    for _ in range(700):
        world.run(0.01)
    assert max(seconds.values()) <= 21
    assert sum(seconds.values()) == 120
    assert got(world.smsc)[2:60] == ["result"] * 58, "one or two promos had gone before there was a result"


def test_the_way_of_the_last_text_is_kept_and_only_what_is_to_be_kept() -> None:
    routes = LinkRoutes(several=True)
    assert routes.came("a", MessagePdu(NUMBERS[0], "10086", b"x")) == "a"
    foreign = MessagePdu(NUMBERS[1], "10086", b"x", source_ton=1, written=f"+86{NUMBERS[1]}")
    kept = routes.came("b", foreign)
    assert read_route(kept) == ("b", 1, 1, f"86{NUMBERS[1]}")
    assert routes.came("c", MessagePdu(NUMBERS[0], "10086", b"x")) == routes.to(NUMBERS[0]) == "c"
    again = LinkRoutes(several=True)
    again.recover([(NUMBERS[1], "a"), (NUMBERS[1], kept), (NUMBERS[0], "")])
    assert (again.to(NUMBERS[0]), again.to(NUMBERS[1])) == ("", kept)
    alone = LinkRoutes()
    assert alone.came("a", MessagePdu(NUMBERS[0], "10086", b"x")) == ""
    assert read_route(alone.came("a", foreign)).link == ""


@pytest.mark.parametrize(
    ("source", "ton", "robot"),
    [
        *[
            (person, 0, False)
            for person in ("13900000001", "8613900000001", "+8613900000001", "073184001234")
        ],
        *[(person, 1, False) for person in ("8613900000001", "+14155550100", "85298765432")],
        *[(robot, 0, True) for robot in ("10086", "10658999", "1065812345678901", "12580", "95588", "110")],
        *[(robot, 1, True) for robot in ("8610086", "+8610086")],
        *[(robot, 5, True) for robot in ("BANK", "10086", "13900000001")],
        *[(robot, 0, True) for robot in ("", "中国移动", "INFO-SMS")],
    ],
)
def test_who_is_a_robot_is_never_answered(source: str, ton: int, robot: bool) -> None:
    assert is_robot(source, ton) is robot


def test_an_answer_goes_to_the_address_that_the_text_came_from() -> None:
    world = Two()
    world.post("13800000001", "as it came", link="1 1 1 8613800000001")
    world.post("13800000002", "as we know it", link="1")
    world.second.down = True
    world.second.fall()
    world.run(2)
    world.post("13800000003", "by another", link="2 1 1 8613800000003")
    world.run(2)
    ends = {m.body.decode(): (m.destination, m.destination_ton, m.destination_npi) for m in world.first.taken}
    assert ends == {
        "as it came": ("8613800000001", 1, 1),
        "as we know it": ("13800000002", 0, 1),
        "by another": ("13800000003", 0, 1),
    }
