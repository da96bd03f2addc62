"""The C driver ``rtp_load.c`` from Python: built when older than its source, started, told, asked.

load = RtpLoad(streams=1000, core=1)
load.ports                     # for the SDP, or for MediaCall.remote
load.connect(0, 20000)         # stream 0 sends there and judges what comes
load.keys(every_ms=8000)       # every connected stream; or, for a call at a time:
load.ring(0); load.answered(0, 20000, at_ns); load.press(0, "1"); load.drop(0)
load.reset(); …; figures = load.stats()
load.why_not(figures)          # "" or why these figures may not be used
load.close()
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCE = HERE / "rtp_load.c"
BUILT = HERE.parent / "var" / "bench" / "rtp_load"

KEYS = "0123456789*#"
MOST_CPU = 0.90  # share of its core
MOST_TICK_US = 1500
MOST_LOST_SENDING = 0.01


class CannotBuild(Exception):
    """No C compiler here."""


def build() -> Path:
    """The driver's program, built if need be. Raises :class:`CannotBuild`."""
    if not BUILT.exists() or BUILT.stat().st_mtime < SOURCE.stat().st_mtime:
        BUILT.parent.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["gcc", "-O2", "-Wall", "-o", str(BUILT), str(SOURCE)], check=True)
        except (OSError, subprocess.CalledProcessError) as why:
            raise CannotBuild(f"rtp_load.c wants gcc: {why}") from why
    return BUILT


class RtpLoad:
    """One running driver."""

    def __init__(self, streams: int, core: int) -> None:
        command = [str(build()), str(streams), str(core)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ports = [int(port) for port in self._read().split()]

    def connect(self, stream: int, port: int) -> None:
        self._tell(f"connect {stream} {port}")

    def drop(self, stream: int) -> None:
        self._tell(f"drop {stream}")

    def ring(self, stream: int) -> None:
        """A new call begins on it: forget the one before."""
        self._tell(f"ring {stream}")

    def answered(self, stream: int, port: int, at_ns: int) -> None:
        """As ``connect``; the call was answered ``at_ns`` after the epoch, from where "first" counts."""
        self._tell(f"answered {stream} {port} {at_ns}")

    def press(self, stream: int, key: str) -> None:
        self._tell(f"press {stream} {KEYS.index(key)}")

    def keys(self, every_ms: int) -> None:
        self._tell(f"keys {every_ms}")

    def reset(self) -> None:
        self._tell("reset")

    def stats(self) -> dict[str, Any]:
        """What was counted since the last reset; times in µs."""
        self._tell("stats")
        figures: dict[str, Any] = json.loads(self._read())
        return figures

    def close(self) -> None:
        if self._process.poll() is None:
            self._tell("quit")
            self._process.wait(5)

    @staticmethod
    def why_not(figures: dict[str, Any]) -> str:
        """Why the driver was not in order, so that there is no verdict; "" if it was."""
        wanted = 50 * figures["streams"] * figures["seconds"]
        if figures["cpu"] > MOST_CPU:
            return f"driver at {100 * figures['cpu']:.0f} % of its core"
        if figures["tick_p99_us"] > MOST_TICK_US:
            return f"driver {figures['tick_p99_us'] / 1000:.1f} ms late"
        if figures["overflow"]:
            return f"driver lost {figures['overflow']} packets"
        if figures["sent"] < wanted * (1 - MOST_LOST_SENDING):
            return "driver did not send all"
        return ""

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()
