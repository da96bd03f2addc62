"""How many of our files four walks lead through, and how often from one to another.

    python -m benchmarks.bench_walks [--stops key|text|confirmation|reload]

A walk is one turn of a conversation with the demo's back office in memory, or the reading of the shipped menu
as the child process does it; the second time, when all that is worked out once is there. A *move* is a step
from a function of one file into a function of another, by a call or by a return; what others' packages do
between is left out, and so is what is there for tests. The counts are the same on every machine.
``--stops`` names the functions of a walk, file by file, in the order in which they are come to.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import CodeType, FrameType

from counter.testing.house import House, at_once
from menus.model.channels import SMS, VOICE, Channel
from menus.model.events import Input, Key, Started, Text
from server.halls import LoadedHalls, load

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = ("benchmarks", "tests")
Stop = tuple[str, str]
"""File, and function."""


@dataclass
class Walk:
    """What one run of something came through."""

    stops: list[Stop] = field(default_factory=list)
    calls: int = 0
    _stack: list[Stop] = field(default_factory=list)
    _known: dict[CodeType, Stop | None] = field(default_factory=dict)

    @property
    def moves(self) -> int:
        return sum(1 for _ in groupby(file for file, _ in self.stops))

    @property
    def files(self) -> dict[str, int]:
        """How often each file is come to, in the order of the first time."""
        return dict(Counter(file for file, _ in groupby(file for file, _ in self.stops)))

    def during(self, what: Callable[[], object]) -> None:
        """Run it, and see where it leads."""
        sys.setprofile(self._see)
        try:
            what()
        finally:
            sys.setprofile(None)

    def _see(self, frame: FrameType, event: str, _: object) -> None:
        if event not in ("call", "return"):
            return
        code = frame.f_code
        if code not in self._known:
            self._known[code] = _stop(code)
        stop = self._known[code]
        if stop is None:
            return
        if event == "call":
            self.calls += 1
            self._stack.append(stop)
        elif self._stack:
            self._stack.pop()
        if self._stack:
            self.stops.append(self._stack[-1])


def _stop(code: CodeType) -> Stop | None:
    """None: it is not ours, or there for tests."""
    file = Path(code.co_filename)
    if not file.is_relative_to(ROOT):
        return None
    inside = file.relative_to(ROOT)
    ours = inside.parts[0] not in NOT_OURS and not inside.parts[0].startswith(".")
    return (str(inside.with_suffix("")), code.co_qualname) if ours and "testing" not in inside.parts else None


def turn(channel: Channel, *given: Input) -> Callable[[], Walk]:
    """The walk of the last of these inputs."""

    def run() -> Walk:
        conversation = House().conversation(channel=channel)
        *before, last = given
        for each in before:
            at_once(conversation.turn(each))
        walk = Walk()
        walk.during(lambda: at_once(conversation.turn(last)))
        return walk

    return run


def reload() -> Walk:
    """The menu is read, and becomes the newest."""
    file = ROOT / "menus.yaml"
    first = load(file).hall
    assert first is not None
    halls, walk = LoadedHalls(first), Walk()

    def read() -> None:
        hall = load(file).hall
        assert hall is not None
        halls.publish(hall)

    walk.during(read)
    return walk


WALKS: dict[str, Callable[[], Walk]] = {
    "key": turn(VOICE, Started(), Key("1")),
    "text": turn(SMS, Text("0101")),
    "confirmation": turn(SMS, Text("KTCL"), Text("1")),
    "reload": reload,
}


def walked(name: str) -> Walk:
    """Its second run."""
    WALKS[name]()
    return WALKS[name]()


def _by_file(walk: Walk) -> str:
    functions: dict[str, dict[str, None]] = {}
    for file, function in walk.stops:
        functions.setdefault(file, {})[function.replace("<locals>.", "")] = None
    rows = (f"    {file} ({walk.files[file]}): {', '.join(them)}" for file, them in functions.items())
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--stops", choices=WALKS, help="name the functions of this walk")
    options = parser.parse_args()
    for name in WALKS if options.stops is None else [options.stops]:
        walk = walked(name)
        print(f"{name}: {walk.moves} moves, {len(walk.files)} files, {walk.calls} functions called")
        if options.stops is not None:
            print(_by_file(walk))
    return 0


if __name__ == "__main__":
    sys.exit(main())
