"""What each service does, one family a file; knows menus and business, knows no channel.

* ``SPECS``: what ``does:`` in menus.yaml may name, for :func:`menus.read`.
* ``FUNCTIONS``: the same with the coroutines, for :class:`counter.desk.Desk`.
* :class:`counter.desk.Desk` runs one piece of work; :class:`counter.conversation.Conversation` drives a
  whole conversation for a channel; :mod:`counter.asking_again` asks again what stayed unknown.

A new service is one function in its family file and one line here.
"""

from __future__ import annotations

from handlers import (
    account,
    attribution,
    choices,
    complaints,
    details,
    fees,
    forms,
    info,
    options,
    passwords,
    payments,
    places,
    plans,
    points,
    products,
    puk,
    records,
    registration,
    several,
    sp,
    suspension,
    topup,
)
from handlers.request import Function
from menus.model.specs import ServiceSpec

FUNCTIONS: dict[str, Function] = {
    function.spec.name: function
    for function in (
        fees.REALTIME,
        fees.BALANCE,
        fees.BILL,
        fees.OTHER,
        points.QUERY,
        points.EXCHANGE,
        payments.RECORDS,
        details.LIST,
        plans.REMAIN,
        plans.DATA,
        attribution.QUERY,
        puk.QUERY,
        topup.CARD,
        products.MANAGE,
        options.REMIND,
        options.FORWARD,
        choices.CHOOSE,
        several.ORDER,
        choices.PLAN,
        suspension.SUSPEND,
        suspension.RESUME,
        passwords.CHANGE,
        passwords.RESET,
        passwords.UNLOCK,
        registration.REGISTER,
        sp.ITEMS,
        sp.CATEGORIES,
        sp.ALL,
        complaints.FILE,
        complaints.SPAM,
        complaints.STATUS,
        places.HALLS,
        forms.QUIZ,
        forms.SCORE,
        info.TEXT,
        info.TOPICS,
        info.SEARCH,
        info.PROMOS,
        account.OPENED,
        records.QUERY,
    )
}
SPECS: dict[str, ServiceSpec] = {name: function.spec for name, function in FUNCTIONS.items()}

__all__ = ["FUNCTIONS", "SPECS"]
