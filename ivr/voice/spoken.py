"""What the voice worker spoke since the prompts were shipped, and having it speak what is lacking.

spoken = SpokenClips(var / "voice" / "spoken", Style().digest)
voice = Voice([pack, spoken])                      # finds what has been learned
learner = Learner(spoken, worker, speaker.map)     # worker None: only what was spoken before
await learner.fill(clips)                          # at a start and a reload: ivr.voice.wanted.missing
speaker.on_missing = learner.ask                   # in a call: the next caller hears it
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ivr.voice.clips import Clip, Style
from ivr.voice.link import NotSpoken
from ivr.voice.pack import open_prompts
from ivr.voice.reading import ValueReader
from ivr.voice.speech import AudioSegment, Voice

MOST_ASKED = 1000
"""Clips that are asked for in the life of a process: names from the back office may never end."""


class SpokenClips:
    """Clips of one A-law file each under ``directory`` (:class:`ivr.voice.speech.Clips`)."""

    def __init__(self, directory: Path, digest: Callable[[Clip], str]) -> None:
        self.directory = directory
        self._digest = digest
        self._found: dict[Clip, AudioSegment] = {}

    def find(self, clip: Clip) -> AudioSegment | None:
        """Only what has been looked for: no file system in the way of a call."""
        return self._found.get(clip)

    def rest(self, milliseconds: int) -> AudioSegment | None:
        """None: silence comes from the shipped pack."""
        return None

    def path(self, clip: Clip) -> Path:
        """Where the clip lies, or would."""
        return self.directory / f"{self._digest(clip)}.alaw"

    def look(self, clip: Clip) -> AudioSegment | None:
        """The clip's file, if it is there; found from then on."""
        path = self.path(clip)
        if not path.exists():
            return None
        segment = self._found[clip] = AudioSegment(path, 0, path.stat().st_size)
        return segment


def open_voice(
    prompts: Path, directory: Path, reader: ValueReader | None = None
) -> tuple[Voice, Path, SpokenClips]:
    """The shipped prompts and what the worker spoke since, as one voice; the path of the one, and the other.
    ``directory`` is ``var/voice``. Raises BadPrompts."""
    pack = open_prompts(prompts, directory)
    spoken = SpokenClips(directory / "spoken", Style().digest)
    return Voice((pack, spoken), reader), pack.path, spoken


class VoiceWorker(Protocol):
    """The voice worker (:class:`ivr.voice.link.WorkerLink`)."""

    async def speak(self, clip: Clip) -> str: ...


class Learner:
    """See the head of this file. ``map_pack`` makes the media process map a file before it is played."""

    log = Logger()

    def __init__(
        self, spoken: SpokenClips, worker: VoiceWorker | None, map_pack: Callable[[Path], Awaitable[None]]
    ) -> None:
        self._spoken = spoken
        self._worker = worker
        self._map = map_pack
        self._asked: set[Clip] = set()

    async def fill(self, clips: Iterable[Clip]) -> int:
        """Have these clips: mapped if they were spoken before, else spoken now, one after the other. How many
        there are now."""
        learned = [await self.learn(clip) for clip in clips]
        return sum(learned)

    def ask(self, clips: Iterable[Clip]) -> None:
        """Have clips spoken, each asked for once, without waiting."""
        for clip in clips:
            if clip not in self._asked and len(self._asked) < MOST_ASKED:
                self._asked.add(clip)
                learned = Deferred.fromCoroutine(self.learn(clip))
                learned.addErrback(lambda failure: self.log.failure("a clip was not learned", failure))

    async def learn(self, clip: Clip) -> bool:
        """Have one clip spoken, unless it was, and mapped; False if the worker could not. Raises what mapping
        raises."""
        if self._spoken.find(clip) is not None:
            return True
        path = self._spoken.path(clip)
        if not path.exists() and not await self._speak(clip):
            return False
        await self._map(path)
        return self._spoken.look(clip) is not None

    async def _speak(self, clip: Clip) -> bool:
        if self._worker is None:
            return False
        try:
            await self._worker.speak(clip)
        except NotSpoken as error:
            self.log.warn("the voice worker: {why}", why=str(error))
            return False
        return True
