"""A file is there whole, or as it was before: also after kill -9, a full disk or a power cut.

It is written beside its place and put there once the disk has it; then the folder is told to keep the name
(rename(2) alone may leave an empty file behind after a power cut). What is written beside it and was never
put there begins with a dot and is written over by the next that has the same process id.
"""

from __future__ import annotations

import os
from pathlib import Path

RIGHTS = 0o666
"""Of a new file, less what the process's umask takes away."""


def write_whole(path: Path, octets: bytes, rights: int = RIGHTS) -> None:
    """Let ``path`` hold ``octets``; its folder is made where it is missing. Raises OSError; then the file is
    as it was, and nothing lies beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights), "wb") as made:
            made.write(octets)
            made.flush()
            os.fsync(made.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _keep_names(path.parent)


def _keep_names(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
