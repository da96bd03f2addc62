"""``hall10086 operations``: changes whose result is unknown, and what people find out about them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from business.port.people import masked
from server.stored import cannot, decider, is_text, settings_of, store_of, where, written

if TYPE_CHECKING:
    from store.outside import Found

STATES = {
    "started": "正在办理",
    "unknown": "结果未知，系统在继续查",
    "people": "结果未知，等人工处理",
    "finished": "已有结果",
    "not done": "没有办成",
}
ACTIONS = {"query": "查询", "open": "办理", "cancel": "取消", "info": "介绍"}
LONGEST_NOTE = 500


@click.group("operations", invoke_without_command=True)
@where
@click.option("--all", "everything", is_flag=True, help="Also those that people have decided.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an operation.")
@click.pass_context
def command(
    context: click.Context, file: Path | None, database: str | None, everything: bool, as_json: bool
) -> None:
    """Changes whose result is unknown: what the hall still asks for, and what is left for people.

    The hall may run meanwhile. Exit status 0: nothing is left for people; 1: something is; 2: no store.
    """
    context.obj = (file, database)
    if context.invoked_subcommand is not None:
        return
    from store import StoreError
    from store.outside import OPEN, look
    from store.schema import DECISIONS, OPERATIONS

    settings = settings_of(file, database)
    try:
        with store_of(settings.database, (OPERATIONS, DECISIONS)) as connection:
            found = look(connection)
    except StoreError as error:
        raise cannot(error) from None
    shown = [each for each in found if everything or each.row.state in OPEN]
    titles = _titles(settings.menus)
    for each in shown:
        described = _described(each, titles)
        click.echo(json.dumps(described, ensure_ascii=False) if as_json else _worded(described))
    if not shown and not as_json:
        click.echo("没有结果未知的业务")
    raise SystemExit(any(each.row.state == "people" and each.decision is None for each in shown))


@command.command("settle")
@click.argument("key")
@click.option("--as", "verdict", type=click.Choice(["done", "not-done"]), required=True, help="What is so.")
@click.option("--note", required=True, help="How it was found out; kept with the decision.")
@click.option("--by", "who", default=None, help="Who decides. [the login name]")
@where
@click.pass_context
def settle(
    context: click.Context,
    *,
    key: str,
    verdict: str,
    note: str,
    who: str | None,
    file: Path | None,
    database: str | None,
) -> None:
    """Say what came of the operation KEY, as the back office's people found out.

    The hall takes it up within seconds (or when it starts), asks no more, and writes to the customer. It
    changes nothing in the back office. Exit status 1: there is nothing to decide about KEY.
    """
    from store import Decision, StoreConflict, StoreError
    from store.outside import decide
    from store.schema import DECISIONS, OPERATIONS

    if not note.strip() or len(note) > LONGEST_NOTE or not is_text(note):
        raise click.UsageError(f"--note: 1 to {LONGEST_NOTE} characters that can be read")
    who = decider(who)
    above: tuple[Path | None, str | None] = context.obj or (None, None)
    settings = settings_of(file or above[0], database or above[1])
    decision = Decision(key, verdict == "done", who, note.strip(), time.time())
    try:
        with store_of(settings.database, (OPERATIONS, DECISIONS)) as connection:
            if not is_text(key):  # a database might choke on it
                raise StoreConflict("there is no operation of this key")
            decide(connection, decision)
    except StoreConflict as error:
        click.echo(f"hall10086: {error}", err=True)
        raise SystemExit(1) from None
    except StoreError as error:
        raise cannot(error) from None
    click.echo(f"{key}：{'已办成' if decision.done else '没有办成'}，{decision.who}。系统会短信告知客户。")


def _titles(menus: Path) -> dict[str, str]:
    """What services are called; nothing if the menu cannot be read, for then it is not what this is about."""
    from server.halls import load

    try:
        hall = load(menus).hall
    except OSError:
        return {}
    return {} if hall is None else {id: service.title for id, service in hall.services.items()}


def _described(found: Found, titles: dict[str, str]) -> dict[str, Any]:
    from counter.operations import Operation

    row = found.row
    try:
        operation = Operation.from_json(row.body)
        service, action = operation.service, operation.action.value
    except ValueError:
        service = action = ""
    decision = found.decision
    return {
        "key": row.key,
        "number": masked(row.subscriber),
        "channel": row.channel,
        "service": service,
        "title": titles.get(service, service),
        "action": action,
        "state": row.state,
        "since": written(row.started),
        "tries": row.tries,
        "answer": _last_answer(row.outcome),
        "decided": None
        if decision is None
        else {
            "as": "done" if decision.done else "not-done",
            "by": decision.who,
            "note": decision.note,
            "at": written(decision.at),
            "taken": found.taken,
        },
    }


def _last_answer(outcome: str | None) -> str:
    """What the back office answered last, without values (they are the customer's)."""
    from counter.operations import outcome_from_json
    from menus.model.events import NotDone, Refused, Unknown

    try:
        known = outcome_from_json(outcome or "")
    except ValueError:
        return ""
    match known:
        case Unknown() | NotDone():
            return f"{type(known).__name__}: {known.why}"
        case Refused():
            return f"Refused: {known.reason}"
    return type(known).__name__


def _worded(described: dict[str, Any]) -> str:
    from menus.model.channels import CHANNELS

    title = f"{ACTIONS.get(described['action'], '')}{described['title'] or '（读不出）'}"
    known = CHANNELS.get(described["channel"])
    channel = known.title if known else described["channel"]
    lines = [
        f"{described['key']}  {described['number']}  {channel}  {title}",
        f"    {STATES.get(described['state'], described['state'])}；{described['since']}起，"
        f"问过{described['tries']}次；最后的答复：{described['answer'] or '无'}",
    ]
    decided = described["decided"]
    if decided is not None:
        verdict = "已办成" if decided["as"] == "done" else "没有办成"
        taken = "已告知客户" if decided["taken"] else "等系统处理"
        lines.append(f"    {decided['by']} {decided['at']}：{verdict}，{decided['note']}（{taken}）")
    return "\n".join(lines)
