"""Golden conversations as they are written: who, on which channel, and what he gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from menus.model.channels import WEB
from menus.model.hall import Hall
from server.simulate import SILENCE

HERE = Path(__file__).parent
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


def worded_for_the_web(hall: Hall, told: Mapping[str, Any]) -> bool:
    """Whether an answer of the web hall says what is worded for the web by itself: a text message with a
    password is to be deleted, and here there is none."""
    names = [str(event["say"]).split(".") for event in told["events"] if "say" in event]
    return any(
        name == said[-1] and WEB.name in wording.by
        for said in names
        if said[0] in hall.services
        for (_, name), wording in hall.services[said[0]].wordings.items()
    )
