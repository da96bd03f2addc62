"""The picture of arrows: every room, and the rooms that it may stand on. docs/architecture.md draws it."""

from __future__ import annotations

from configparser import ConfigParser

from tests.house.rooms import Picture
from tests.house.source import TOP, Source

CHANNEL_ROOMS = (
    "ivr",
    "sms",
    "web",
)
ROOMS = (
    "menus",
    "business",
    "boss",
    "handlers",
    "counter",
    "store",
    *CHANNEL_ROOMS,
    "peers",
    "studio",
    "server",
)
DESK = frozenset({"menus", "business", "handlers", "counter", "store"})
ARROWS: dict[str, frozenset[str]] = {
    "menus": frozenset(),
    "business": frozenset(),
    "boss": frozenset({"business"}),
    "store": frozenset(),
    "handlers": frozenset({"menus", "business"}),
    "counter": frozenset({"menus", "business", "handlers", "store"}),
    **dict.fromkeys(CHANNEL_ROOMS, DESK),
    "peers": frozenset({"ivr", "sms"}),
    "studio": frozenset({"menus", "counter", "ivr"}),
    "server": frozenset({"boss", *CHANNEL_ROOMS, "peers", "studio", *DESK}),
}
FOR_TESTING = frozenset({"boss", "peers", "store"})
"""What every room's ``testing`` stands on: the billing system, the peers, a database."""
OF_PACKAGES = {"pyyaml": "yaml"}
"""Those that are imported by another name."""
WITH_TWISTED = ("zope", "OpenSSL")
"""What it brings."""


def _installed() -> frozenset[str]:
    """The packages that setup.cfg has installed with us, by the name that is imported."""
    known = ConfigParser()
    known.read(TOP / "setup.cfg", encoding="utf-8")
    extras = known["options.extras_require"]
    asked = (known["options"]["install_requires"], extras["postgresql"], extras["voice"])
    lines = (line for text in asked for line in text.splitlines() if line.strip())
    bare = (line.strip().partition("[")[0].partition(">")[0].partition("=")[0] for line in lines)
    names = (name.lower().replace("-", "_") for name in bare if not name.startswith("#"))
    return frozenset((*(OF_PACKAGES.get(name, name) for name in names), *WITH_TWISTED))


PICTURE = Picture(ARROWS, FOR_TESTING, _installed())


def sources() -> tuple[Source, ...]:
    """Every file of the house."""
    found = sorted(path for room in ROOMS for path in (TOP / room).rglob("*.py"))
    return tuple(Source.of(path) for path in found if path.parts[-3:-1] != ("migrations", "versions"))


def at_the_top() -> list[str]:
    """The names of all files with Python in them, but for what lies there without being of the tree."""
    folders = [one for one in TOP.iterdir() if one.is_dir() and not one.name.startswith(".")]
    inside = [
        path for one in folders if one.name not in ("var", "build", "dist") for path in one.rglob("*.py")
    ]
    return [path.relative_to(TOP).as_posix() for path in (*TOP.glob("*.py"), *inside)]
