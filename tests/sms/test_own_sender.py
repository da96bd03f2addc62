"""A keyword with an answer of its own, from a number of its own (R111)."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter.messages import ShortMessage
from counter.testing.house import House
from handlers import SPECS
from menus import read
from menus.model.hall import Hall
from server.simulate import simulate_sms
from sms.composer import Composer
from store.memory import MemoryStore

PROVINCE = (Path(__file__).parents[2] / "menus.yaml").read_text(encoding="utf-8").split("\n---\n")[0]
OWN = """
---
city: 长沙
services:
  olympic_hotline:
    title: 奥运热线
    does: info.text
    sender: 1008612
    keywords: 奥运热线
    answer sms: |
      奥运热线12308，八点到二十点。
"""


@pytest.fixture(scope="module")
def hall() -> Hall:
    found = read(PROVINCE + OWN, SPECS).hall
    assert found is not None
    return found


def senders(hall: Hall, *texts: str) -> list[str | None]:
    house = House()
    results = simulate_sms(
        texts, hall=hall, business=house.memory, now=lambda: house.now, caller="13900000002", promos_a_day=9
    )
    return [reply.sender for result in results for reply in result.replies]


def test_its_answer_comes_from_its_number_and_all_else_from_the_halls(hall: Hall) -> None:
    assert senders(hall, "请问奥运热线是多少", "HF")[:1] == ["1008612"]
    assert set(senders(hall, "奥运热线", "HF")[1:]) == {None}  # the promo behind it, too


def test_the_rows_on_the_disk_carry_it() -> None:
    composer = Composer(MemoryStore(), "10086")
    own = composer.compose(ShortMessage("13900000002", "长" * 80, "answer", sender="1008612"), 0.0)
    plain = composer.compose(ShortMessage("13900000002", "短", "answer"), 0.0)
    assert [row.sender for row in (*own, *plain)] == ["1008612", "1008612", "10086"]
