"""From "this service is wanted" to the piece of work that does it: which action, which inputs are missing.

Public: :func:`start`, :func:`follow` (a menu's target), :func:`proceed`, :func:`give` (one more input),
:func:`perform`. A bare product leads to its screen; what cancels never leads to a screen where 1 opens.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from menus.dialogue.session import AtInput, AtWork, Errand, Given, Idle, Proposal, Told, Waiting
from menus.dialogue.showing import come_back, finish_refused, show_menu, show_question
from menus.dialogue.turn import StepState
from menus.matching.topics import topics_of
from menus.model.asked import SECRET_INPUTS, InputKind
from menus.model.conditions import holds
from menus.model.events import Do, Work
from menus.model.hall import Goal, Target
from menus.model.phrases import is_screen
from menus.model.specs import Action, ActionSpec, InputSpec, ServiceSpec, Standing
from menus.model.values import Kind, Value

MAIN_MENU = "main_menu"
"""The catalogue's id of the menu itself (10086, 菜单, 帮助)."""
AGENT = "agent"
"""The catalogue's id of the agent's desk (RG, 人工)."""
IDENTITY = (
    InputSpec("caller", InputKind.MOBILE),
    InputSpec("secret", InputKind.PASSWORD, of="caller"),
)
"""What a caller whose own number is not known gives before anything of his own account is told or changed."""
PROOF = tuple(each.name for each in IDENTITY)
_ORDER = (Action.QUERY, Action.INFO, Action.OPEN, Action.CANCEL)
NOTHING: Waiting = Idle()


def follow(turn: StepState, target: Target) -> None:
    """Go where a key, a number or a code leads."""
    if not holds(target.when, turn.facts):
        finish_refused(turn, Told(None, None, "soon", turn.of_service(target.name)))
        return
    match target.goal:
        case Goal.MENU:
            main = not target.name and MAIN_MENU in turn.hall.services
            turn.means(MAIN_MENU if main else None, Action.INFO if main else None)
            show_menu(turn, target.name)
        case Goal.AGENT:
            agent(turn)
        case Goal.SERVICE | Goal.CAMPAIGN:
            start(turn, target.name, target.action)


def agent(turn: StepState) -> None:
    """To the agent's desk; by text its call is announced."""
    turn.means(AGENT if AGENT in turn.hall.services else None, None)
    turn.say("transfer")
    turn.transfer()


def start(
    turn: StepState,
    service_id: str,
    action: Action | None,
    given: tuple[Given, ...] = (),
    under: Waiting = NOTHING,
    *,
    sure: bool = True,
) -> None:
    """Begin with a service. ``action`` None: what it is for. ``under``: what stays open beneath it. ``sure``:
    as :class:`Errand` has it."""
    service = turn.hall.services.get(service_id)
    if service_id == MAIN_MENU:
        turn.means(MAIN_MENU, Action.INFO)
        show_menu(turn, "")
    elif service_id == AGENT:
        agent(turn)
    elif service is None:
        come_back(turn)
    else:
        chosen = choose(service.spec, action, given) if service.spec else None
        turn.means(service.id, chosen[0] if chosen else action)
        if chosen is None:
            soon(turn, service.id)
            return
        does, screen = chosen
        proceed(turn, Errand(service.id, does, given, sure=sure), screen=screen, under=under)


def soon(turn: StepState, service_id: str) -> None:
    """Not served yet."""
    finish_refused(turn, Told(None, None, "soon", turn.of_service(service_id)))


def _elsewhere(turn: StepState, service_id: str) -> None:
    """Served, but it needs what cannot be given on this channel: where it can be had instead."""
    told = Told(None, None, "elsewhere", turn.of_service(service_id))
    worded, _ = turn.find(told, turn.channel)
    finish_refused(turn, told) if worded else soon(turn, service_id)


def choose(
    spec: ServiceSpec, action: Action | None, given: tuple[Given, ...] = ()
) -> tuple[Action, bool] | None:
    """The action to take and whether it is a product's screen; None: the service does not do that. What is
    done to rows of a list begins with the list, unless something ``given`` says which row is meant."""
    if action is None or (action in (Action.INFO, Action.QUERY) and action not in spec.actions):
        if is_screen(spec):
            return Action.OPEN, True
        found = next((a for a in _ORDER if a in spec.actions), None)
        return None if found is None else (found, False)
    if action not in spec.actions:
        return None
    lists = [a for a, each in spec.actions.items() if each.picks is action]
    inputs = spec.actions[action].inputs
    items = any(i.kind is InputKind.ITEMS for i in inputs)
    meant = {g.name for g in given} & {i.name for i in inputs if i.kind is not InputKind.ITEMS}
    return (lists[0], False) if items and lists and not meant else (action, False)


