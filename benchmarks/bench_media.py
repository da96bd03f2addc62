"""Calls per core of the media process alone: ``python -m benchmarks.bench_media``.

Every caller sends RTP all the time, hears prompts all the time and presses a key every 8 s, which cuts the
prompt and starts the next. The media process and the hall's client (in this process) share one core, the
driver has the other. What is printed, beside the goals: deviation of the 20 ms pacing, key to first packet
of the next prompt, CPU-seconds a call-minute (media process, and with the client), memory a call.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from twisted.internet import defer, task

from benchmarks.machine import cpu_seconds, others, own_memory_kb, processes
from benchmarks.rtp_load import RtpLoad
from ivr.media.client import MediaCall, MediaProcess, MediaSettings

PROMPT = 20 * 8000
KEY_EVERY_MS = 8000
SERVER_CORE, DRIVER_CORE = 0, 1
GOAL_DEVIATION_US, GOAL_CPU, GOAL_MEMORY_KB = 5000, 0.045, 60
MOST_OTHERS = 0.10  # of the server's core


class Caller:
    """One call that always hears something."""

    def __init__(self, call: MediaCall, pack: int) -> None:
        self._call, self._pack, self._next = call, pack, 0
        call.on_key = lambda digit, when: self._cut()
        call.on_played = lambda utterance: self._play()
        self._play()

    def _cut(self) -> None:
        self._call.stop()
        self._play()

    def _play(self) -> None:
        self._next += 1
        clips = [(self._pack, 8000 * n, PROMPT // 10) for n in range(10)]
        self._call.play(self._next, clips)


async def measure(reactor: Any, media: MediaProcess, pack: int, calls: int, seconds: float) -> dict[str, Any]:
    """One level of load."""
    assert media.pid is not None
    empty = own_memory_kb(media.pid)
    load = RtpLoad(calls, DRIVER_CORE)
    opened = [await media.open() for _ in range(calls)]
    for number, (call, port) in enumerate(zip(opened, load.ports, strict=True)):
        call.remote("127.0.0.1", port, events=101)
        Caller(call, pack)
        load.connect(number, call.port)
        if number % 20 == 0:
            await task.deferLater(reactor, 0.002, lambda: None)
    load.keys(KEY_EVERY_MS)
    await task.deferLater(reactor, 2.0, lambda: None)
    figures = await _watched(reactor, media, load, seconds)
    figures["memory_kb_a_call"] = round((own_memory_kb(media.pid) - empty) / calls, 1)
    load.close()
    for call in opened:
        call.close()
    while media.calls:
        await task.deferLater(reactor, 0.05, lambda: None)
    return {"calls": calls, **figures}


async def _watched(reactor: Any, media: MediaProcess, load: RtpLoad, seconds: float) -> dict[str, Any]:
    assert media.pid is not None
    before = await media.figures()
    cpu, own, everybody = cpu_seconds(media.pid), time.process_time(), processes()
    began = time.monotonic()
    load.reset()
    await task.deferLater(reactor, seconds, lambda: None)
    figures = load.stats()
    passed = time.monotonic() - began
    minutes = figures["streams"] * passed / 60
    spent, own = cpu_seconds(media.pid) - cpu, time.process_time() - own
    ordinary, _nice = others(everybody, processes(), SERVER_CORE, (media.pid, os.getpid()))
    strange = ordinary / passed
    after = await media.figures()
    return {
        **figures,
        "media_core": round(spent / passed, 3),
        "cpu_a_call_minute": round(spent / minutes, 4),
        "cpu_a_call_minute_with_hall": round((spent + own) / minutes, 4),
        "late": [b - a for a, b in zip(before["late"], after["late"], strict=True)],
        "stalls": after["stalls"] - before["stalls"],
        "others": round(strange, 3),
        "no_verdict": load.why_not(figures)
        or (f"others used {100 * strange:.0f} % of the core" if strange > MOST_OTHERS else ""),
    }


HEAD = (
    " calls  dev p99 key p50 key p99    core media/cm  both/cm KB/call lost   (ms; CPU-s a call-minute)\n"
    f"  goal  {GOAL_DEVIATION_US / 1000:7.2f}    5.00   20.00         {GOAL_CPU:8.4f}"
    f"          {GOAL_MEMORY_KB:7.1f}"
)


def line_of(figures: dict[str, Any]) -> str:
    """One level as a line of the table."""
    within = figures["deviation_p99_us"] <= GOAL_DEVIATION_US and not figures["stalls"]
    verdict = figures["no_verdict"] and f"no verdict: {figures['no_verdict']}"
    times = [figures[name] / 1000 for name in ("deviation_p99_us", "key_p50_us", "key_p99_us")]
    cpu = [figures[name] for name in ("cpu_a_call_minute", "cpu_a_call_minute_with_hall")]
    return (
        f"{figures['calls']:6} {times[0]:8.2f} {times[1]:7.2f} {times[2]:7.2f} {figures['media_core']:7.3f}"
        f" {cpu[0]:8.4f} {cpu[1]:8.4f} {figures['memory_kb_a_call']:7.1f} {figures['lost']:4}"
        f"  {verdict or ('within 5 ms' if within else 'BEYOND 5 ms')}"
    )


async def run(reactor: Any, levels: list[int], seconds: float) -> list[dict[str, Any]]:
    """All levels, printed as they are reached."""
    os.sched_setaffinity(0, {SERVER_CORE})  # the media process inherits it
    media = MediaProcess(reactor, MediaSettings(calls=max(levels)))
    await media.start()
    path = Path("var/bench/noise.alaw")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(PROMPT))
    pack = await media.pack(path)
    print(HEAD)
    results = []
    for calls in levels:
        results.append(await measure(reactor, media, pack, calls, seconds))
        print(line_of(results[-1]), flush=True)
    await media.stop()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--levels", default="300,600,1000,1500,2000", help="calls in progress")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", type=Path, help="write the figures there")
    given = parser.parse_args()
    results: list[dict[str, Any]] = []

    def started(reactor: Any) -> defer.Deferred[None]:
        running = run(reactor, [int(level) for level in given.levels.split(",")], given.seconds)
        return defer.ensureDeferred(running).addCallback(results.extend)

    try:
        task.react(started)
    except SystemExit as end:
        if given.json and results:
            given.json.write_text(json.dumps(results, indent=1))
        sys.exit(end.code)


if __name__ == "__main__":
    main()
