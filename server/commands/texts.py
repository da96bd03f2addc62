"""``hall10086 texts``: messages that the SMSC has not taken."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from business.port.people import masked
from server.stored import cannot, decider, settings_of, store_of, where, written

if TYPE_CHECKING:
    from store.outside import Undelivered

LATE = 60.0
STATES = {"waiting": "短信中心还没收下", "given up": "已放弃"}
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
@click.argument("ids", nargs=-1, type=int, metavar="[ID]…")
@click.option("--undelivered", is_flag=True, hidden=True)  # it once had to be said; scripts may do so still
@click.option("--again", is_flag=True, help="Send the given-up messages ID… once more.")
@click.option("--drop", is_flag=True, help="Take the given-up messages ID… off the list, unsent.")
@click.option("--by", "who", default=None, help="Who decides. [the login name]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a message.")
@where
def command(
    *,
    ids: tuple[int, ...],
    undelivered: bool,
    again: bool,
    drop: bool,
    who: str | None,
    as_json: bool,
    file: Path | None,
    database: str | None,
) -> None:
    """Messages that the SMSC has not taken: still tried (for over a minute), or given up, and why.

    \b
    hall10086 texts                    the list
    hall10086 texts --again 4711 4712  these are sent once more
    hall10086 texts --drop 4713        this one is not, and leaves the list

    The hall may run meanwhile; it takes up what was decided within seconds, or when it starts. Given up is
    what the SMSC refused for good, or did not take within sms.keep_trying hours; it stands here until it is
    purged, after a week. Exit status of the list 0: there is nothing; 1: there is something; 2: no store. Of
    --again and --drop 0: all of ID… will be done; 1: nothing was decided, and why.
    """
    if bool(ids) != (again or drop) or (again and drop):
        raise click.UsageError("write --again or --drop, and behind it messages as the list numbers them")
    settings = settings_of(file, database)
    if ids:
        _decide(settings.database, sorted(set(ids)), again=again, who=decider(who))
    else:
        _list(settings.database, as_json=as_json)


def _decide(url: str, ids: list[int], *, again: bool, who: str) -> None:
    from store import StoreConflict, StoreError, TextDecision
    from store.outside import decide_texts
    from store.schema import OUTBOX, TEXT_DECISIONS

    try:
        with store_of(url, (OUTBOX, TEXT_DECISIONS)) as connection:
            decide_texts(connection, [TextDecision(id, again, who, time.time()) for id in ids])
    except StoreConflict as error:
        click.echo(f"hall10086: {error}; nothing was decided", err=True)
        raise SystemExit(1) from None
    except StoreError as error:
        raise cannot(error) from None
    told = "系统会再发一次" if again else "不再发送，从清单上去掉"
    click.echo(f"{'、'.join(map(str, ids))}：{told}，{who}。")


def _list(url: str, *, as_json: bool) -> None:
    from store import StoreError
    from store.outside import undelivered as look
    from store.schema import OUTBOX, TEXT_DECISIONS

    try:
        with store_of(url, (OUTBOX, TEXT_DECISIONS)) as connection:
            found = look(connection, time.time() - LATE)
    except StoreError as error:
        raise cannot(error) from None
    for each in found:
        described = _described(each)
        click.echo(json.dumps(described, ensure_ascii=False) if as_json else _worded(described))
    if not as_json:
        given_up = sum(each.given_up for each in found)
        total = f"共{len(found)}条：还没收下{len(found) - given_up}条，已放弃{given_up}条"
        click.echo(total if found else "没有未送出的短信")
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
        "decided": None
        if each.decision is None
        else {
            "as": "again" if each.decision.again else "drop",
            "by": each.decision.who,
            "at": written(each.decision.at),
        },
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
    if (decided := described["decided"]) is not None:
        what = "再发一次" if decided["as"] == "again" else "不再发送"
        lines.append(f"    {decided['by']} {decided['at']}：{what}（等系统处理）")
    return "\n".join(lines)
