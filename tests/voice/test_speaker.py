"""What a call plays: numbered packs, rests between, spare wordings, and the help of the worker."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import SynchronousTestCase

from ivr.media.client import MediaProcess
from ivr.speaker import BETWEEN, Speaker
from ivr.testing.clips import both, template
from ivr.voice.clips import Clip, Style
from ivr.voice.inventory import closed_set
from ivr.voice.link import NotSpoken
from ivr.voice.pack import ClipEntry, Pack, open_prompts, write_prompts
from ivr.voice.samples import Samples
from ivr.voice.speech import Missing, Voice
from ivr.voice.spoken import Learner, SpokenClips, open_voice
from menus.model.events import Say, SayKind
from menus.model.values import Kind, Value
from studio.say import say


def shipped(root: Path, *texts: str) -> Pack:
    """Prompts with these clips, each of them 100 samples, and the figures."""
    (root / "prompts").mkdir(parents=True)
    clips = [*both(*texts), *closed_set()]
    sound: Samples = np.full(100, 1024, dtype=np.int16)
    write_prompts(
        root / "prompts",
        Style(),
        [],
        [(ClipEntry(c.text, c.ending.value, "", 0, 0, ""), sound) for c in clips],
    )
    return open_prompts(root / "prompts", root / "var")


class Media:
    """Numbers the packs that it is told to map."""

    def __init__(self) -> None:
        self.packs: list[Path] = []

    async def pack(self, path: Path) -> int:
        assert path.exists()
        self.packs.append(path)
        return len(self.packs) - 1


class Worker:
    """Speaks everything but 哑."""

    def __init__(self, spoken: SpokenClips) -> None:
        self.asked: list[str] = []
        self._spoken = spoken

    async def speak(self, clip: Clip) -> str:
        self.asked.append(clip.text)
        if clip.text == "哑":
            raise NotSpoken("nothing audible in it")
        path = self._spoken.path(clip)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\xd5" * 50)
        return path.name


def says(text: str, spare: str | None = None, **values: Value) -> Say:
    kinds = {name: value.kind for name, value in values.items()}
    other = template(spare, **kinds) if spare else None
    return Say("greet", template(text, **kinds), values, SayKind.ANSWER, spare=other)


class ACall(SynchronousTestCase):
    """A speaker with shipped clips, a worker and a media process that takes note."""

    def setUp(self) -> None:
        root = Path(self.mktemp())
        pack = shipped(root, "您好", "请稍候", "业务代码")
        self.spoken = SpokenClips(root / "spoken", Style().digest)
        self.media = Media()
        self.worker = Worker(self.spoken)
        voice = Voice([pack, self.spoken])
        self.speaker = Speaker(voice, cast(MediaProcess, self.media))
        self.successResultOf(Deferred.fromCoroutine(self.speaker.map(pack.path)))
        self.learner = Learner(self.spoken, self.worker, self.speaker.map)
        self.speaker.on_missing = self.learner.ask

    def test_two_things_said_stand_apart(self) -> None:
        segments = self.speaker.segments((says("您好。"), says("请稍候。")))
        self.assertEqual([length for _, _, length in segments], [100, BETWEEN * 8, 100])
        self.assertEqual({pack for pack, _, _ in segments}, {0})

    def test_what_is_remembered_is_of_these_values_and_of_this_voice(self) -> None:
        codes = [{"code": Value(Kind.CODE, code)} for code in ("12", "34", "12")]
        said = [self.speaker.segments((says("业务代码{code}", **code),)) for code in codes]
        self.assertEqual(said[0], said[2])
        self.assertNotEqual(said[0], said[1])
        self.speaker.speak_with(Voice(()))
        self.assertEqual(self.speaker.segments((says("业务代码{code}", **codes[0]),)), [])

    def test_a_name_without_audio_is_said_by_its_code(self) -> None:
        name = {"name": Value(Kind.TEXT, "甲乙丙"), "code": Value(Kind.CODE, "12")}
        segments = self.speaker.segments((says("{name}", spare="业务代码{code}", **name),))
        self.assertEqual(len(segments), 3)  # 业务代码, 一, 二
        said = says("{name}", spare="业务代码{code}", **name)
        self.assertIs(self.speaker.wording(said), said.spare)
        self.assertEqual(self.speaker.missing, 0)
        self.assertEqual(self.worker.asked, [])

    def test_what_nobody_recorded_is_left_out_now_and_heard_by_the_next_caller(self) -> None:
        self.assertIsNone(self.speaker.wording(says("新话。")))
        self.assertEqual(self.worker.asked, [])  # nobody wanted to hear it
        self.assertEqual(self.speaker.segments((says("新话。"),)), [])
        self.assertEqual(self.worker.asked, ["新话"])
        self.assertEqual(self.speaker.segments((says("新话。"),)), [(1, 0, 50)])
        self.assertEqual(self.worker.asked, ["新话"])

    def test_what_cannot_be_spoken_is_asked_for_once(self) -> None:
        for _ in range(3):
            self.assertEqual(self.speaker.segments((says("哑。"),)), [])
        self.assertEqual(self.worker.asked, ["哑"])

    def test_at_a_start_what_was_spoken_before_is_only_mapped(self) -> None:
        first = self.learner.fill([Clip("甲"), Clip("哑"), Clip("乙")])
        self.assertEqual(self.successResultOf(Deferred.fromCoroutine(first)), 2)
        second = self.learner.fill([Clip("甲"), Clip("乙")])
        self.assertEqual(self.successResultOf(Deferred.fromCoroutine(second)), 2)
        self.assertEqual(self.worker.asked, ["甲", "哑", "乙"])

    def test_many_wordings_at_once_are_all_learned(self) -> None:
        told = [Deferred.fromCoroutine(self.learner.learn(Clip(text))) for text in "甲乙丙丁"]
        self.assertEqual(self.successResultOf(gatherResults(told)), [True] * 4)
        self.assertEqual(len(set(self.media.packs)), 5)


def test_say_writes_a_telephone_wav(tmp_path: Path) -> None:
    shipped(tmp_path, "您好")
    voice, _, spoken = open_voice(tmp_path / "prompts", tmp_path / "var")
    seconds = say("您好。52.35元。", tmp_path / "a.wav", voice, spoken)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
        assert file.getnframes() / 8000 == seconds == pytest.approx(0.38 + 3 * 0.0125)


def test_say_without_a_voice_names_what_is_lacking(tmp_path: Path) -> None:
    shipped(tmp_path, "您好")
    voice, _, spoken = open_voice(tmp_path / "prompts", tmp_path / "var")
    with pytest.raises(Missing, match="再会"):
        say("您好。再会。", tmp_path / "a.wav", voice, spoken)
    assert not (tmp_path / "a.wav").exists()


def test_say_with_a_voice_speaks_it_and_keeps_it(tmp_path: Path) -> None:
    shipped(tmp_path, "您好")
    voice, _, spoken = open_voice(tmp_path / "prompts", tmp_path / "var")
    hummed: Samples = np.full(400, 512, dtype=np.int16)
    say("再会。", tmp_path / "a.wav", voice, spoken, lambda clips: ((clip, hummed) for clip in clips))
    voice, _, spoken = open_voice(tmp_path / "prompts", tmp_path / "var")
    assert say("再会。", tmp_path / "b.wav", voice, spoken) == 0.05
