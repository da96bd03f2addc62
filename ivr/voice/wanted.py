"""Which clips a hall needs: its voice wordings, its menus' entries, its titles, and the closed set.

    missing(hall, pack, vocabulary)    -> clips without audio, each with where its wording stands

``prompts/vocabulary.txt`` lists phrases that come as values (brands, cities, categories), one a line; what
follows a ``#`` is a comment. Names from the back office (SP services) are not recorded: those are spoken by
their code and fee, and sent by SMS.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from business.files import regular
from ivr.voice.clips import Clip, Ending
from ivr.voice.inventory import closed_set
from ivr.voice.reading import ValueReader
from ivr.voice.script import needs, script, sentences, whole
from ivr.voice.speech import Clips, Missing, Voice
from menus.checks.reached import reached
from menus.model.channels import VOICE
from menus.model.hall import Entry, Hall, Position, Template, Wording
from menus.model.values import Kind, Value

NOWHERE = Position("", 0, 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A clip that is needed, and the wording that needs it: its name and place."""

    clip: Clip
    name: str
    place: Position


def wordings(hall: Hall) -> Iterator[tuple[str, Template]]:
    """Every voice wording of the hall and its cities, with its name: ``greet``, ``crbt.open.confirm``,
    ``menu.1``, ``guidance.month_start``."""
    for name, wording in _named(hall):
        template = wording.on(VOICE) if wording else None
        if template is not None:
            yield name, template


def _named(hall: Hall) -> Iterator[tuple[str, Wording | None]]:
    for each in (hall, *hall.cities.values()):
        yield from each.texts.items()
        for service in each.services.values():
            for (action, name), wording in service.wordings.items():
                yield ".".join(part for part in (service.id, action, name) if part), wording
        yield from ((f"menu.{menu.path}", menu.wording) for menu in each.telephone.values())
        yield from ((f"guidance.{guidance.id}", guidance.wording) for guidance in each.guidance)


def wanted(hall: Hall, vocabulary: Iterable[str], reader: ValueReader) -> Iterator[Wanted]:
    """All of it, each clip once."""
    seen: set[Clip] = set()
    for each in _all(hall, vocabulary, reader):
        if each.clip.text and each.clip not in seen:
            seen.add(each.clip)
            yield each


def _all(hall: Hall, vocabulary: Iterable[str], reader: ValueReader) -> Iterator[Wanted]:
    for name, template in wordings(hall):
        for clip in needs(template, reader):
            yield Wanted(clip, name, template.place)
    yield from _entries(hall, reader)
    for each in (hall, *hall.cities.values()):
        heard = {way.service for way in reached(each, (VOICE,)) if way.action is not None}
        for service in each.services.values():
            if service.id not in heard:
                continue  # not served yet, or not by telephone: nothing says its title
            yield from _phrase(service.spoken or service.title, f"{service.id}.title", service.place, reader)
    for phrase in vocabulary:
        yield from _phrase(phrase, "vocabulary", NOWHERE, reader)
    for clip in closed_set():
        yield Wanted(clip, "figures", NOWHERE)


def _phrase(text: str, name: str, place: Position, reader: ValueReader) -> Iterator[Wanted]:
    """A phrase that stands anywhere in a sentence: both endings."""
    said = whole(script(Template((text,), place), {}, reader)).text
    for ending in (Ending.JOIN, Ending.STOP):
        yield Wanted(Clip(said, ending), name, place)


def _entries(hall: Hall, reader: ValueReader) -> Iterator[Wanted]:
    """Each line of a spoken menu as one sentence: it sounds better than its label and its key joined."""
    for each in (hall, *hall.cities.values()):
        item = each.texts.get("menu item")
        template = item.on(VOICE) if item else None
        for menu in each.telephone.values():
            for entry in menu.entries if template else ():
                yield from _entry(entry, template, reader)


def _entry(entry: Entry, template: Template | None, reader: ValueReader) -> Iterator[Wanted]:
    values = {"label": Value(Kind.TEXT, entry.label), "key": Value(Kind.CODE, entry.key)}
    if template:
        for sentence in sentences(script(template, values, reader)):
            yield Wanted(whole(sentence), f"menu {entry.key}", entry.place)


def missing(
    hall: Hall, packs: Iterable[Clips], vocabulary: Iterable[str], reader: ValueReader
) -> list[Wanted]:
    """What has no audio, and cannot be joined from what has."""
    return [each for each in missing_in_steps(hall, packs, vocabulary, reader) if each is not None]


def missing_in_steps(
    hall: Hall, packs: Iterable[Clips], vocabulary: Iterable[str], reader: ValueReader
) -> Iterator[Wanted | None]:
    """The same, None where there is audio: for a server with calls under way, which has a millisecond at a
    time for it."""
    voice = Voice(tuple(packs), reader)
    for each in wanted(hall, vocabulary, reader):
        yield None if _sayable(voice, each) else each


def _sayable(voice: Voice, each: Wanted) -> bool:
    try:
        voice.text_segments(each.clip.text)
    except Missing:
        return False
    return True


def read_vocabulary(prompts: Path) -> list[str]:
    """The phrases of vocabulary.txt; none if there is no such file."""
    file = prompts / "vocabulary.txt"
    lines = regular(file).read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [phrase for line in lines if (phrase := line.split("#")[0].strip())]
