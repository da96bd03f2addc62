"""Processes are started by one module, which leaves the working directory off their path."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.source import Source

STARTS = "counter/children.py"
_STARTING = re.compile(
    r"(?:.*\.)?"  # also by another module, which has imported it
    r"(?:(subprocess|multiprocessing|pty|runpy|_posixsubprocess|twisted\.internet\.(process|utils))(\..*)?"
    r"|(os|posix)\.(exec|spawn|fork|posix_spawn|system|popen|startfile).*"
    r"|asyncio\.(subprocess|create_subprocess).*"
    r"|concurrent\.futures\.(process.*|ProcessPoolExecutor))"
)
_OUR_PYTHON = re.compile(r"(?:.*\.)?sys\.(_base_)?executable")
_A_PYTHON = re.compile(r"(.*/)?python[0-9.]*")


def starts(source: Source) -> Iterator[str]:
    """Where it starts a process, or says which Python is to run. A room's ``testing`` may start other
    programs than ours: a database, a caller."""
    if source.name == STARTS:
        return
    found = [(at, what) for at, what in source.imports if _may_not(what, source)]
    for node in source.nodes:
        if source.is_used(node) and _may_not(what := source.origin(node), source):
            found.append((source.at(node), what))
        elif isinstance(node, ast.Attribute) and node.attr == "spawnProcess":
            found.append((source.at(node), node.attr))
    found += [(at, text) for at, text in source.texts if _A_PYTHON.fullmatch(text)]
    yield from dict.fromkeys(f"{at}: {what}: use counter.children" for at, what in found)


def _may_not(what: str, source: Source) -> bool:
    if _OUR_PYTHON.fullmatch(what):
        return True
    return not source.is_testing and _STARTING.fullmatch(what) is not None
