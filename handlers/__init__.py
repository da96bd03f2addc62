"""What each service does, one family a file; knows menus and business, knows no channel.

* ``SPECS``: what ``does:`` in menus.yaml may name, for :func:`menus.read`.
* ``FUNCTIONS``: the same with the coroutines, for :class:`handlers.desk.Desk`.
* :class:`handlers.desk.Desk` runs one piece of work; :class:`handlers.conversation.Conversation` drives a
  whole conversation for a channel; :mod:`handlers.settle` asks again what stayed unknown.

A new service is one function in its family file and one line here.
"""

from __future__ import annotations

from handlers import account, fees, info, points, products, sp, topup
from handlers.request import Function
from menus.specs import ServiceSpec

FUNCTIONS: dict[str, Function] = {
    function.spec.name: function
    for function in (
        fees.REALTIME,
        fees.BALANCE,
        fees.BILL,
        fees.OTHER,
        points.QUERY,
        topup.CARD,
        products.MANAGE,
        sp.ITEMS,
        sp.CATEGORIES,
        sp.ALL,
        info.TEXT,
        info.PROMOS,
        account.OPENED,
    )
}
SPECS: dict[str, ServiceSpec] = {name: function.spec for name, function in FUNCTIONS.items()}

__all__ = ["FUNCTIONS", "SPECS"]
