"""``hall10086 init [FOLDER]``: a hall of one's own, a menu and settings to edit."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click

from server.shipped import DEFAULTS, KNOWLEDGE, MENU, SETTINGS, shipped

HEAD = """\
# The settings of this hall. "hall10086 serve", run in this folder, reads them.
#
# What is commented out is the default: take the # away before a key to change it.

"""
_KEY = re.compile(r"(?m)^(?=[a-z_]+ = )")


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
def command(folder: Path) -> None:
    """Make a hall of your own in FOLDER (default: this one): menus.yaml, knowledge.yaml, hall.toml.

    What is there already is left as it is. Exit status 2: it cannot be written.
    """
    wanted = {
        MENU: (shipped(MENU).read_text(encoding="utf-8"), "what callers hear and press, subscribers text"),
        KNOWLEDGE: (shipped(KNOWLEDGE).read_text(encoding="utf-8"), "what subscribers ask, and the answers"),
        SETTINGS: (
            HEAD + _KEY.sub("# ", DEFAULTS.read_text(encoding="utf-8")),
            "ports, databases, limits, each with its default",
        ),
    }
    own_menu = (folder / MENU).exists()
    for name, (text, what) in wanted.items():
        if name == KNOWLEDGE and own_menu:
            continue  # its entries are those of the shipped menu's services
        try:
            made = _made(folder / name, text)
        except OSError as error:
            click.echo(f"hall10086: {folder / name}: {error.strerror}", err=True)
            raise SystemExit(2) from None
        click.echo(f"{folder / name}: {what}" if made else f"{folder / name}: is there, left as it is")
    click.echo("\n".join(_next(folder)))


def _made(file: Path, text: str) -> bool:
    """Whether it was not there before. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as fresh:
            fresh.write(text)
    except FileExistsError:
        return False
    return True


def _next(folder: Path) -> list[str]:
    there = [] if folder == Path() else [f"  cd {shlex.quote(str(folder))}"]
    return [
        "",
        "next:",
        *there,
        "  hall10086 serve          both halls, with the demo's subscribers, until Ctrl-C",
        "  hall10086 check          after each change of menus.yaml: what is wrong, where, and what to do",
        "  hall10086 simulate sms 10086 2 4        walk through it without a telephone",
        "  kill -HUP PID            the running hall takes the new menu; no call is dropped",
    ]
