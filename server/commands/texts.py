"""``hall10086 texts``: messages to subscribers that were not sent."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from business.port.people import masked
from server.stored import cannot, settings_of, store_of, where, written

if TYPE_CHECKING:
    from store.outside import Undelivered

LATE = 60.0
STATES = {"waiting": "等待发送", "given up": "已放弃"}
KINDS = {
    "result": "办理结果",
    "secret": "密码等",
    "copy": "电话里查到的",
    "promo": "宣传",
    "low_balance": "余额提醒",
    "sms_bill": "账单",
    "mms_bill": "账单",
}
SEALED = "（内容保密）"


@click.command("texts")
@click.option(
    "--undelivered", is_flag=True, required=True, help="What waits for over a minute, or is given up."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a message.")
@where
def command(undelivered: bool, as_json: bool, file: Path | None, database: str | None) -> None:
    """Messages that the SMSC has not taken: still tried (for over a minute), or given up, and why.

    The hall may run meanwhile. Given up is what the SMSC refused for good, or did not take within
    sms.keep_trying hours; it stands here until it is purged, after a week. Exit status 0: there is nothing;
    1: there is something; 2: no store.
    """
    from store import StoreError
    from store.outside import undelivered as look
    from store.schema import OUTBOX

    settings = settings_of(file, database)
    try:
        with store_of(settings.database, (OUTBOX,)) as connection:
            found = look(connection, time.time() - LATE)
    except StoreError as error:
        raise cannot(error) from None
    for each in found:
        described = _described(each)
        click.echo(json.dumps(described, ensure_ascii=False) if as_json else _worded(described))
    if not found and not as_json:
        click.echo("没有未送出的短信")
    raise SystemExit(bool(found))


def _described(each: Undelivered) -> dict[str, Any]:
    row = each.rows[0]
    return {
        "message": row.message,
        "number": masked(row.subscriber),
        "kind": row.kind,
        "state": "given up" if each.given_up else "waiting",
        "reason": each.reason,
        "since": written(row.created),
        "settled": None if each.settled is None else written(each.settled),
        "parts": len(each.rows),
        "text": _text(each),
    }


def _text(each: Undelivered) -> str | None:
    """What was to be read; None: a secret stands in it, which is for the customer only."""
    from sms.text import concatenation, decode
    from store.seal import SECRET

    if each.rows[0].kind == SECRET:
        return None
    bodies = [concatenation(row.body or b"", row.esm).body for row in each.rows]
    return decode(b"".join(bodies), each.rows[0].coding)


def _worded(described: dict[str, Any]) -> str:
    kind = KINDS.get(described["kind"], "答复")
    state = STATES[described["state"]]
    why = f"：{described['reason']}" if described["reason"] else ""
    settled = f"，{described['settled']}放弃" if described["settled"] else ""
    text = SEALED if described["text"] is None else described["text"]
    lines = [
        f"{described['message']}  {described['number']}  {kind}  {state}{why}",
        f"    {described['since']}起{settled}，{described['parts']}条",
        *(f"    {line}" for line in text.splitlines()),
    ]
    return "\n".join(lines)
