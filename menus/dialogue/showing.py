"""Says what is being waited for, and waits: a menu, a question, a confirmation, a product's screen, a list.

Public: :func:`show` (anything, also to say it again), :func:`show_menu`, :func:`come_back` and what is said
after a thing was done or refused.
Nothing here decides what an input means.
"""

from __future__ import annotations

from dataclasses import replace

from menus.dialogue.session import (
    AtChoice,
    AtConfirm,
    AtInput,
    AtList,
    AtMenu,
    AtMore,
    AtScreen,
    Errand,
    Idle,
    Told,
    Waiting,
)
from menus.dialogue.turn import StepState, told
from menus.matching.inputs import months
from menus.model.asked import InputKind
from menus.model.channels import SMS, By, Channel
from menus.model.conditions import offered
from menus.model.events import Event, Facts, Item, Say, SayKind
from menus.model.hall import Entry, Hall, Menu, Position, Slot, Template
from menus.model.specs import Action, InputSpec
from menus.model.values import Kind, Value

_NOWHERE = Position("", 1, 1)
YES_KEY = frozenset({"1"})
ASKED = "confirm asked"
"""The question of a service that is asked about though it costs nothing itself: what comes of it does."""
ONE_PART = 70
"""UCS-2 units of a short message that is not split (3GPP TS 23.040 §9.2.3.24.1)."""


def units(text: str) -> int:
    """The UCS-2 units of a text: a character beyond the basic plane takes two."""
    return len(text.encode("utf-16-le")) // 2


def show(turn: StepState, waiting: Waiting) -> None:
    """Say what is waited for and wait for it; by voice also what ``#`` says again."""
    match waiting:
        case AtMenu(path=path, page=page):
            show_menu(turn, path, page, waiting.guides)
        case AtInput():
            show_question(turn, waiting)
        case AtConfirm():
            show_confirm(turn, waiting)
        case AtScreen():
            show_screen(turn, waiting)
        case AtList():
            show_list(turn, waiting)
        case AtChoice():
            show_choice(turn, waiting)
        case AtMore():
            show_more(turn, waiting)
        case _:
            come_back(turn)


# ---- menus ----
def menu_of(hall: Hall, channel: Channel, path: str | None) -> Menu | None:
    menus = hall.menus(channel)
    return menus.get(path or "") or menus.get("")


def parent_of(path: str, channel: Channel) -> str:
    return path.rpartition("-")[0] if channel.by is By.KEY else path[:-2]


