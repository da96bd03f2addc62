"""What came of one input, as JSON: the events of the turn in their order, and what is waited for.

    {"events": [{"say": "fee_realtime.answer", "text": "截至…", "kind": "answer", "final": true},
                {"sms": "…"}, {"agent": "10086"}, {"end": "served"}],
     "waits": "input", "secret": true, "service": "fee_realtime", "action": "query"}

``kind`` is :class:`menus.model.events.SayKind`; ``sms`` is what went to the handset besides (``null`` where
it names a secret; with ``to``: to that number). ``waits``: nothing, menu, input, screen, list, confirm,
choice; ``secret``: what is typed next is to be hidden. A promo is never among them: those follow text
messages (R107).
"""

from __future__ import annotations

from typing import Any

from counter.conversation import Turn
from counter.messages import names_secret, worded
from menus.dialogue.session import AtChoice, AtConfirm, AtInput, AtList, AtMenu, AtScreen, Waiting
from menus.dialogue.showing import input_spec
from menus.model.asked import SECRET_INPUTS
from menus.model.events import End, Event, Say, Send, Transfer
from menus.model.hall import Hall

WAITS: tuple[tuple[type[Waiting], str], ...] = (
    (AtMenu, "menu"),
    (AtInput, "input"),
    (AtScreen, "screen"),
    (AtList, "list"),
    (AtConfirm, "confirm"),
    (AtChoice, "choice"),
)


def answer(turn: Turn, hall: Hall, number: str) -> dict[str, Any]:
    """See the head of this file. ``number``: the hall's own, which an agent is called at."""
    waiting, meant = turn.session.waiting, turn.recognised
    shown = [each for event in turn.events if (each := _event(event, number)) is not None]
    return {
        "events": shown,
        "waits": _waits(waiting),
        "secret": isinstance(waiting, AtInput)
        and input_spec(hall, waiting.errand, waiting.name).kind in SECRET_INPUTS,
        "service": meant.service,
        "action": meant.action and meant.action.value,
    }


def _waits(waiting: Waiting) -> str:
    """What there is to answer: what was done out of a question or a screen answers a repeated yes alone."""
    asked = isinstance(waiting, AtConfirm) and waiting.proposal.done
    if asked or (isinstance(waiting, AtScreen) and waiting.used):
        return "nothing"
    return next((name for kind, name in WAITS if isinstance(waiting, kind)), "nothing")


def _event(event: Event, number: str) -> dict[str, Any] | None:
    match event:
        case Say():
            text = worded([event])
            return {"say": event.name, "text": text, "kind": event.kind.value, "final": event.final}
        case Send():
            to = {} if event.to is None else {"to": event.to}
            return {"sms": None if names_secret([event]) else worded([event]), **to}
        case Transfer():
            return {"agent": number}
        case End():
            return {"end": event.outcome}
        case _:
            return None
