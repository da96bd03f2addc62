"""Which call of the port is which request.

One table for client, server and description. What a call takes and gives is read off the port itself: names
in ``{}`` go into the path, the other arguments into the query of a GET or the JSON body of a POST; the answer
is the method's return type. So a call that the port changes is changed here, too, or a test says so.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from re import compile
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from business.port import Business

KEY_HEADER = "Idempotency-Key"
KEY = compile(r"[!-~](?:[ -~]{0,253}[!-~])?")  # printable ASCII: goes into a header as it is
NUMBER = compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: ``name`` is the port's method and the description's ``operationId``."""

    name: str
    method: str
    path: str
    header: str | None = None  # the argument that travels as KEY_HEADER

    @property
    def in_path(self) -> tuple[str, ...]:
        return tuple(piece[1:-1] for piece in self.path.split("/") if piece.startswith("{"))

    @property
    def beside(self) -> tuple[str, ...]:
        """The arguments in the query or the body."""
        return tuple(n for n in self.arguments if n not in self.in_path and n != self.header)

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The port's arguments with their types, in its order."""
        return _signature(self.name)[0]

    @property
    def answer(self) -> Any:
        """The type of the answer, without None."""
        return _signature(self.name)[1]

    @property
    def may_be_none(self) -> bool:
        """Whether the port may answer None, which travels as 404 ``not-found``."""
        return _signature(self.name)[2]

    @property
    def repeatable(self) -> bool:
        """Whether asking twice is as good as once; a wrong password counts each time."""
        return self.name != "check_password"

    @property
    def is_list(self) -> bool:
        """Whether the answer travels as ``{"items": […]}``."""
        return get_origin(self.answer) is tuple

    @property
    def is_text(self) -> bool:
        """Whether the answer is a bare text, which travels as ``{"<name>": "…"}``."""
        return self.answer is str


@cache
def _signature(name: str) -> tuple[Mapping[str, Any], Any, bool]:
    method = getattr(Business, name)
    hints = get_type_hints(method)
    arguments = {n: hints[n] for n in inspect.signature(method).parameters if n != "self"}
    answer = hints["return"]
    if get_origin(answer) in (Union, UnionType) and NoneType in get_args(answer):
        rest = tuple(one for one in get_args(answer) if one is not NoneType)
        return arguments, rest[0] if len(rest) == 1 else Union[rest], True  # noqa: UP007
    return arguments, answer, False


_ONE = "/subscribers/{msisdn}"
OPERATIONS: Mapping[str, Operation] = {
    one.name: one
    for one in (
        Operation("subscriber", "GET", _ONE),
        Operation("records", "GET", f"{_ONE}/records"),
        Operation("fee", "GET", f"{_ONE}/fee"),
        Operation("bill", "GET", f"{_ONE}/bills/{{month}}"),
        Operation("payments", "GET", f"{_ONE}/payments"),
        Operation("details", "GET", f"{_ONE}/details/{{month}}"),
        Operation("allowances", "GET", f"{_ONE}/allowances"),
        Operation("points", "GET", f"{_ONE}/points"),
        Operation("rewards", "GET", f"{_ONE}/rewards"),
        Operation("product", "GET", f"{_ONE}/products/{{product}}"),
        Operation("choices", "GET", f"{_ONE}/groups/{{group}}"),
        Operation("sp_subscriptions", "GET", f"{_ONE}/sp-subscriptions"),
        Operation("complaints", "GET", f"{_ONE}/complaints"),
        Operation("puk", "GET", f"{_ONE}/puk"),
        Operation("check_password", "POST", f"{_ONE}/password-checks"),
        Operation("attribution", "GET", "/attribution/{number}"),
        Operation("places", "GET", "/places"),
        Operation("low_balances", "GET", "/care/low-balances"),
        Operation("holders", "GET", "/care/holders"),
        Operation("offer", "POST", f"{_ONE}/offers"),
        Operation("perform", "POST", f"{_ONE}/operations", header="key"),
    )
}
HEALTH = "/health"
