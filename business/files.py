"""Files that somebody names to us: settings, secrets, lists, data.

    regular(Path("token")).read_text("utf-8")

Reading what is no file may never end (a pipe that nobody writes into, a terminal) or never stop (a device): a
hall that reads such a thing while it runs takes no more calls.
"""

from __future__ import annotations

import errno
import stat
from pathlib import Path

_KINDS = {
    stat.S_IFIFO: "a pipe (FIFO)",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def regular(path: Path) -> Path:
    """``path`` itself, where a file can be read; a folder says so itself when it is opened.

    Raises:
        OSError: there is none, or something else is there.
    """
    kind = _KINDS.get(stat.S_IFMT(path.stat().st_mode))
    if kind is not None:
        raise OSError(errno.EINVAL, f"This is {kind}, not a file", str(path))
    return path
