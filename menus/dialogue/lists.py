"""What a number out of a shown list does: one row by voice, ``1,3`` by text. The rows are named by the ids
that were shown, whatever the back office has meanwhile.

Public: :func:`pick`, :func:`reply`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from menus.dialogue.errands import perform, proceed
from menus.dialogue.session import AtList, Errand, Given
from menus.dialogue.showing import show, shown_rows
from menus.dialogue.turn import StepState
from menus.matching.inputs import list_numbers, read_input
from menus.matching.normal import clean
from menus.matching.replies import Reply, Way, agrees
from menus.model.asked import InputKind
from menus.model.events import Item, SayKind
from menus.model.specs import Action, ActionSpec
from menus.model.values import Kind, Value

ITEMS = "items"


def pick(
    turn: StepState, at: AtList, rows: Sequence[Item], number: int, *, sure: bool = True, again: bool = True
) -> None:
    """Start what the list's numbers do, with these rows. ``number``: under which the first was shown.
    ``sure``: as :class:`Errand` has it. ``again``: the same choice twice is the same wish, as a message is
    that came twice."""
    chosen = ",".join(row.id for row in rows)
    name = _items_input(turn, at)
    if again and at.last is not None and at.last.errand.value(name) == chosen:
        perform(turn, at.last, at)
        return
    values = {**rows[0].values, "i": Value(Kind.INDEX, number)}
    errand = Errand(at.errand.service, at.picks, (*at.errand.given, Given(name, chosen)), values, sure)
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


def reply(turn: StepState, at: AtList, text: str, answer: Reply, seen: bool) -> bool:
    """By text: ``1,3``, ``退第2项``, a row's name, its amount, 全部. One number that was not shown, and
    nothing is done. False: it is no such reply."""
    chosen = _chosen(turn, at, text, answer)
    if chosen is None:
        return False
    numbers, sure = chosen[0], chosen[1] and not at.behind and not answer.asks
    if not seen and at.last is None:
        show(turn, at)
        return True
    turn.means(at.errand.service, at.picks)
    shown = len(at.items) if answer.way is Way.ALL else shown_rows(turn, at)
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
        pick(
            turn,
            at,
            [at.items[n - 1] for n in numbers],
            numbers[0],
            sure=sure,
            again=bool(list_numbers(text)),
        )
    return True


# ---- which rows are meant ----------------------------------------------------------------------------------
Chosen = tuple[tuple[int, ...], bool]
"""Numbers of rows, and whether they were plainly wished; else the change is asked about first."""
_ENDS, _BEGINS = (
    "退订|退掉|退|取消|删除|删掉|删|关闭|不要|不想要",
    "开通|办理|订购|兑换|换成|换|改成|改为|改|选择|选|订|办|开|要",
)
_POLITE = (
    "我要|我想|给我|帮我|请|把|回复|我|第|和|跟|及|与|还有|这个|那个|的|了|掉|吧|项|个|号|条|业务|谢谢"
    "|[,，、.。；; ]"
)
_UNSURE = re.compile("了|^(?!.*第).*[0-9一二两三四五六七八九十](?:个|项|条|种)")
"""退了: it is done, or is a wish. 退2个: two of them, or the second."""
_SPAN = re.compile(r"([0-9]{1,3})\s*(?:到|至|-|~)\s*([0-9]{1,3})")


def _chosen(turn: StepState, at: AtList, text: str, answer: Reply) -> Chosen | None:
    """What a reply to the list chooses; None: it is no choice."""
    if answer.way is Way.ALL:
        return tuple(range(1, len(at.items) + 1)), False
    if numbers := list_numbers(text) or ((answer.number,) if answer.number else ()):
        amount = _worth(at, str(numbers[0])) if len(numbers) == 1 and numbers[0] > len(at.items) else ()
        return (amount, False) if amount else (numbers, True)
    rest, verb = _without_verb(text, at.picks)
    if numbers := list_numbers(rest):
        return numbers, verb == "said"
    span = _SPAN.fullmatch(rest)
    if span is not None and int(span[1]) < int(span[2]):
        return tuple(range(int(span[1]), int(span[2]) + 1)), False
    if len(at.items) == 1 and agrees(answer, at.picks):
        return (1,), False
    amount = _worth(at, rest)
    named = _named(at, rest)
    return (amount, True) if amount else (named[0], named[1] and verb == "said") if named else None


def _without_verb(text: str, picks: Action) -> tuple[str, str]:
    """The reply without the verb of what its numbers do, and whether one was said: 退每日笑话. Another verb
    is left in it, so that it chooses nothing; 不要2 may mean either, so that it is asked about."""
    verbs = _ENDS if picks is Action.CANCEL else _BEGINS
    found = re.sub(
        f"^(?:{_POLITE})*(?:{verbs})(?:{_POLITE})*|(?:{_POLITE})*(?:{verbs})(?:{_POLITE})*$", "", text
    )
    said = "" if found == text or "不" in text or _UNSURE.search(text) else "said"
    return re.sub("^(?:我要|我想|给我|帮我|请|把|第)|(?:项|个|号|条|谢谢|吧|。)+$", "", found).strip(), said


def _worth(at: AtList, written: str) -> tuple[int, ...]:
    """The one row of so many yuan: 30元, and 30 where no row has that number."""
    yuan = read_input(InputKind.AMOUNT, written, date.min)
    if yuan is None:
        return ()
    rows = [n for n, row in enumerate(at.items, 1) if _costs(row, int(yuan) * 100)]
    return tuple(rows) if len(rows) == 1 else ()


def _costs(row: Item, fen: int) -> bool:
    return any(each.kind is Kind.MONEY and each.raw == fen for each in row.values.values())


def _named(at: AtList, text: str) -> Chosen | None:
    """The rows that the text names, if it says nothing besides; whole names are plainly meant."""
    rest = _word(text)
    names = [_word(str(row.values["name"].raw)) if "name" in row.values else "" for row in at.items]
    rows = []
    for n in sorted(range(len(names)), key=lambda n: -len(names[n])):
        if names[n] and names[n] in rest:
            rows.append(n + 1)
            rest = rest.replace(names[n], "")
    if rows and re.fullmatch(f"(?:{_POLITE})*", rest):
        return tuple(sorted(rows)), True
    part = [n for n, name in enumerate(names, 1) if len(rest) > 1 and rest in name]
    return ((part[0],), False) if not rows and len(part) == 1 else None


def _word(text: str) -> str:
    return clean(text).replace(" ", "")
