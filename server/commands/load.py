"""``hall10086 load FILE…``: fill the sql back office from CSV or YAML files, all of them or nothing."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from boss.sql.bulk import BulkReport
    from server.settings import Settings

READ = (".csv", ".yaml", ".yml")
NICE = 10


@click.command("load")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings file. [hall.toml]")
@click.option("--business-database", help="URL of the sql back office.")
@click.option("--check", is_flag=True, help="Say what is wrong in the files, and change nothing.")
@click.option(
    "--renew", is_flag=True, help="Tariffs and profiles that are there follow the files; never money."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for a program to read.")
def command(
    files: tuple[Path, ...],
    *,
    file: Path | None,
    business_database: str | None,
    check: bool,
    renew: bool,
    as_json: bool,
) -> None:
    """Load subscribers, products, SP services, cards, segments … from CSV or YAML FILEs (or folders of them)
    into the sql back office: all of it, or with any mistake nothing.

    A CSV file holds one table and is named after it: subscribers.csv, usage.csv, products.csv … Its first
    line names the columns (docs/business.md). What is there already is kept.

    Exit status 0: loaded; 1: something is wrong in the files; 2: cannot load.
    """
    from server.files import keep_private

    started = time.monotonic()
    os.nice(NICE)  # a hall on the same machine comes first
    settings = _settings(file, business_database)
    if not check:
        keep_private(settings.business_url)
    try:
        report = _load(_expanded(files), settings, renew=renew, check=check)
    except KeyboardInterrupt:
        _cannot("stopped; the back office is as it was")
    except OSError as error:
        _cannot(f"{error.filename or ''}: {error.strerror}".lstrip(": "))
    seconds = time.monotonic() - started
    found = _found(report, seconds, check=check)
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else _told(found, renew=renew))
    raise SystemExit(1 if report.faults.count else 0)


def _cannot(why: str) -> Any:
    click.echo(f"hall10086: {why}", err=True)
    raise SystemExit(2)


def _settings(file: Path | None, business_database: str | None) -> Settings:
    from server.settings import override, read_settings
    from server.shipped import settings_file
    from server.values import SettingsError

    try:
        settings = override(read_settings(settings_file(file)), business_database=business_database)
    except SettingsError as error:
        _cannot(str(error))
    if settings.business != "sql":
        _cannot(f"only the sql back office is loaded from files; the settings name {settings.business!r}")
    return settings


def _expanded(paths: tuple[Path, ...]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        inside = (
            sorted(each for each in path.iterdir() if each.suffix.lower() in READ)
            if path.is_dir()
            else [path]
        )
        found += inside
        if not inside:
            _cannot(f"{path}: no .csv and no .yaml file is in this folder")
        for one in inside:
            if one.suffix.lower() not in READ:
                _cannot(f"{one}: is neither .csv nor .yaml")
    return found


def _load(paths: list[Path], settings: Settings, *, renew: bool, check: bool) -> BulkReport:
    from boss.sql.bulk import LoadFailed, load_files
    from server.backoffice import now

    bar = _Bar()
    threads = len(os.sched_getaffinity(0))
    try:
        return load_files(
            paths,
            str(settings.business_url),
            now(),
            threads=threads,
            progress=bar.shown,
            renew=renew,
            check=check,
            key_file=settings.business_key,
        )
    except (LoadFailed, ValueError) as error:
        _cannot(str(error))
    except ModuleNotFoundError as error:
        _cannot(f"{error.name} is not installed: pip install 'hall10086[postgresql]'")
    finally:
        bar.close()
    raise AssertionError("unreachable")


class _Bar:
    """A bar on a terminal, for reading and then for writing; nothing anywhere else."""

    def __init__(self) -> None:
        self._bar: Any = None

    def shown(self, what: str, done: int, of: int) -> None:
        if not sys.stderr.isatty():
            return
        label = what.removeprefix("bo_").ljust(16)
        if self._bar is None:
            self._bar = click.progressbar(length=max(1, of), label=label, file=sys.stderr)
            self._bar.__enter__()
        self._bar.label = label
        self._bar.update(done - self._bar.pos)
        if not what:
            self.close()

    def close(self) -> None:
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.__exit__(None, None, None)


# ---- what came of it ---------------------------------------------------------------------------------------
def _found(report: BulkReport, seconds: float, *, check: bool) -> dict[str, Any]:
    from datetime import date

    from boss.loading import tables

    names = {table.to: name for name, table in tables(date(2000, 1, 1)).items()}
    counts = {
        names[table]: {"new": count.new, "kept": count.kept, "renewed": count.renewed}
        for table, count in report.counts.items()
    }
    faults = [
        {
            **{"file": one.file, "line": one.line, "column": one.column, "message": one.message},
            "more_like_it": report.faults.more.get(place, 0),
        }
        for place, one in enumerate(report.faults.errors)
    ]
    return {
        "loaded": not check and not report.faults.count,
        "rows": {names[table]: count for table, count in report.read.items()},
        "tables": counts,
        "faults": faults,
        "faults_in_all": report.faults.count,
        "notes": report.notes,
        "seconds": round(seconds, 1),
    }


def _told(found: dict[str, Any], *, renew: bool) -> str:
    lines = list(found["notes"])
    if found["faults"]:
        return "\n".join([*lines, *_mistakes(found["faults"], found["faults_in_all"])])
    if not found["loaded"]:
        rows = ", ".join(f"{count:,} {name}" for name, count in found["rows"].items())
        return "\n".join([*lines, f"nothing to mend: {rows or 'no rows'}"])
    for name, count in found["tables"].items():
        words = [f"{number:,} {word}" for word, number in count.items() if number]
        lines.append(f"{name}: {', '.join(words)}")
    if not renew and any(found["tables"].get(name, {}).get("kept") for name in ("products", "subscribers")):
        lines.append("kept: they were there and are as they were (--renew brings in tariffs and profiles)")
    return "\n".join([*lines, f"{found['seconds']} s"])


def _mistakes(faults: list[dict[str, Any]], in_all: int) -> list[str]:
    lines, told = [], 0
    for fault in faults:
        lines.append("{file}:{line}:{column}: {message}".format(**fault))
        alike = fault["more_like_it"]
        lines += [f"{fault['file']}: and {alike:,} more like it"] if alike else []
        told += 1 + alike
    lines += [f"and {in_all - told:,} more"] if in_all > told else []
    noun = "mistake" if in_all == 1 else "mistakes"
    return [*lines, f"{in_all:,} {noun}: nothing was loaded"]
