"""The child process that reads and checks a menu: ``python -P -m server.menu_reader FILE NUMBER``.

It gives way to calls, and writes one pickled :class:`server.halls.LoadedMenu` to its standard output.
"""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

from server.halls import load

NICE = 10


def main(file: str, number: str) -> None:
    """``number``: the hall's. Its last line on standard error is what the hall tells."""
    os.nice(NICE)
    try:
        loaded = load(Path(file), number)
    except OSError as error:
        beside = "" if error.filename in (None, file) else f"{error.filename}: "
        sys.exit(f"{beside}{error.strerror or error}")
    sys.stdout.buffer.write(pickle.dumps(loaded, protocol=pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    main(*sys.argv[1:])
