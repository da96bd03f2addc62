"""What is left of the plans: one row a kind, data in whole megabytes, and what is said without a plan."""

from __future__ import annotations

from business.port import Allowance, AllowanceKind
from counter.testing.house import MZONE, POSTPAID, say, texts, work
from counter.testing.stocked import StockedHouse
from handlers.plans import megabytes
from menus.model.events import Answered


def raws(answer: Answered) -> dict[str, object]:
    return {name: value.raw for name, value in answer.values.items()}


def test_a_row_for_each_kind_that_is_included() -> None:
    found = StockedHouse().run(work("plans.remain"))
    assert isinstance(found, Answered)
    assert [(i.variant, i.values["left"].raw, i.values["total"].raw) for i in found.items] == [
        ("minutes", 120, 200),
        ("messages", 0, 100),  # used more than there was
        ("data", 17, 30),
    ]


def test_what_is_over_in_one_plan_is_not_taken_from_another() -> None:
    house = StockedHouse()

    async def two(_msisdn: str) -> tuple[Allowance, ...]:
        kind = AllowanceKind.MESSAGES
        return Allowance("甲", kind, 100, 130), Allowance("乙", kind, 50, 10)

    house.business.allowances = two  # type: ignore[method-assign, assignment]
    found = house.run(work("plans.remain"))
    assert isinstance(found, Answered)
    assert found.items[0].values["left"].raw == 40


def test_no_plan_is_said() -> None:
    assert StockedHouse().run(work("plans.remain"), MZONE) == Answered("none")


def test_data_used_and_left() -> None:
    found = StockedHouse().run(work("plans.data"))
    assert isinstance(found, Answered)
    assert (found.variant, raws(found)) == ("", {"total": 30, "used": 13, "left": 17})


def test_data_without_a_plan_is_what_was_used() -> None:
    house = StockedHouse()
    found = house.run(work("plans.data"), MZONE)
    assert isinstance(found, Answered)
    assert (found.variant, raws(found)) == ("no plan", {"used": 0})


def test_megabytes_are_those_that_were_begun() -> None:
    assert [megabytes(k) for k in (0, 1, 1024, 1025)] == [0, 1, 1, 2]


def test_it_reads_in_one_message() -> None:
    house = StockedHouse()
    (turn,) = say(house.conversation(POSTPAID), "套餐还剩多少")
    assert texts(turn) == "本月套餐还剩：\n语音120分钟（共200分钟）\n短信0条（共100条）\n流量17MB（共30MB）"
