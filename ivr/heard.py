"""What is heard of what is said: its words for a transcript, and whether an answer is heard at all."""

from __future__ import annotations

from collections.abc import Sequence

from menus.model.events import Say, SayKind
from menus.model.hall import Template
from menus.model.text import render_text
from menus.model.values import SECRET_KINDS, Value

BY_SMS = frozenset({"sent", "copied"})
"""What the hall says when an SMS has the answer."""


class Unheard(Exception):
    """An answer has no audio at all; the log has said which clips are lacking."""


def nothing_told(says: Sequence[Say], heard: Sequence[Template | None]) -> bool:
    """Is there an answer among them of which nothing has audio, and nobody says that an SMS has it?"""
    silent = False
    for say, wording in zip(says, heard, strict=True):
        if say.name in BY_SMS or (wording is not None and say.kind is SayKind.ANSWER):
            return False
        silent = silent or say.kind is SayKind.ANSWER
    return silent


def shown(say: Say, heard: Template | None) -> str:
    """The words of ``say`` for a transcript, as they are heard; secrets as ***."""
    values = dict(say.values)
    for name, value in say.values.items():
        if value.kind in SECRET_KINDS:
            values[name] = Value(value.kind, "***")
    return render_text(heard or say.template, values) + ("" if heard else "（没有录音）")
