"""Children find our modules and the installed ones, and never what lies in the folder they are started in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from counter import children
from server.halls import load

ROOT = Path(__file__).resolve().parents[2]
HARM = "import pathlib\npathlib.Path('harmed').write_text(__name__)\nraise SystemExit('harmed')\n"
PACKAGES = ("twisted", "yaml", "server", "ivr", "business", "studio", "menus")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder with modules that have the names of ours, of others and of Python's own."""
    folder = tmp_path / "hostile"
    for package in PACKAGES:
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").write_text(HARM)
    for module in ("json", "pickle", "socket", "signal", "numpy", "sitecustomize"):
        (folder / f"{module}.py").write_text(HARM)
    return folder


@pytest.mark.parametrize(
    ("module", "arguments", "told"),
    [
        ("server.menu_reader", ("no/such/menus.yaml", "10086"), "No such file"),
        ("business.contract", (), "JSONDecodeError"),
        ("ivr.media", (), "--control"),
        ("studio.worker", (), "not enough values to unpack"),
    ],
)
def test_a_child_runs_none_of_it(hostile: Path, module: str, arguments: tuple[str, ...], told: str) -> None:
    """Each says what it says anywhere of a command line that is not whole."""
    done = subprocess.run(
        children.command(module, *arguments), env=children.environment(),
        cwd=hostile, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert told in done.stdout + done.stderr
    assert not (hostile / "harmed").exists()


def test_what_means_the_working_directory_goes_on_to_nobody() -> None:
    given = children.environment(["", ".", "lib", "/usr/lib/hall"])["PYTHONPATH"]
    assert given.split(os.pathsep) == ["/usr/lib/hall", str(ROOT)]


def test_the_path_is_ours_in_our_order(tmp_path: Path) -> None:
    here = [str(tmp_path), str(ROOT), "/usr/lib/hall"]
    given = children.environment(here, OMP_NUM_THREADS="1")
    assert given["PYTHONPATH"].split(os.pathsep) == here
    assert given["OMP_NUM_THREADS"] == "1"
    assert given.items() >= {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}.items()


class Reactor:
    """Notes what it is to start."""

    def spawnProcess(self, *given: object, **named: object) -> None:
        self.given, self.named = given, named


def test_a_child_of_the_reactor_has_its_pipes_its_path_and_what_it_is_given() -> None:
    reactor, protocol = Reactor(), object()
    arguments = children.command("ivr.media", "--control", "3", python="/opt/python")
    children.spawn(reactor, protocol, arguments, descriptors={**children.PIPES, 3: 17}, OMP="1")  # type: ignore[arg-type]
    assert reactor.given == (
        protocol,
        "/opt/python",
        ["/opt/python", "-P", "-m", "ivr.media", "--control", "3"],
    )
    assert reactor.named["childFDs"] == {0: "w", 1: "r", 2: "r", 3: 17}
    assert reactor.named["env"] == children.environment(OMP="1")


def test_a_child_that_is_run_to_its_end_says_why_it_failed(tmp_path: Path) -> None:
    children.run(["touch", "made"], tmp_path, 30.0)
    assert (tmp_path / "made").exists()
    with pytest.raises(children.ChildFailed, match="no/such"):
        children.run(["cat", "no/such"], tmp_path, 30.0)
    with pytest.raises(children.ChildFailed, match=r"more than 0\.1 s"):
        children.run(["sleep", "60"], tmp_path, 0.1)
    with pytest.raises(FileNotFoundError):
        children.run(["no-such-program"], tmp_path, 30.0)


def test_a_child_reads_a_menu(hostile: Path) -> None:
    """The menu reader's whole work, where the folder would not let it."""
    import pickle

    file = ROOT / "menus.yaml"
    command = children.command("server.menu_reader", str(file), "10086")
    done = subprocess.run(
        command, env=children.environment(), cwd=hostile, capture_output=True, check=True, timeout=60
    )
    assert pickle.loads(done.stdout) == load(file, "10086")
    assert command[0] == sys.executable
