"""What every changing service does alike: ask the back office for an offer, perform it under its key, and
turn the port's answers into outcomes.

An offer goes through the session as JSON and must come back exactly as it was: it names tariff and effect,
and the back office refuses it if the tariff no longer fits (design promise 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import assert_never

from business import port
from handlers.request import ServiceRequest, typed
from handlers.validated import InvalidAnswer
from menus.model.events import Answered, Json, NotDone, Offered, Outcome, Refused, Unknown
from menus.model.specs import ActionSpec
from menus.model.values import Kind, Value

_MONEY = Kind.MONEY
STOPPED_BY_OWNER = "stopped by owner"
"""Stopped, and owes nothing: it was his own wish."""
COMMON_REFUSALS: Mapping[str, Mapping[str, Kind]] = {
    port.Why.SUSPENDED: {},
    STOPPED_BY_OWNER: {},
    port.Why.BUSY: {},
    port.Why.OFFER_CHANGED: {},
    port.Why.TOO_MANY: {"limit": Kind.COUNT},
}
"""Reasons that any change may be refused for."""


def offer_to_json(offer: port.Offer) -> dict[str, Json]:
    """The offer as JSON; details keep their types by a one-letter mark."""
    return {
        "fee": offer.fee,
        "charged": offer.charged,
        "confirm": offer.confirm,
        "effective": offer.effective.isoformat(),
        "token": offer.token,
        "details": {name: _mark(value) for name, value in offer.details.items()},
    }


def offer_from_json(data: Json) -> port.Offer:
    """The offer that :func:`offer_to_json` wrote. Raises ValueError on anything else."""
    try:
        assert isinstance(data, dict)
        details = data["details"]
        assert isinstance(details, dict)
        return port.Offer(
            fee=int(str(data["fee"])),
            charged=bool(data["charged"]),
            confirm=bool(data["confirm"]),
            effective=date.fromisoformat(str(data["effective"])),
            token=str(data["token"]),
            details={name: _unmark(value) for name, value in details.items()},
        )
    except (KeyError, TypeError, AssertionError) as error:
        raise ValueError("not an offer") from error


def _mark(value: port.DetailValue) -> list[Json]:
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, tuple):
        return ["l", list(value)]
    return ["i" if isinstance(value, int) else "s", value]


def _unmark(marked: Json) -> port.DetailValue:
    assert isinstance(marked, list)
    mark, value = marked
    if isinstance(value, list):
        return tuple(str(part) for part in value)
    match mark:
        case "t":
            return datetime.fromisoformat(str(value))
        case "d":
            return date.fromisoformat(str(value))
        case "i":
            return int(str(value))
    return str(value)


def refused(answer: port.Refused, spec: ActionSpec, more: Mapping[str, Value] | None = None) -> Refused:
    """The port's refusal with the values that the service declares for that reason."""
    declared = spec.refusals.get(answer.why, {})
    wished = answer.why == port.Why.SUSPENDED and answer.details.get("owed") == 0
    reason = STOPPED_BY_OWNER if wished and STOPPED_BY_OWNER in spec.refusals else str(answer.why)
    return Refused(reason, {**typed(answer.details, declared), **(more or {})})


async def offered(
    request: ServiceRequest, change: port.Change, values: Mapping[str, Value], spec: ActionSpec
) -> port.Offer | Refused:
    """The back office's offer, or its refusal as an outcome, with those of ``values`` it declares. Raises
    InvalidAnswer for a fee below zero, which nobody may be asked to confirm."""
    answer = await request.business.offer(request.caller, change)
    if isinstance(answer, port.Refused):
        declared = spec.refusals.get(answer.why, {})
        return refused(answer, spec, {name: value for name, value in values.items() if name in declared})
    if answer.fee < 0:
        raise InvalidAnswer("fee")
    return answer


def asking(offer: port.Offer, values: Mapping[str, Value], confirm: bool, state: str = "") -> Offered:
    """The question's values, and the offer as it will come back with the answer. What is charged is asked
    about, whatever the back office says of asking (R106)."""
    return Offered(values=values, offer=offer_to_json(offer), confirm=confirm or offer.charged, state=state)


async def performed(request: ServiceRequest, change: port.Change, offer: port.Offer) -> port.Performed:
    """Run the change under the request's key.

    Raises:
        ValueError: the work has no key, so that it could not be kept from running twice.
    """
    if not request.key:
        raise ValueError("a change without a key")
    origin = port.Origin.of(request.channel.name)
    return await request.business.perform(request.caller, change, offer, request.key, origin)


def day_of(answer: port.Performed, name: str, offered: date) -> Value:
    """The day that the back office did it for, by its name in the details. It is another one than was offered
    where a month has ended between question and answer."""
    told = answer.details.get(name) if isinstance(answer, port.Done) else None
    return Value(Kind.DATE, told if type(told) is date else offered)


def result(answer: port.Performed, spec: ActionSpec, done: Answered) -> Outcome:
    """The outcome for what the back office answered; ``done`` is what to say of a success."""
    match answer:
        case port.Done():
            values = {**typed(answer.details, spec.answers.get(done.variant, {})), **done.values}
            return Answered(done.variant, values, done.items, answer.repeated)
        case port.Refused():
            return refused(answer, spec)
        case port.NotDone():
            return NotDone(answer.why)
        case port.Unknown():
            return Unknown(answer.why)
        case _ as never:
            assert_never(never)
