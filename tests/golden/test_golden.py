"""Whole conversations as they are read and heard, one a file, beside this one.

A file says in its first lines what it shows, on which channel and as whom; then come the inputs (``> text``,
or ``按 key``) and below each what the hall answers. ``pytest tests/golden --update`` writes the answers anew:
read the difference before you commit it. A new conversation needs only the head and the inputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from counter.testing.house import House, the_hall
from server.simulate import KeyResult, TextResult, simulate_sms, simulate_voice
from tests.golden.conversations import FILES, Golden, read

_MADE = re.compile("(临时服务密码)[0-9]{6}")
"""Another one each time."""


def played(golden: Golden) -> Iterator[str]:
    """The whole file as it should be."""
    house = House()
    yield from golden.title
    yield f"{golden.channel} as {golden.caller or 'withheld'}"
    answers: Iterable[TextResult | KeyResult]
    if golden.channel == "sms":
        answers = simulate_sms(
            golden.inputs,
            hall=the_hall(),
            business=house.memory,
            now=lambda: house.now,
            caller=golden.caller or "",
        )
    else:
        answers = simulate_voice(
            " ".join(golden.inputs),
            hall=the_hall(),
            business=house.memory,
            now=lambda: house.now,
            caller=golden.caller,
        )
    for answer in answers:
        for line in answer.lines():
            yield _MADE.sub(r"\1******", line)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_conversation(file: Path, request: pytest.FixtureRequest) -> None:
    was = file.read_text(encoding="utf-8")
    golden = read(was)
    now = "\n".join(played(golden)) + "\n"
    if request.config.getoption("--update"):
        file.write_text(now, encoding="utf-8")
        return
    assert golden.inputs
    assert now == was, "if this is meant: pytest tests/golden --update"


def test_there_are_conversations_of_both_channels() -> None:
    channels = [read(file.read_text(encoding="utf-8")).channel for file in FILES]
    assert channels.count("sms") >= 8
    assert channels.count("voice") >= 6
