"""办理记录: what was changed in the last six months, on all channels (R001), the newest first. It shows what
somebody else may have done, so it names when and by which way."""

from __future__ import annotations

from collections.abc import Mapping

from business.port import Origin, Record
from handlers.request import Function, Handling, ServiceRequest, count, text, time
from menus.model.channels import Where
from menus.model.events import Answered, Item, Outcome
from menus.model.specs import Action, ActionSpec, ServiceSpec
from menus.model.values import Kind

SHOWN = 5
"""The newest records, which are told one by one."""
WAYS: Mapping[Origin, str] = {
    Origin.VOICE: "电话",
    Origin.SMS: "短信",
    Origin.COUNTER: "营业厅",
    Origin.AGENT: "人工",
    Origin.WEB: "网上",
    Origin.WAP: "掌上",
    Origin.KIOSK: "自助",
    Origin.OTHER: "其他",
}
_ROW = {"at": Kind.TIME, "way": Kind.TEXT, "what": Kind.TEXT}
_QUERY = ActionSpec(
    answers={"": {"n": Kind.COUNT}, "more": {"n": Kind.COUNT, "shown": Kind.COUNT}, "none": {}},
    item=_ROW,
    rows={"failed": _ROW},
    rows_where=Where.READ,
)


async def query(request: ServiceRequest) -> Outcome:
    """``failed`` rows are those that were not done."""
    found = await request.business.records(request.caller)
    if not found:
        return Answered("none")
    rows = tuple(_row(number, record) for number, record in enumerate(found[:SHOWN], 1))
    if len(found) <= SHOWN:
        return Answered("", {"n": count(len(found))}, rows)
    return Answered("more", {"n": count(len(found)), "shown": count(SHOWN)}, rows)


def _row(number: int, record: Record) -> Item:
    values = {
        "at": time(record.at),
        "way": text(WAYS.get(record.channel, WAYS[Origin.OTHER])),
        "what": text(record.what + record.title),
    }
    return Item(str(number), values, "" if record.done else "failed")


QUERY = Function(
    ServiceSpec("records.query", {Action.QUERY: _QUERY}, summary="近六个月的办理记录,用短信发"),
    {Action.QUERY: Handling(ask=query)},
)
