"""A question or a change as the request that is sent. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from business.http import wire
from business.http.operations import KEY, NUMBER, HttpOperation
from business.port import Form

_ID = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,64}")


@dataclass(frozen=True, slots=True)
class BackOfficeRequest:
    """``path`` is below the back office's address, percent-encoded."""

    method: str
    path: str
    body: bytes | None = field(default=None, repr=False)
    key: str | None = None


class Unsendable(Exception):
    """The argument ``name`` cannot stand in a request; no back office knows such a one."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not of its form")
        self.name = name


def made(operation: HttpOperation, given: Mapping[str, Any]) -> BackOfficeRequest:
    """The request of an operation with its arguments. Raises Unsendable."""
    pieces = (_piece(operation, piece, given) for piece in operation.path.split("/"))
    path = "/".join(pieces)
    beside = {name: given[name] for name in operation.beside}
    if operation.method == "GET":
        query = urlencode({name: _plain(operation, name, value) for name, value in beside.items()})
        return BackOfficeRequest("GET", f"{path}?{query}" if query else path)
    key = given[operation.header] if operation.header else None
    if key is not None and not KEY.fullmatch(key):
        raise Unsendable("key")
    try:
        return BackOfficeRequest(operation.method, path, wire.dumps(beside), key)
    except UnicodeEncodeError:
        raise Unsendable("text") from None


def _piece(operation: HttpOperation, piece: str, given: Mapping[str, Any]) -> str:
    if not piece.startswith("{"):
        return piece
    name = piece[1:-1]
    text = _plain(operation, name, given[name])
    if text in ("", ".", ".."):  # which a server would take for another path
        raise Unsendable(name)
    return quote(text, safe="")


def _plain(operation: HttpOperation, name: str, value: Any) -> str:
    match operation.forms[name]:
        case Form.MONTH:
            return f"{value:%Y%m}"
        case Form.LIMIT:
            return str(value)
        case Form.NUMBER:
            known = NUMBER.fullmatch(value) is not None
        case Form.AFTER:
            known = not value or NUMBER.fullmatch(value) is not None
        case Form.ID:
            known = _ID.fullmatch(value) is not None
    if not known:
        raise Unsendable(name)
    return str(value)
