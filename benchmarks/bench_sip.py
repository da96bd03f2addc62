"""CPU per call set-up of the signalling alone: INVITE, 200, ACK, BYE, 200, with the SDP answered.

    python -m benchmarks.bench_sip [--calls N] [--rate CALLS_A_SECOND]

Our server on one core, SIPp on the other. The CPU is the server process's own (user and system), from the
first INVITE until all transactions are forgotten again: the timers of the 32 seconds after are paid for, too.
No verdict where SIPp itself was saturated or calls failed. Goal: 0.20 ms.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOAL = 0.20  # ms
SCENARIO = Path(__file__).with_name("sipp_setup.xml")


def serve() -> None:
    """Answer until told to stop on standard input; then say what it cost."""
    from twisted.internet import reactor, stdio
    from twisted.protocols.basic import LineReceiver

    from ivr.sip.api import SipSettings
    from ivr.sip.incoming import IncomingCall
    from ivr.sip.sdp import Answer, answer
    from ivr.sip.server import SipServer
    from ivr.testing.sip_bench import Handler

    def on_invite(call: IncomingCall) -> None:
        call.handler = Handler()
        made = answer(call.offer, "127.0.0.1", 30_000) if call.offer else None
        call.accept(made.body) if isinstance(made, Answer) else call.reject(488)

    server = SipServer(reactor, SipSettings(setups_per_second=1e6, max_transactions=10**6), on_invite, port=0)
    server.start()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # as the hall does: calls die by themselves, collections find nothing
    began = resource.getrusage(resource.RUSAGE_SELF)

    def cost() -> float:
        now = resource.getrusage(resource.RUSAGE_SELF)
        return now.ru_utime + now.ru_stime - began.ru_utime - began.ru_stime

    class Orders(LineReceiver):
        delimiter = b"\n"

        def connectionMade(self) -> None:
            self.sendLine(str(server.port).encode())

        def lineReceived(self, line: bytes) -> None:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            left = len(server.agent.endpoint.transactions_in)
            self.sendLine(f"{cost()} {server.calls} {server.refused} {left} {peak}".encode())

    stdio.StandardIO(Orders(), reactor=reactor)
    reactor.run()


def cores() -> tuple[int, int]:
    found = sorted(os.sched_getaffinity(0))
    return found[0], found[-1]


def drive(port: int, calls: int, rate: int, core: int) -> tuple[int, float, float]:
    """Run SIPp; its exit status, wall seconds and CPU seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with tempfile.TemporaryDirectory() as where:
        command = ["taskset", "-c", str(core), "sipp", "-sf", str(SCENARIO), f"127.0.0.1:{port}"]
        command += ["-i", "127.0.0.1", "-m", str(calls), "-r", str(rate), "-l", "5000", "-nostdin"]
        done = subprocess.run(
            [*command, "-timeout", "120s"],
            cwd=where,
            check=False,
            capture_output=True,
            env={**os.environ, "TERM": "dumb"},
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.returncode, time.monotonic() - began, cpu


def measure(calls: int, rate: int, settle: float, file: Path | None) -> int:
    first, last = cores()
    server = subprocess.Popen(
        ["taskset", "-c", str(first), sys.executable, "-m", "benchmarks.bench_sip", "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline())
        status, wall, cpu = drive(port, calls, rate, last)
        time.sleep(settle)  # until the transactions are forgotten
        server.stdin.write("cost\n")
        server.stdin.flush()
        seconds, open_calls, refused, left, peak = server.stdout.readline().split()
    finally:
        server.kill()
        server.wait()
    each = 1000 * float(seconds) / calls
    print(
        f"{calls} calls at {calls / wall:.0f}/s (asked {rate}/s), SIPp {100 * cpu / wall:.0f} % of its core"
    )
    print(
        f"left open {open_calls}, refused {refused}, transactions {left}, peak memory {int(peak) // 1024} MiB"
    )
    print(f"CPU per call set-up: {each:.3f} ms (goal <= {GOAL:.2f} ms)")
    failed = status != 0 or cpu / wall > 0.95 or calls / wall < 0.8 * rate or first == last
    why = "the driver was saturated, calls failed, or there is only one core" if failed else ""
    if file is not None:
        file.write_text(json.dumps({"setup_ms": each, "rate": calls / wall, "no_verdict": why}))
    if why:
        print(f"no verdict: {why}")
        return 2
    return 0 if each <= GOAL else 1


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--calls", type=int, default=10_000)
    options.add_argument("--rate", type=int, default=500)
    options.add_argument("--settle", type=float, default=34.0)
    options.add_argument("--json", type=Path, help="write the figures there")
    given = options.parse_args()
    if given.serve:
        serve()
        return 0
    if shutil.which("sipp") is None:
        print("not run: sipp is not installed (make peers)")
        return 2
    return measure(given.calls, given.rate, given.settle, given.json)


if __name__ == "__main__":
    sys.exit(main())
