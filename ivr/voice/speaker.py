"""What the dialogue says as stretches of the media process's packs: the voice, as a call sees it.

    speaker = PromptSpeaker(Voice([pack, spoken]), log)
    await speaker.start(media)                 # maps the packs
    speaker.segments(says)                     -> [(pack number, offset, length), …]

What has no audio is said by its spare wording (names sent by SMS), else left out and logged, and given to the
voice worker, if there is one, so that the next caller hears it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ivr.voice.clips import Clip
from ivr.voice.link import NotSpoken
from ivr.voice.speech import OCTETS_A_MS, Missing, Segment, Voice
from menus.events import Say

BETWEEN = 380  # milliseconds of rest between two things said


class Packs(Protocol):
    """The media process, as much of it as is needed here."""

    async def pack(self, path: Path) -> int: ...


class Speaks(Protocol):
    """The voice worker (:class:`ivr.voice.link.WorkerLink`)."""

    async def speak(self, clip: Clip) -> str: ...


class SpokenClips:
    """Clips that the worker spoke since the prompts were shipped: one A-law file each under ``directory``."""

    def __init__(self, directory: Path, digest: Callable[[Clip], str]) -> None:
        self.directory = directory
        self._digest = digest
        self._found: dict[Clip, Segment] = {}

    def find(self, clip: Clip) -> Segment | None:
        """Only what has been looked for: no file system in the way of a call."""
        return self._found.get(clip)

    def rest(self, milliseconds: int) -> Segment | None:
        """None: silence comes from the shipped pack."""
        return None

    def path(self, clip: Clip) -> Path:
        """Where the clip lies, or would."""
        return self.directory / f"{self._digest(clip)}.alaw"

    def look(self, clip: Clip) -> Segment | None:
        """The clip's file, if it is there; found from then on."""
        path = self.path(clip)
        if not path.exists():
            return None
        segment = self._found[clip] = Segment(path, 0, path.stat().st_size)
        return segment


class PromptSpeaker:
    """See the head of this file. ``paths``: the packs to map at the start."""

    log = Logger()

    def __init__(
        self,
        voice: Voice,
        paths: Iterable[Path],
        spoken: SpokenClips | None = None,
        worker: Speaks | None = None,
    ) -> None:
        self._voice = voice
        self._paths = tuple(paths)
        self._spoken = spoken
        self._worker = worker
        self._media: Packs | None = None
        self._numbers: dict[Path, int] = {}
        self._asked: set[Clip] = set()

    async def start(self, media: Packs) -> None:
        """Map the packs. Raises what ``media.pack`` raises."""
        self._media = media
        for path in self._paths:
            self._numbers[path] = await media.pack(path)

    def segments(self, says: Iterable[Say]) -> list[tuple[int, int, int]]:
        """The clips of all that is said, a rest between; what has no audio is left out and logged."""
        out: list[tuple[int, int, int]] = []
        for say in says:
            found = self._one(say)
            if found and out:
                out += self._numbered([self._voice.rest(BETWEEN)])
            out += self._numbered(found)
        return out

    def seconds(self, says: Iterable[Say]) -> float:
        """How long it lasts."""
        return sum(length for _, _, length in self.segments(says)) / (1000 * OCTETS_A_MS)

    def _one(self, say: Say) -> list[Segment]:
        lacking: tuple[Clip, ...] = ()
        for template in (say.template, say.spare):
            if template is None:
                continue
            try:
                return list(self._voice.segments(template, say.values))
            except Missing as missing:
                lacking = lacking or missing.clips
        self.log.warn("no audio for {wording}: {count} clips", wording=say.name, count=len(lacking))
        self._ask(lacking)
        return []

    def _numbered(self, segments: Iterable[Segment | None]) -> list[tuple[int, int, int]]:
        return [
            (self._numbers[each.pack], each.offset, each.length)
            for each in segments
            if each is not None and each.pack in self._numbers
        ]

    def _ask(self, clips: Iterable[Clip]) -> None:
        """Have the worker speak them, each once."""
        for clip in clips:
            if self._worker is not None and self._spoken is not None and clip not in self._asked:
                self._asked.add(clip)
                spoken = Deferred.fromCoroutine(self.learn(clip))
                spoken.addErrback(lambda failure: self.log.failure("the voice worker", failure))

    async def fill(self, clips: Iterable[Clip]) -> int:
        """Have these clips: mapped if they were spoken before, else spoken now, one after the other. How many
        there are now. For a start and a reload, with what :func:`ivr.voice.wanted.missing` found."""
        done = [await self.learn(clip) for clip in clips]
        return sum(done)

    async def learn(self, clip: Clip) -> bool:
        """Have one clip spoken, unless it was, and mapped; False if the worker could not."""
        if self._spoken is None or self._media is None:
            return False
        path = self._spoken.path(clip)
        if not path.exists():
            if self._worker is None:
                return False
            try:
                await self._worker.speak(clip)
            except NotSpoken as error:
                self.log.warn("the voice worker: {why}", why=str(error))
                return False
        self._numbers[path] = await self._media.pack(path)
        return self._spoken.look(clip) is not None
