"""Reads a whole back office from YAML, for the demo and for ``--data FILE``: subscribers, products, top-up
cards, rewards, number segments, halls.

    data = read_data(text, "demo.yaml", now)       # raises DataErrors, each naming file, line and column
    loaded = await load(Path("demo.yaml"), business, now)

The format is described at the head of ``boss/demo.yaml``. Months and days are counted back from ``now``,
so that the last five bills exist whenever it is loaded. Every scalar is text until a field's own reader
converts it (YAML would turn 0123 into 83 and ``no`` into False), so the file is composed to nodes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from importlib import resources
from pathlib import Path

from boss.data.information import Cards, halls, reward, segment
from boss.data.products import Products
from boss.data.subscribers import SubscriberReader
from boss.loading.fields import DataError, DataErrors, Fields, SourceFile
from business.files import regular
from business.port.stock import BackOfficeData, Loadable, LoadSummary

__all__ = ["DataError", "DataErrors", "demo_text", "load", "read_data"]

DEMO = "demo.yaml"


def demo_text() -> str:
    """The demo's data, as it is shipped."""
    return resources.files("boss").joinpath(DEMO).read_text(encoding="utf-8")


async def load(source: Path | None, business: Loadable, now: datetime) -> LoadSummary:
    """Read ``source`` (None: the demo) and put it into ``business``. Raises DataErrors, OSError."""
    text = regular(source).read_text(encoding="utf-8") if source else demo_text()
    return await business.put(read_data(text, str(source or DEMO), now))


def read_data(
    text: str, file: str, now: datetime, randbytes: Callable[[int], bytes] = secrets.token_bytes
) -> BackOfficeData:
    """Raises :class:`DataErrors` with everything that is wrong. ``randbytes`` salts the passwords."""
    source = SourceFile(file)
    root = source.compose(text)
    try:
        parts = Fields(source, root)
    except DataError as error:
        raise DataErrors([error]) from error
    products = Products(source).read(parts.node_of("products"))
    subscribers = SubscriberReader(source, products, now, randbytes)
    data = BackOfficeData(
        products=tuple(products.values()),
        accounts=tuple(source.each(parts.node_of("subscribers"), subscribers.read)),
        cards=Cards(source).read(parts.node_of("cards")),
        rewards=tuple(source.each(parts.node_of("rewards"), reward(source))),
        segments=tuple(source.each(parts.node_of("segments"), segment(source))),
        places=tuple(place for city in source.each(parts.node_of("halls"), halls(source)) for place in city),
    )
    parts.done()
    if source.errors:
        raise DataErrors(source.errors)
    return data
