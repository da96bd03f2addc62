"""Records: what was changed on every channel, the newest first, and what was not done."""

from __future__ import annotations

from business.port import Origin, Record
from counter.testing.house import say, texts, work
from counter.testing.stocked import StockedHouse, at
from menus.model.events import Answered

RECORDS = tuple(
    Record(at(9, 20 - number), way, what, title, done)
    for number, (way, what, title, done) in enumerate(
        (
            (Origin.SMS, "开通", "彩铃", True),
            (Origin.COUNTER, "取消", "飞信", True),
            (Origin.VOICE, "充值", "", False),
            (Origin.WEB, "停机", "", True),
            (Origin.OTHER, "开机", "", True),
            (Origin.KIOSK, "开通", "WLAN", True),
        )
    )
)


def house_with(records: tuple[Record, ...]) -> StockedHouse:
    house = StockedHouse()

    async def found(_msisdn: str) -> tuple[Record, ...]:
        return records

    house.business.records = found  # type: ignore[method-assign, assignment]
    return house


def test_the_newest_five_of_more() -> None:
    found = house_with(RECORDS).run(work("records.query"))
    assert isinstance(found, Answered)
    assert (found.variant, found.values["n"].raw, len(found.items)) == ("more", 6, 5)
    assert [item.variant for item in found.items] == ["", "", "failed", "", ""]


def test_as_they_are_read() -> None:
    (turn,) = say(house_with(RECORDS[:3]).conversation(), "办理记录")
    assert texts(turn).splitlines() == [
        "近6个月办理3项：",
        "9月20日9:05短信：开通彩铃",
        "9月19日9:05营业厅：取消飞信",
        "9月18日9:05电话：充值（未办成）",
        "不是您办的，请发0702投诉。",
    ]


def test_none() -> None:
    assert house_with(()).run(work("records.query")) == Answered("none")


def test_what_is_done_here_is_in_them() -> None:
    house = StockedHouse()
    *_, records = say(house.conversation(), "KTFX", "0115")
    assert "短信：开通飞信" in texts(records)
