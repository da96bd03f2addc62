"""Where the numbers of the country belong (R025), beyond the segments that a back office was filled with."""

from __future__ import annotations

import pytest

from boss.data.numbering import Numbering, place_of, unknown
from boss.memory import MemoryBusiness
from boss.memory.business import factory
from business.port import Attribution
from business.port.stock import BackOfficeData, Segment
from counter.testing.house import NOW, at_once

NUMBERING = Numbering()
OURS = Attribution("湖南", "湘潭", "0731", "移动")


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("13907310001", "湖南 长沙 0731 移动"),
        ("13707330000", "湖南 株洲 0731 移动"),
        ("13974312345", "湖南 湘西 0743 移动"),
        ("15874412345", "湖南 张家界 0744 移动"),
        ("13674301528", "吉林 长春 0431 移动"),
        ("13800138000", "北京 北京 010 移动"),
        ("18507310000", "湖南 长沙 0731 联通"),
        ("13307330000", "湖南 株洲 0731 电信"),
        ("1520991", "新疆 乌鲁木齐 0991 移动"),
        ("1700000", "北京 北京 010 电信"),
    ],
)
def test_numbers_of_every_operator(number: str, told: str) -> None:
    found = NUMBERING.find(number)
    assert found is not None
    assert f"{found.province} {found.city} {found.area_code} {found.operator}" == told


@pytest.mark.parametrize("number", ["19999999999", "1", "", "12345678901", "00000000000"])
def test_what_is_nobodys_is_not_known(number: str) -> None:
    assert NUMBERING.find(number) is None


@pytest.mark.parametrize(
    ("described", "place"),
    [
        ("湖南省长沙市", ("湖南", "长沙")),
        ("湖南省湘西土家族苗族自治州", ("湖南", "湘西")),
        ("吉林省延边朝鲜族自治州、珲春市、延吉市", ("吉林", "延边")),
        ("广西壮族自治区南宁市、崇左市", ("广西", "南宁")),
        ("内蒙古呼和浩特市", ("内蒙古", "呼和浩特")),
        ("新疆维吾尔自治区乌鲁木齐市", ("新疆", "乌鲁木齐")),
        ("黑龙江省大兴安岭地区", ("黑龙江", "大兴安岭")),
        ("上海市", ("上海", "上海")),
        ("湖南省", None),
        ("广东", None),
    ],
)
def test_province_and_city_are_told_apart(described: str, place: tuple[str, str] | None) -> None:
    assert place_of(described) == place


def test_what_the_back_office_was_filled_with_wins() -> None:
    data = BackOfficeData(segments=(Segment("1390731", OURS),))
    business = MemoryBusiness(data, lambda: NOW, known=NUMBERING.find)
    assert at_once(business.attribution("13907310001")) == OURS
    assert at_once(business.attribution("13674301528")) == Attribution("吉林", "长春", "0431", "移动")


def test_a_back_office_that_is_opened_by_its_name_knows_the_country() -> None:
    assert at_once(factory(None, clock=lambda: NOW).attribution("13674301528")) is not None
    assert unknown("13674301528") is None