# ---- inputs ----
def action_of(turn: StepState, errand: Errand) -> ActionSpec | None:
    service = turn.hall.services.get(errand.service)
    return service.spec.actions.get(errand.action) if service and service.spec else None


def inputs_of(turn: StepState, errand: Errand) -> tuple[InputSpec, ...]:
    """All inputs of an errand, those first that prove who a caller without a number is."""
    action = action_of(turn, errand)
    return () if action is None else _inputs(turn, errand, action)


def _inputs(turn: StepState, errand: Errand, action: ActionSpec) -> tuple[InputSpec, ...]:
    inputs = tuple([i for i in action.inputs if i.where.includes(turn.channel)])
    if turn.facts.caller is not None or errand.action is Action.INFO or action.public:
        return inputs
    passwords = [i for i in inputs if i.kind is InputKind.PASSWORD]
    if any(i.of is not None for i in passwords):  # it is others' numbers that are proved
        return inputs
    if action.identified or passwords:  # an ID number or the own password is among the inputs
        return (IDENTITY[0], *inputs)
    return (*IDENTITY, *inputs)


def account(turn: StepState, errand: Errand) -> str | None:
    """On whose account an errand is: the caller's, that which he proved to be his, or the one whose password
    he gave."""
    if turn.facts.caller is not None:
        return turn.facts.caller
    known = {g.name: g.value for g in (*turn.session.proved, *errand.given)}
    inputs = inputs_of(turn, errand)
    owners = [i.of for i in inputs if i.kind is InputKind.PASSWORD and i.of is not None]
    return next((known[name] for name in ("caller", *owners) if known.get(name)), None)


def prove(turn: StepState, errand: Errand) -> None:
    """A caller without a number has shown who he is: he is not asked again in this session."""
    proved = tuple(g for g in errand.given if g.name in PROOF)
    if turn.facts.caller is None and len(proved) == len(PROOF):
        turn.session = replace(turn.session, proved=proved)


def may_pass(turn: StepState, errand: Errand, name: str) -> bool:
    """Whether an input may be passed over. Who has no number of his own must say whose password he gives."""
    inputs = inputs_of(turn, errand)
    nobodys = turn.facts.caller is None and any(name == i.of for i in inputs)
    return not nobodys and any(i.optional for i in inputs if i.name == name)


def _missing(turn: StepState, errand: Errand, inputs: Sequence[InputSpec]) -> Iterator[InputSpec]:
    """What is still to be asked for, in that order."""
    known = {g.name for g in _given(turn, errand, inputs)} if inputs else ()
    for each in inputs:
        if each.name in known or each.kind is InputKind.ITEMS:
            continue
        if not may_pass(turn, errand, each.name) or _asked_for(turn, errand, each):
            yield each


def _asked_for(turn: StepState, errand: Errand, each: InputSpec) -> bool:
    """Whether the service words the question for an input, here."""
    service = turn.hall.services.get(errand.service)
    worded = service.wording(errand.action, f"ask {each.name}") if service else None
    return worded is not None and worded.on(turn.session.channel) is not None


def asks_more(turn: StepState, errand: Errand) -> bool:
    """Whether opening from a product's screen asks for something before it is done."""
    return any(True for _ in _missing(turn, errand, inputs_of(turn, errand)))


def _given(turn: StepState, errand: Errand, inputs: Sequence[InputSpec]) -> tuple[Given, ...]:
    """What was given for an errand; what proved the caller before serves where he is to be proved."""
    proved = turn.session.proved
    proves = proved and any(i.name == IDENTITY[0].name for i in inputs)
    return (*proved, *errand.given) if proves else errand.given


def give(turn: StepState, at: AtInput, value: str) -> None:
    """The input that was asked for, in its normal form; the empty text passes over an optional one."""
    spec = next((i for i in inputs_of(turn, at.errand) if i.name == at.name), None)
    secret = spec is None or spec.kind in SECRET_INPUTS
    errand = replace(at.errand.plus(Given(at.name, value, secret)), sure=True)  # whoever answers, wishes it
    proceed(turn, errand, screen=at.screen, under=at.under)


