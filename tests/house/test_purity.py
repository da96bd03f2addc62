"""A room that reaches out is found, whatever it reaches for."""

from __future__ import annotations

import pytest

from tests.house.picture import ROOMS, sources
from tests.house.purity import EDGES, impure
from tests.house.source import Source

WORLD = [
    "urllib", "urllib.request", "http.client", "requests", "treq", "socket", "ssl", "asyncio", "select",
    "twisted.internet", "subprocess", "threading", "multiprocessing", "concurrent.futures", "os",
    "os.path", "sys", "pathlib", "shutil", "tempfile", "io", "glob", "sqlite3", "sqlalchemy", "alembic",
    "psycopg", "time", "random", "secrets", "uuid", "logging", "signal", "ctypes", "platform",
    "getpass", "locale", "importlib",
]  # fmt: skip
NAMED = {
    "a command": "from os import system",
    "the surroundings": "from os import environ as given",
    "the dice": "from random import choice",
    "a module by name": '__import__("os")',
    "a module by its name": 'from importlib import import_module\nimport_module("socket")',
    "the clock": "from time import time as now",
    "now": "from datetime import datetime\nx = datetime.now()",
    "now, by the module": "import datetime\nx = datetime.datetime.now(datetime.UTC)",
    "now, by another name": "from datetime import datetime as d\nx = d.utcnow()",
    "now, as a default": "from datetime import datetime\ndef f(clock=datetime.now): ...",
    "today": "from datetime import date\nx = date.today()",
    "today, by another name": "import datetime as dt\nday = dt.date\nx = day.today()",
    "a file": 'x = open("menus.yaml")',
    "a file, built in": 'import builtins\nx = builtins.open("menus.yaml")',
    "a path that was given": "x = path.read_text()",
    "a path that is written": "path.write_bytes(b'')",
    "the terminal": "print(1)",
    "the keyboard": "x = input()",
}
ROOM = ["menus/model/x.py", "menus/testing/x.py", "handlers/x.py", "business/port/x.py", "ivr/sip/x.py"]


@pytest.mark.parametrize("name", ROOM)
@pytest.mark.parametrize("module", WORLD)
def test_the_world_is_found(name: str, module: str) -> None:
    assert list(impure(Source(name, f"import {module}"), ROOMS)) != []
    assert list(impure(Source(name, f"def f():\n    from {module} import x as y"), ROOMS)) != []


@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED.keys())
def test_it_is_found_by_whatever_name(text: str) -> None:
    assert list(impure(Source("menus/model/x.py", text), ROOMS)) != []


def test_what_is_given_is_not() -> None:
    text = """
import re, json
from datetime import datetime, timedelta
from menus.model.hall import Hall
def f(now: datetime, rolled: float):
    self.open(re.compile("x"))
    return datetime.fromtimestamp(now.timestamp()) + timedelta(days=1), desk.now(), now.today
"""
    assert list(impure(Source("menus/model/x.py", text), ROOMS)) == []
    assert list(impure(Source("server/x.py", "import time, os, socket"), ROOMS)) == []


def test_a_pure_file_does_not_reach_out_by_another_of_its_room() -> None:
    for text in (
        "from menus.reading.files import content",
        "from . import files",
        "from .files import content",
    ):
        assert list(impure(Source("menus/reading/x.py", text), ROOMS)) != []
    assert list(impure(Source("menus/reading/x.py", "from . import filesystem"), ROOMS)) == []


@pytest.mark.parametrize("name", EDGES)
def test_what_is_let_off_needs_it(name: str) -> None:
    (source,) = [each for each in sources() if each.name == name]
    assert list(impure(source, ROOMS)) == []
    assert list(impure(Source(name.replace(".py", "_.py"), source.text), ROOMS)) != []
