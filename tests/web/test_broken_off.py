"""A hall that is killed while a change is under way: its customer goes on in the same session, and hears of
no change that may be charged that it was not done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from business.guards.faults import FailAfter, FailBefore, Fault, Hang
from counter.sessions import LIFE
from counter.testing.house import MZONE, POSTPAID, now_of
from store import Finished
from web.testing.rig import WebRig, words

UNDER_WAY = "彩铃已收到，正在办理"
NOT_DONE = ("未办理", "没有办成", "未收费", "没有待确认")


class BrokenOff:
    """A hall that was killed when ``answer`` had been given to what ``asks`` asks, and the back office hung;
    it is started again."""

    def __init__(self, asks: str, answer: str) -> None:
        self.rig = WebRig()
        self.name = self.rig.open(POSTPAID)["session"]
        self.rig.take(self.name, asks)
        self.rig.house.business.plan("perform", Hang())
        hangs = Deferred.fromCoroutine(self.rig.hall.take(self.name, answer, "a-key"))
        assert not hangs.called
        self.rig.restart()

    def takes(self, text: str, key: str = "", *faults: Fault) -> str:
        """What is said to it; ``faults``: of the offer and of the change that it may lead to."""
        for name, fault in zip(("offer", "perform"), faults, strict=False):
            self.rig.house.business.plan(name, fault)
        told: list[dict[str, Any]] = []
        Deferred.fromCoroutine(self.rig.hall.take(self.name, text, key)).addCallback(told.append)
        self.rig.house.timers.pump([1.0] * 40)
        return words(told[0])


def is_under_way(told: str) -> None:
    assert UNDER_WAY in told, told
    assert not [words for words in NOT_DONE if words in told], told


ASKED = [("KTCL", "Y"), ("KTCL", "1"), ("0204", "1")]
LATER = [("Y", ""), ("1", ""), ("y。", ""), ("Y", "another-key"), ("好的", "another-key")]


@pytest.mark.parametrize(("asks", "answer"), ASKED)
@pytest.mark.parametrize(("later", "key"), [*LATER[:2], LATER[3]])
@pytest.mark.parametrize("fault", [Hang(), FailBefore(), FailAfter()])
def test_who_says_yes_again_hears_that_it_is_under_way(
    asks: str, answer: str, later: str, key: str, fault: Fault
) -> None:
    broken = BrokenOff(asks, answer)
    broken.rig.house.business.plan("perform", fault)
    is_under_way(broken.takes(later, key))


@pytest.mark.parametrize(("later", "key"), LATER)
def test_and_once_the_back_office_answers_that_it_is_done_and_is_charged_once(later: str, key: str) -> None:
    broken = BrokenOff("KTCL", "Y")
    told = broken.takes(later, key)
    assert "已开通" in told, told
    charged = broken.rig.house.charges(POSTPAID)
    assert charged > 0
    broken.rig.house.business.release()
    broken.takes("Y", "a-third-key")
    assert broken.rig.house.charges(POSTPAID) == charged


@pytest.mark.parametrize("again", ["KTCL", "0204", "开通彩铃", "QXCL"])
@pytest.mark.parametrize("fault", [Hang(), FailBefore()])
def test_who_asks_for_it_anew_meanwhile_hears_the_same(again: str, fault: Fault) -> None:
    is_under_way(BrokenOff("KTCL", "Y").takes(again, "", fault))


def test_under_its_own_key_it_is_told_with_its_name() -> None:
    is_under_way(BrokenOff("KTCL", "Y").takes("Y", "a-key"))


def test_another_business_is_not_taken_for_it() -> None:
    broken = BrokenOff("KTCL", "Y")
    assert "余额52.35元" in broken.takes("0101")
    told = broken.takes("0202", "", FailBefore())
    assert "没有办成，未收费" in told
    assert UNDER_WAY not in told


@pytest.mark.parametrize("yes", ["Y", "好的", "确认"])
def test_a_yes_to_nothing_hears_of_it_by_any_door_until_it_is_settled(yes: str) -> None:
    broken = BrokenOff("KTCL", "Y")
    broken.name = broken.rig.open(POSTPAID)["session"]
    broken.rig.take(broken.name, "0101")
    is_under_way(broken.takes(yes))
    broken.name = broken.rig.open(MZONE)["session"]
    broken.rig.take(broken.name, "0101")
    assert UNDER_WAY not in broken.takes(yes)


def test_two_hours_later_it_is_still_told_until_its_end_is_written_down() -> None:
    broken = BrokenOff("KTCL", "Y")
    broken.rig.house.timers.advance(LIFE - 60)
    broken.rig.house.now += timedelta(seconds=LIFE + 60)
    is_under_way(broken.takes("Y", ""))
    unsettled = broken.rig.house.desk.unsettled
    (key,) = (row.key for row in now_of(broken.rig.store.unsettled()))
    unsettled.concluded([Finished("unknown", 0.0, "null", key)])
    is_under_way(broken.takes("Y", ""))
    unsettled.concluded([Finished("finished", 0.0, "null", key)])
    assert "没有待确认的业务" in broken.takes("Y", "")
    assert unsettled.services == {}
