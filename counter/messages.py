"""What a turn says, as messages to be sent: one reply (R115), and those that go beside it (R060).

A :class:`ShortMessage` is words and what they are; which rows it becomes is the SMS hall's matter
(:class:`counter.post.Post`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from counter.conversation import Turn
from menus.model.events import Asks, Event, Say, SayKind, Send
from menus.model.text import render_text
from menus.model.values import SECRET_KINDS
from store.seal import SECRET

RESULT, COPY, PROMO = "result", "copy", "promo"
QUESTIONS = frozenset({SayKind.ASK, SayKind.CONFIRM})


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """``kind``: what it is on its way: that of what it says last, or one of ``result``, ``copy``, ``promo``,
    ``secret`` (it lies sealed on the disk until it is sent), or the name of a notice. ``says``: what it is to
    who reads it. ``asks``: a question of it that is waited for once it is in the store. ``sender``: the
    number that it comes from; None: the hall's."""

    to: str
    text: str
    kind: str
    says: SayKind = SayKind.ANSWER
    asks: Asks | None = None
    sender: str | None = None


def reply(turn: Turn, to: str) -> ShortMessage | None:
    """Everything that a turn says, as one message; None where it says nothing."""
    text = said(turn)
    if not text:
        return None
    last = next(event.kind for event in reversed(turn.events) if isinstance(event, Say))
    kind = RESULT if turn.operations and last not in QUESTIONS else str(last)
    return ShortMessage(to, text, SECRET if names_secret(turn.events) else kind, last)


def said(turn: Turn) -> str:
    """Everything that a turn says, as one text."""
    return worded([event for event in turn.events if isinstance(event, Say)])


def beside(turn: Turn, to: str | None) -> list[ShortMessage]:
    """Messages of their own: to the number that the caller proved, else ``to``; who has neither gets none."""
    return [
        ShortMessage(number, worded([send]), SECRET if names_secret([send]) else COPY, asks=send.asks)
        for send in turn.events
        if isinstance(send, Send) and (number := send.to or to) is not None
    ]


def worded(events: Sequence[Event]) -> str:
    """All that is said or sent, as one text."""
    told = [each for each in events if isinstance(each, Say | Send)]
    return "\n".join([render_text(each.template, each.values).strip("\n") for each in told])


def names_secret(events: Iterable[Event]) -> bool:
    """Whether what is said or sent names a secret: such a message lies sealed on the disk."""
    for each in events:
        if isinstance(each, Say | Send):
            for slot in each.template.slots:
                if slot.kind in SECRET_KINDS:
                    return True
    return False


def may_promote(events: Sequence[Event]) -> bool:
    """Only behind a last-level answer: the last thing said is final, and nothing in it was a question."""
    says = [event for event in events if isinstance(event, Say)]
    return bool(says) and says[-1].final and QUESTIONS.isdisjoint([say.kind for say in says])
