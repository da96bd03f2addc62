"""``hall10086 init [FOLDER]``: a hall of one's own, a menu and settings to edit."""

from __future__ import annotations

import re
import shlex
from os.path import lexists
from pathlib import Path
from typing import NoReturn

import click

from server.shipped import DEFAULTS, KNOWLEDGE, MENU, SETTINGS, shipped

HEAD = """\
# The settings of this hall. "hall10086 serve", run in this folder, reads them.
#
# What is commented out is the default: take the # away before a key to change it.

"""
_KEY = re.compile(r"(?m)^(?=[a-z_]+ = )")


@click.command("init")
@click.argument("folders", nargs=-1, metavar="[FOLDER]")
def command(folders: tuple[str, ...]) -> None:
    """Make a hall of your own in FOLDER (default: this one): menus.yaml, knowledge.yaml, hall.toml.

    What is there already is left as it is. Exit status 2: it cannot be written.
    """
    folder = _folder(folders)
    wanted = {
        MENU: (shipped(MENU).read_text(encoding="utf-8"), "what callers hear and press, subscribers text"),
        KNOWLEDGE: (shipped(KNOWLEDGE).read_text(encoding="utf-8"), "what subscribers ask, and the answers"),
        SETTINGS: (
            HEAD + _KEY.sub("# ", DEFAULTS.read_text(encoding="utf-8")),
            "ports, databases, limits, each with its default",
        ),
    }
    if (folder / MENU).exists() and not lexists(folder / KNOWLEDGE):
        del wanted[KNOWLEDGE]  # its entries are those of the shipped menu's services
    in_the_way = [
        why for file in (folder, *(folder / name for name in wanted)) if (why := _taken(file, folder))
    ]
    if in_the_way:
        _cannot(in_the_way[0])
    for name, (text, what) in wanted.items():
        try:
            made = _made(folder / name, text)
        except OSError as error:
            _cannot(f"{folder / name}: {error.strerror}")
        click.echo(f"{folder / name}: {what}" if made else f"{folder / name}: is there, left as it is")
    click.echo("\n".join(_next(folder)))


def _folder(words: tuple[str, ...]) -> Path:
    """Raises click.UsageError for words that are surely not meant as a folder's name."""
    if len(words) > 1:
        meant = shlex.join(("hall10086", "init", " ".join(words)))
        raise click.UsageError(f"one folder is meant; a name with spaces stands in quotes: {meant}")
    (word,) = words or (".",)
    if word.startswith("-"):
        raise click.UsageError(
            f"{word} is no folder's name: options stand before the --, and init has none but --help; "
            f"for a folder of that name write ./{word}"
        )
    folder = Path(word)
    if folder.name in (MENU, KNOWLEDGE, SETTINGS) and not folder.is_dir():
        raise click.UsageError(f"{word} is what init writes; name the folder that it is to lie in")
    return folder


def _taken(file: Path, folder: Path) -> str:
    """What stands where a file (or the folder itself) is to be; "": nothing, or what may stay there."""
    if not lexists(file) or (file.is_dir() if file == folder else file.is_file()):
        return ""
    if file.is_symlink() and not file.exists():
        what = f"a link to {file.readlink()}, which is not there"
    else:
        what = "a folder" if file.is_dir() else "not a folder" if file == folder else "not a file"
    return f"{file} is {what}; take it away or name another folder. Nothing was written"


def _cannot(why: str) -> NoReturn:
    click.echo(f"hall10086: {why}", err=True)
    raise SystemExit(2)


def _made(file: Path, text: str) -> bool:
    """Whether it was not there before; it is there whole or not at all. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        fresh = file.open("x", encoding="utf-8")
    except FileExistsError:
        return False
    try:
        with fresh:
            fresh.write(text)
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return True


def _next(folder: Path) -> list[str]:
    there = [] if folder == Path() else [f"  cd {shlex.quote(str(folder))}"]
    return [
        "",
        "next:",
        *there,
        "  hall10086 serve                     the halls, with the demo's subscribers, until Ctrl-C",
        "  hall10086 check                     after each change of menus.yaml: what is wrong, and where",
        "  hall10086 simulate sms 10086 2 4    walk through it without network",
        "  kill -HUP $(cat var/hall10086.pid)  the running hall takes the new menu; no call is dropped",
    ]
