"""The file that says which process the hall is, for ``kill -HUP $(cat var/hall10086.pid)``."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "hall10086.pid"


@contextmanager
def pid_file(file: Path, pid: int, tell: Callable[[str], object]) -> Iterator[None]:
    """``pid`` stands in ``file`` while the block runs. Whoever runs has it locked, so that one which a kill
    left behind is known as such, whoever has its number now; another hall's is left, and ``tell`` told.
    Raises OSError where it cannot be written."""
    try:
        held = _locked(file)
    except BlockingIOError:
        tell(f"{file} is another hall's, which runs: this one writes none")
        yield
        return
    try:
        os.pwrite(held, f"{pid}\n".encode(), 0)
        os.ftruncate(held, len(f"{pid}\n"))
        yield
    finally:
        with suppress(FileNotFoundError):  # somebody has taken it away already
            file.unlink()
        os.close(held)


def _locked(file: Path) -> int:
    """The file's descriptor. Raises BlockingIOError, OSError."""
    while True:
        held = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if file.exists() and os.path.samestat(os.fstat(held), file.stat()):
                return held
        except OSError:
            os.close(held)
            raise
        os.close(held)  # the one before took it away meanwhile
