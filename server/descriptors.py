"""How many files and sockets the hall may have open at once, and how many of them others may take up."""

from __future__ import annotations

import resource

from business.http.bounded import MOST

WANTED = 65_536
MOST_CONNECTIONS = 1_000


def raise_limit() -> int:
    """Have as many as are allowed, for the usual 1,024 are soon gone; how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def for_connections() -> int:
    """SIP connections over TCP at the most: whoever opens them without end leaves half of the descriptors to
    the databases, the console and the SMSC."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft // 2)


def for_requests() -> int:
    """Connections of the console or of ``boss`` at the most: a quarter of the descriptors, for the same
    reason."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else min(MOST, soft // 4)
