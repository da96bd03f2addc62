"""An arrow that is in no picture is found, however it is drawn."""

from __future__ import annotations

import pytest

from tests.house.picture import PICTURE, sources
from tests.house.rooms import BY_NAME_AT, circles, for_tests, runs_text, unlisted, wrong_arrows
from tests.house.source import Source

BAD = {
    "a room above": "import server.hall",
    "a name of a room above": "from server.hall import Server",
    "only as a type": "if TYPE_CHECKING:\n    from sms.gateway import Gateway",
    "in a function": "def f():\n    import ivr",
    "by two dots": "from ... import server",
    "by two dots and a name": "from ...server import hall",
    "by its name": 'import importlib\nimportlib.import_module("server.hall")',
    "by its name and another": 'from importlib import import_module as load\nload("server.hall")',
    "by a name with a hole": 'from importlib import import_module\nimport_module(f"server.{part}")',
    "by a name that nobody knows": "from importlib import import_module\nimport_module(name)",
    "by a package that nobody knows": 'import importlib\nimportlib.import_module(".x", package=name)',
    "by what is built in": '__import__("server")',
    "by what is built in, again": 'import builtins\nbuiltins.__import__("server")',
    "by a renamed one": 'import importlib\nload = importlib.import_module\nload("server")',
    "by an attribute's name": 'import importlib\ngetattr(importlib, "import_module")("server")',
    "by a file": "from importlib.util import spec_from_file_location",
    "by a file, by the module": "import importlib.util as u\nu.spec_from_file_location(name, path)",
    "by what makes modules": "import importlib.util\nimportlib.util.module_from_spec(spec)",
    "by running it": "import runpy",
    "the tests": "import tests",
    "what tests lend": "from tests.e2e import baresip",
    "the tests, by dots": "from ...tests import conftest",
    "the tests, by name": 'import importlib\nimportlib.import_module("tests.conftest")',
    "a test of its own": "from menus.test_reading import HALL",
    "a test beside it": "from . import test_reading",
    "the benchmarks": "from benchmarks.figures import Figures",
    "a room that nobody listed": "import cellar",
    "a module at the top that nobody listed": "from helpers import mend",
    "a package that we do not install": "import requests",
    "what only tests install": "import pytest",
}
GOOD = {
    "its own room": "from menus.model.hall import Hall",
    "its own room, by dots": "from .hall import Hall\nfrom .. import matching\nfrom . import hall",
    "its own room, by name": 'from importlib import import_module\nimport_module("menus.model.hall")',
    "the library": "import json, importlib.resources\nfrom collections.abc import Mapping",
    "what we install": "import yaml\nfrom rapidfuzz import process",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_it_is_found(text: str) -> None:
    assert list(wrong_arrows(Source("menus/model/x.py", text), PICTURE)) != []


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_what_is_in_the_picture_is_not(text: str) -> None:
    assert list(wrong_arrows(Source("menus/model/x.py", text), PICTURE)) == []


def test_the_place_is_told() -> None:
    found = wrong_arrows(Source("handlers/x.py", "\nfrom counter.desk import Desk"), PICTURE)
    assert list(found) == ["handlers/x.py:2: handlers must not import counter"]


def test_testing_stands_on_some_more_and_not_on_everything() -> None:
    for name, text, wrong in (
        ("sms/testing/x.py", "import boss", False),
        ("sms/x.py", "import boss", True),
        ("sms/testing/x.py", "import server", True),
        ("sms/testing/x.py", "import tests.sms", True),
    ):
        assert bool(list(wrong_arrows(Source(name, text), PICTURE))) is wrong


@pytest.mark.parametrize("name", BY_NAME_AT)
def test_who_may_import_by_name_is_held_to_the_picture_by_the_names(name: str) -> None:
    (source,) = [each for each in sources() if each.name == name]
    assert list(wrong_arrows(source, PICTURE)) == []
    elsewhere = Source(name.replace(".py", "_.py"), source.text)
    assert list(wrong_arrows(elsewhere, PICTURE)) != [], "it need not be let off"
    more = Source(name, f'{source.text}\nX = "server.hall"')
    (wrong,) = wrong_arrows(more, PICTURE)
    assert wrong.endswith(f"{source.room} must not import server")


@pytest.mark.parametrize(
    "text",
    [
        "exec(words)",
        "x = eval(words)",
        'compile(words, "", "exec")',
        "f = exec\nf(w)",
        "import builtins as b\nb.eval(words)",
        "__builtins__[word](it)",
        "__loader__.load_module(it)",
    ],
)
def test_a_text_that_is_run_is_found(text: str) -> None:
    assert list(runs_text(Source("menus/x.py", text))) != []
    assert list(runs_text(Source("menus/x.py", "import re\nre.compile(words)\nself.eval(words)"))) == []


def test_what_is_there_for_tests_is_not_loaded() -> None:
    for text in (
        "import counter.testing.house",
        "from counter.testing import house",
        "from counter import testing",
        "from . import testing",
        "from .testing.house import House",
        'import importlib\nimportlib.import_module("counter.testing.house")',
    ):
        assert list(for_tests(Source("counter/x.py", text))) != []
        assert list(for_tests(Source("counter/testing/x.py", text))) == []


def test_what_stands_at_the_top_and_in_no_picture_is_found() -> None:
    known = ["menus/__init__.py", "tests/x.py", "benchmarks/x.py", "setup.py"]
    assert unlisted(known, PICTURE) == []
    new = ["cellar/__init__.py", "attic/deep/down/x.py", "helpers.py"]
    assert unlisted([*known, *new], PICTURE) == ["attic", "cellar", "helpers"]


def modules(**texts: str) -> list[Source]:
    return [Source(f"{name.replace('__', '/')}.py", text) for name, text in texts.items()]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("import a.two", "import a.one"),
        ("from a import two", "from a.one import X"),
        ("from a.two import X", "if TYPE_CHECKING:\n    from a.one import X"),
        ("from . import two", "from . import one"),
        ("from .two import X", "from .one import X"),
        ("from ..a import two", "from .. import a\nfrom ..a.one import X"),
        ("from . import two as t", "def f():\n    from . import one as o"),
        ("import a.two", 'import importlib\nimportlib.import_module("a.one")'),
        ("import a.two", 'import importlib\nimportlib.import_module(".one", __package__)'),
    ],
)
def test_a_circle_is_found(one: str, two: str) -> None:
    assert circles(modules(a__one=one, a__two=two, a__three="from . import one")) == ["a.one", "a.two"]


def test_a_circle_over_a_package_is_found() -> None:
    found = circles([Source("a/__init__.py", "from .one import X"), *modules(a__one="from . import Y")])
    assert found == ["a", "a.one"]


def test_what_only_points_at_the_same_is_no_circle() -> None:
    three = "from . import one, two"
    assert circles(modules(a__one="from . import two", a__two="import json", a__three=three)) == []
