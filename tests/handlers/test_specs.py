"""Every service gives exactly what it declares: run for every demo subscriber on both channels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

import handlers
from counter.testing.house import CARD, NO_CARD, PASSWORDS, House, work
from handlers.request import Function
from menus.model.channels import CHANNELS, Channel
from menus.model.events import Answered, Do, Offered, Outcome, Refused
from menus.model.phrases import REFUSALS
from menus.model.specs import Action, ActionSpec
from menus.model.values import Kind, Values

DEMO = [f"139000000{number:02d}" for number in range(1, 11)]
PRODUCTS = (
    "crbt",
    "crbt_box",
    "fetion",
    "gprs_plan",
    "plan",
    "balance_remind",
    "call_forward",
    "mzone_roam_cs",
    "missed_call",
    "no_such_thing",
)


def kinds(values: Values) -> dict[str, Kind]:
    return {name: value.kind for name, value in values.items()}


def check(spec: ActionSpec, outcome: Outcome) -> None:
    match outcome:
        case Answered():
            assert kinds(outcome.values) == dict(spec.answers[outcome.variant])
            for item in outcome.items:
                assert kinds(item.values) == dict(spec.rows.get(item.variant, spec.item))
        case Offered():
            assert kinds(outcome.values) == {**spec.offers, **spec.questions.get(outcome.state, {})}
        case Refused():
            hall_wide = REFUSALS.get(outcome.reason, {})
            declared = spec.refusals.get(outcome.reason, hall_wide)
            assert outcome.reason in spec.refusals or outcome.reason in REFUSALS
            assert kinds(outcome.values) == dict(declared)
        case _:
            pytest.fail(f"{outcome} of a back office that works")


def inputs_of(does: str) -> Iterator[dict[str, str]]:
    match does:
        case "topup.card":
            yield {"card": CARD}
            yield {"card": CARD, "number": DEMO[1]}
            yield {"card": NO_CARD, "number": "13999999999"}
        case "fees.other":
            yield {"number": DEMO[1], "secret": PASSWORDS[DEMO[1]]}
            yield {"number": DEMO[1], "secret": "000000"}
        case "fees.bill":
            yield from ({}, {"month": "201009"}, {"month": "201008"}, {"month": "201001"})
        case "attribution.query":
            yield from ({"number": DEMO[0]}, {"number": "1390731"}, {"number": "19999999999"})
        case "details.list":
            for month in ("", "201009", "201008", "201001"):
                yield {"month": month, "secret": PASSWORDS[DEMO[0]]}
        case "payments.records":
            yield from ({}, {"month": "201009"}, {"month": "201001"})
        case "puk.query":
            yield {"number": DEMO[1], "secret": PASSWORDS[DEMO[1]]}
        case "places.halls":
            yield from ({}, {"city": "株洲的营业厅"}, {"city": "娄底"})
        case "points.exchange":
            yield from ({}, {"items": "no such"}, {"amount": "10"}, {"amount": "7"})
        case "complaints.file":
            yield from ({"kind": "1"}, {"text": "总是扣错钱"}, {})
        case "complaints.spam":
            yield from ({"text": "13812345678*恭喜中奖"}, {"text": "恭喜中奖"})
        case "products.choose" | "plans.change":
            yield from ({"items": each} for each in ("gprs_plan", "plan_gotone_88", "no such"))
        case "products.remind":
            yield from ({}, {"amount": "20"}, {"amount": "9999"})
        case "products.forward":
            for number in (DEMO[1], DEMO[0]):
                yield {"number": number, "secret": PASSWORDS[DEMO[0]]}
        case "phone.suspend" | "phone.resume":
            yield from ({"secret": PASSWORDS[DEMO[0]]}, {"number": DEMO[7], "secret": "486215"})
            yield {"number": DEMO[1], "secret": PASSWORDS[DEMO[1]]}
        case "passwords.change":
            for new in ("147963", "111111"):
                yield {"old": PASSWORDS[DEMO[0]], "new": new, "again": new}
            yield {"old": PASSWORDS[DEMO[0]], "new": "147963", "again": "147964"}
        case "passwords.reset" | "passwords.unlock":
            yield from ({"id": each} for each in ("430102197001010010", "4301"))
        case "account.register":
            yield {"name": "张三", "id": "430102197001010010"}
        case "complaints.status":
            yield from ({}, {"number": "TS20100101001"}, {"items": "TS20100101001"})
        case "sp.items":
            yield from ({"items": "sp-1001"}, {"items": ""})
        case "sp.categories":
            yield from ({"items": "SMS"}, {"items": "WAP"})
        case _:
            yield {}


@pytest.mark.parametrize("does", handlers.FUNCTIONS)
def test_every_declared_action_is_done_and_no_other(does: str) -> None:
    function = handlers.FUNCTIONS[does]
    assert function.spec.name == does
    assert function.does.keys() == function.spec.actions.keys()
    for action, spec in function.spec.actions.items():
        handling = function.does[action]
        assert (handling.ask is None) == spec.changes
        assert (handling.offer is None) == (handling.perform is None) == (not spec.changes)


def arguments_of(function: Function) -> Sequence[str | None]:
    """Nobody forwards calls to an amount: that is a slip in the menu, not an outcome."""
    if not function.spec.takes_argument:
        return (None,)
    if function.spec.name == "forms.quiz":
        return ("manyi100 2 1 3",)
    return [one for one in PRODUCTS if (function.spec.name, one) != ("products.forward", "balance_remind")]


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=str)
@pytest.mark.parametrize("does", handlers.FUNCTIONS)
def test_outcomes_are_as_declared(does: str, channel: Channel) -> None:
    function = handlers.FUNCTIONS[does]
    for argument in arguments_of(function):
        for action, spec in function.spec.actions.items():
            for given in inputs_of(does):
                house = House()
                for caller in DEMO:
                    run_one(house, does, action, spec, argument, given, caller, channel)


def run_one(
    house: House,
    does: str,
    action: Action,
    spec: ActionSpec,
    argument: str | None,
    given: dict[str, str],
    caller: str,
    channel: Channel,
) -> None:
    do = Do.OFFER if spec.changes else Do.ASK
    outcome = house.run(work(does, action, do, argument, **given), caller, channel)
    check(spec, outcome)
    if isinstance(outcome, Offered):
        perform = work(does, action, Do.PERFORM, argument, outcome.offer, f"key-{caller}", **given)
        check(spec, house.run(perform, caller, channel))
        again = house.run(perform, caller, channel)
        check(spec, again)
        assert not isinstance(again, Answered) or again.repeated
