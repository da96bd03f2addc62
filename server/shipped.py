"""The hall that comes with the program, and a folder's own hall instead of it.

    menu_file()             # menus.yaml here, else the shipped one
    prompts_of(menu)        # prompts/ beside that menu, else the shipped ones
    settings_file(None)     # hall.toml here, if there is one

What is there and cannot be read (a link that leads nowhere, a folder) is told, and not passed over: another
hall would be served.

In the source tree ``menus.yaml`` and ``prompts/`` lie at its top, where people edit them; a wheel carries
them in ``server/data`` (setup.py).
"""

from __future__ import annotations

import shutil
from os.path import lexists
from pathlib import Path

import click

MENU, KNOWLEDGE, PROMPTS, SETTINGS = "menus.yaml", "knowledge.yaml", "prompts", "hall.toml"
DEFAULTS = Path(__file__).with_name(SETTINGS)
"""Every setting with its default and what it means; docs/operating.md shows it."""
INDEX = "index.json"
"""Without it a folder called ``prompts`` is somebody else's."""
PLACES = (Path(__file__).with_name("data"), Path(__file__).resolve().parents[1])
"""Where what is shipped lies: installed, or in the source tree."""


DEMO = "13900000001"
"""The first of the demo's subscribers."""


class NotShipped(click.ClickException):
    """The installation is not whole; the message is for the operator."""

    exit_code = 2


def shipped(name: str, places: tuple[Path, ...] = PLACES) -> Path:
    """A file or folder that comes with the program. Raises :class:`NotShipped`, which says where it was
    looked for."""
    for place in places:
        if (place / name).exists():
            return place / name
    looked = " and ".join(str(place / name) for place in places)
    raise NotShipped(f"{name} was not found at {looked}: install hall10086 again")


def menu_file() -> Path:
    """The menu of the folder that we run in, else the shipped one. Raises NotShipped."""
    here = Path(MENU)
    return here if lexists(here) else shipped(MENU)


def settings_file(named: Path | None) -> Path | None:
    """The settings file that was ``named``, else that of the folder that we run in, if it has one."""
    here = Path(SETTINGS)
    return here if named is None and lexists(here) else named


def prompts_of(menu: Path) -> Path:
    """The audio of ``menu``: the folder beside it, else the shipped one. Raises NotShipped."""
    beside = menu.parent / PROMPTS
    return beside if lexists(beside / INDEX) else shipped(PROMPTS)


def own_prompts(menu: Path) -> Path:
    """The audio of ``menu`` to be added to: the folder beside it, begun with what is shipped. Raises
    NotShipped, OSError."""
    beside, found = menu.parent / PROMPTS, prompts_of(menu)
    if found != beside:
        shutil.copytree(found, beside, dirs_exist_ok=True)
    return beside