def proceed(turn: StepState, errand: Errand, *, screen: bool = False, under: Waiting = NOTHING) -> None:
    """Ask for the next missing input, or else set to work."""
    action = action_of(turn, errand)
    if action is None:
        come_back(turn)
        return
    refused = turn.channel.refuses
    left = _missing(turn, errand, _inputs(turn, errand, action))
    missing = next(left, None)
    if screen and missing is not None and may_pass(turn, errand, missing.name):
        missing = None  # it is asked for when the screen's 1 is taken
    reason = _known_before(turn, errand, action, missing)
    if reason is not None:
        _refuse_before(turn, errand, reason)
    elif missing is None:
        work(turn, AtWork(errand, Do.OFFER if action.changes else Do.ASK, screen=screen, under=under))
    elif refused and any(each.kind in refused for each in (missing, *left)):  # told before the first is asked
        _elsewhere(turn, errand.service)
    elif new := _not_looked_at(turn, errand):
        errand = replace(errand, looked_at=(*errand.looked_at, *new))
        work(turn, AtWork(errand, Do.LOOK, screen=screen, under=under))
    else:
        show_question(turn, AtInput(errand, missing.name, screen=screen, under=under))


def _not_looked_at(turn: StepState, errand: Errand) -> tuple[str, ...]:
    """What was given and may be wrong, so that nobody need give more first: passwords, the number that one is
    asked for next, a new password."""
    inputs = inputs_of(turn, errand)
    proved = {i.of for i in inputs if i.kind is InputKind.PASSWORD}
    secret = [
        i for i in inputs if i.kind is InputKind.PASSWORD or (i.kind is InputKind.NEW_PASSWORD and not i.of)
    ]
    named = [i.name for i in inputs if i.name in proved or i in secret]
    return tuple(name for name in named if errand.value(name) and name not in errand.looked_at)


def _known_before(
    turn: StepState, errand: Errand, action: ActionSpec, missing: InputSpec | None
) -> str | None:
    """Why it is refused, if that is known before anything secret is asked for: of the caller's own number."""
    secret = missing is not None and missing.kind in SECRET_INPUTS
    if not secret or turn.facts.caller is None or any(g.value for g in errand.given):
        return None
    stands = {Standing.STOPPED if turn.facts.suspended else Standing.RUNNING}
    if turn.facts.owed:
        stands.add(Standing.OWING)
    if turn.facts.registered:
        stands.add(Standing.REGISTERED)
    return next((reason for standing, reason in action.unless.items() if standing in stands), None)


def _refuse_before(turn: StepState, errand: Errand, reason: str) -> None:
    values = {
        "number": Value(Kind.PHONE, turn.facts.caller or ""),
        "owed": Value(Kind.MONEY, turn.facts.owed),
    }
    turn.means(errand.service, errand.action)
    finish_refused(turn, Told(errand.service, errand.action, f"refused {reason}", values))


# ---- work ----
def perform(turn: StepState, proposal: Proposal, under: Waiting) -> None:
    """Do what was offered, under the offer's own key: however often this is asked, it is done once."""
    turn.means(proposal.errand.service, proposal.errand.action)
    work(turn, AtWork(proposal.errand, Do.PERFORM, replace(proposal, done=True), under=under))


def _topics(turn: StepState, errand: Errand, action: ActionSpec) -> dict[str, str]:
    """The entries of the knowledge base that answer what was asked and hold now (R104), by their ids; where
    nothing was asked, those that are only there for the time or for some: what is on (R028)."""
    question = next((i.name for i in action.inputs if i.topics and i.where.includes(turn.channel)), None)
    if question is None:
        return {}
    topics, asked = topics_of(turn.hall), errand.value(question)
    found = topics.find(asked, errand.service) if asked else topics.news(errand.service)
    return {question: ",".join(t.id for t in found if holds(t.when, turn.facts))}


def work(turn: StepState, waiting: AtWork) -> None:
    errand, proposal = waiting.errand, waiting.proposal
    service = turn.hall.services.get(errand.service)
    action = action_of(turn, errand)
    if service is None or service.spec is None or action is None:
        come_back(turn)
        return
    given = _given(turn, errand, _inputs(turn, errand, action))
    inputs = {g.name: g.value for g in given if g.value} | _topics(turn, errand, action)
    owner = account(turn, errand)
    if turn.facts.caller is None and owner is not None and action.changes:
        inputs[IDENTITY[0].name] = owner
    turn.stand(waiting)
    turn.events.append(
        Work(
            do=waiting.do,
            service=service.id,
            does=service.spec.name,
            argument=service.argument,
            action=errand.action,
            inputs=inputs,
            offer=json.loads(proposal.offer) if proposal else None,
            key=proposal.key if proposal else None,
            secrets=frozenset(g.name for g in given if g.secret),
        )
    )
