"""Promos and guidance: by condition, in turn, and never what one has already."""

from __future__ import annotations

from dataclasses import replace

from menus.dialogue.guidance import guided, guides
from menus.dialogue.promos import choose
from menus.model.channels import SMS, VOICE
from menus.model.events import Facts
from menus.testing.small_hall import CALLER, NOW, small_hall

FACTS = Facts(NOW, SMS, CALLER)


def promo(rotation: int, **facts: object) -> str | None:
    found = choose(small_hall(), replace(FACTS, **facts), rotation)  # type: ignore[arg-type]
    return found.id if found else None


def test_promos_go_round() -> None:
    assert [promo(n) for n in range(4)] == ["fx", "hf", "fx", "hf"]


def test_a_condition_that_does_not_hold() -> None:
    assert [promo(n, busy=True) for n in range(2)] == ["hf", "hf"]


def test_what_one_has_is_not_offered() -> None:
    assert [promo(n, opened=frozenset({"fetion"})) for n in range(2)] == ["hf", "hf"]


def test_what_was_just_used_is_not_offered() -> None:
    hall = small_hall()
    just = hall.codes["0101"].name
    found = [choose(hall, FACTS, n, just) for n in range(2)]
    assert [each and each.id for each in found] == ["fx", "fx"]


def test_no_promo_fits() -> None:
    hall = replace(small_hall(), promos=())
    assert choose(hall, FACTS, 0) is None


def test_a_citys_own_promos() -> None:
    hall = small_hall()
    city = replace(hall, promos=hall.promos[1:])
    both = replace(hall, cities={"长沙": city})
    assert choose(both, replace(FACTS, city="长沙"), 0) == hall.promos[1]
    assert choose(both, replace(FACTS, city="湘潭"), 0) == hall.promos[0]


def test_guidance_holds_and_leaves_the_menus_keys_alone() -> None:
    hall, busy = small_hall(), replace(FACTS, channel=VOICE, busy=True)
    assert guides(hall, busy, {"1", "2"}) == ("fees",)
    assert guides(hall, busy, {"9"}) == ()
    assert guides(hall, replace(busy, busy=False), set()) == ()
    assert list(guided(hall, ("fees",))) == ["9"]
    assert guided(hall, ()) == {}
