"""Which room may stand on which: the picture of arrows, in one table, and nothing beside it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.house.source import UNKNOWN, Source

BY_NAME_AT = {
    "business/__init__.py": "an integrator pays for no more than he uses",
    "boss/data/numbering.py": "tables of a package that may not be there",
}
"""Where a module is named by a text, and why."""
OUTSIDE = ("tests", "benchmarks", "setup", "conftest")
"""Beside the house: it can do without."""
LOADERS = (
    "importlib.util.spec_from",
    "importlib.util.module_from",
    "importlib.machinery",
    "importlib.reload",
    "runpy",
    "pkgutil",
    "zipimport",
    "imp.",
)
_RUNNING = frozenset(f"{of}{name}" for of in ("", "builtins.") for name in ("exec", "eval", "compile")) | {
    "__builtins__",
    "__loader__",
    "__spec__",
}
_WORDS = re.compile(r"[a-z_]+(\.[a-z_]+)+\.?")


@dataclass(frozen=True)
class Picture:
    """``arrows``: each room, and the rooms that it may import. ``for_testing``: what a room's ``testing`` may
    besides. ``others``: what is installed with us."""

    arrows: Mapping[str, frozenset[str]]
    for_testing: frozenset[str]
    others: frozenset[str]

    @property
    def rooms(self) -> frozenset[str]:
        return frozenset(self.arrows)


def wrong_arrows(source: Source, picture: Picture) -> Iterator[str]:
    """What it imports of a room that it may not stand on, or of something that is in no picture."""
    allowed = {source.room, *picture.arrows[source.room]}
    if source.is_testing:
        allowed |= picture.for_testing
    for at, module in _reached(source):
        head = module.split(".")[0]
        if module == UNKNOWN or module.startswith(LOADERS):
            if source.name not in BY_NAME_AT:
                yield f"{at}: an import by a name that nobody can read"
        elif head in OUTSIDE or _is_test(module):
            yield f"{at}: {module} is there for tests alone"
        elif head in picture.rooms:
            if head not in allowed:
                yield f"{at}: {source.room} must not import {head}"
        elif head not in sys.stdlib_module_names and head not in picture.others:
            yield f"{at}: {head} is no room of the picture, and none of what we install"


def _reached(source: Source) -> Iterator[tuple[str, str]]:
    yield from source.imports
    used = ((source.at(node), source.origin(node)) for node in source.nodes if source.is_used(node))
    yield from ((at, origin) for at, origin in used if origin.startswith(LOADERS))
    if source.name in BY_NAME_AT:  # the names stand somewhere in it
        yield from ((at, text.rstrip(".")) for at, text in source.texts if _WORDS.fullmatch(text))


def runs_text(source: Source) -> Iterator[str]:
    """Where it runs a text as a program, or takes hold of what imports: it could import whatever it likes."""
    for node in source.nodes:
        if source.is_used(node) and source.origin(node) in _RUNNING:
            yield f"{source.at(node)}: {ast.unparse(node)}: nobody can read what it runs"


def _is_test(module: str) -> bool:
    return any(part.startswith("test_") or part == "conftest" for part in module.split("."))


def for_tests(source: Source) -> Iterator[str]:
    """What a running hall would load that is there for tests."""
    if not source.is_testing:
        for at, module in source.imports:
            if "testing" in module.split(".")[:2]:
                yield f"{at}: {module}"


def unlisted(names: Iterable[str], picture: Picture) -> list[str]:
    """Packages and modules at the top that stand in no picture. ``names``: of all files of Python."""
    heads = {name.split("/")[0].removesuffix(".py") for name in names}
    return sorted(head for head in heads - picture.rooms - set(OUTSIDE) if not head.startswith("."))


def circles(sources: Iterable[Source]) -> list[str]:
    """The modules that import each other in a circle, and those between circles. Imports of types alone
    count, too: who names another's class in a circle cannot be read without it."""
    named = {source.module: {what for _at, what in source.imports} for source in sources}
    found = {one: {w if w in named else w.rpartition(".")[0] for w in named[one]} for one in named}
    left = {one: (found[one] & named.keys()) - {one} for one in found}
    while True:
        wanted = set().union(*left.values())
        outer = {one for one in left if not left[one] or one not in wanted}  # it ends or begins here
        if not outer:
            return sorted(left)
        left = {one: left[one] - outer for one in left.keys() - outer}
