"""What the hall says, as stretches of the packs that the media process has mapped.

A wording that has no audio is said with its ``spare`` wording (a code and a fee instead of a name); one that
has none either is left out: the log says which once, :attr:`Speaker.missing` counts, and
:attr:`Speaker.on_missing` is told the clips, so that the voice worker may speak them for the next caller.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from twisted.logger import Logger

from ivr.media.client import MediaProcess
from ivr.media.client import Segment as Played
from ivr.voice.clips import Clip
from ivr.voice.reading import ValueReader
from ivr.voice.speech import Missing, Voice
from menus.model.events import Say
from menus.model.hall import Template

BETWEEN = 380
"""Milliseconds of rest between two things said; a wording itself ends without one."""
REMEMBERED = 4096
"""Wordings with their values whose stretches are remembered: most of what is said, everybody is told."""
TOLD = 1000
"""Texts of which it is remembered that the log named them."""


class _Known(NamedTuple):
    """``template`` stands here so that no other gets its id."""

    template: Template
    played: list[Played]


class Speaker:
    """``packs`` are the files that ``voice`` speaks from."""

    log = Logger()

    def __init__(self, voice: Voice, media: MediaProcess) -> None:
        self._voice = voice
        self._media = media
        self._numbers: dict[Path, int] = {}
        self._known: dict[object, _Known] = {}  # by wording and values; as the packs are now
        self._rest: list[Played] | None = None
        self._told: set[str] = set()
        self.missing = 0
        self.on_missing: Callable[[tuple[Clip, ...]], None] = lambda clips: None

    async def map(self, pack: Path) -> None:
        """Have the media process map a pack. Raises MediaRefused."""
        self._numbers[pack] = await self._media.pack(pack)
        self._forget()

    def speak_with(self, voice: Voice) -> None:
        """From now on with ``voice``, whose packs are mapped."""
        self._voice = voice
        self._forget()

    def _forget(self) -> None:
        self._known.clear()
        self._rest = None

    @property
    def reader(self) -> ValueReader:
        """How values are read aloud."""
        return self._voice.reader

    def segments(self, says: tuple[Say, ...]) -> list[Played]:
        """Clips in the order in which they are heard."""
        played: list[Played] = []
        for say in says:
            heard, found, lacking = self._one(say)
            if heard is None:
                self.missing += 1
                self.on_missing(lacking)
            if played and found:
                played += self._between()
            played += found
        return played

    def _between(self) -> list[Played]:
        """The rest between two things said, if a pack keeps any."""
        if self._rest is None:
            rest = self._voice.rest(BETWEEN)
            self._rest = [(self._numbers[rest.pack], rest.offset, rest.length)] if rest else []
        return self._rest

    def wording(self, say: Say) -> Template | None:
        """The wording that is heard: the say's own, or its spare one; None: neither has audio."""
        return self._one(say)[0]

    def _one(self, say: Say) -> tuple[Template | None, list[Played], tuple[Clip, ...]]:
        """The wording that has audio and its stretches, or the clips that are lacking."""
        lacking: tuple[Clip, ...] = ()
        for template in (say.template, say.spare):
            if template is not None:
                try:
                    return template, self._stretches(template, say), ()
                except Missing as why:
                    self._tell(say.name, why)
                    lacking = lacking or why.clips
                except Exception as why:  # a wording or a value that cannot be read aloud
                    self._tell(say.name, why)
        return None, [], lacking

    def _stretches(self, template: Template, say: Say) -> list[Played]:
        key = id(template), *[say.values.get(slot.name) for slot in template.slots]
        known = self._known.get(key)
        if known is None:
            found = self._voice.segments(template, say.values)
            known = _Known(template, [(self._numbers[pack], at, length) for pack, at, length in found])
            if len(self._known) >= REMEMBERED:  # the oldest goes
                del self._known[next(iter(self._known))]
            self._known[key] = known
        return known.played

    def _tell(self, name: str, why: Exception) -> None:
        text = f"{name}: {why if isinstance(why, Missing) else type(why).__name__}"
        if text not in self._told and len(self._told) < TOLD:
            self._told.add(text)
            self.log.warn("{text}", text=text)
