"""Whole conversations as they are read and heard, one a file, beside this one.

A file says in its first lines what it shows, on which channel and as whom; then come the inputs (``> text``,
or ``按 key``) and below each what the hall answers. ``pytest tests/golden --update`` writes the answers anew:
read the difference before you commit it. A new conversation needs only the head and the inputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from counter.testing.house import House, the_hall
from server.simulate import SILENCE, Answer, Heard, simulate_sms, simulate_voice

HERE = Path(__file__).parent
_MADE = re.compile("(临时服务密码)[0-9]{6}")
"""Another one each time."""
FILES = sorted(HERE.glob("*.txt"))
_HEAD = re.compile(r"(sms|voice) as (\d{11}|withheld)")
_INPUT = re.compile(r"> (?P<text>.*?)(?: {4}\(.*\))?|按 (?P<key>[0-9*#])|(?P<silence>\(没有按键\))")


@dataclass(frozen=True)
class Golden:
    """``title``: the comment lines at the head."""

    title: tuple[str, ...]
    channel: str
    caller: str | None
    inputs: tuple[str, ...]


def read(text: str) -> Golden:
    lines = text.splitlines()
    title = tuple(line for line in lines if line.startswith("# "))
    head = _HEAD.fullmatch(lines[len(title)])
    assert head is not None, "after the title comes 'sms as NUMBER' or 'voice as NUMBER|withheld'"
    found = (_INPUT.fullmatch(line) for line in lines[len(title) + 1 :])
    inputs = tuple(SILENCE if m["silence"] else m["key"] or m["text"] for m in found if m is not None)
    caller = None if head.group(2) == "withheld" else head.group(2)
    return Golden(title, head.group(1), caller, inputs)


def played(golden: Golden) -> Iterator[str]:
    """The whole file as it should be."""
    house = House()
    yield from golden.title
    yield f"{golden.channel} as {golden.caller or 'withheld'}"
    answers: Iterable[Answer | Heard]
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
