"""The whole telephone hall: ``hall10086 serve`` on one core, callers by SIP and RTP on the other.

    python -m benchmarks.bench_hall [--levels 300,1000] [--seconds 15] [--setups 2000] [--json FILE]

A call: answer, the main prompt cut by a key at 8 s, the next menu's prompt, hang up at 18 s; the next call
follows at once, so that all is in the figures: signalling, dialogue, records, media. Callers send RTP all the
time. At each level three windows are measured: as it is, with the menu read anew every 3 s (SIGHUP; the child
that reads it has the same core), and with 100 SMS a second from an SMSC that is the driver's, too.

The CPU of a set-up is that of calls that hang up at once, all parts of the hall together, from the first
INVITE until the last transaction is forgotten (32 s after).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.callers import Callers, Counted, Script
from benchmarks.hall_process import HallProcess, Spent, msisdn
from benchmarks.machine import Process, cores, described, others, processes
from benchmarks.rtp_load import RtpLoad
from benchmarks.smsc_driver import Driver

GOALS = {
    "deviation_ms": 5.0,
    "key_p50_ms": 5.0,
    "key_p99_ms": 20.0,
    "first_p99_ms": 20.0,
    "cpu_a_minute": 0.045,
}
GOAL_MEMORY_KB, GOAL_SETUP_MS = 60.0, 0.35
ASTERISK = (
    "Asterisk 22: 300 calls within 5 ms, 0.174 CPU-s a call-minute, 1.33 ms a set-up, key 3.2 / 22 ms, "
    "152-197 KB a call"
)
SMS_A_SECOND, TEXTERS = 100, 4000
RELOAD_EVERY = 3.0
MOST_OTHERS = 0.10  # of the server's core
SPARE_STREAMS = 1.15  # a stream rests before the next call gets it
PACKETS_A_MINUTE = 3000


class PacedSmsc(Driver):
    """The SMSC of ``smsc_driver``, sending so many MOs a second and not as many as go."""

    def __init__(self, subscribers: Sequence[str]) -> None:
        super().__init__(len(subscribers), subscribers)
        self._due = 0.0

    def more(self) -> list[bytes]:
        return []  # not when an answer comes, but when the time does

    async def text(self, rate: float) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        self._due = loop.time()
        self.running = True
        while True:
            self._due += 1 / rate
            await asyncio.sleep(max(0.0, self._due - loop.time()))
            self.window = len(self.sent) + 1
            self.transport.write(b"".join(super().more()))


@dataclass(frozen=True, slots=True)
class Reading:
    """All counters at one moment."""

    at: float
    spent: Spent
    everybody: dict[int, Process]
    own: float


class Window:
    """What is measured between two moments."""

    def __init__(self, hall: HallProcess, callers: Callers, load: RtpLoad, core: int) -> None:
        self._hall, self._callers, self._load, self._core = hall, callers, load, core

    def _reading(self) -> Reading:
        return Reading(time.monotonic(), self._hall.spent(), processes(), time.process_time())

    async def measure(self, seconds: float) -> dict[str, Any]:
        """The figures of ``seconds`` from now on."""
        self._callers.counted = Counted()
        before = self._reading()
        self._load.reset()
        await asyncio.sleep(seconds)
        figures = self._load.stats()
        after = self._reading()
        passed, spent = after.at - before.at, after.spent.since(before.spent)
        minutes = figures["received"] / PACKETS_A_MINUTE
        counted = self._callers.counted
        ordinary, nice = others(before.everybody, after.everybody, self._core, self._hall.pids)
        return {
            "calls_up": self._callers.up,
            **{f"{name}_ms": figures[f"{name}_us"] / 1000 for name in _TIMES},
            "deviation_ms": figures["deviation_p99_us"] / 1000,
            "cpu_a_minute": (spent.hall + spent.media) / minutes,
            "hall_a_minute": spent.hall / minutes,
            "media_a_minute": spent.media / minutes,
            "core": (spent.hall + spent.media) / passed,
            "lost": figures["lost"],
            "unanswered": figures["unanswered"],
            "set_up": counted.answered,
            "set_up_p99_ms": _quantile(counted.answer_seconds, 0.99) * 1000,
            "refused": counted.refused + counted.given_up,
            "sent_again": counted.sent_again,
            "others": ordinary / passed,
            "nice": nice / passed,
            "driver": figures["cpu"] + (after.own - before.own) / passed,
            "why_not": RtpLoad.why_not(figures),
        }


_TIMES = ("deviation_p50", "deviation_p99", "key_p50", "key_p99", "first_p50", "first_p99")


def _quantile(of: list[float], share: float) -> float:
    return sorted(of)[int(len(of) * share)] if of else 0.0


class Bench:
    """One hall at a time, with its SMSC."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._seconds, self._settle, self._rate = options.seconds, options.settle, options.rate
        self._server_core, self._driver_core = cores()

    async def level(self, calls: int) -> list[dict[str, Any]]:
        """The three windows of one level."""
        numbers = [msisdn(n) for n in range(calls)]
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            smsc = PacedSmsc([msisdn(calls + n) for n in range(TEXTERS)])
            hall, listening = await self._hall(Path(folder), smsc, calls + TEXTERS, calls)
            load = RtpLoad(int(calls * SPARE_STREAMS) + 20, self._driver_core)
            callers = Callers(load, hall.sip, numbers, Script())
            try:
                return await self._windows(hall, callers, load, smsc, calls)
            finally:
                callers.close()
                load.close()
                await hall.stop()
                listening.close()

    async def _hall(
        self, folder: Path, smsc: PacedSmsc, subscribers: int, calls: int
    ) -> tuple[HallProcess, asyncio.Server]:
        listening = await asyncio.get_running_loop().create_server(lambda: smsc, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        hall = HallProcess(self._server_core, folder, port, subscribers=subscribers, calls=calls + 200)
        try:
            await hall.ready()
            await asyncio.wait_for(smsc.bound.wait(), 30)
        except BaseException:
            await hall.stop()
            raise
        return hall, listening

    async def _windows(
        self, hall: HallProcess, callers: Callers, load: RtpLoad, smsc: PacedSmsc, calls: int
    ) -> list[dict[str, Any]]:
        window = Window(hall, callers, load, self._server_core)
        empty = hall.spent()
        await callers.begin(calls)
        plain = await window.measure(self._seconds)
        grown = hall.spent().since(empty)
        plain["memory_kb"] = (grown.hall_kb + grown.media_kb) / calls
        plain["hall_kb"] = grown.hall_kb / calls
        reloading = asyncio.create_task(_every(RELOAD_EVERY, hall.reload))
        reloaded = await window.measure(self._seconds)
        reloading.cancel()
        await asyncio.sleep(2.0)
        texting = asyncio.create_task(smsc.text(SMS_A_SECOND))
        texted = await window.measure(self._seconds)
        texting.cancel()
        texted["sms"] = len(smsc.latencies)
        texted["sms_wrong"] = smsc.wrong
        texted["sms_p99_ms"] = _quantile(smsc.latencies, 0.99) * 1000
        await callers.end()
        results = {"alone": plain, "reloads": reloaded, "100 SMS/s": texted}
        return [{"calls": calls, "beside": name, **self._judged(each)} for name, each in results.items()]

    def _judged(self, figures: dict[str, Any]) -> dict[str, Any]:
        """With the reason why there is no verdict, if there is one."""
        why = figures.pop("why_not")
        if self._server_core == self._driver_core:
            why = "only one core"
        elif not why and figures["driver"] > 0.95:
            why = f"driver at {100 * figures['driver']:.0f} % of its core"
        elif not why and figures["others"] > MOST_OTHERS:
            why = f"others used {100 * figures['others']:.0f} % of the hall's core"
        return {**figures, "no_verdict": why}

    async def set_ups(self, calls: int) -> dict[str, Any]:
        """CPU of calls that hang up at once."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            smsc = PacedSmsc([])
            hall, listening = await self._hall(Path(folder), smsc, 1000, 1000)
            load = RtpLoad(1000, self._driver_core)  # ports, no RTP
            callers = Callers(load, hall.sip, [msisdn(n) for n in range(1000)])
            try:
                await callers.set_up(100, self._rate)  # warm
                idle = await self._idle(hall)
                callers.counted, before = Counted(), hall.spent()
                began = time.monotonic()
                await callers.set_up(calls, self._rate)
                took = time.monotonic() - began
                await asyncio.sleep(self._settle)
                spent = hall.spent().since(before)
            finally:
                callers.close()
                load.close()
                await hall.stop()
                listening.close()
        counted = callers.counted
        failed = counted.refused + counted.given_up + calls - counted.answered
        spent_idle = idle * (took + self._settle)
        return {
            "set_ups": calls,
            "rate": calls / took,
            "setup_ms": 1000 * (spent.hall + spent.media) / calls,
            "hall_ms": 1000 * spent.hall / calls,
            "media_ms": 1000 * spent.media / calls,
            "idle_ms": 1000 * spent_idle / calls,
            "answer_p50_ms": 1000 * _quantile(counted.answer_seconds, 0.5),
            "answer_p99_ms": 1000 * _quantile(counted.answer_seconds, 0.99),
            "no_verdict": f"{failed} calls failed" if failed else "",
        }

    @staticmethod
    async def _idle(hall: HallProcess, seconds: float = 3.0) -> float:
        """CPU seconds a second of a hall that does nothing: it is in the figure, and shown apart."""
        before = hall.spent()
        await asyncio.sleep(seconds)
        spent = hall.spent().since(before)
        return (spent.hall + spent.media) / seconds


async def _every(seconds: float, do: Any) -> None:
    while True:
        do()
        await asyncio.sleep(seconds)


HEAD = (
    " calls beside      dev p99 key p50 key p99 1st p99  cpu/min (hall+media)    core KB/call set up p99"
    "  lost ref\n"
    f"  goal           {GOALS['deviation_ms']:9.2f} {GOALS['key_p50_ms']:7.2f} {GOALS['key_p99_ms']:7.2f}"
    f" {GOALS['first_p99_ms']:7.2f} {GOALS['cpu_a_minute']:8.4f}                 {GOAL_MEMORY_KB:13.0f}"
)


def verdict(figures: dict[str, Any]) -> str:
    """What a window says of the goals."""
    if figures["no_verdict"]:
        return f"no verdict: {figures['no_verdict']}"
    goals = GOALS if figures["beside"] == "alone" else {**GOALS, "cpu_a_minute": math.inf}
    missed = [name for name, goal in goals.items() if not 0 <= figures[name] <= goal]
    if figures.get("memory_kb", 0) > GOAL_MEMORY_KB:
        missed.append("memory_kb")
    return f"not reached: {', '.join(missed)}" if missed else "reached"


def line_of(each: dict[str, Any]) -> str:
    """One window as a line of the table."""
    shown = ("deviation_ms", "key_p50_ms", "key_p99_ms", "first_p99_ms")
    times = " ".join(f"{each[name]:7.2f}" for name in shown)
    parts = f"({each['hall_a_minute']:.4f}+{each['media_a_minute']:.4f})"
    memory = f"{each['memory_kb']:7.1f}" if "memory_kb" in each else "      -"
    texts = f" {each['sms']} SMS p99 {each['sms_p99_ms']:.0f} ms" if "sms" in each else ""
    wrong = f" {each['sms_wrong']} WRONG" if each.get("sms_wrong") else ""
    return (
        f"{each['calls']:6} {each['beside']:<10} {times} {each['cpu_a_minute']:8.4f} {parts}"
        f" {each['core']:6.2f} {memory} {each['set_up']:5} {each['set_up_p99_ms']:5.1f} {each['lost']:4}"
        f" {each['refused']:3}{texts}{wrong}  {verdict(each)}"
    )


def setup_line(figures: dict[str, Any]) -> str:
    judged = "reached" if figures["setup_ms"] <= GOAL_SETUP_MS else "not reached"
    if figures["no_verdict"]:
        judged = f"no verdict: {figures['no_verdict']}"
    return (
        f"CPU per set-up, whole application: {figures['setup_ms']:.3f} ms (hall {figures['hall_ms']:.3f}, "
        f"media {figures['media_ms']:.3f}; of it idle {figures['idle_ms']:.3f}), goal {GOAL_SETUP_MS}; "
        f"INVITE to 200 p50 {figures['answer_p50_ms']:.1f} p99 {figures['answer_p99_ms']:.1f} ms "
        f"at {figures['rate']:.0f}/s: {judged}"
    )


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Everything, printed as it is reached."""
    bench = Bench(options)
    print(f"{described()}\n{ASTERISK}\n{HEAD}", flush=True)
    os.sched_setaffinity(0, {cores()[1]})
    windows = []
    for calls in [int(level) for level in options.levels.split(",") if level]:
        for each in await bench.level(calls):
            windows.append(each)
            print(line_of(each), flush=True)
    setups = None
    if options.setups:
        setups = await bench.set_ups(options.setups)
        print(setup_line(setups))
    return {"windows": windows, "set_ups": setups}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--levels", default="300,1000", help="calls in progress")
    parser.add_argument("--seconds", type=float, default=15.0, help="of a window")
    parser.add_argument("--setups", type=int, default=2000, help="calls that hang up at once; 0: none")
    parser.add_argument("--rate", type=float, default=400.0, help="of these a second")
    parser.add_argument("--settle", type=float, default=34.0, help="seconds until all is forgotten")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    results = asyncio.run(run(options))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
