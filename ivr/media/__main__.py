"""``python -m ivr.media``: started by ``ivr.media.client``, never by hand."""

from __future__ import annotations

import argparse
import socket
import sys
from dataclasses import replace

from ivr.media.legs import VanishedAfter
from ivr.media.process import Hung, Loop, Options, become_child, prefer, raise_descriptors


def main() -> int:
    """0: the hall is gone; 1: it hung, or speaks another version."""
    parser = argparse.ArgumentParser(prog="ivr.media", description=__doc__)
    parser.add_argument("--control", type=int, required=True, help="descriptor of the socket to the hall")
    parser.add_argument("--parent", type=int, required=True, help="the hall's process id")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--ports", default="0-0", help="FIRST-LAST")
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--silence", choices=("continuous", "none"), default="continuous")
    parser.add_argument("--vanished-after", type=float, default=30.0)
    parser.add_argument("--absent-after", type=float, default=30.0)
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--realtime", action="store_true", help="SCHED_RR, where allowed; else --nice")
    given = parser.parse_args()
    first, last = map(int, given.ports.split("-"))
    vanished_after = VanishedAfter(given.vanished_after, given.absent_after)
    options = Options(given.address, first, last, given.calls, vanished_after, given.silence == "continuous")
    if not become_child(given.parent):
        return 0
    prefer(given.nice, given.realtime)
    options = replace(options, calls=raise_descriptors(options))
    try:
        Loop(socket.socket(fileno=given.control), options).run()
    except Hung as why:
        sys.stderr.write(f"giving up: {str(why) or 'the hall does not read'}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
