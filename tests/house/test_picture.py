"""Who reads of the house reads of every room; and what builds it knows every room."""

from __future__ import annotations

import re

from tests.house.picture import ROOMS
from tests.house.source import TOP

PAGE = (TOP / "docs" / "architecture.md").read_text(encoding="utf-8")
LISTED, DRAWN = (block[1] for block in list(re.finditer(r"(?s)```\n(.*?)```", PAGE))[:2])
BESIDE = {"prompts", "tests"}
"""What is listed with them, and is no room."""


def test_the_page_lists_every_room_and_no_other() -> None:
    assert set(re.findall(r"(?m)^([a-z]+)/", LISTED)) - BESIDE == set(ROOMS)


def test_the_drawing_has_a_box_for_every_room() -> None:
    assert {room for room in ROOMS if not re.search(rf"│ {room}\b", DRAWN)} == set()


def test_make_checks_the_types_of_every_room() -> None:
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    (named,) = re.findall(r"(?m)^ROOMS := (.*)$", makefile)
    assert named.split() == list(ROOMS)
