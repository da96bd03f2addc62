"""The octets of a menu file, and of the knowledge base beside it: the one place where this room reads a disk
for others.

Public: :func:`content`, :func:`read_file`.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from menus.model.specs import ServiceSpec
from menus.reading.knowledge import KNOWLEDGE, join
from menus.reading.reader import Reading, read_bytes

LARGEST = 8 * 1024 * 1024  # octets; a province with everything has some hundred thousand


def read_file(path: Path, specs: Mapping[str, ServiceSpec]) -> Reading:
    """As :func:`menus.reading.reader.read_bytes`. Raises OSError as :func:`content` does."""
    return read_bytes(content(path), specs, path.name)


def content(path: Path) -> bytes:
    """The octets of a menu file, and of the knowledge base beside it behind them.

    Raises:
        OSError: one cannot be read (``filename`` says which), is no file (a pipe would hold up the reload for
            as long as nobody writes into it), or is longer than any menu is (a disk image).
    """
    beside = path.with_name(f"{KNOWLEDGE}.yaml")
    menu = _octets(path)
    return join(menu, _octets(beside)) if os.path.lexists(beside) and beside != path else menu


def _octets(path: Path) -> bytes:
    if not (stat.S_ISREG(mode := path.stat().st_mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "This is a pipe, a socket or a device, not a file", str(path))
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise OSError(errno.EFBIG, f"Longer than {LARGEST >> 20} MB: no menu file is", str(path))
    return data
