"""What a number out of a shown list does: one row by voice, ``1,3`` by text. The rows are named by the ids
that were shown, whatever the back office has meanwhile.

Public: :func:`pick`, :func:`reply`.
"""

from __future__ import annotations

from collections.abc import Sequence

from menus.dialogue.errands import perform, proceed
from menus.dialogue.session import AtList, Errand, Given
from menus.dialogue.showing import shown_rows
from menus.dialogue.turn import StepState
from menus.matching.inputs import list_numbers
from menus.model.asked import InputKind
from menus.model.events import Item, SayKind
from menus.model.specs import ActionSpec
from menus.model.values import Kind, Value

ITEMS = "items"


def pick(turn: StepState, at: AtList, rows: Sequence[Item], number: int) -> None:
    """Start what the list's numbers do, with these rows. ``number``: under which the first was shown."""
    chosen = ",".join(row.id for row in rows)
    name = _items_input(turn, at)
    if at.last is not None and at.last.errand.value(name) == chosen:
        perform(turn, at.last, at)
        return
    values = {**rows[0].values, "i": Value(Kind.INDEX, number)}
    errand = Errand(at.errand.service, at.picks, (*at.errand.given, Given(name, chosen)), values)
    turn.means(errand.service, errand.action)
    proceed(turn, errand, under=at)


def _spec(turn: StepState, at: AtList) -> tuple[ActionSpec | None, ActionSpec | None]:
    """The list's own action, and the one that a number starts."""
    service = turn.hall.services.get(at.errand.service)
    actions = service.spec.actions if service and service.spec else {}
    return actions.get(at.errand.action), actions.get(at.picks)


def _items_input(turn: StepState, at: AtList) -> str:
    picked = _spec(turn, at)[1]
    return next((i.name for i in picked.inputs if i.kind is InputKind.ITEMS), ITEMS) if picked else ITEMS


def reply(turn: StepState, at: AtList, text: str) -> bool:
    """By text: ``1,3``. One number that was not shown, and nothing is done. False: it is no such reply."""
    numbers = list_numbers(text)
    if not numbers:
        return False
    turn.means(at.errand.service, at.picks)
    shown = shown_rows(turn, at)
    bad = tuple(str(n) for n in numbers if not 1 <= n <= shown)
    listing = _spec(turn, at)[0]
    one = listing is not None and not listing.picks_many and len(numbers) > 1
    count = Value(Kind.COUNT, shown)
    if bad:
        turn.say("list bad", {"bad": Value(Kind.LIST, bad), "n": count}, SayKind.REFUSAL)
        turn.wait(at)
    elif one:
        turn.say("list one", {"n": count}, SayKind.REFUSAL)
        turn.wait(at)
    else:
        pick(turn, at, [at.items[n - 1] for n in numbers], numbers[0])
    return True
