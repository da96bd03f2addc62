"""The parts ``cards``, ``rewards``, ``segments`` and ``halls``. The functions here make readers for
:meth:`boss.loading.fields.SourceFile.each`."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from boss.loading.fields import Fields, SourceFile
from boss.rules import CARD_FACES
from business.port import Attribution, Place, Reward
from business.port.secrecy import card_digest, is_card
from business.port.stock import Card, Segment

REWARD_ID = re.compile(r"[a-z0-9_]{1,40}")
OPERATORS = ("移动", "联通", "电信")


class Cards:
    """Reads all cards of one file: each stands in it once."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._cards: dict[str, Card] = {}

    def read(self, node: yaml.Node | None) -> tuple[Card, ...]:
        for group in self._source.each(node, self._group):
            self._cards.update((card.digest, card) for card in group)
        return tuple(self._cards.values())

    def _group(self, key: yaml.Node, name: str, node: yaml.Node) -> list[Card]:
        face = self._source.fen(key, name)
        if face not in CARD_FACES:
            faces = ", ".join(str(f // 100) for f in CARD_FACES)
            raise self._source.error(key, f"a card's face is one of {faces} yuan, not {name!r}")
        numbers = self._source.scalar(node).split()
        for place, number in enumerate(numbers, 1):
            if not is_card(number):
                raise self._source.error(node, f"card {place} of {name} has not 18 digits")
        cards = [Card(card_digest(number), face) for number in numbers]
        if len({card.digest for card in cards} - self._cards.keys()) != len(cards):
            raise self._source.error(node, f"a card of {name} stands in this file twice")
        return cards


def reward(source: SourceFile) -> Callable[[yaml.Node, str, yaml.Node], Reward]:
    def read(key: yaml.Node, name: str, node: yaml.Node) -> Reward:
        if not REWARD_ID.fullmatch(name):
            raise source.error(key, f"a reward is named in small letters, digits and _, not {name!r}")
        fields = Fields(source, node)
        found = Reward(name, fields.text("title", 80), fields.number("points"), fields.fen("worth"))
        fields.done()
        if found.points <= 0 or found.worth <= 0:
            raise source.error(node, "a reward costs points and is worth something")
        return found

    return read


def segment(source: SourceFile) -> Callable[[yaml.Node, str, yaml.Node], Segment]:
    def read(key: yaml.Node, name: str, node: yaml.Node) -> Segment:
        if not re.fullmatch(r"1[0-9]{6}", name):
            raise source.error(key, f"the first seven digits of mobile numbers are wanted, not {name!r}")
        words = source.scalar(node).split()
        if len(words) != 4 or words[3] not in OPERATORS or not re.fullmatch(r"0[0-9]{2,3}", words[2]):
            wanted = f"province, city, area code and one of {', '.join(OPERATORS)} are wanted"
            raise source.error(node, wanted)
        return Segment(name, Attribution(*words))

    return read


def halls(source: SourceFile) -> Callable[[yaml.Node, str, yaml.Node], list[tuple[str, Place]]]:
    def read(_key: yaml.Node, city: str, node: yaml.Node) -> list[tuple[str, Place]]:
        found = [_hall(source, item) for item in source.items(node)]
        if len({one.name for one in found}) != len(found):
            raise source.error(node, f"a hall of {city} stands here twice")
        return [(city, one) for one in found]

    return read


def _hall(source: SourceFile, node: yaml.Node) -> Place:
    fields = Fields(source, node)
    found = Place(
        fields.text("name", 80),
        fields.text("address", 200),
        fields.text("phone", 32),
        fields.text("hours", 80),
    )
    fields.done()
    return found
