"""What is said again and again is said once a minute, with a count; what is different is never hidden."""

from __future__ import annotations

import io
import json
import re
from typing import Any

from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from server.folding import KINDS, TEXTS, WINDOW, Folding
from server.logs import JsonObserver

Line = dict[str, Any]


class Log:
    """A log under a clock of its own."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.stream = io.StringIO()
        self.folding = Folding(JsonObserver(self.stream), lambda: self.now)
        self.logger = Logger(namespace="sms.intake", observer=self.folding)

    @property
    def lines(self) -> list[Line]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def texts(self) -> list[str]:
        return [line["text"] for line in self.lines]


def failed(number: int, where: int = 1) -> Failure:
    try:
        if where == 1:
            raise ValueError(f"no {number}")
        raise ValueError(f"no {number}")
    except ValueError:
        return Failure()


def test_a_line_a_packet_is_a_line_a_minute_with_a_count() -> None:
    log = Log()
    for _ in range(3_488):
        log.logger.warn("facts of a subscriber not known: {why}", why="given up")
    assert log.texts == ["facts of a subscriber not known: given up"]
    log.now += WINDOW
    log.logger.warn("facts of a subscriber not known: {why}", why="given up")
    first, second = log.texts
    assert second == f"{first} (3487 more of this kind in the minute before)"


def test_whether_something_is_up_or_down_is_written_each_time() -> None:
    log = Log()
    for _ in range(30):
        log.logger.info("link {link}: bound", link="1", log_state=True)
        log.logger.warn("link {link}: closed", link="1", log_state=True)
    assert log.texts == ["link 1: bound", "link 1: closed"] * 30
    assert set(log.lines[0]) == {"time", "level", "from", "text", "link"}


def test_what_was_left_out_is_told_though_nothing_follows() -> None:
    log = Log()
    for _ in range(150):
        log.logger.error("an MO could not be kept: {why}", why="disk full")
    log.now += WINDOW
    log.folding.flush()
    assert len(log.lines) == 1
    log.now += WINDOW
    log.folding.flush()
    (told,) = log.texts[1:]
    assert re.fullmatch(
        "149 more of this kind, the last at [0-9:]{8}: an MO could not be kept: disk full", told
    )
    log.folding.flush()
    assert len(log.lines) == 2


def test_another_message_is_never_hidden_by_a_flood() -> None:
    log = Log()
    for number in range(1_000):
        log.logger.error("operation {key} cannot be read", key=f"s{number}")
        log.logger.warn("an MO could not be kept: {why}", why="disk full")
    log.logger.error("an MO could not be kept: {why}", why="disk full")  # graver than a warning
    log.logger.error("operation {key} stays unknown and is left for people", key="s1")
    Logger(namespace="store", observer=log.folding).warn("an MO could not be kept: {why}", why="disk full")
    assert log.texts[-3:] == [
        "an MO could not be kept: disk full",
        "operation s1 stays unknown and is left for people",
        "an MO could not be kept: disk full",
    ]
    assert len(log.lines) == TEXTS + 1 + 3


def test_different_texts_of_a_kind_are_written_until_they_are_many() -> None:
    log = Log()
    for number in range(100):
        log.logger.warn("link {name} is lost", name=number)
    assert log.texts == [f"link {number} is lost" for number in range(TEXTS)]
    log.now += WINDOW
    log.logger.warn("link {name} is lost", name="x")
    assert log.texts[-1] == f"link x is lost ({100 - TEXTS} more of this kind in the minute before)"


def test_what_is_no_trouble_is_written_whenever_it_is_new() -> None:
    log = Log()
    for number in range(100):
        log.logger.info("operation {key} was settled", key=number)
        log.logger.info("ready")
    assert len(log.lines) == 100 + 1


def test_a_format_that_says_nothing_is_told_apart_by_its_text() -> None:
    log = Log()
    for number in range(500):
        log.logger.warn("{line}", line=f"192.0.2.{number % 200}: SIP: not a message")
    log.logger.warn("{line}", line="192.0.2.1: SIP: no such host")
    assert len(log.lines) == TEXTS + 1
    assert log.texts[-1] == "192.0.2.1: SIP: no such host"


def test_one_traceback_a_minute_a_place() -> None:
    log = Log()
    for number in range(50):
        log.logger.failure("call {id} failed", failed(number), LogLevel.error, id=number)
    log.logger.failure("call {id} failed", failed(1, where=2), LogLevel.error, id="other")
    written = [line["failure"] for line in log.lines]
    assert len([each for each in written if "Traceback" in each]) == 2
    assert set(written[1:TEXTS]) == {"ValueError, as above"}
    assert "Traceback" in written[-1]  # raised elsewhere: another trouble


def test_a_critical_line_is_always_written() -> None:
    log = Log()
    for _ in range(5):
        log.logger.critical("the media process does not start")
    assert len(log.lines) == 5


def test_memory_is_bounded_and_nothing_that_goes_is_forgotten() -> None:
    log = Log()
    for _ in range(10):
        log.logger.warn("{text}", text="oldest of all")
    for number in range(2 * KINDS):
        name = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        log.logger.warn("{text}", text=f"kind {name}")
    assert len(log.folding._kinds) <= KINDS
    (told,) = [text for text in log.texts if text.endswith(": oldest of all")]
    assert told.startswith("9 more of this kind, the last at ")
    assert len(log.lines) == 2 * KINDS + 2
