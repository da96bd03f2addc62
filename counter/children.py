"""Child processes: Python modules of ours, started so that they import what this process imports, and nothing
of the folder that it happens to run in.

    reactor.spawnProcess(protocol, PYTHON, command("ivr.media", "--control", "3"), env=environment())

``python -m`` and ``python -c`` put the working directory before everything else: a ``json.py`` or
``twisted/`` that lies there would run with the hall's rights. ``-P`` leaves it out. What an installer or
PYTHONPATH put on this process's path the child gets by PYTHONPATH, in the same order.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

PYTHON = sys.executable
HOUSE = str(Path(__file__).resolve().parents[1])
"""The folder that our packages lie in: the source tree or ``site-packages``."""


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
