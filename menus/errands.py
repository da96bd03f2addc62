"""From "this service is wanted" to the piece of work that does it: which action, which inputs are missing.

Public: :func:`start`, :func:`follow` (a menu's target), :func:`proceed`, :func:`give` (one more input),
:func:`perform`. A bare product leads to its screen; what cancels never leads to a screen where 1 opens.
"""

from __future__ import annotations

import json
from dataclasses import replace

from menus.conditions import holds
from menus.events import Do, Work
from menus.model import Goal, Service, Target
from menus.phrases import is_screen
from menus.session import AtInput, AtWork, Errand, Given, Idle, Proposal, Told, Waiting
from menus.showing import come_back, finish_refused, show_menu, show_question
from menus.specs import SECRET_INPUTS, Action, ActionSpec, InputKind, InputSpec, ServiceSpec
from menus.turn import Turn

MAIN_MENU = "main_menu"
"""The catalogue's id of the menu itself (10086, 菜单, 帮助)."""
AGENT = "agent"
"""The catalogue's id of the agent's desk (RG, 人工)."""
IDENTITY = (
    InputSpec("caller", InputKind.MOBILE),
    InputSpec("secret", InputKind.PASSWORD, of="caller"),
)
"""What a caller whose own number is not known gives before anything of his own account is told or changed."""
_ORDER = (Action.QUERY, Action.INFO, Action.OPEN, Action.CANCEL)
NOTHING: Waiting = Idle()


def follow(turn: Turn, target: Target) -> None:
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


def agent(turn: Turn) -> None:
    """To the agent's desk; by text its call is announced."""
    turn.means(AGENT if AGENT in turn.hall.services else None, None)
    turn.say("transfer")
    turn.transfer()


def start(
    turn: Turn,
    service_id: str,
    action: Action | None,
    given: tuple[Given, ...] = (),
    under: Waiting = NOTHING,
) -> None:
    """Begin with a service. ``action`` None: what it is for. ``under``: what stays open beneath it."""
    service = turn.hall.services.get(service_id)
    if service_id == MAIN_MENU:
        turn.means(MAIN_MENU, Action.INFO)
        show_menu(turn, "")
    elif service_id == AGENT:
        agent(turn)
    elif service is None:
        come_back(turn)
    else:
        _start(turn, service, action, given, under)


def _start(
    turn: Turn,
    service: Service,
    action: Action | None,
    given: tuple[Given, ...],
    under: Waiting,
) -> None:
    chosen = choose(service.spec, action) if service.spec else None
    turn.means(service.id, chosen[0] if chosen else action)
    if chosen is None:
        soon(turn, service.id)
        return
    does, screen = chosen
    proceed(turn, Errand(service.id, does, given), screen=screen, under=under)


def soon(turn: Turn, service_id: str) -> None:
    """Not served yet, or not on this channel."""
    finish_refused(turn, Told(None, None, "soon", turn.of_service(service_id)))


def choose(spec: ServiceSpec, action: Action | None) -> tuple[Action, bool] | None:
    """The action to take and whether it is a product's screen; None: the service does not do that. What is
    done to rows of a list begins with the list."""
    if action is None or (action in (Action.INFO, Action.QUERY) and action not in spec.actions):
        if is_screen(spec):
            return Action.OPEN, True
        found = next((a for a in _ORDER if a in spec.actions), None)
        return None if found is None else (found, False)
    if action not in spec.actions:
        return None
    lists = [a for a, each in spec.actions.items() if each.picks is action]
    items = any(i.kind is InputKind.ITEMS for i in spec.actions[action].inputs)
    return (lists[0], False) if items and lists else (action, False)


# ---- inputs ----
def action_of(turn: Turn, errand: Errand) -> ActionSpec | None:
    service = turn.hall.services.get(errand.service)
    return service.spec.actions.get(errand.action) if service and service.spec else None


def inputs_of(turn: Turn, errand: Errand) -> tuple[InputSpec, ...]:
    """All inputs of an errand, those first that prove who a caller without a number is."""
    action = action_of(turn, errand)
    if action is None:
        return ()
    others = any(i.of is not None for i in action.inputs)
    if turn.facts.caller is not None or errand.action is Action.INFO or others:
        return action.inputs
    return (*IDENTITY, *action.inputs)


def _missing(turn: Turn, errand: Errand) -> InputSpec | None:
    known = {g.name for g in (*errand.given, *turn.session.proved)}
    service = turn.hall.services.get(errand.service)
    for each in inputs_of(turn, errand):
        if each.name in known or each.kind is InputKind.ITEMS:
            continue
        worded = service.wording(errand.action, f"ask {each.name}") if service else None
        if not each.optional or (worded is not None and worded.on(turn.session.channel) is not None):
            return each
    return None


def give(turn: Turn, at: AtInput, value: str) -> None:
    """The input that was asked for, in its normal form; the empty text passes over an optional one."""
    spec = next((i for i in inputs_of(turn, at.errand) if i.name == at.name), None)
    secret = spec is None or spec.kind in SECRET_INPUTS
    proceed(turn, at.errand.plus(Given(at.name, value, secret)), screen=at.screen, under=at.under)


def proceed(turn: Turn, errand: Errand, *, screen: bool = False, under: Waiting = NOTHING) -> None:
    """Ask for the next missing input, or else set to work."""
    action = action_of(turn, errand)
    if action is None:
        come_back(turn)
        return
    missing = _missing(turn, errand)
    if missing is None:
        work(turn, AtWork(errand, Do.OFFER if action.changes else Do.ASK, screen=screen, under=under))
    elif turn.voice and missing.kind is InputKind.TEXT:
        soon(turn, errand.service)
    else:
        show_question(turn, AtInput(errand, missing.name, screen=screen, under=under))


# ---- work ----
def perform(turn: Turn, proposal: Proposal, under: Waiting) -> None:
    """Do what was offered, under the offer's own key: however often this is asked, it is done once."""
    turn.means(proposal.errand.service, proposal.errand.action)
    work(turn, AtWork(proposal.errand, Do.PERFORM, replace(proposal, done=True), under=under))


def work(turn: Turn, waiting: AtWork) -> None:
    errand, proposal = waiting.errand, waiting.proposal
    service = turn.hall.services.get(errand.service)
    if service is None or service.spec is None:
        come_back(turn)
        return
    given = (*turn.session.proved, *errand.given) if turn.facts.caller is None else errand.given
    turn.stand(waiting)
    turn.events.append(
        Work(
            do=waiting.do,
            service=service.id,
            does=service.spec.name,
            argument=service.argument,
            action=errand.action,
            inputs={g.name: g.value for g in given if g.value},
            offer=json.loads(proposal.offer) if proposal else None,
            key=proposal.key if proposal else None,
            secrets=frozenset(g.name for g in given if g.secret),
        )
    )
