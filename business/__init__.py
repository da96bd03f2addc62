"""The back office: the port (:mod:`business.port`) and what plugs into it, chosen by name.

    business = open_business("sql", "sqlite:///var/business.db", clock=now, reactor=reactor)
    await business.start()

Every back office is named under the entry point group ``hall10086.business``: ``memory`` and ``sql`` by our
reference billing system, ``http`` by this house, yours by your own distribution. A name of ours cannot be
taken by something installed beside it.

It is a factory ``factory(url, *, clock, reactor, **options) -> Business``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from business.port import Business
from business.port.bare import misspelt
from business.port.days import Clock

GROUP = "hall10086.business"
OURS = "hall10086"

Factory = Callable[..., Business]


def names() -> tuple[str, ...]:
    """Every back office that can be opened here."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def open_business(name: str, url: str | None, *, clock: Clock, reactor: Any, **options: Any) -> Business:
    """The back office ``name`` at ``url`` (None: it needs none, or knows its own), not started yet.

    Raises LookupError, naming what there is, if nothing is called so; ValueError for one that cannot be asked
    as it is written.
    """
    factory = plugged_in(GROUP, name)
    if factory is None:
        raise LookupError(f"no back office is called {name!r}; there are: {', '.join(names())}")
    business: Business = factory(url, clock=clock, reactor=reactor, **options)
    if (fault := misspelt(business)) is not None:
        raise ValueError(fault)
    return business


def plugged_in(group: str, name: str) -> Factory | None:
    """What is called so in this group, if anything is."""
    points = sorted(entry_points(group=group, name=name), key=_is_ours, reverse=True)
    return cast(Factory, points[0].load()) if points else None


def _is_ours(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name == OURS
