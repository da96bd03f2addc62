"""Which services, and which of their actions, a customer can get to, and by which channel.

Public: :func:`reached`, :class:`ReachableAction`. A wording is demanded only where somebody can come to hear
it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from menus.model.channels import By, Channel
from menus.model.hall import Goal, Hall, Service, Target
from menus.model.phrases import is_screen
from menus.model.specs import Action

OPENING = (Action.OPEN, Action.CANCEL)
_SERVED = (Goal.SERVICE, Goal.CAMPAIGN)


@dataclass(frozen=True, slots=True)
class ReachableAction:
    """An action of a service on a channel, by its name. ``action`` None: the service without an action, its
    screen."""

    service: str
    action: Action | None
    channel: str


def reached(hall: Hall, channels: Sequence[Channel]) -> frozenset[ReachableAction]:
    """Every way into every service that is served."""
    ways = {by: tuple(found(hall)) for by, found in ((By.KEY, _by_keys), (By.LINE, _by_lines))}
    return frozenset(
        ReachableAction(*way, each.name)
        for each in channels
        for way in ways[each.by]
        if not _ends_before(hall.services[way[0]], way[1], each)
    )


def _ends_before(service: Service, action: Action | None, channel: Channel) -> bool:
    """Whether the action asks for what cannot be given on the channel: there it says where it is had."""
    spec = service.spec.actions.get(action) if service.spec and action else None
    inputs = spec.inputs if spec else ()
    return any(i.kind in channel.refuses and not i.optional and i.where.includes(channel) for i in inputs)


_Led = tuple[str, Action | None]


def _by_keys(hall: Hall) -> Iterator[_Led]:
    for target in telephone_targets(hall):
        yield from _by_target(hall.services, target)


def _by_lines(hall: Hall) -> Iterator[_Led]:
    for target in hall.codes.values():
        yield from _by_target(hall.services, target)
    for service in hall.services.values():
        if service.keywords and service.spec:  # a word before the keyword may ask for any action
            yield service.id, None
            yield from ((service.id, action) for action in service.spec.actions)


def telephone_targets(hall: Hall) -> Iterator[Target]:
    """What the keys and the guidance lead to."""
    for menu in hall.telephone.values():
        yield from (entry.target for entry in menu.entries)
    yield from (guidance.offers for guidance in hall.guidance)


def _by_target(services: Mapping[str, Service], target: Target) -> Iterator[_Led]:
    service = services.get(target.name) if target.goal in _SERVED else None
    if service is None or service.spec is None:
        return
    if target.action is None:
        yield service.id, None
    for action in _with_picked(service, _first(service, target.action)):
        yield service.id, action


def _first(service: Service, action: Action | None) -> Iterable[Action]:
    """What a service does when it is addressed without an action: its screen's, else its first."""
    assert service.spec is not None
    if action is not None:
        return (action,)
    return OPENING if is_screen(service.spec) else tuple(a for a in Action if a in service.spec.actions)[:1]


def _with_picked(service: Service, actions: Iterable[Action]) -> Iterator[Action]:
    assert service.spec is not None
    for action in actions:
        yield action
        each = service.spec.actions.get(action)
        if each and each.picks:
            yield each.picks
