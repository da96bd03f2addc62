"""The tables of wordings hold together with the specs and with what the dialogue says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from business.port import Why
from handlers import SPECS
from menus.dialogue import machine
from menus.model import phrases
from menus.model.asked import InputKind
from menus.model.channels import VOICE, Where
from menus.model.phrases import COMMON, REFUSALS, TEXTS, needed_wordings
from menus.model.specs import Action
from menus.testing.small_hall import BILL, PRODUCT, SP, TOPUP

DIALOGUE = Path(machine.__file__).parent
SPEAKERS = ("showing", "errands", "outcomes", "keys", "texts", "lists")


def test_every_refusal_of_the_back_office_has_a_default_wording() -> None:
    assert {str(why) for why in Why} <= set(REFUSALS)


@pytest.mark.parametrize("name", sorted(SPECS))
def test_a_services_own_refusals_give_what_the_default_wording_names(name: str) -> None:
    for action in SPECS[name].actions.values():
        for reason, kinds in action.refusals.items():
            for value, kind in REFUSALS.get(reason, {}).items():
                assert kinds.get(value) == kind, f"{name}: refused {reason} lacks {value}"


def test_every_text_that_the_dialogue_says_is_in_the_table() -> None:
    said: set[str] = set()
    for speaker in SPEAKERS:
        source = (DIALOGUE / f"{speaker}.py").read_text(encoding="utf-8")
        said |= set(re.findall(r'turn\.say\(\s*"([^"]+)"', source))
        said |= set(re.findall(r'Told\(None, None, "([^"]+)"', source))
    assert said
    assert said <= set(TEXTS)


def test_every_kind_of_input_can_be_asked_for() -> None:
    for kind in InputKind:
        if kind is InputKind.CHOICE:  # what it is between only its service can say
            assert "bad choice" in TEXTS
        elif kind is not InputKind.ITEMS:
            assert {f"ask {kind.value}", f"bad {kind.value}"} <= set(TEXTS)


def _needs(spec: object) -> dict[tuple[Action | None, str], phrases.Need]:
    return {(n.action, n.name): n for n in needed_wordings(spec)}  # type: ignore[arg-type]


def test_a_product_needs_a_screen_and_a_question() -> None:
    needs = _needs(PRODUCT)
    assert needs[(None, "screen")].where is Where.EVERYWHERE
    assert "fee" in needs[(None, "screen")].values
    assert needs[(Action.OPEN, "confirm")].where is Where.EVERYWHERE
    assert set(COMMON) <= set(needs[(Action.OPEN, "answer")].values)


def test_what_is_picked_or_typed_blindly_is_read_back_by_voice() -> None:
    assert needed(SP, Action.CANCEL).where is Where.HEARD
    assert {"i", "name", "fee", "names"} <= set(needed(SP, Action.CANCEL).values)
    assert needed(TOPUP, Action.OPEN).where.includes(VOICE)
    assert "card" in needed(TOPUP, Action.OPEN).values


def needed(spec: object, action: Action) -> phrases.Need:
    return _needs(spec)[(action, "confirm")]


def test_a_query_needs_no_question() -> None:
    assert all(name not in ("confirm", "screen") for _, name in _needs(BILL))
