"""Operations that stayed unknown: asked again by their key until the truth is known, then told by one SMS
(design promise 3)."""

from __future__ import annotations

from counter.desk import Desk
from counter.operations import Operation
from menus.dialogue.machine import settled
from menus.dialogue.session import Session
from menus.model.channels import SMS
from menus.model.events import Event, Facts, NotDone, Outcome, Unknown
from menus.model.hall import Hall


async def ask_again(desk: Desk, operation: Operation) -> Outcome | None:
    """Ask the back office once more with the same key: its first result, or now for the first time. None
    while that is still unknown: "not done" of this attempt says nothing about the one before it. Never
    raises."""
    outcome = await desk.repeat(operation.work(), operation.caller, operation.channel)
    return None if isinstance(outcome, Unknown | NotDone) else outcome


def late_message(hall: Hall, operation: Operation, outcome: Outcome, facts: Facts) -> tuple[Event, ...]:
    """What to write to the customer who was told 正在办理, as events whose texts make one SMS. ``facts`` are
    the subscriber's by SMS. Empty while the outcome is unknown."""
    session = Session.new(hall.version, SMS, operation.caller, operation.session_id)
    return settled(hall, session, operation.work(), outcome, facts)
