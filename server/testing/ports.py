"""Ports for tests: each test process has its own share of them."""

from __future__ import annotations

import os
import random
import socket

HOST = "127.0.0.1"
MOST_WORKERS = 4


def _share(first: int, last: int) -> tuple[int, int]:
    """This test process's part of some ports: several run side by side."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    each = (last - first) // MOST_WORKERS // 4 * 4  # RTP wants even ports
    begin = first + int(worker) % MOST_WORKERS * each
    return begin, begin + each


_FIRST, _BEYOND = _share(22_000, 32_700)
_ports = iter(random.sample(range(_FIRST, _BEYOND - 3, 4), (_BEYOND - 3 - _FIRST) // 4))
RTP_PORTS = _share(10_000, 22_000)


def free_port() -> int:
    """A port that is free for UDP and TCP, and three behind it; not one that the system gives to others, and
    never the same twice."""
    return next(port for port in _ports if all(_free(port + more) for more in range(4)))


def _free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                return False
    return True
