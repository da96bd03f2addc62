"""The back office: what a hall asks of it, what one is written with, and those that are plugged in, by name.

    business = open_business("sql", "sqlite:///var/business.db", clock=now, reactor=reactor)
    await business.start()
    fee = await business.fee("13900000001")

Everything that the author of a back office needs is imported from here: the port (:mod:`business.port`), days
and months, :class:`BareBusiness` to begin with, :class:`KeyedBusiness` and :class:`Workers`, and for the
bench what one is filled with (:mod:`business.port.stock`) and the contract kit.

Every back office is named under the entry point group ``hall10086.business``: ``memory`` and ``sql`` by our
reference billing system, ``http`` by this house, yours by your own distribution. A name of ours cannot be
taken by something installed beside it. It is a factory ``factory(url, *, clock, reactor, **options) ->
Business``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, cast

from business import port
from business.port import *  # noqa: F403  a new question is here at once
from business.port import Business
from business.port.days import SHANGHAI, Clock, last_day, month_after, month_of, today

if TYPE_CHECKING:
    from business.contract import BusinessContract, contract_data
    from business.contract.bench import Bench, NotATestSystem, Unable
    from business.contract.case import CARDS
    from business.guards.keyed import KeyedBusiness
    from business.guards.workers import Late, Stopped, Workers
    from business.port.bare import BareBusiness
    from business.port.stock import (
        NOTHING_USED,
        Account,
        BackOfficeData,
        Card,
        Holding,
        Loadable,
        LoadSummary,
        Movement,
        OptionKind,
        Segment,
        Suspension,
        Terms,
        Usage,
    )

_LATER = {
    "business.contract": ("BusinessContract", "contract_data"),
    "business.contract.bench": ("Bench", "NotATestSystem", "Unable"),
    "business.contract.case": ("CARDS",),
    "business.guards.keyed": ("KeyedBusiness",),
    "business.guards.workers": ("Late", "Stopped", "Workers"),
    "business.port.bare": ("BareBusiness",),
    "business.port.stock": (
        "NOTHING_USED", "Account", "BackOfficeData", "Card", "Holding", "Loadable", "LoadSummary", "Movement",
        "OptionKind", "Segment", "Suspension", "Terms", "Usage",
    ),
}  # fmt: skip
"""What is looked up when it is first named: whoever only checks a menu must not wait for a reactor."""
_WHERE = {name: module for module, names in _LATER.items() for name in names}

__all__ = [
    "CARDS",
    "NOTHING_USED",
    "SHANGHAI",
    "Account",
    "BackOfficeData",
    "BareBusiness",
    "Bench",
    "BusinessContract",
    "Card",
    "Clock",
    "Holding",
    "KeyedBusiness",
    "Late",
    "LoadSummary",
    "Loadable",
    "Movement",
    "NotATestSystem",
    "OptionKind",
    "Segment",
    "Stopped",
    "Suspension",
    "Terms",
    "Unable",
    "Usage",
    "Workers",
    "contract_data",
    "last_day",
    "month_after",
    "month_of",
    "names",
    "open_business",
    "plugged_in",
    "today",
]  # fmt: skip
__all__ += port.__all__

if TYPE_CHECKING:
    from business.reactor import IBackOfficeReactor

GROUP = "hall10086.business"
OURS = "hall10086"

Factory = Callable[..., Business]


def names() -> tuple[str, ...]:
    """Every back office that can be opened here."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def open_business(
    name: str, url: str | None, *, clock: Clock, reactor: IBackOfficeReactor, **options: Any
) -> Business:
    """The back office ``name`` at ``url`` (None: it needs none, or knows its own), not started yet.

    Raises LookupError, naming what there is, if nothing is called so; ValueError for one that cannot be asked
    as it is written.
    """
    factory = plugged_in(GROUP, name)
    if factory is None:
        raise LookupError(f"no back office is called {name!r}; there are: {', '.join(names())}")
    from business.port.bare import misspelt

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


if not TYPE_CHECKING:  # which sees them above

    def __getattr__(name: str) -> Any:
        if name not in _WHERE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_WHERE[name]), name)
        return found
