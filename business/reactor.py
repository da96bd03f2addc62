"""What a back office may ask of the reactor: time, threads that report back, connections."""

from __future__ import annotations

from twisted.internet.interfaces import (
    IReactorFromThreads,
    IReactorPluggableNameResolver,
    IReactorTCP,
    IReactorTime,
)


class IBackOfficeReactor(IReactorTime, IReactorFromThreads, IReactorTCP, IReactorPluggableNameResolver):
    """Every reactor of Twisted provides these."""
