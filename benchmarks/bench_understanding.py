"""How well the SMS hall understands texts that no configuration names, and what that takes.

    python -m benchmarks.bench_understanding [--mistakes] [--json FILE]

``labelled_texts.tsv`` holds what people write, and the service that they mean: pinyin, sounds, slips of the
fingers, chat. Right is the service with its action (opening what is chosen from a list begins with the list),
or a question back that names it; missed, what is answered with the help; wrong, another service; taken, a
text of none of ours that was taken for one. A change that would run without a question on a text that does
not wish for it is counted apart, also over ``labelled_acts.tsv``. ``--mistakes`` lists all; ``--tried``
leaves those alone that are held back.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import handlers
from benchmarks.labelled_acts import ACT, comes_of, is_right, labelled_acts
from menus import read_file
from menus.matching.match import Match
from menus.matching.matcher import recognise
from menus.model.hall import Hall
from menus.model.specs import Action

HERE = Path(__file__).parent
FILE, MENU = HERE / "labelled_texts.tsv", HERE.parent / "menus.yaml"
NONE, ROUNDS = "-", 200
RIGHT, MISSED, WRONG, TAKEN = "right", "missed", "wrong", "taken"


@dataclass(frozen=True, slots=True)
class Labelled:
    """``services``: any of them is right. ``may_ask``: so is a question back, or none at all."""

    text: str
    services: frozenset[str]
    action: str
    may_ask: bool


def labelled() -> dict[str, list[Labelled]]:
    """The texts: those that rules were tried on, and those ``held`` back until they were done."""
    parts: dict[str, list[Labelled]] = {"tried": [], "held": []}
    part = parts["tried"]
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line == "held":
            part = parts["held"]
        elif not line.startswith("#"):
            text, services, *action = line.split("\t")
            named = frozenset(services.rstrip("?").split("|"))
            part.append(Labelled(text, named, "".join(action), services.endswith("?")))
    return parts


def verdict(hall: Hall, wanted: Labelled) -> str:
    found = recognise(hall, wanted.text)
    nothing = found.how == "none"
    if wanted.services == {NONE}:
        return RIGHT if nothing or (wanted.may_ask and found.how == "ask") else TAKEN
    if nothing:
        return RIGHT if wanted.may_ask else MISSED
    if found.how == "ask":
        return RIGHT if wanted.may_ask or wanted.services & set(found.candidates) else WRONG
    acts = not wanted.action or wanted.action == found.action or _begins(hall, wanted.action, found)
    return RIGHT if found.service in wanted.services and acts else WRONG


def _begins(hall: Hall, action: str, found: Match) -> bool:
    """Whether what is opened by choosing from a list is shown that list."""
    service = hall.services.get(found.service or "")
    spec = service.spec if service else None
    lists = spec is not None and any(each.picks is Action.OPEN for each in spec.actions.values())
    return lists and action == Action.OPEN and found.action in (None, Action.QUERY)


def acts_wrongly(hall: Hall, wanted: Labelled) -> bool:
    """Whether a change would run, unasked, that the text does not wish for."""
    found = recognise(hall, wanted.text)
    wished = found.service in wanted.services and wanted.action in ("", found.action)
    return found.changes and found.sure and not wished


def microseconds(hall: Hall, texts: list[str]) -> Iterator[float]:
    for text in texts:
        began = time.process_time()  # others use this machine, too
        for _ in range(ROUNDS):
            recognise(hall, text)
        yield (time.process_time() - began) / ROUNDS * 1e6


def shipped_hall() -> Hall:
    hall = read_file(MENU, handlers.SPECS).hall
    assert hall is not None
    return hall


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mistakes", action="store_true")
    parser.add_argument("--tried", action="store_true", help="leave those held back alone")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    hall, parts = shipped_hall(), labelled()
    if options.tried:
        parts.pop("held")
    figures: dict[str, object] = {}
    for name, texts in parts.items():
        told = {each.text: verdict(hall, each) for each in texts}
        ours = sum(each.services != {NONE} for each in texts)
        counted = Counter(told.values())
        print(f"{name}: {ours} texts of ours, {len(texts) - ours} of none: {dict(counted)}")
        figures[name] = {
            "ours": ours,
            "none": len(texts) - ours,
            **{kind: counted[kind] for kind in (RIGHT, MISSED, WRONG, TAKEN)},
        }
        for text, kind in told.items():
            if options.mistakes and kind != RIGHT:
                print(f"  {kind}: {text} -> {recognise(hall, text)}")
    every = [each for texts in parts.values() for each in texts]
    acts = labelled_acts()
    figures["acts"] = len(acts)
    figures["acts_right"] = sum(is_right(hall, each) for each in acts)
    figures["unasked"] = sum(acts_wrongly(hall, each) for each in every) + sum(
        comes_of(recognise(hall, each.text)) == ACT and ACT not in each.must for each in acts
    )
    figures["p50_us"] = median(microseconds(hall, [each.text for each in every]))
    print(f"what a text may do: {figures['acts_right']} of {len(acts)} right")
    print(f"wrong actions: {figures['unasked']}; p50 {figures['p50_us']:.0f} µs a text")
    if options.json:
        options.json.write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
