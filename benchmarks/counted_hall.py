"""``hall10086``, counting every function that its reactor's thread calls.

    python -m benchmarks.counted_hall FILE serve …

SIGUSR1 writes what was called so far to FILE, as JSON: how often, by file and function. Functions of C count,
too, as the profiler sees them.
"""

from __future__ import annotations

import cProfile
import json
import signal
import sys
from collections import Counter
from pathlib import Path

from server.cli import main

ROOT = f"{Path(__file__).resolve().parent.parent}/"


def counted(profiler: cProfile.Profile) -> Counter[str]:
    """How often each function was called."""
    counts: Counter[str] = Counter()
    for entry in profiler.getstats():
        code = entry.code
        name = code if isinstance(code, str) else f"{_short(code.co_filename)}:{code.co_name}"
        counts[name.partition(" at 0x")[0]] += entry.callcount
    return counts


def _short(file: str) -> str:
    """From the root of the tree, or of the packages that are installed."""
    return file.removeprefix(ROOT).rpartition("site-packages/")[2]


def run(file: Path) -> None:
    profiler, finished = cProfile.Profile(), file.with_suffix(".part")

    def write(*_: object) -> None:
        profiler.disable()  # this is not the hall's
        finished.write_text(json.dumps(counted(profiler)), encoding="utf-8")
        finished.rename(file)
        profiler.enable()

    signal.signal(signal.SIGUSR1, write)
    profiler.runcall(main)


if __name__ == "__main__":
    to = Path(sys.argv.pop(1))
    run(to)
