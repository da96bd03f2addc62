"""Complaints and suggestions (R048, R171-R182, R224), reports of spam (R085), and how far a complaint is.

By telephone a class is chosen by a key and the first desk calls back; by text it is said in words, and the
back office finds the class. Urging is a number out of the list of what is still open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from business.port import Complain, Complaint, ComplaintKind, ComplaintState, Urge, Why
from handlers.changes import COMMON_REFUSALS, asking, offer_from_json, offered, performed, result
from handlers.request import Function, Handling, ServiceRequest, count, text, time
from menus.model.asked import InputKind
from menus.model.channels import Where
from menus.model.events import Answered, Item, Outcome, Refused
from menus.model.specs import Action, ActionSpec, InputSpec, ServiceSpec
from menus.model.values import Kind, Value

CLASSES = (
    ComplaintKind.FEE,
    ComplaintKind.NETWORK,
    ComplaintKind.SERVICE,
    ComplaintKind.SP,
    ComplaintKind.HANDLING,
    ComplaintKind.SUGGESTION,
)
"""By telephone, under the keys from 1 on, in this order."""
OPEN = frozenset({ComplaintState.ACCEPTED, ComplaintState.WORKING})
SHOWN = 5
"""Complaints of one list, the newest."""
ANSWER_LENGTH = 100
"""Characters of an answer that are quoted."""

_FILED = {"number": Kind.CODE, "due": Kind.TIME}
_CHANGE: Mapping[str, Mapping[str, Kind]] = {**COMMON_REFUSALS, Why.TOO_MANY: {"limit": Kind.COUNT}}
_TEXT = InputSpec("text", InputKind.TEXT, where=Where.WRITING)
_FILE = ActionSpec(
    answers={"": {**_FILED, "kind": Kind.TEXT}},
    inputs=(InputSpec("kind", InputKind.CHOICE, where=Where.DIGITS, choices=len(CLASSES)), _TEXT),
    refusals=_CHANGE,
    changes=True,
    promotes=False,
)
_REPORT = ActionSpec(
    answers={"": {"number": Kind.CODE, "sender": Kind.PHONE}},
    inputs=(_TEXT,),
    refusals={**_CHANGE, "no sender": {}},
    changes=True,
    promotes=False,
)
_SENDER = re.compile(r"\s*(\+?[0-9][0-9 \-]{2,19})(?:[\s#*,，:：;；]+|(?=[^0-9\s\-]))(.*)", re.DOTALL)


# ---- complaining -------------------------------------------------------------------------------------------
def _complaint(request: ServiceRequest) -> Complain:
    chosen = request.inputs.get("kind", "")
    kind = CLASSES[int(chosen) - 1] if chosen.isdecimal() and 1 <= int(chosen) <= len(CLASSES) else None
    return Complain(request.inputs.get("text", ""), kind)


async def offer_complaint(request: ServiceRequest) -> Outcome:
    answer = await offered(request, _complaint(request), {}, _FILE)
    return answer if isinstance(answer, Refused) else asking(answer, {}, answer.confirm)


async def perform_complaint(request: ServiceRequest) -> Outcome:
    """Its number, its class, and by when the customer is answered."""
    change, offer = _complaint(request), offer_from_json(request.offer)
    return result(await performed(request, change, offer), _FILE, Answered())


# ---- spam --------------------------------------------------------------------------------------------------
def sender_of(report: str) -> tuple[str, str] | None:
    """The number at the head of a report, and the text of the message behind it; None: there is no number."""
    found = _SENDER.match(report)
    if found is None:
        return None
    number, words = re.sub(r"[ \-]", "", found.group(1)), found.group(2).strip()
    return (number, words) if words else None


async def offer_report(request: ServiceRequest) -> Outcome:
    """Number and text, or it is asked again."""
    report = sender_of(request.inputs.get("text", ""))
    if report is None:
        return Refused("no sender")
    answer = await offered(request, _spam(report), {}, _REPORT)
    return answer if isinstance(answer, Refused) else asking(answer, {}, answer.confirm)


def _spam(report: tuple[str, str]) -> Complain:
    return Complain("*".join(report), ComplaintKind.SPAM)


async def perform_report(request: ServiceRequest) -> Outcome:
    report = sender_of(request.inputs.get("text", ""))
    if report is None:
        raise ValueError("a report that names no sender")
    answer = await performed(request, _spam(report), offer_from_json(request.offer))
    return result(answer, _REPORT, Answered("", {"sender": Value(Kind.PHONE, report[0])}))


# ---- how far it is -----------------------------------------------------------------------------------------
_ROW = {"number": Kind.CODE, "kind": Kind.TEXT, "state": Kind.TEXT, "due": Kind.TIME}
_ONE = {"number": Kind.CODE, "state": Kind.TEXT}
_STATUS = ActionSpec(
    answers={
        "": {"n": Kind.COUNT},
        "closed": _ONE,
        "answered": {**_ONE, "reply": Kind.TEXT},
        "unknown": {"number": Kind.CODE},
        "none": {},
    },
    inputs=(InputSpec("number", InputKind.TICKET, optional=True),),
    picks=Action.OPEN,
    item=_ROW,
    rows={"urged": {**_ROW, "urged": Kind.COUNT}},
    promotes=False,
)
_URGE = ActionSpec(
    answers={"": _FILED},
    inputs=(InputSpec("items", InputKind.ITEMS),),
    offers={"number": Kind.CODE},
    refusals={**COMMON_REFUSALS, Why.NO_COMPLAINT: {}, Why.URGED: {"number": Kind.CODE, "due": Kind.TIME}},
    changes=True,
    promotes=False,
)


def _is(found: Complaint, number: str) -> bool:
    """By its number, with the letters before it or without: a telephone has no letters."""
    return found.number == number or found.number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == number


async def status(request: ServiceRequest) -> Outcome:
    """What is still open, as a list whose numbers urge; the newest one that is answered where nothing is."""
    found = await request.business.complaints(request.caller)
    number = request.inputs.get("number")
    if number:
        found = tuple(one for one in found if _is(one, number))
        if not found:
            return Answered("unknown", {"number": Value(Kind.CODE, number)})
    if not found:
        return Answered("none")
    waiting = tuple(one for one in found if one.state in OPEN)[:SHOWN]
    if waiting:
        return Answered("", {"n": count(len(waiting))}, tuple(_row(one) for one in waiting))
    return _closed(found[0])


def _closed(one: Complaint) -> Outcome:
    told = {"number": Value(Kind.CODE, one.number), "state": text(str(one.state))}
    if not one.answer:
        return Answered("closed", told)
    return Answered("answered", {**told, "reply": text(one.answer[:ANSWER_LENGTH])})


def _row(one: Complaint) -> Item:
    values = {
        "number": Value(Kind.CODE, one.number),
        "kind": text(str(one.kind)),
        "state": text(str(one.state)),
        "due": time(one.due),
    }
    if not one.urged:
        return Item(one.number, values)
    return Item(one.number, {**values, "urged": count(one.urged)}, "urged")


async def offer_urge(request: ServiceRequest) -> Outcome:
    number = request.inputs.get("items", "")
    answer = await offered(request, Urge(number), {}, _URGE)
    if isinstance(answer, Refused):
        return answer
    return asking(answer, {"number": Value(Kind.CODE, number)}, answer.confirm)


async def perform_urge(request: ServiceRequest) -> Outcome:
    change, offer = Urge(request.inputs.get("items", "")), offer_from_json(request.offer)
    return result(await performed(request, change, offer), _URGE, Answered())


FILE = Function(
    ServiceSpec(
        "complaints.file", {Action.OPEN: _FILE}, summary="投诉建议:电话选类别,短信写内容;给编号和答复时间"
    ),
    {Action.OPEN: Handling(offer=offer_complaint, perform=perform_complaint)},
)
SPAM = Function(
    ServiceSpec("complaints.spam", {Action.OPEN: _REPORT}, summary="垃圾短信举报:号码*短信内容"),
    {Action.OPEN: Handling(offer=offer_report, perform=perform_report)},
)
STATUS = Function(
    ServiceSpec(
        "complaints.status",
        {Action.QUERY: _STATUS, Action.OPEN: _URGE},
        summary="投诉进度,回复序号催办;后面可带投诉编号",
    ),
    {
        Action.QUERY: Handling(ask=status),
        Action.OPEN: Handling(offer=offer_urge, perform=perform_urge),
    },
)
