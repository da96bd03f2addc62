"""What commands that look into the store from outside share: where it is, and that it is there."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from business.port.days import SHANGHAI

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

F = TypeVar("F", bound=Callable[..., Any])


def where(command: F) -> F:
    """The options that name the store."""
    settings = click.option(
        "--settings",
        "file",
        type=click.Path(path_type=Path),
        help="Settings file. [hall.toml]",
    )
    return settings(click.option("--database", metavar="URL", help="The hall's store.")(command))


def settings_of(file: Path | None, database: str | None) -> Any:
    """Raises SystemExit(2), with a word of what is wrong."""
    from server.settings import override, read_settings
    from server.shipped import settings_file
    from server.values import SettingsError

    try:
        return override(read_settings(settings_file(file)), database=database)
    except SettingsError as error:
        raise cannot(error) from None


LONGEST_NAME = 80


def decider(who: str | None) -> str:
    """Who decides: as was said, else the login name, also behind sudo. Raises click.UsageError."""
    who = who or os.environ.get("SUDO_USER") or getpass.getuser()
    if not is_text(who) or len(who) > LONGEST_NAME:
        raise click.UsageError(f"--by: {LONGEST_NAME} characters that can be read, at the most")
    return who


def is_text(words: str) -> bool:
    """What a person can read, over several lines perhaps; a command line may bring any octets."""
    return all(each.isprintable() or each in "\t\n" for each in words)


def written(at: float) -> str:
    """A moment (seconds since 1970) as every list of ours has it: China's time, whatever the machine's."""
    return datetime.fromtimestamp(at, SHANGHAI).isoformat(timespec="seconds")


def cannot(error: Exception) -> SystemExit:
    click.echo(f"hall10086: {error}", err=True)
    return SystemExit(2)


@contextmanager
def store_of(url: str, tables: Sequence[Table]) -> Iterator[Connection]:
    """The store, if a hall of this version has ever opened it. Raises StoreError."""
    from sqlalchemy import inspect

    from store import StoreUnavailable
    from store.outside import opened

    with opened(url) as connection:
        there = inspect(connection)
        for table in tables:
            columns = there.get_columns(table.name) if there.has_table(table.name) else []
            if not {column.name for column in table.c} <= {column["name"] for column in columns}:
                todo = 'run "hall10086 db upgrade" or start the hall, then ask again'
                raise StoreUnavailable(f"the store is not set up for this version: {todo}")
        yield connection
