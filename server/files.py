"""Files and folders that hold what is nobody else's business: bills, chats, hashes, keys.

private_from_now_on()                     # at the edge: what is made from here on is this user's alone
tightened(settings.var, files)            # what was there before
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from business.files import regular
from ivr.voice.files import write_whole

DEMO_TOKEN = "demo-console.token"
"""The file under ``var`` with the token of the demo SMSC's console."""
TOKEN_LENGTH = 32  # characters, at the least
OTHERS = 0o077
"""The rights of everybody but the owner."""
BESIDE = ("", "-wal", "-shm", "-journal", ".lock")
"""What lies beside a SQLite database."""


def private_from_now_on() -> None:
    """What this process and its children make is readable by this user alone."""
    os.umask(OTHERS)


def private_folder(folder: Path) -> None:
    """Make ``folder`` where it is missing. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def of_database(url: str) -> Iterator[Path]:
    """The files of a SQLite database; none for another one."""
    scheme, _, file = url.partition(":///")
    if scheme.partition("+")[0] == "sqlite" and file:
        file = file.partition("?")[0]
        yield from (Path(file + end) for end in BESIDE)


def tightened(paths: Iterable[Path], tell: Callable[[str], object]) -> None:
    """Take from others what rights they have to ``paths``, and ``tell`` which ones that were. Links are not
    followed, what belongs to another user is left, and so is a folder that all may write into, for it is
    shared on purpose."""
    changed = [str(path) for path in paths if _tighten(path)]
    if changed:
        tell(f"others could read {', '.join(changed)}: now only this user can")


def keep_private(url: str | None) -> None:
    """At the edge of a command that works on a database."""
    private_from_now_on()
    tightened(of_database(url or ""), lambda line: click.echo(f"hall10086: {line}", err=True))


def _tighten(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)) or found.st_uid != os.geteuid():
        return False
    if not found.st_mode & OTHERS or found.st_mode & stat.S_ISVTX:
        return False
    path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
    return True


def fresh_token(file: Path) -> str:
    """A new token in ``file``, which only this user can read. Raises OSError."""
    token = secrets.token_urlsafe(32)
    private_folder(file.parent)
    write_whole(file, f"{token}\n".encode(), rights=0o600)
    return token


def kept_token(file: Path) -> str:
    """The token in ``file``, or a new one where there is none: who holds it need not ask again after a
    restart. Raises OSError."""
    try:
        known = regular(file).read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        known = ""
    return known if len(known) >= TOKEN_LENGTH else fresh_token(file)
