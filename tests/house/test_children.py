"""Whoever starts a process is found, whatever he starts it by."""

from __future__ import annotations

import pytest

from tests.house.children import STARTS, starts
from tests.house.picture import sources
from tests.house.source import Source

OUR_PYTHON = {
    "the program": "import sys\nx = sys.executable",
    "the program, imported": "from sys import executable",
    "the program by another name": "from sys import executable as python",
    "the program of another name": "import sys as s\nx = s.executable",
    "the program by an attribute's name": 'import sys\nx = getattr(sys, "executable")',
    "a neighbour's": "from counter import children\nx = children.sys.executable",
    "the program beneath": "import sys\nx = sys._base_executable",
    "a python": 'run(["python3", "-m", "ivr.media"])',
    "a python of a version": 'run(["python3.11", "-c", "1"])',
    "a python somewhere": 'run(["/usr/bin/python", "-c", "1"])',
}
ANY = {
    "subprocess": 'import subprocess\nsubprocess.Popen(["ls"])',
    "subprocess, imported": "from subprocess import run",
    "subprocess by another name": "import subprocess as sp",
    "subprocess by its name": 'import importlib\nimportlib.import_module("subprocess")',
    "multiprocessing": "from multiprocessing import Process",
    "a pool": "from concurrent.futures import ProcessPoolExecutor",
    "a pool, by the module": "import concurrent.futures\nconcurrent.futures.ProcessPoolExecutor()",
    "a terminal": "import pty",
    "asyncio": "import asyncio\nasyncio.create_subprocess_exec('ls')",
    "asyncio's module": "from asyncio import subprocess",
    "Twisted": "self._reactor.spawnProcess(protocol, program, [program])",
    "Twisted, kept for later": "start = reactor.spawnProcess",
    "Twisted's tools": "from twisted.internet.utils import getProcessOutput",
    "a run": "import runpy",
    "a neighbour's": "from counter import children\nchildren.subprocess.run(words)",
    "a neighbour's, imported": "from counter.children import subprocess",
    "a neighbour's os": "from counter import children\nchildren.os.execv(x, y)",
    **{
        f"os.{name}": f"import os\nos.{name}(x)"
        for name in [
            "execv",
            "execvpe",
            "execl",
            "spawnv",
            "spawnlp",
            "fork",
            "forkpty",
            "posix_spawn",
            "posix_spawnp",
            "system",
            "popen",
        ]
    },
    "os.execv, imported": "from os import execv as become",
    "os by another name": "import os as o\no.system('ls')",
    "os by an attribute's name": 'import os\ngetattr(os, "system")("ls")',
    "os, renamed": "import os\nrun = os.system\nrun('ls')",
}


@pytest.mark.parametrize("text", (OUR_PYTHON | ANY).values(), ids=(OUR_PYTHON | ANY).keys())
@pytest.mark.parametrize("name", ["ivr/media/link.py", "server/x.py", "menus/x.py", "studio/parts.py"])
def test_it_is_found(name: str, text: str) -> None:
    assert list(starts(Source(name, text))) != []


@pytest.mark.parametrize("text", OUR_PYTHON.values(), ids=OUR_PYTHON.keys())
def test_testing_too_asks_for_our_python(text: str) -> None:
    assert list(starts(Source("server/testing/x.py", text))) != []


def test_testing_may_start_other_programs() -> None:
    assert list(starts(Source("server/testing/x.py", 'import subprocess\nsubprocess.run(["sipp"])'))) == []


def test_what_starts_nothing_is_not() -> None:
    text = """
import os, sys
from counter import children
children.spawn(reactor, protocol, children.command("ivr.media"))
x = os.getpid(), os.environ, sys.path, self.system, "python files", desk.run()
"""
    assert list(starts(Source("server/x.py", text))) == []


def test_the_one_that_is_let_off_needs_it() -> None:
    (source,) = [each for each in sources() if each.name == STARTS]
    assert list(starts(source)) == []
    assert list(starts(Source("counter/x.py", source.text))) != []
