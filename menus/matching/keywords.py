"""The keywords of one hall, ready to be looked up: what each means, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping

from menus.matching import vocabulary as words
from menus.matching.freetext import Openings
from menus.matching.match import Match
from menus.matching.normal import normalise
from menus.matching.parameters import given, price
from menus.matching.resembling import Lookalikes, beginnings
from menus.model.asked import InputKind
from menus.model.hall import Hall
from menus.model.specs import Action, ActionSpec

CANDIDATES = 3
"""At most so many are offered in 您要办哪一项."""
Meaning = tuple[str, Action | None]
"""A service id and what is done with it."""


class KeywordIndex:
    """The keywords of one hall, ready to be looked up."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.exact: dict[str, Meaning] = {}
        for keyword, meaning in hall.keywords.items():
            self.exact.setdefault(normalise(keyword), meaning)
        self._add_code_verbs()
        self.alone = words.EXACT_ONLY | {hall.number}
        inside = {k: m for k, m in self.exact.items() if len(k) > 1 and k not in self.alone}
        self.tokens = {k: m for k, m in inside.items() if k.isascii()}
        self.inside = {k: m for k, m in inside.items() if not k.isascii()}
        self.beginnings = beginnings(self.inside)
        self.known: dict[str, Match] = {}
        self.openings = Openings(hall, self.exact)
        services = {word: word for word in words.ASK if not word.isascii()}
        services |= {keyword: service for keyword, (service, _) in self.exact.items()}
        self.lookalikes = Lookalikes(services, hall.number, self.alone)

    def _add_code_verbs(self) -> None:
        """KT, QX and TD before the Latin keyword of whatever can be opened or cancelled."""
        for keyword, (service, action) in tuple(self.exact.items()):
            if action is not None or not keyword.isalpha() or not keyword.isascii():
                continue
            for verb, does in words.CODE_VERBS.items():
                if not keyword.startswith(verb) and self.can(service, does):
                    self.exact.setdefault(verb + keyword, (service, does))

    def can(self, service: str, action: Action) -> bool:
        """Whether the service has that action; one that is announced only may have it one day."""
        found = self.hall.services.get(service)
        if found is None or found.spec is None:
            return found is not None and action is Action.QUERY
        return action in found.spec.actions

    def served(self, *services: str) -> tuple[str, ...]:
        """Those of the services that this hall knows."""
        return tuple(s for s in services if s in self.hall.services)[:CANDIDATES]

    def matched(
        self, how: str, service: str, action: Action | None, text: str = "", behind: bool = False
    ) -> Match:
        """A match with the action that the service really has, and the inputs that the text names.
        ``behind``: the text stood behind a command, so it may be what a change is to be done with."""
        found = self.hall.services.get(service)
        if found is None or found.spec is None:
            return Match(how, service, action)
        actions = found.spec.actions
        picks, row = _row(actions, action, text if behind else price(text))
        if picks is not None:
            return Match(how, service, picks, row)  # it says itself which one of the list is meant
        listed = picks is None and any(each.picks is Action.OPEN for each in actions.values())
        if action is not None and (action not in actions or _picks_first(actions[action].inputs)):
            action = None
        if action is None and not {Action.OPEN, Action.CANCEL} <= actions.keys():
            action = Action.QUERY if Action.QUERY in actions else next(iter(actions), None)
        if action is None and behind and Action.OPEN in actions and not listed:
            chosen = given(actions[Action.OPEN].inputs, text)  # 0209 20, 0227 13900000002
            action = Action.OPEN if chosen else None
        if action is None or not text:
            return Match(how, service, action)
        inputs = given(actions[action].inputs, text, words=behind or not actions[action].changes)
        return Match(how, service, action, inputs)


def _row(
    actions: Mapping[Action, ActionSpec], wanted: Action | None, text: str
) -> tuple[Action | None, dict[str, str]]:
    """What is done with a row of the service's list, where ``text`` says which: the one of so many yuan."""
    picks = next((each.picks for each in actions.values() if each.picks is not None), None)
    if picks is None or wanted not in (None, picks) or not text.strip("0 "):
        return None, {}
    row = given(actions[picks].inputs, text, words=False)
    return (picks, row) if row else (None, {})


def _picks_first(inputs: tuple[object, ...]) -> bool:
    """An action on rows of a list begins with the list."""
    return any(getattr(each, "kind", None) is InputKind.ITEMS for each in inputs)


def index_of(hall: Hall) -> KeywordIndex:
    """The hall's index, built when it is first asked for."""
    index = hall.derived.get("keywords")
    if not isinstance(index, KeywordIndex):
        index = hall.derived["keywords"] = KeywordIndex(hall)
    return index
