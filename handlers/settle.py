"""Operations that stayed unknown: asked again by their key until the truth is known, then told by one SMS
(design promise 3)."""

from __future__ import annotations

from dataclasses import replace

from handlers.desk import Desk
from handlers.operations import Operation
from menus.events import Answered, Facts, NotDone, Outcome, Refused, SayKind, Send, Unknown
from menus.model import Channel, Hall
from menus.session import Session, Told
from menus.turn import Turn


async def settle(desk: Desk, operation: Operation) -> Outcome | None:
    """Ask the back office once more with the same key: its first result, or now for the first time. None
    while that is still unknown. Never raises."""
    outcome = await desk.repeat(operation.work(), operation.caller, operation.channel)
    return None if isinstance(outcome, Unknown) else outcome


def late_message(hall: Hall, operation: Operation, outcome: Outcome, facts: Facts) -> Send | None:
    """What to write to the customer who was told 正在办理. ``facts`` are the subscriber's by SMS.

    The result is news to the customer even if the back office had it all along (``repeated``), so it is told
    as a first one. None while unknown, or if the hall has no wording at all for it.
    """
    turn = _turn(hall, operation, facts)
    about = Told(operation.service, operation.action, "")
    match outcome:
        case Answered(variant, values):
            turn.send(replace(about, name=f"answer {variant}".strip(), values=values))
        case Refused(reason, values):
            turn.refuse(replace(about, name=f"refused {reason}", values=values))
        case NotDone():
            turn.say("busy failed", turn.of_service(operation.service), SayKind.REFUSAL)
        case _:
            return None
    return next((_as_send(event) for event in turn.events), None)


def _turn(hall: Hall, operation: Operation, facts: Facts) -> Turn:
    session = Session.new(hall.version, Channel.SMS, operation.caller, operation.session_id)
    return Turn(hall.of_city(facts.city), facts, session)


def _as_send(event: object) -> Send:
    name, template, values = (getattr(event, part) for part in ("name", "template", "values"))
    return Send(name, template, values)
