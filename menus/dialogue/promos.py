"""外挂宣传: which one promo follows a final answer (R107-R109).

Public: :func:`choose`. When a promo may follow at all, and how often, is the SMS hall's own matter.
"""

from __future__ import annotations

import re

from menus.model.conditions import holds
from menus.model.events import Facts
from menus.model.hall import Hall, Promo, Service

_CODE = re.compile(r"(?<![0-9])[0-9]{4,8}(?![0-9])")


def choose(hall: Hall, facts: Facts, rotation: int, just: str | None = None) -> Promo | None:
    """One of the promos whose conditions hold and which offer nothing that the subscriber has, or has
    ``just`` used (a service id); ``rotation`` (how many this subscriber was sent, or any running number) goes
    round among them. None: none fits."""
    hall = hall.of_city(facts.city)
    fitting = [p for p in hall.promos if holds(p.when, facts) and _is_new(hall, facts, p, just)]
    return fitting[rotation % len(fitting)] if fitting else None


def _is_new(hall: Hall, facts: Facts, promo: Promo, just: str | None) -> bool:
    """The text names no code of a product that is open already, nor of what was just used, nor of a list of
    what that was about."""
    used = hall.services.get(just or "")
    for service in _offered(hall, promo):
        if service.id == just or service.id in facts.opened or service.argument in facts.opened:
            return False
        if used is not None and _lists(service) and _family(service) == _family(used):
            return False
    return True


def _lists(service: Service) -> bool:
    """Whether it lists what its customer has (``0000``)."""
    return service.spec is not None and any(each.picks for each in service.spec.actions.values())


def _family(service: Service) -> str:
    """``sp`` of ``sp.items``."""
    return "" if service.spec is None else service.spec.name.partition(".")[0]


def _offered(hall: Hall, promo: Promo) -> tuple[Service, ...]:
    """The services whose codes the text names; looked up once a hall."""
    key = f"offered {promo.id}"
    known: tuple[Service, ...] | None = hall.derived.get(key)
    if known is None:
        targets = [hall.codes.get(code) for code in _CODE.findall(promo.text.source)]
        found = [hall.services.get(target.name) for target in targets if target is not None]
        known = hall.derived[key] = tuple(service for service in found if service is not None)
    return known
