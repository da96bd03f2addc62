"""What a hall is texted to and called at is its operator's to say; nothing else takes 10086 for granted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers import SPECS
from menus import read
from menus.dialogue.machine import step
from menus.dialogue.session import AtMenu, Session
from menus.matching.matcher import recognise
from menus.model.channels import SMS
from menus.model.events import Facts, Text
from menus.model.hall import Hall

SHIPPED = (Path(__file__).parents[2] / "menus.yaml").read_text(encoding="utf-8")
NUMBER = "10010"
NOW = datetime(2026, 2, 14, 3, 0, tzinfo=UTC)


def hall(text: str = SHIPPED, number: str = NUMBER) -> Hall:
    found = read(text, SPECS, number=number).hall
    assert found is not None
    return found


@pytest.mark.parametrize("city", [None, "长沙"])
def test_its_number_alone_is_the_main_menu(city: str | None) -> None:
    facts = Facts(NOW, SMS, "13900000001", city=city)
    session = Session.new("v", SMS, "13900000001", "s1")
    turned = step(hall(), session, Text(NUMBER), facts)
    assert isinstance(turned.session.waiting, AtMenu)
    assert turned.recognised is not None
    assert turned.recognised.how == "code"
    with_another = step(hall(number="10086"), session, Text(NUMBER), facts)
    assert not isinstance(with_another.session.waiting, AtMenu)


@pytest.mark.parametrize("text", ["编辑0101发送到10010", "发送0101至10010", "0101发10010"])
def test_what_is_said_to_be_sent_to_it_is_what_is_meant(text: str) -> None:
    assert recognise(hall(), text).service == "fee_realtime"
    assert recognise(hall(number="10086"), text.replace(NUMBER, "10086")).service == "fee_realtime"


def test_a_wording_may_have_its_number_sent() -> None:
    """10086 itself is a keyword of the shipped menu, which its editor may change."""
    text = SHIPPED.replace("keywords: 10086 菜单", "keywords: 菜单").replace("10086", NUMBER)
    assert not [each for each in read(text, SPECS, number=NUMBER).findings if each.rule == "unknown-code"]
    findings = read(text, SPECS, number="10086").findings
    assert {each.rule for each in findings} >= {"unknown-code"}
