"""Which question and which change is which request.

One table for client, server and description. What is asked and answered is read off the question's type:
names in ``{}`` go into the path, its other arguments into the query of a GET or the JSON body of a POST. One
that asks nothing but a number goes to ``/subscribers/{msisdn}/<its name>``, with hyphens; where the others go
stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from re import compile
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from business.port import (
    QUESTIONS,
    AskAttribution,
    AskBill,
    AskChoices,
    AskDetails,
    AskHandledReports,
    AskHolders,
    AskLowBalances,
    AskNumbers,
    AskOffer,
    AskPlaces,
    AskProduct,
    AskSubscriber,
    Business,
    CheckPassword,
    Form,
    Question,
)
from business.port.question import answer_of, forms_of, required

KEY_HEADER = "Idempotency-Key"
KEY = compile(r"[!-~](?:[ -~]{0,253}[!-~])?")  # printable ASCII: goes into a header as it is
NUMBER = compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class HttpOperation:
    """``name`` is the question's (or ``perform``), and the description's ``operationId``.

    ``arguments``: their types, in the port's order; ``forms``: how they are written. ``answer``: its type,
    without None; ``may_be_none``: None may be answered, which travels as 404 ``not-found``. ``repeatable``:
    asking twice is as good as once. ``header``: the argument that travels as KEY_HEADER.
    """

    name: str
    method: str
    path: str
    arguments: Mapping[str, Any]
    forms: Mapping[str, Form]
    answer: Any
    may_be_none: bool
    repeatable: bool = True
    header: str | None = None

    @property
    def in_path(self) -> tuple[str, ...]:
        return tuple(piece[1:-1] for piece in self.path.split("/") if piece.startswith("{"))

    @property
    def beside(self) -> tuple[str, ...]:
        """The arguments in the query or the body."""
        return tuple(n for n in self.arguments if n not in self.in_path and n != self.header)

    @property
    def is_list(self) -> bool:
        """Whether the answer travels as ``{"items": […]}``."""
        return get_origin(self.answer) is tuple

    @property
    def is_text(self) -> bool:
        """Whether the answer is a bare text, which travels as ``{"<name>": "…"}``."""
        return self.answer is str


# ---- read off the port -------------------------------------------------------------------------------------
def _asked(kind: type[Question[Any]]) -> HttpOperation:
    """An argument that has a default is known to this process only."""
    method, path = _ELSEWHERE.get(kind, ("GET", f"{_ONE}/{kind.name.replace('_', '-')}"))
    types, forms = get_type_hints(kind), forms_of(kind)
    told = {name: types[name] for name in required(kind)}
    answer, may_be_none = _without_none(answer_of(kind))
    return HttpOperation(kind.name, method, path, told, forms, answer, may_be_none, kind.repeatable)


def _performed() -> HttpOperation:
    hints = get_type_hints(Business.perform)
    answer = hints.pop("return")
    forms = {"msisdn": Form.NUMBER}
    return HttpOperation(
        "perform", "POST", f"{_ONE}/operations", hints, forms, answer, may_be_none=False, header="key"
    )


def _without_none(answer: Any) -> tuple[Any, bool]:
    if get_origin(answer) in (Union, UnionType) and NoneType in get_args(answer):
        rest = tuple(one for one in get_args(answer) if one is not NoneType)
        return rest[0] if len(rest) == 1 else Union[rest], True  # noqa: UP007
    return answer, False


_ONE = "/subscribers/{msisdn}"
_ELSEWHERE: Mapping[type[Question[Any]], tuple[str, str]] = {
    AskSubscriber: ("GET", _ONE),
    AskBill: ("GET", f"{_ONE}/bills/{{month}}"),
    AskDetails: ("GET", f"{_ONE}/details/{{month}}"),
    AskProduct: ("GET", f"{_ONE}/products/{{product}}"),
    AskChoices: ("GET", f"{_ONE}/groups/{{group}}"),
    CheckPassword: ("POST", f"{_ONE}/password-checks"),
    AskAttribution: ("GET", "/attribution/{number}"),
    AskPlaces: ("GET", "/places"),
    AskLowBalances: ("GET", "/care/low-balances"),
    AskHolders: ("GET", "/care/holders"),
    AskNumbers: ("GET", "/care/numbers"),
    AskHandledReports: ("GET", "/care/handled-reports"),
    AskOffer: ("POST", f"{_ONE}/offers"),
}
OPERATIONS: Mapping[str, HttpOperation] = {
    one.name: one for one in (*map(_asked, QUESTIONS.values()), _performed())
}
HEALTH = "/health"
