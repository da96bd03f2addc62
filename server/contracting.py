"""Runs the port's promises in a process of its own, and sees to it that one that blocks is given up.

    for verdict in run_promises(job): ...

The process is :mod:`business.contract.__main__`. Its reactor gives every promise its deadline; a back office
that blocks that very reactor is ended from here, and the promises after it go on in a new process.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

from business.contract.promises import Promise
from business.contract.run import PromiseResult, PromiseStatus
from counter import children

GRACE = 15.0
"""Seconds beyond a promise's deadline that its process has to say so itself."""


class CannotRun(Exception):
    """No promise can be shown here; the message is for people."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be shown of which back office. ``deadline``: seconds a promise. The URL may hold a password:
    it goes by a pipe, never by a command line."""

    name: str
    url: str | None = field(repr=False)
    options: Mapping[str, Any]
    promises: tuple[Promise, ...]
    deadline: float
    grace: float = GRACE


def run_promises(job: Job) -> Iterator[PromiseResult]:
    """One verdict a promise, as they come. Raises CannotRun."""
    left = [promise.id for promise in job.promises]
    while left:
        for verdict in _one_process(job, left):
            left.remove(verdict.promise)
            yield verdict


def _one_process(job: Job, wanted: list[str]) -> Iterator[PromiseResult]:
    """The verdicts of one process: all that are ``wanted``, or those up to one that blocked or crashed it."""
    with tempfile.TemporaryFile() as errors, _start(job, wanted, errors) as process:
        assert process.stdout is not None
        lines: Queue[dict[str, Any] | None] = Queue()
        reader = Thread(target=_read, args=(process.stdout, lines), daemon=True)
        reader.start()
        try:
            yield from _verdicts(job, lines, errors)
        finally:
            process.kill()


def _verdicts(job: Job, lines: Queue[dict[str, Any] | None], errors: IO[bytes]) -> Iterator[PromiseResult]:
    current: str | None = None
    while True:
        try:
            line = lines.get(timeout=job.deadline + job.grace)
        except Empty:
            if current is None:
                raise CannotRun("the back office blocks before the first promise") from None
            yield PromiseResult(
                current, PromiseStatus.BROKEN, "it blocks the reactor for good", job.deadline + job.grace
            )
            return
        match line:
            case {"begin": str(promise)}:
                current = promise
            case {"promise": str(promise), "kept": kept, "why": why, "seconds": seconds}:
                current = None
                yield PromiseResult(promise, PromiseStatus(kept), why, seconds)
            case {"cannot": str(why)}:
                raise CannotRun(why)
            case {"end": True}:
                return
            case _:
                last = _last_line(errors)
                if current is None:
                    raise CannotRun(f"the process that runs the promises ended: {last}")
                yield PromiseResult(current, PromiseStatus.BROKEN, f"it ended the process: {last}", 0.0)
                return


def _start(job: Job, wanted: list[str], errors: IO[bytes]) -> children.Piped:
    """The process, with its work; it finds the same packages as this one."""
    process = children.piped(children.command("business.contract"), errors)
    work = {
        "name": job.name,
        "url": job.url,
        "options": dict(job.options),
        "promises": wanted,
        "deadline": job.deadline,
    }
    assert process.stdin is not None
    with process.stdin as door:
        door.write(json.dumps(work).encode())
    return process


def _read(stream: IO[bytes], lines: Queue[dict[str, Any] | None]) -> None:
    """Every line, then None."""
    for line in stream:
        lines.put(json.loads(line))
    lines.put(None)


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0)
    said = errors.read().decode("utf-8", "replace").strip().splitlines()
    return said[-1] if said else "it gave no reason"
