"""The words that matching goes by name services of the catalogue; a name that is none would never match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import SPECS
from menus import read
from menus.matching import english, sayings, vocabulary
from menus.matching.matcher import recognise
from menus.model.specs import Action

SHIPPED = (Path(__file__).parents[2] / "menus.yaml").read_text(encoding="utf-8")
HALL = read(SHIPPED, SPECS).hall
EVERY_SAYING = (*sayings.SAYINGS, *sayings.VAGUE, *english.ENGLISH)


def named() -> Iterator[tuple[str, Action | None]]:
    """Every service that the vocabulary names, and what is done with it (None: nothing is said)."""
    for services in (*vocabulary.ASK.values(), *(each for _, each in vocabulary.ASK_PATTERNS)):
        yield from ((each, None) for each in services)
    yield from ((service, None) for service in vocabulary.SETTLED.values())
    yield from ((service, None) for _, _, service in vocabulary.HINTS)
    yield from ((service, action) for *_, service, action in EVERY_SAYING)
    for services in (vocabulary.CHANGED, vocabulary.SWITCHED, vocabulary.OPPOSITE):
        yield from ((each, None) for each in (*services, *services.values()))
    yield from ((service, None) for service in vocabulary.HOW_TO)
    yield from ((service, Action.INFO) for service in vocabulary.HOW_TO.values())
    yield vocabulary.STATUS, Action.QUERY
    yield from ((service, Action.OPEN) for service in (*vocabulary.PRICED, *vocabulary.PRICED.values()))


@pytest.mark.parametrize(("service", "action"), sorted(set(named()), key=str))
def test_a_service_that_the_vocabulary_names_is_there_and_does_that(
    service: str, action: Action | None
) -> None:
    assert HALL is not None
    assert service in HALL.services
    spec = HALL.services[service].spec
    assert action is None or spec is None or action in spec.actions


def test_the_walk_over_the_vocabulary_misses_nothing() -> None:
    files = (Path(str(module.__file__)) for module in (vocabulary, sayings, english))
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    assert HALL is not None
    assert {each for each in HALL.services if f'"{each}"' in source} == {service for service, _ in named()}


@pytest.mark.parametrize("text", ["密码", "套餐", "漫游", "交费", "HF10", "拒收广告", "怎么充值", "9月话费"])
def test_a_hall_without_these_services_does_without(text: str) -> None:
    assert HALL is not None
    match = recognise(HALL, text)
    gone = {match.service, *match.candidates}
    cut = SHIPPED.split("\n---\n")[0]
    less = read(cut, SPECS).hall
    assert less is not None
    less = replace(
        less,
        services={k: v for k, v in less.services.items() if k not in gone},
        keywords={k: v for k, v in less.keywords.items() if v[0] not in gone},
    )
    again = recognise(less, text)
    assert not gone & {again.service, *again.candidates} - {None}


@pytest.mark.parametrize("saying", EVERY_SAYING, ids=lambda saying: saying.service)
def test_a_sign_stands_in_whatever_a_saying_finds(saying: sayings.Saying) -> None:
    @settings(max_examples=60)
    @given(st.from_regex(saying.pattern))
    def holds(text: str) -> None:
        found = saying.pattern.search(text)
        assert found is not None
        assert not saying.signs.isdisjoint(found.group())

    holds()
