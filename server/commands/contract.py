"""``hall10086 contract``: which of the port's promises a back office keeps."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from business.contract.promises import Promise
    from business.contract.run import PromiseResult
    from server.settings import Settings

_MARKS = {"held": "held", "broken": "BROKEN", "not shown": "not shown", "not offered": "not offered"}
_COLOURS = {"held": "green", "broken": "red", "not shown": "yellow", "not offered": None}


@click.command("contract")
@click.option("--business", metavar="NAME", help="Back office: sql, memory, http, or one that is installed.")
@click.option("--business-database", metavar="URL", help="Its database or address: an empty test system's.")
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings file: [business].")
@click.option("--only", metavar="WORDS", default="", help="Promises in whose theme or words these occur.")
@click.option("--deadline", default=30.0, show_default=True, help="Seconds for each promise.")
@click.option("--list", "listed", is_flag=True, help="Only say what would be run.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for a program to read.")
def command(
    *,
    business: str | None,
    business_database: str | None,
    file: Path | None,
    only: str,
    deadline: float,
    listed: bool,
    as_json: bool,
) -> None:
    """Hold a back office to its contract: the promises that the halls rely on.

    It is filled with made-up subscribers again and again, so that it must be an empty test system.
    Exit status 0: all were held or belong to themes it does not offer; 1: some are broken or could not be
    shown; 2: it cannot be run.
    """
    from business.contract import promises as kit
    from server.contracting import CannotRun, Job, run_promises
    from server.values import SettingsError

    wanted = kit.only(kit.promises(), only.split())
    if not wanted:
        raise click.UsageError(f"no promise has the words {only!r} in it")
    if listed:
        click.echo("\n".join(f"{promise.theme}: {promise.words}" for promise in wanted))
        return
    try:
        settings = _settings(file, business)
        url = business_database or settings.business_database or None
        job = Job(settings.business, url, settings.business_options, wanted, deadline)
        verdicts = list(_shown(run_promises(job), wanted, quiet=as_json))
    except (SettingsError, CannotRun) as why:
        click.echo(f"hall10086: {why}", err=True)
        raise SystemExit(2) from None
    if as_json:
        click.echo(as_object(settings.business, wanted, verdicts))
    else:
        click.echo(f"\n{settings.business}: {summary(verdicts)}")
    raise SystemExit(exit_status(verdicts))


def _settings(file: Path | None, business: str | None) -> Settings:
    from server.settings import override, read_settings

    return override(read_settings(file), business=business)


def _shown(
    verdicts: Iterable[PromiseResult], wanted: tuple[Promise, ...], quiet: bool
) -> Iterator[PromiseResult]:
    """The verdicts, each printed as it comes, under its theme."""
    by_id = {promise.id: promise for promise in wanted}
    theme = ""
    for verdict in verdicts:
        promise = by_id[verdict.promise]
        if not quiet:
            if promise.theme != theme:
                theme = promise.theme
                click.secho(f"\n{theme}", bold=True)
            mark = click.style(f"{_MARKS[verdict.kept]:11}", fg=_COLOURS[verdict.kept])
            click.echo(f"  {mark} {promise.words}")
            if verdict.why:
                click.echo(f"              {verdict.why}")
        yield verdict


def summary(verdicts: Iterable[PromiseResult]) -> str:
    """How many of each, in one line."""
    counts = Counter(str(verdict.kept) for verdict in verdicts)
    always = ("held", "broken")
    return ", ".join(f"{counts[kept]} {kept}" for kept in _MARKS if counts[kept] or kept in always)


def exit_status(verdicts: Iterable[PromiseResult]) -> int:
    """What could not be shown is no better than broken for whoever relies on it."""
    return int(any(verdict.kept in ("broken", "not shown") for verdict in verdicts))


def as_object(name: str, wanted: tuple[Promise, ...], verdicts: list[PromiseResult]) -> str:
    """Everything as one JSON object."""
    by_id = {promise.id: promise for promise in wanted}
    rows = [
        {
            "promise": verdict.promise,
            "theme": by_id[verdict.promise].theme,
            "words": by_id[verdict.promise].words,
            "kept": str(verdict.kept),
            "why": verdict.why,
            "seconds": round(verdict.seconds, 3),
        }
        for verdict in verdicts
    ]
    counts = Counter(str(verdict.kept) for verdict in verdicts)
    whole = {"business": name, "counts": {kept: counts[kept] for kept in _MARKS}, "promises": rows}
    return json.dumps(whole, ensure_ascii=False, indent=1)
