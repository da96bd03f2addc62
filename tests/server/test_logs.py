"""Logs are JSON, a line an event, and keep numbers and secrets to themselves."""

from __future__ import annotations

import io
import json
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from server.logs import JsonObserver, mask


@pytest.mark.parametrize(
    ("plain", "masked"),
    [
        ("13900000001 called", "139****0001 called"),
        ("sip:+8613900000001@127.0.0.1", "sip:+86139****0001@127.0.0.1"),
        ("008613900000001", "0086139****0001"),
        ("8613900000001", "86139****0001"),
        ("card 123456789012345678", "card ***"),
        ("id 43010319800101123X.", "id ***."),
        ("10086 and 0204 stay", "10086 and 0204 stay"),
    ],
)
def test_numbers_are_masked(plain: str, masked: str) -> None:
    assert mask(plain) == masked


def test_an_event_is_one_json_line_with_its_fields() -> None:
    stream = io.StringIO()
    observer = JsonObserver(stream, lambda: datetime(2026, 11, 22, tzinfo=UTC))
    Logger(namespace="ivr.call", observer=observer).emit(
        LogLevel.info, "call from {caller}", caller="13900000001", seconds=1.5
    )
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line) == {
        "time": "2026-11-22T00:00:00.000+00:00",
        "level": "info",
        "from": "ivr.call",
        "text": "call from 139****0001",
        "caller": "139****0001",
        "seconds": 1.5,
    }


def test_a_failure_stays_on_one_line() -> None:
    stream = io.StringIO()
    try:
        raise ValueError("13900000001 is odd")
    except ValueError:
        Logger(namespace="x", observer=JsonObserver(stream)).failure("it failed", Failure())
    (line,) = stream.getvalue().splitlines()
    assert "139****0001 is odd" in json.loads(line)["failure"]
    assert "13900000001" not in line


@given(
    st.text(max_size=200)
    | st.binary(max_size=200).map(lambda octets: octets.decode("utf-8", "surrogateescape")),
    st.floats() | st.integers(-(10**5000), 10**5000) | st.none(),
)
def test_whatever_came_is_one_line_of_json_that_a_terminal_may_show(text: str, number: object) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")  # strict, as a file is
    observer = JsonObserver(stream)
    Logger(namespace="x", observer=observer).info("{text} and {number}", text=text, number=number)
    stream.seek(0)
    (line,) = stream.read().split("\n")[:-1]
    assert line.isprintable() or not any(
        unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} for each in line
    )
    assert not set(line) & set("\u202e\u2066\u200f\ufeff")
    assert json.loads(line, parse_constant=pytest.fail)["text"]


def test_what_is_kept_of_an_event_is_bounded() -> None:
    stream = io.StringIO()
    Logger(namespace="x", observer=JsonObserver(stream)).info("{text}", text="长" * 1_000_000, more=10**5000)
    assert len(stream.getvalue()) < 10_000
    assert "ValueError" in json.loads(stream.getvalue())["more"]


def test_a_full_disk_for_the_log_hurts_nobody() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    JsonObserver(Full())({"log_format": "hello", "log_level": LogLevel.info})
