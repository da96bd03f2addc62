"""Loads files of any size into the back office's database, all of them or nothing.

    report = load_files(paths, url, now, threads=2, renew=False, progress=shown)

1. Files are read (:mod:`boss.loading`) into a private stage (:mod:`boss.sql.stage`). This takes most
   of the time and locks nothing. Passwords are hashed and PUK codes sealed here.
2. Duplicates, rows of nobody and unknown products are noted. With any fault nothing is loaded.
3. The stage is merged in one transaction (:mod:`boss.sql.merging`).

Who is there already keeps everything; with ``renew`` tariffs, rewards, segments, halls and profiles follow
the files, never money, products held, passwords or identity numbers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, inspect, select, tuple_
from sqlalchemy.exc import SQLAlchemyError

from boss.data import DataErrors, read_data
from boss.loading import Batch, Faults, LoadReader, Passwords
from boss.loading.cells import stored
from boss.sql.engine import Database, database_url, upgrade_database
from boss.sql.loading import rows_of, segment_row, terms_row
from boss.sql.merging import MergeCount, PostgresTarget, Progress, SqliteTarget, merge
from boss.sql.models import Base
from boss.sql.puks import Puks, puks_of
from boss.sql.stage import STAGED, Stage
from business.files import regular
from business.port.stock import BackOfficeData

YAML = (".yaml", ".yml")
YAML_BYTES = 16 << 20
BUSY_MILLISECONDS = 60_000
CHUNK = 500
BREATH = 1_000_000  # steps of SQLite's machine, some hundredths of a second


class LoadFailed(Exception):
    """The load cannot be done; nothing was changed. The message is for people and holds nothing private."""


@dataclass(frozen=True, slots=True)
class _How:
    now: datetime
    progress: Progress
    renew: bool
    puks: Puks | None
    """None: it is a check, and no code is kept."""


@dataclass(slots=True)
class BulkReport:
    """What came of it. ``counts`` by table of the database; empty when there were faults, or it was a check.
    ``read``: rows by table."""

    faults: Faults
    read: dict[str, int] = field(default_factory=dict)
    counts: dict[str, MergeCount] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def load_files(
    paths: Sequence[Path],
    url: str,
    now: datetime,
    *,
    threads: int,
    progress: Progress,
    renew: bool = False,
    check: bool = False,
    key_file: Path | None = None,
) -> BulkReport:
    """Blocks; takes minutes for millions of rows. ``check``: says what is wrong and changes nothing, not even
    the schema. ``threads`` hash passwords; ``key_file`` as :func:`boss.sql.puks.puks_of` has it. Raises
    LoadFailed, OSError, and ValueError where that is needed and not named."""
    puks = puks_of(url, key_file)
    report, how = BulkReport(Faults()), _How(now, progress, renew, None if check else puks)
    with ExitStack() as stack:
        try:
            database = _opened(url, check, puks)
            stack.callback(database.close) if database else None
            connection = stack.enter_context(closing(_connected(database, check)))
            stage = Stage(connection, report.faults)
            passwords = None if check else stack.enter_context(Passwords(threads))
            reader = LoadReader(report.faults, passwords, now, _is_there(database))
            _gather(paths, stage, reader, how)
            report.notes += reader.notes
            stage.compare(_known(database))
            report.read = {name: count for name, each in STAGED.items() if (count := stage.count(each))}
            if database is not None and not check and not report.faults.count:
                report.counts = _merge(database, stage, how)
        except (sqlite3.Error, SQLAlchemyError) as error:
            if str(error) == "interrupted":  # what SQLite makes of Ctrl-C inside a long statement
                raise KeyboardInterrupt from None
            raise LoadFailed(_told(error)) from None
    return report


def _told(error: Exception) -> str:
    """The driver's own first line; behind it stand rows."""
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {str(cause).splitlines()[0] if str(cause) else ''}".rstrip(": ")


# ---- the database ------------------------------------------------------------------------------------------
def _opened(url: str, check: bool, puks: Puks) -> Database | None:
    """The database with its schema up to date; for a check None where there is none yet."""
    parsed = database_url(url)
    if check and parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return None
    database = Database(url, 1)
    if check and not inspect(database.engine).has_table("bo_subscriber"):
        database.close()
        return None
    if not check:
        upgrade_database(database, puks)
    return database


