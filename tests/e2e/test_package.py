"""What is built from the tree is whole: installed elsewhere and started in an empty folder it is called and
texted, and what it was built from builds it again.

The build and the installation use what is installed here, and no network.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import wave
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import twisted

from server.testing.ports import HOST, free_port
from server.testing.running import ROOT

NUMBER = "13900000001"
NO_PART_OF_IT = (
    ".git",
    ".venv*",
    "var",
    ".peers",
    "node_modules",
    "build",
    "*.egg-info",
    "__pycache__",
    ".*_cache",
)
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(*command: object, cwd: Path, seconds: float = 120) -> str:
    """What it writes to standard output."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    shutil.copytree(ROOT, folder / "tree", ignore=shutil.ignore_patterns(*NO_PART_OF_IT))
    told = run(
        sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, folder / "tree", cwd=folder
    )
    assert "deprecat" not in told.lower()
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (wheel,) = built.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the installed programs lie: in an environment of their own, which borrows what they depend on."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False, symlinks=True)
    (site,) = home.glob("lib/python3*/site-packages")
    (site / "borrowed.pth").write_text(f"{Path(twisted.__file__).parents[1]}\n")
    pip = (sys.executable, "-m", "pip", "--python", home / "bin" / "python")
    run(*pip, "install", "--no-deps", "--no-index", "--no-compile", wheel, cwd=home)
    return home / "bin"


def contents(wheel: Path) -> dict[str, int]:
    """Each file in it, with its checksum."""
    with zipfile.ZipFile(wheel) as archive:
        return {each.filename: each.CRC for each in archive.infolist()}


def test_the_source_distribution_builds_the_same_wheel_as_the_tree(built: Path, wheel: Path) -> None:
    where = built / "from the tree"
    tree = built / "tree"
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", where, tree, cwd=built)
    (other,) = where.glob("*.whl")
    assert contents(other) == contents(wheel)


def test_the_wheel_holds_the_hall_its_licence_and_nothing_of_the_tests(wheel: Path) -> None:
    held = set(contents(wheel))
    for needed in (
        "server/data/menus.yaml", "server/data/knowledge.yaml",
        "server/data/prompts/index.json", "server/data/prompts/pinyin.txt",
        "server/data/prompts/vocabulary.txt", "server/hall.toml",
        "boss/demo.yaml", "business/http/openapi.yaml",
        "store/migrations/env.py", "store/migrations/versions/0001_first.py",
        "boss/sql/migrations/env.py", "boss/sql/migrations/versions/r0001_first.py",
    ):  # fmt: skip
        assert needed in held
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in held)
    rooms = {name.partition("/")[0] for name in held}
    assert not rooms & {"tests", "benchmarks", "docs", "prompts", "build"}


@dataclass(frozen=True)
class Ports:
    """Where the hall is reached."""

    sip: int
    http: int
    smsc: int
    handsets: int

    @property
    def flags(self) -> list[str]:
        first = free_port()
        return [
            *(
                "--sip",
                f"{HOST}:{self.sip}",
                "--http",
                f"{HOST}:{self.http}",
                "--rtp-ports",
                f"{first}-{first + 3}",
            ),
            *("--demo-smsc", f"{HOST}:{self.smsc}", "--demo-console", f"{HOST}:{self.handsets}"),
        ]


@contextmanager
def serving(programs: Path, folder: Path) -> Iterator[Ports]:
    """The installed hall, started in ``folder``."""
    ports = Ports(*(free_port() for _ in range(4)))
    with (folder.parent / "log").open("w+b") as log, subprocess.Popen(
        [programs / "hall10086", "serve", *ports.flags],
        cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=log, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        try:
            for line in server.stdout:
                if "is ready" in line:
                    break
            else:
                log.seek(0)
                raise AssertionError(log.read().decode()[-3000:])
            yield ports
            server.terminate()
            server.communicate(timeout=30)
        finally:
            server.kill()


def test_in_an_empty_folder_it_is_heard_and_answers_texts(programs: Path, tmp_path: Path) -> None:
    hall, folder = programs / "hall10086", tmp_path / "empty"
    folder.mkdir()
    where = run(programs / "python", "-P", "-c", "import server; print(server.__file__)", cwd=folder)
    assert Path(where).is_relative_to(programs.parent)
    with serving(programs, folder) as ports:
        record = tmp_path / "call.wav"
        sip = ("--sip", f"{HOST}:{ports.sip}", "--http", f"{HOST}:{ports.http}")
        call = json.loads(
            run(
                hall,
                "dial",
                NUMBER,
                "--keys",
                "11",
                "--record",
                record,
                *sip,
                "--seconds",
                12,
                "--json",
                cwd=folder,
            )
        )
        assert (call["status"], call["keys"]) == (200, "11")
        assert call["first_audio"] < 1
        assert call["said_seconds"] > 4
        with wave.open(str(record)) as file:
            heard = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        assert np.abs(heard).max() > 5000
        console = ("--demo-console", f"{HOST}:{ports.handsets}")
        (answer,) = run(hall, "text", NUMBER, "0101", *console, "--json", cwd=folder).splitlines()
        assert "余额52.35元" in json.loads(answer)["replies"][0]["text"]
    assert {each.name for each in folder.iterdir()} == {"var"}


def test_what_init_wrote_is_what_it_serves(programs: Path, tmp_path: Path) -> None:
    hall, folder = programs / "hall10086", tmp_path / "ours"
    run(hall, "init", folder, cwd=tmp_path)
    run(hall, "check", "--quiet", cwd=folder)
    menus, settings = folder / "menus.yaml", folder / "hall.toml"
    menus.write_text(menus.read_text(encoding="utf-8").replace("crbt 彩铃", "crbt 炫铃"), encoding="utf-8")
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('# var = "var" ', 'var = "ours" '), encoding="utf-8")
    with serving(programs, folder) as ports:
        console = ("--demo-console", f"{HOST}:{ports.handsets}", "--var", "ours")
        told = run(hall, "text", NUMBER, "10086", "2", *console, cwd=folder)
    assert "4.炫铃" in told
    assert (folder / "ours" / "voice").is_dir()
