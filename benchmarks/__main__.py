"""All benchmarks, one after the other: ``make bench``, or

    python -m benchmarks [business sip media understanding sms hall] [--quick] [--runs 3]

Each runs in processes of its own, the driver on one core, what is measured on the other; each figure is the
median of the runs that have a verdict. ``--quick``: one short run of each, under three minutes in all.
Exit status: 0 all goals reached, 1 not all, 2 something could not be run.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import kannel
from benchmarks.figures import ROWS, Row, median_of, table
from benchmarks.machine import described
from benchmarks.rtp_load import CannotBuild, build

ROOT = Path(__file__).resolve().parent.parent
FULL = {
    "business": ["--subscribers", "1000000", "--calls", "2000", "--postgresql"],
    "sip": ["--calls", "10000", "--rate", "500"],
    "media": ["--levels", "300,1000,2000", "--seconds", "10"],
    "understanding": [],
    "sms": ["--seconds", "8"],
    "hall": ["--levels", "300,1000", "--seconds", "15", "--setups", "4000"],
}
QUICK = {
    "business": ["--quick"],
    "sip": ["--calls", "2000", "--rate", "500", "--settle", "33"],
    "media": ["--levels", "300", "--seconds", "4"],
    "understanding": [],
    "sms": ["--seconds", "3"],
    "hall": ["--levels", "300", "--seconds", "6", "--setups", "1000", "--settle", "3"],
}
ONCE = frozenset({"business"})
"""Not repeated unless --runs says so: two databases of a million are filled first, for minutes."""
NEEDS_GCC = frozenset({"media", "hall"})
MINUTES = 45


class CannotRun(Exception):
    """This benchmark, here; the message says why."""


def run_once(name: str, arguments: Sequence[str]) -> list[Row]:
    """One run in a process of its own. Raises :class:`CannotRun`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.bench_{name}", *arguments, "--json", str(file)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60 * MINUTES,
        )
        if not file.exists():
            raise CannotRun((done.stderr or done.stdout).strip()[-300:])
        figures: Any = json.loads(file.read_text(encoding="utf-8"))
    return ROWS[name](figures)


def why_not(name: str) -> str:
    """Why a benchmark cannot be run here; "" if it can."""
    if name == "sip" and shutil.which("sipp") is None:
        return "sipp is not installed (make peers)"
    if name == "sms":
        return kannel.missing()
    if name in NEEDS_GCC:
        try:
            build()
        except CannotBuild as why:
            return str(why)
    return ""


def bench(name: str, quick: bool, runs: int) -> list[Row] | None:
    """Runs one benchmark and prints its table; None if it cannot be run."""
    why = why_not(name)
    try:
        if why:
            raise CannotRun(why)
        machine = described()
        every = [run_once(name, (QUICK if quick else FULL)[name]) for _ in range(runs)]
    except (CannotRun, subprocess.TimeoutExpired) as problem:
        print(f"{name}: not run: {problem}\n", flush=True)
        return None
    rows = median_of(every)
    print(table(f"{name}: {machine}, median of {runs}", rows) + "\n", flush=True)
    return rows


def _runs(name: str, options: argparse.Namespace) -> int:
    return int(options.runs or (1 if options.quick or name in ONCE else 3))


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {' '.join(FULL)}; none: all")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--runs", type=int, help="[3; 1 with --quick, and of business]")
    options = parser.parse_args()
    unknown = set(options.names) - set(FULL)
    if unknown:
        parser.error(f"no such benchmark: {' '.join(sorted(unknown))}; there are {' '.join(FULL)}")
    tables = [bench(name, options.quick, _runs(name, options)) for name in options.names or FULL]
    if None in tables:
        return 2
    return 0 if all(row.verdict in ("", "reached") for rows in tables for row in rows or ()) else 1


if __name__ == "__main__":
    sys.exit(main())
