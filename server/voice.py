"""The voice as the server runs it: shipped prompts, what the worker spoke since, and the worker itself.

The worker is there if the ``voice`` extra and the model's parts are (``hall10086 prompts --render`` fetches
them). Then a wording without audio is spoken at the start, or for the caller after the one who lacked it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.task import Cooperator, SchedulerStopped
from twisted.logger import Logger

from ivr.speaker import Speaker
from ivr.voice.link import WorkerLink, can_speak, command
from ivr.voice.speech import Clips
from ivr.voice.spoken import Learner, open_voice
from ivr.voice.wanted import Wanted, missing_in_steps, read_vocabulary
from menus.model.hall import Hall
from server.reactor import IServerReactor

SLICE = 0.002
"""Seconds at a time for looking for wordings without audio: calls go on meanwhile."""


class HallVoice:
    """``var`` is the hall's own folder, ``prompts`` its audio. Start it when the media process is up."""

    log = Logger()

    def __init__(self, reactor: IServerReactor, var: Path, speaker: Speaker, prompts: Path) -> None:
        self._reactor = reactor
        self._cooperator = Cooperator(self._slice, lambda step: reactor.callLater(0, step))
        self._directory = var / "voice"
        self._prompts = prompts
        self._speaker = speaker
        self._packs: tuple[Clips, ...] = ()
        self._learner: Learner | None = None
        parts = self._directory / "parts"
        line = command(parts, self._directory / "spoken", prompts / "pinyin.txt")
        self._worker = WorkerLink(reactor, line) if can_speak(parts) else None

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
        looked = Deferred.fromCoroutine(self._learn(hall))
        looked.addErrback(lambda failure: self.log.failure("the voice", failure))

    async def _learn(self, hall: Hall) -> None:
        vocabulary, reader = read_vocabulary(self._prompts), self._speaker.reader
        lacking: list[Wanted] = []

        def look() -> Iterator[None]:
            for each in missing_in_steps(hall, self._packs, vocabulary, reader):
                lacking.extend([] if each is None else [each])
                yield

        try:
            await self._cooperator.coiterate(look())
        except SchedulerStopped:
            return
        if lacking and self._learner is not None:
            self.log.warn("{count} wordings without audio: hall10086 prompts", count=len(lacking))
            await self._learner.fill([each.clip for each in lacking])

    def _slice(self) -> Callable[[], bool]:
        until = self._reactor.seconds() + SLICE
        return lambda: self._reactor.seconds() > until

    async def stop(self) -> None:
        """End the worker, and the look for what it might speak."""
        self._cooperator.stop()
        if self._worker is not None:
            await self._worker.stop()
