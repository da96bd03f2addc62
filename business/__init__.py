"""The back office: the port (:mod:`business.port`) and what plugs into it, chosen by name.

    business = open_business("sql", "sqlite:///var/business.db", clock=now, reactor=reactor)
    await business.start()

``memory``, ``sql`` and ``http`` are ours. Another distribution offers its own under the entry point group
``hall10086.business``: a factory ``factory(url, *, clock, reactor, **options) -> Business``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, cast

from business.days import Clock
from business.port import Business

GROUP = "hall10086.business"
_OURS = {"memory": "business.memory", "sql": "business.sql", "http": "business.http"}

Factory = Callable[..., Business]


def names() -> tuple[str, ...]:
    """Every back office that can be opened here."""
    return tuple(sorted({*_OURS, *(point.name for point in entry_points(group=GROUP))}))


def open_business(name: str, url: str | None, *, clock: Clock, reactor: Any, **options: Any) -> Business:
    """The back office ``name`` at ``url`` (None: it needs none, or knows its own), not started yet.

    Raises LookupError, naming what there is, if nothing is called so.
    """
    return _factory(name)(url, clock=clock, reactor=reactor, **options)


def _factory(name: str) -> Factory:
    if name in _OURS:  # ours cannot be replaced by something installed beside it
        return cast(Factory, import_module(_OURS[name]).factory)
    for point in entry_points(group=GROUP, name=name):
        return cast(Factory, point.load())
    raise LookupError(f"no back office is called {name!r}; there are: {', '.join(names())}")