def pages(turn: StepState, count: int) -> int:
    return max(1, -(-count // turn.channel.page))


def come_back(turn: StepState) -> None:
    """To the menu where the customer is; by text only if he came from one."""
    if turn.by_key or turn.session.menu is not None:
        show_menu(turn, turn.session.menu or "", turn.session.page)
    else:
        turn.wait(Idle())


def stay(turn: StepState) -> None:
    """By text, after an answer: in the menu that led to it, without writing it again."""
    menu = turn.session.menu
    turn.wait(Idle() if menu is None else AtMenu(menu, turn.session.page))


def show_menu(turn: StepState, path: str, page: int = 0, guides: tuple[str, ...] = ()) -> None:
    menu = menu_of(turn.hall, turn.session.channel, path)
    if menu is None:
        turn.say("bye")
        turn.end("no_menu") if turn.channel.timed else turn.wait(Idle())
        return
    entries = offered(menu.entries, turn.facts)
    if turn.by_key:
        page = 0
        _speak_guidance(turn, guides)
        _speak_menu(turn, menu, entries)
    else:
        page = min(page, len(menu_pages(turn, menu, entries)) - 1)
        _write_menu(turn, menu, entries, page)
    turn.enter(AtMenu(menu.path, page, guides=guides))


def _speak_guidance(turn: StepState, guides: tuple[str, ...]) -> None:
    for each in turn.hall.guidance if guides else ():
        template = each.wording.on(turn.channel) if each.id in guides else None
        if template is not None:
            turn.events.append(Say(f"guidance.{each.id}", template, {}, SayKind.ASK))


def _speak_menu(turn: StepState, menu: Menu, entries: tuple[Entry, ...]) -> None:
    own = _own_wording(turn, menu, entries)
    if own is not None:
        turn.events.append(Say(f"menu.{menu.path}", own, {}, SayKind.ASK))
        return
    turn.events += _entries_spoken(turn, menu, entries)


def _entries_spoken(turn: StepState, menu: Menu, entries: tuple[Entry, ...]) -> tuple[Event, ...]:
    """Its entries one by one, put in words once a hall: whoever is offered the same hears the same."""
    key = f"spoken {turn.channel.name} {menu.path} {' '.join([entry.key for entry in entries])}"
    known: tuple[Event, ...] | None = turn.hall.derived.get(key)
    if known is None:
        worded = StepState(turn.hall, turn.facts, turn.session)
        for entry in entries:
            worded.say("menu item", _entry_values(entry), SayKind.ASK)
        worded.say("menu foot" if menu.path else "main foot", kind=SayKind.ASK)
        known = turn.hall.derived[key] = tuple(worded.events)
    return known


def _own_wording(turn: StepState, menu: Menu, entries: tuple[Entry, ...]) -> Template | None:
    """The menu's own wording names all its entries, so it serves only while all are offered."""
    own = menu.wording.on(turn.session.channel) if menu.wording else None
    plain = own is not None and all(isinstance(piece, str) for piece in own.pieces)
    return own if plain and len(entries) == len(menu.entries) else None


def _entry_values(entry: Entry) -> dict[str, Value]:
    return {"key": Value(Kind.CODE, entry.key), "label": Value(Kind.TEXT, entry.label)}


def _write_menu(turn: StepState, menu: Menu, entries: tuple[Entry, ...], page: int) -> None:
    brand = {"brand": Value(Kind.TEXT, turn.facts.brand or "")}
    first = not menu.path and page == 0 and len(entries) == len(menu.entries)
    if first and turn.facts.brand and turn.say("main brand", brand, SayKind.ASK):
        return
    own = _own_wording(turn, menu, entries) if len(entries) <= turn.channel.page else None
    template = own or Template((_composed(turn, menu, menu_pages(turn, menu, entries), page),), menu.place)
    turn.events.append(Say(f"menu.{menu.path}", template, {}, SayKind.ASK))


Pages = tuple[tuple[Entry, ...], ...]


def menu_pages(turn: StepState, menu: Menu, entries: tuple[Entry, ...]) -> Pages:
    """The entries page by page: as many as the channel shows at once, and fit into one short message where
    they are sent as one. Worked out once a hall."""
    key = f"pages {turn.channel.name} {menu.path} {' '.join([entry.key for entry in entries])}"
    known: Pages | None = turn.hall.derived.get(key)
    if known is None:
        known = turn.hall.derived[key] = _cut_into_pages(turn, menu, entries)
    return known


def _cut_into_pages(turn: StepState, menu: Menu, entries: tuple[Entry, ...]) -> Pages:
    cut: list[tuple[Entry, ...]] = []
    rest = entries
    while rest:
        size = min(turn.channel.page, len(rest))
        while size > 2 and not _fits(turn, menu, (*cut, rest[:size], rest[size:]), len(cut)):
            size -= 2 - size % 2
        cut.append(rest[:size])
        rest = rest[size:]
    return tuple(cut) or ((),)


def _fits(turn: StepState, menu: Menu, cut: Pages, page: int) -> bool:
    cut = tuple(filter(None, cut))
    return not turn.channel.texted or units(_composed(turn, menu, cut, page)) <= ONE_PART


def _composed(turn: StepState, menu: Menu, cut: Pages, page: int) -> str:
    """A menu from its entries' labels, two on a line."""
    head = _line(turn, "menu head" if page == 0 else "menu continued", {"title": menu.title})
    items = [_line(turn, "menu item", {"key": e.key, "label": e.label}) for e in cut[page]]
    rows = [" ".join(items[i : i + 2]) for i in range(0, len(items), 2)]
    more = page + 1 < len(cut)
    foot = "menu foot more" if more else "menu foot" if menu.path else "main foot"
    lines = [head, *rows, _line(turn, foot, {})]
    return "\n".join(line for line in lines if line)


def _line(turn: StepState, name: str, words: dict[str, str]) -> str:
    """One of the hall's texts with its slots filled in, which may name only ``words``."""
    wording = turn.hall.texts.get(name)
    template = wording.on(turn.channel) if wording else None
    if template is None:
        return " ".join(words.values())
    return "".join(p if isinstance(p, str) else words.get(p.name, "") for p in template.pieces)


# ---- questions ----
def show_question(turn: StepState, waiting: AtInput, retry: bool = False) -> None:
    """Ask for an input, from its first digit; ``retry``: what was given was not one."""
    errand, name = waiting.errand, waiting.name
    spec = input_spec(turn.hall, errand, name)
    kind, values = spec.kind, question_values(turn.facts, spec)
    word = "bad" if retry else "ask"
    asked = turn.tell(told(errand, f"{word} {name}", values), SayKind.ASK)
    if not asked and _own_input(turn.hall, errand, name) is None:  # one of those that say who is calling
        asked = turn.say(f"{word} {name}", values, SayKind.ASK)
    if not asked:
        turn.say(f"{word} {kind.value}", values, SayKind.ASK)
    turn.wait(replace(waiting, typed=""))


def _own_input(hall: Hall, errand: Errand, name: str) -> InputSpec | None:
    """An input that the service itself declares; None for those that prove who is calling."""
    service = hall.services.get(errand.service)
    action = service.spec.actions.get(errand.action) if service and service.spec else None
    return next((i for i in action.inputs if i.name == name), None) if action else None


def input_spec(hall: Hall, errand: Errand, name: str) -> InputSpec:
    proving = InputSpec(name, InputKind.MOBILE if name == "caller" else InputKind.PASSWORD)
    return _own_input(hall, errand, name) or proving


def lasts(hall: Hall, waiting: Waiting) -> bool:
    """Whether it waits for what one may give for a day: a new password, the answer to a survey."""
    if not isinstance(waiting, AtInput):
        return False
    spec = input_spec(hall, waiting.errand, waiting.name)
    return spec.lasting or spec.kind is InputKind.NEW_PASSWORD


def question_values(facts: Facts, spec: InputSpec) -> dict[str, Value]:
    if spec.kind is not InputKind.MONTH:
        return {}
    allowed = months(facts.now.date(), spec.running)
    latest = months(facts.now.date())[0]
    last = f"{latest.year:04d}{latest.month:02d}"
    return {
        "first": Value(Kind.MONTH, allowed[-1]),
        "last_m": Value(Kind.MONTH, allowed[0]),
        "last": Value(Kind.CODE, last),
    }


def show_choice(turn: StepState, waiting: AtChoice) -> None:
    turn.say("ask head", kind=SayKind.ASK)
    for number, service_id in enumerate(waiting.services, 1):
        values = {**turn.of_service(service_id), "i": Value(Kind.INDEX, number)}
        turn.say("ask item", values, SayKind.ASK)
    turn.say("ask foot", kind=SayKind.ASK)
    turn.wait(waiting)


# ---- confirmations and screens ----
def show_confirm(turn: StepState, waiting: AtConfirm) -> None:
    """The question names service, tariff and effect; where it cannot, nothing may be confirmed. What is else
    done at once, and is asked because a text only spoke of it, has the hall's own question."""
    proposal, errand = waiting.proposal, waiting.proposal.errand
    names = (f"confirm {proposal.state}", ASKED, "confirm")
    asked = [told(errand, name, proposal.values) for name in names]
    if not errand.sure:
        asked.append(Told(None, None, f"confirm {errand.action.value}", turn.of_service(errand.service)))
    if not any(turn.tell(each, SayKind.CONFIRM) for each in asked):
        finish_refused(turn, Told(None, None, "busy failed", turn.of_service(errand.service)))
        return
    turn.flush = True
    turn.wait(waiting, guarded=YES_KEY if turn.by_key else frozenset())


def show_screen(turn: StepState, waiting: AtScreen) -> None:
    free = waiting.values.get("fee") == Value(Kind.MONEY, 0)
    names = ("screen on", "screen") if waiting.state == "on" else ("screen",)
    special = "free" if free else "paid" if waiting.state == "paid" else ""
    names = (f"{names[0]} {special}", *names) if special else names
    kind = SayKind.ASK if turn.by_key or waiting.state == "on" else SayKind.CONFIRM
    for name in names:
        if turn.tell(Told(waiting.service, Action.OPEN, name, waiting.values), kind):
            turn.wait(waiting)
            return
    if waiting.opening is not None:
        show_confirm(turn, AtConfirm(waiting.opening))
        return
    finish_refused(turn, Told(waiting.service, Action.OPEN, "refused already", waiting.values))


def finish_refused(turn: StepState, refusal: Told, under: Waiting | None = None) -> None:
    """Say why not; by keys go on from there, by lines ``under`` stays open."""
    said = turn.refuse(refusal)
    if turn.by_key:
        show_more(turn, AtMore((said,)), repeat=False)
    elif under is not None:
        turn.wait(under)
    else:
        stay(turn)


# ---- lists ----
def shown_rows(turn: StepState, waiting: AtList) -> int:
    """How many rows the customer has seen: by text numbers run on over the pages."""
    return min(len(waiting.items), (waiting.page + 1) * turn.channel.page)


def rows_of(turn: StepState, waiting: AtList) -> tuple[Item, ...]:
    return waiting.items[waiting.page * turn.channel.page : (waiting.page + 1) * turn.channel.page]


def show_list(turn: StepState, waiting: AtList) -> None:
    if waiting.page == 0:
        turn.tell(waiting.told, SayKind.ASK)
    first = 1 if turn.by_key else waiting.page * turn.channel.page + 1
    for number, row in enumerate(rows_of(turn, waiting), first):
        values = {**row.values, "i": Value(Kind.INDEX, number)}
        turn.tell(told(waiting.errand, row.wording, values), SayKind.ASK)
    _list_foot(turn, waiting)
    turn.wait(waiting)


def _list_foot(turn: StepState, waiting: AtList) -> None:
    more = waiting.page + 1 < pages(turn, len(waiting.items))
    if more and turn.say("list foot more", kind=SayKind.ASK):
        return
    if not turn.tell(told(waiting.errand, "foot"), SayKind.ASK):
        turn.say("list foot", kind=SayKind.ASK)


def list_text(turn: StepState, errand: Errand, items: tuple[Item, ...]) -> tuple[Template, dict[str, Value]]:
    """All rows as one template for an SMS copy: each row's slots get names of their own."""
    pieces: list[str | Slot] = []
    values: dict[str, Value] = {}
    for number, row in enumerate(items, 1):
        of_row = {**row.values, "i": Value(Kind.INDEX, number)}
        template, filled = turn.find(told(errand, row.wording, of_row), SMS)
        if template is None:
            continue
        pieces.append("\n")
        for piece in template.pieces:
            pieces.append(Slot(f"{piece.name}_{number}", piece.kind) if isinstance(piece, Slot) else piece)
        values |= {f"{name}_{number}": value for name, value in filled.items()}
    return Template(tuple(pieces), _NOWHERE), values


# ---- after an answer, by voice ----
def show_more(turn: StepState, waiting: AtMore, repeat: bool = True) -> None:
    """What can be done now; ``repeat``: say the answer itself again first."""
    for each in waiting.told if repeat else ():
        turn.tell(each, SayKind.ANSWER)
    turn.say(waiting.foot)
    turn.wait(waiting)
