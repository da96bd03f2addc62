"""``hall10086 unmatched``: texts that were not understood, and making one a keyword."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from business.port.days import SHANGHAI
from server.stored import cannot, settings_of, store_of, where

if TYPE_CHECKING:
    from store.outside import Counted

HOW = {"none": "没看懂", "ask": "反问了"}


@click.command("unmatched")
@click.option("--day", metavar="YYYY-MM-DD", help="A day of the last month. [today, in China]")
@click.option("--most", type=click.IntRange(1), default=50, show_default=True, help="So many texts.")
@click.option("--keyword", metavar="TEXT", help="Make TEXT a keyword …")
@click.option("--of", "code", metavar="CODE", help="… of the service that CODE or a keyword of it names.")
@click.option("--menus", type=click.Path(path_type=Path), help="Menu file. [that of the settings]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a text.")
@where
def command(
    *,
    day: str | None,
    most: int,
    keyword: str | None,
    code: str | None,
    menus: Path | None,
    as_json: bool,
    file: Path | None,
    database: str | None,
) -> None:
    """Texts that were not understood, or asked back, on a day, the most frequent first; numbers are masked.

    \b
    hall10086 unmatched                               today's
    hall10086 unmatched --keyword 炫音 --of 0204       炫音 is a keyword of 彩铃 from now on

    --keyword checks first that the word means nothing else, and that nothing which is understood would mean
    something else; then it is written into the menu file, whose comments stay, and a hall that runs takes it
    up as any change of its menu. Where that is not safe, the line to write is printed. Exit status of the
    list 0; of --keyword 0: it is a keyword; 1: it is not, and why, or what to write; 2: a file or the store
    cannot be read.
    """
    if (keyword is None) != (code is None):
        raise click.UsageError("write both --keyword TEXT and --of CODE")
    settings = settings_of(file, database)
    if keyword is not None and code is not None:
        from server.keywords import make_keyword

        raise SystemExit(make_keyword(menus or settings.menus, keyword, code))
    _list(settings.database, _day(day), most, as_json=as_json)


def _day(written: str | None) -> str:
    if written is None:
        return datetime.now(SHANGHAI).date().isoformat()
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        raise click.UsageError("--day: write YYYY-MM-DD, like 2026-11-27") from None


def _list(url: str, day: str, most: int, *, as_json: bool) -> None:
    from store import StoreError
    from store.outside import unmatched, unmatched_days
    from store.schema import UNMATCHED

    try:
        with store_of(url, (UNMATCHED,)) as connection:
            found, days = unmatched(connection, day), unmatched_days(connection)
    except StoreError as error:
        raise cannot(error) from None
    if as_json:
        for each in found[:most]:
            click.echo(json.dumps({"day": day, **each._asdict()}, ensure_ascii=False))
        return
    click.echo("\n".join(_worded(found, day, days, most)))


def _worded(found: list[Counted], day: str, days: list[str], most: int) -> list[str]:
    if not found:
        others = [each for each in days if each != day]
        return [f"{day}没有看不懂的短信" + (f"；有的日子：{'、'.join(others[:7])}" if others else "")]
    width = len(str(found[0].times))
    told = "，".join(f"{word}{sum(e.times for e in found if e.how == how)}次" for how, word in HOW.items())
    lines = [f"{day}：{len(found)}种说法，{told}"]
    lines += [f"{each.times:>{width}}  {HOW.get(each.how, each.how)}  {each.text}" for each in found[:most]]
    if len(found) > most:
        lines.append(f"还有{len(found) - most}种（--most {len(found)}）")
    return [*lines, "做成关键词：hall10086 unmatched --keyword 说法 --of 业务编号"]