def _connected(database: Database | None, check: bool) -> sqlite3.Connection:
    """What the stage is attached to: the SQLite file that it will be merged into, else nothing."""
    if database is None or check or not database.sqlite:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.set_progress_handler(_breath, BREATH)
        return connection
    connection = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
    for pragma in (f"busy_timeout={BUSY_MILLISECONDS}", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.set_progress_handler(_breath, BREATH)
    connection.execute("PRAGMA main.cache_size=-262144")  # 256 MiB: fewer pages are written twice
    return connection


def _breath() -> int:
    """Python runs its signal handlers here, also in a statement that takes a minute."""
    return 0


class _Known:
    """Which keys are in the back office; a table that is empty is asked once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._empty: dict[str, bool] = {}

    def __call__(
        self, table: str, key: tuple[str, ...], keys: Sequence[tuple[Any, ...]]
    ) -> Collection[tuple[Any, ...]]:
        model = Base.metadata.tables[table]
        with self._database.reading() as connection:
            if table not in self._empty:
                self._empty[table] = connection.execute(select(model).limit(1)).first() is None
            if self._empty[table]:
                return ()
            columns = [model.columns[name] for name in key]
            among: Any = bindparam("keys", expanding=True)
            if len(columns) == 1:
                query = select(columns[0]).where(columns[0].in_(among))
                found = connection.execute(query, {"keys": [one for (one,) in keys]})
            else:
                query = select(*columns).where(tuple_(*columns).in_(among))
                found = connection.execute(query, {"keys": list(keys)})
            return [tuple(row) for row in found]


def _known(database: Database | None) -> Any:
    return _Known(database) if database else lambda _table, _key, _keys: ()


def _is_there(database: Database | None) -> Any:
    known = _known(database)

    def is_there(numbers: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(numbers), CHUNK):
            keys = [(number,) for number in numbers[start : start + CHUNK]]
            found.update(one for (one,) in known("bo_subscriber", ("msisdn",), keys))
        return found

    return is_there


# ---- reading -----------------------------------------------------------------------------------------------
def _gather(paths: Sequence[Path], stage: Stage, reader: LoadReader, how: _How) -> None:
    sizes = [regular(path).stat().st_size for path in paths]
    for place, path in enumerate(paths):
        before = sum(sizes[:place])
        how.progress(path.name, before, sum(sizes))
        is_yaml = path.suffix.lower() in YAML
        for batch in _from_yaml(path, reader.faults, how.now) if is_yaml else reader.batches(path):
            stage.add(_sealed(batch, how.puks))
            how.progress(path.name, before + min(batch.position, sizes[place]), sum(sizes))
    how.progress("", sum(sizes), sum(sizes))


def _sealed(batch: Batch, puks: Puks | None) -> Batch:
    """The batch with its PUK codes sealed; only who has one pays."""
    if batch.table != "bo_subscriber" or "puk" not in batch.names:
        return batch
    who, place = batch.names.index("msisdn"), batch.names.index("puk")
    if not any(row[place] for row in batch.rows):
        return batch
    seal = puks.sealer() if puks else lambda _who, _puk: None
    rows = [
        (*row[:place], seal(row[who], row[place]), *row[place + 1 :]) if row[place] else row
        for row in batch.rows
    ]
    return replace(batch, rows=rows)


def _from_yaml(path: Path, faults: Faults, now: datetime) -> Iterator[Batch]:
    if path.stat().st_size > YAML_BYTES:
        faults.note(str(path), 1, 1, "too large for YAML, which is read as a whole; write CSV files")
        return
    try:
        data = read_data(path.read_text(encoding="utf-8-sig"), str(path), now)
    except UnicodeDecodeError:
        faults.note(str(path), 1, 1, "this is not UTF-8")
    except DataErrors as errors:
        for error in errors.errors:
            faults.add(error)
    else:
        yield from _batches(data, str(path), now)


def _batches(data: BackOfficeData, file: str, now: datetime) -> Iterator[Batch]:
    rows: dict[str, list[dict[str, Any]]] = {
        "bo_product": [{"id": one.id, **terms_row(one)} for one in data.products],
        "bo_card": [{"digest": card.digest, "face": card.face} for card in data.cards],
        "bo_reward": [asdict(one) for one in data.rewards],
        "bo_segment": [segment_row(one) for one in data.segments],
        "bo_place": [{"city": city, **asdict(place)} for city, place in data.places],
    }
    for model, found in rows_of(data.accounts, now).items():
        if model.__tablename__ in STAGED:  # the ledger's opening rows are made of the balances
            rows[model.__tablename__] = found
    for table, found in rows.items():
        if found:
            names = tuple(name for name in STAGED[table].columns if name in found[0])
            values = [tuple(_stored(row[name]) for name in names) for row in found]
            yield Batch(table, names, values, [0] * len(values), file, 0)


def _stored(value: Any) -> Any:
    """As the readers of cells give it."""
    if isinstance(value, datetime):
        return stored(value)
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


# ---- merging -----------------------------------------------------------------------------------------------
def _merge(database: Database, stage: Stage, how: _How) -> dict[str, MergeCount]:
    at = stored(how.now)
    if database.sqlite:
        lite = SqliteTarget(stage.connection)
        with lite:
            counts = merge(stage, lite, how.renew, at, how.progress)
        lite.analyse()
        return counts
    import psycopg  # here: whoever has SQLite need not have it

    raw = database.engine.raw_connection()
    try:
        target = PostgresTarget(raw.driver_connection, stage)
        with target:
            counts = merge(stage, target, how.renew, at, how.progress)
        target.analyse()
    except psycopg.Error as error:
        raise LoadFailed(_told(error)) from None
    finally:
        raw.close()
    return counts
