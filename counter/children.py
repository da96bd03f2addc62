"""Child processes, which nothing but this file starts: Python modules of ours, so that they import what this
process imports, and nothing of the folder that it happens to run in.

    spawn(reactor, protocol, command("ivr.media", "--control", "3"))

``python -m`` and ``python -c`` put the working directory before everything else: a ``json.py`` or
``twisted/`` that lies there would run with the hall's rights. ``-P`` leaves it out. What an installer or
PYTHONPATH put on this process's path the child gets by PYTHONPATH, in the same order.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProcessProtocol, IReactorProcess

PYTHON = sys.executable
HOUSE = str(Path(__file__).resolve().parents[1])
"""The folder that our packages lie in: the source tree or ``site-packages``."""


PIPES: Mapping[int, str | int] = {0: "w", 1: "r", 2: "r"}
"""Its standard input, output and errors, each to its protocol."""
SAID = 500  # characters of the last words of one that failed
Piped = subprocess.Popen[bytes]


class ChildFailed(Exception):
    """It ended with a status that is not 0; the message is the end of what it said."""


def command(module: str, *arguments: str, python: str = PYTHON) -> list[str]:
    """The command line that runs ``module`` as a program, with its ``arguments``."""
    return [python, "-P", "-m", module, *arguments]


def environment(path: Sequence[str] | None = None, **more: str) -> dict[str, str]:
    """This process's environment for a child, and ``more``. ``path``: where modules are found, default ours;
    an empty or relative entry means the working directory, so it goes on to nobody."""
    found = [entry for entry in (sys.path if path is None else path) if os.path.isabs(entry)]
    if HOUSE not in found:  # started where the tree lies, by python -c
        found.append(HOUSE)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(found), **more}


def spawn(
    reactor: IReactorProcess,
    protocol: IProcessProtocol,
    arguments: Sequence[str],
    *,
    descriptors: Mapping[int, str | int] = PIPES,
    **more: str,
) -> None:
    """Start ``arguments`` (of :func:`command`) under the reactor. ``descriptors``: what its own are, as
    Twisted's ``childFDs``; ``more``: of its environment."""
    reactor.spawnProcess(
        protocol, arguments[0], arguments, env=environment(**more), childFDs=dict(descriptors)
    )


def piped(arguments: Sequence[str], errors: IO[bytes]) -> Piped:
    """Start it where no reactor runs: it is written to and read from, what it says of errors goes to
    ``errors``. Raises OSError."""
    return subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment()
    )


def run(arguments: Sequence[str], folder: Path, seconds: float) -> None:
    """Run it to its end in ``folder``. Raises ChildFailed, also where it takes longer; OSError."""
    try:
        subprocess.run(
            arguments, cwd=folder, check=True, capture_output=True, timeout=seconds, env=environment()
        )
    except subprocess.CalledProcessError as error:
        raise ChildFailed(error.stderr.decode(errors="replace")[-SAID:]) from error
    except subprocess.TimeoutExpired as error:
        raise ChildFailed(f"it took more than {seconds:g} s") from error
