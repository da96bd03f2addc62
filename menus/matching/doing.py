"""What is done with the service that a text names. Pure."""

from __future__ import annotations

from dataclasses import replace

from menus.matching import vocabulary as words
from menus.matching.keywords import KeywordIndex
from menus.matching.match import Match
from menus.matching.parameters import price
from menus.model.specs import Action

PRICE_DIGITS = 3
"""Of the monthly fee of a plan; longer ones are other numbers."""


def done_with(
    index: KeywordIndex, how: str, services: tuple[str, ...], action: Action | None, tokens: str
) -> Match:
    """``services`` fit equally; ``action``: of the text's verb."""
    if len(services) > 1:
        if words.OPEN.search(tokens) and action is Action.CANCEL:
            action = None  # 开通彩铃 取消飞信: which is which is not for us to guess
        return Match("ask", action=action, candidates=index.served(*services))
    service, action = _changed(index, services[0], action, tokens)
    if action is Action.INFO and index.can(service, Action.QUERY) and not words.HOW.search(tokens):
        action = Action.INFO if index.can(service, Action.INFO) else Action.QUERY
    if action is Action.INFO and words.HOW_TO.get(service) in index.hall.services:
        return index.matched(how, words.HOW_TO[service], Action.INFO)
    match = priced(index, index.matched(how, service, action, tokens), price(tokens))
    return closing(index, match) if action is Action.CANCEL else match


def _changed(
    index: KeywordIndex, service: str, action: Action | None, tokens: str
) -> tuple[str, Action | None]:
    """What is meant where something is opened or cancelled that only tells: 取消10元流量; and where what is
    cancelled stops something itself: 取消挂失."""
    opposite = words.OPPOSITE.get(service, "")
    if action is Action.CANCEL and opposite in index.hall.services and words.UNDOES.search(tokens):
        return opposite, Action.OPEN
    off = action is Action.CANCEL and service in words.SWITCHED and words.SWITCHES.search(tokens)
    changed = (words.SWITCHED if off else words.CHANGED).get(service, "")
    changes = action in (Action.OPEN, Action.CANCEL) and changed in index.hall.services
    return (changed if changes else service), action


def priced(index: KeywordIndex, found: Match, price: str) -> Match:
    """The same, or the plan of so many yuan that is meant."""
    plans = words.PRICED.get(found.service or "", "")
    if plans not in index.hall.services or not price.isdecimal() or len(price) > PRICE_DIGITS:
        return found
    return (
        found
        if found.action not in (None, Action.OPEN)
        else index.matched(found.how, plans, Action.OPEN, price, True)
    )


def closing(index: KeywordIndex, found: Match) -> Match:
    """The same with a 取消 or 不要 beside it: nothing is done with what stands there, a card or a number."""
    if found.service is None or found.action not in (None, Action.OPEN):
        return found
    opens = found.action is Action.OPEN and not index.can(found.service, Action.CANCEL)
    return replace(found, action=Action.OPEN if opens else Action.CANCEL, inputs={})
