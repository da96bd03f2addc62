"""Logs whose reader stands still: the hall goes on, and what found no room is told."""

from __future__ import annotations

import io
import os
import threading
from typing import Any

from server.patient import PatientStream


class Slow(io.StringIO):
    """Lets nothing pass until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = threading.Event()
        self.reached = threading.Event()

    def write(self, text: str) -> int:
        self.reached.set()
        self.may.wait(30)
        return super().write(text)


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_what_finds_no_room_is_counted_and_told_when_it_goes_on() -> None:
    slow = Slow()
    stream = PatientStream(slow, room=3)
    stream.write("first\n")
    slow.reached.wait(30)  # it is being written now, and stands still
    for number in range(10):
        stream.write(f"{number}\n")
    assert stream.lost == 7
    slow.may.set()
    stream.close(30)
    told = '{"level": "warn", "text": "7 lines found no room"}'
    assert slow.getvalue().splitlines() == ["first", told, "0", "1", "2"]


def test_a_pipe_that_nobody_reads_holds_nobody_up() -> None:
    reading, writing = os.pipe()
    pipe: Any = os.fdopen(writing, "w")
    stream = PatientStream(pipe, room=10)
    for _ in range(300):
        stream.write("x" * 1_000 + "\n")  # more than a pipe takes
    assert stream.lost
    os.close(reading)  # the thread goes on, and ends
    stream.close(30)


def test_a_reader_that_is_gone() -> None:
    stream = PatientStream(Gone())
    stream.write("lost\n")
    stream.close(30)
