"""The audit trail: who asked for what, and what came of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from business import port
from business.port import Change, Done, Origin, Refused
from business.port.outcomes import summary


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who asked for what, by which channel, and what came of it; no secrets. ``what``, ``title`` and ``done``
    are what a :class:`business.port.Record` shows, ``change`` and ``outcome`` what is searched."""

    at: datetime
    msisdn: str
    key: str
    change: str  # business.port.outcomes.summary
    outcome: str  # business.port.outcomes.to_text
    channel: port.Origin
    what: str  # business.port.verb
    title: str
    done: bool


def entries(
    at: datetime, msisdn: str, key: str, change: Change, outcome: Done | Refused, *, text: str,
    channel: Origin, title: str,
) -> tuple[AuditEntry, ...]:  # fmt: skip
    """The audit trail's row of a decided change; two where somebody stopped or started another one's
    telephone, whose owner looks for it among his own records. ``text``: the outcome as it is kept."""
    asked = AuditEntry(
        at=at,
        msisdn=msisdn,
        key=key,
        change=summary(change),
        outcome=text,
        channel=channel,
        what=port.verb(change),
        title=title,
        done=isinstance(outcome, Done),
    )
    if asked.done and isinstance(change, port.Suspend | port.Resume) and change.target != msisdn:
        return asked, replace(asked, msisdn=change.target, title="")
    return (asked,)
