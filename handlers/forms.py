"""Forms that customers answer: a quiz of three questions with the customer's own suggestion (满意100, R049,
R062; key 5, 0705), and the score of a survey (R120). The back office keeps what was answered and counts it.

``does: forms.quiz manyi100 2 1 3``: the quiz's name in the back office, then the right answers.
``does: forms.survey``: the score stands in the back office under ``survey``.
"""

from __future__ import annotations

from business.port import Respond, Why
from handlers.changes import COMMON_REFUSALS, asking, offer_from_json, offered, performed, result
from handlers.request import Function, Handling, ServiceRequest, count
from menus.model.asked import InputKind
from menus.model.channels import Where
from menus.model.events import Answered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, InputSpec, ServiceSpec
from menus.model.values import Kind

QUESTIONS = ("q1", "q2", "q3")
CHOICES = 3
"""Answers to choose from in each."""
SCORES = 5
SURVEY = "survey"
"""The survey's name in the back office."""
LOW = 2
"""Whoever gives so little is told where to say more."""
_QUIZ = ActionSpec(
    answers={"": {"right": Kind.COUNT, "entries": Kind.COUNT}},
    inputs=(
        *(InputSpec(name, InputKind.CHOICE, where=Where.WRITING, choices=CHOICES) for name in QUESTIONS),
        InputSpec("words", InputKind.TEXT),
    ),
    refusals={**COMMON_REFUSALS, Why.ALREADY: {}},
    changes=True,
    promotes=False,
)
_SURVEY = ActionSpec(
    answers={"": {}, "low": {}},
    inputs=(InputSpec("score", InputKind.CHOICE, where=Where.WRITING, choices=SCORES, lasting=True),),
    refusals=COMMON_REFUSALS,
    changes=True,
    promotes=False,
)


def _entry(request: ServiceRequest) -> tuple[Respond, int]:
    """What was answered, and how much of it is right. Raises ValueError where menus.yaml names no quiz."""
    form, *right = (request.argument or "").split()
    if len(right) != len(QUESTIONS):
        raise ValueError("forms.quiz needs a name and the right answers in menus.yaml")
    answers = tuple(request.inputs.get(name, "") for name in QUESTIONS)
    hits = sum(given == wanted for given, wanted in zip(answers, right, strict=True))
    return Respond(form, answers, request.inputs.get("words", ""), once=True), hits


async def offer_entry(request: ServiceRequest) -> Outcome:
    answer = await offered(request, _entry(request)[0], {}, _QUIZ)
    return answer if isinstance(answer, Refused) else asking(answer, {}, answer.confirm)


async def perform_entry(request: ServiceRequest) -> Outcome:
    """How many answers are right, and the number of the entry."""
    change, hits = _entry(request)
    answer = await performed(request, change, offer_from_json(request.offer))
    return result(answer, _QUIZ, Answered("", {"right": count(hits)}))


def _score(request: ServiceRequest) -> Respond:
    return Respond(SURVEY, (request.inputs.get("score", ""),))


async def offer_score(request: ServiceRequest) -> Outcome:
    answer = await offered(request, _score(request), {}, _SURVEY)
    return answer if isinstance(answer, Refused) else asking(answer, {}, answer.confirm)


async def perform_score(request: ServiceRequest) -> Outcome:
    change = _score(request)
    answer = await performed(request, change, offer_from_json(request.offer))
    low = change.answers[0].isdecimal() and int(change.answers[0]) <= LOW
    return result(answer, _SURVEY, Answered("low" if low else ""))


QUIZ = Function(
    ServiceSpec(
        "forms.quiz",
        {Action.OPEN: _QUIZ},
        takes_argument=True,
        summary="三道题的有奖答题,另请提一条建议;后面写活动编号和正确答案,如 forms.quiz manyi100 2 1 3",
    ),
    {Action.OPEN: Handling(offer=offer_entry, perform=perform_entry)},
)
SCORE = Function(
    ServiceSpec("forms.survey", {Action.OPEN: _SURVEY}, summary="满意度打分,5 很满意到 1 很不满"),
    {Action.OPEN: Handling(offer=offer_score, perform=perform_score)},
)
