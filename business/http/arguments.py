"""The arguments of a question or change from its request: path, query, body and key, each checked. Pure.

Numbers and ids in a path are short; a month there is ``yyyymm``. Whatever is not as described raises
:class:`BadRequest`, which names the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from business.http import wire
from business.http.operations import KEY, NUMBER, HttpOperation
from business.port import Form, Offer
from business.port.codec import CodecError

LIMIT = 1000  # items that may be asked for at once
IN_PATH = 64  # characters of an id
_MONTH = re.compile(r"20[0-9]{2}(0[1-9]|1[0-2])")
_COUNT = re.compile(r"[1-9][0-9]{0,3}")
_QUERY = 2000  # characters
_SPECIAL = re.compile(r"[\x00-\x1f\x7f\ufffd]")  # the last stands for octets that are no UTF-8


class BadRequest(Exception):
    """``where`` in the request is not as described."""

    def __init__(self, where: str, wrong: str) -> None:
        super().__init__(f"{where or 'the body'} {wrong}")
        self.where = where


def read(
    operation: HttpOperation, parts: Mapping[str, str], query: str, body: bytes, key: str | None
) -> dict[str, Any]:
    """The arguments of ``operation`` by name. Raises BadRequest."""
    given = {name: _short(operation, name, parts[name]) for name in operation.in_path}
    if operation.method == "GET":
        given |= _from_query(operation, query)
    else:
        no_query(query)
        given |= _from_body(operation, body)
    if operation.header:
        given[operation.header] = _key(key)
    return given


def no_query(query: str) -> None:
    if query:
        raise BadRequest("the query", "is not known here")


def _key(key: str | None) -> str:
    if key is None:
        raise BadRequest("Idempotency-Key", "is missing")
    if not KEY.fullmatch(key):
        raise BadRequest("Idempotency-Key", "must be 1 to 255 printable ASCII characters, once")
    return key


def _from_query(operation: HttpOperation, query: str) -> dict[str, Any]:
    if len(query) > _QUERY:
        raise BadRequest("the query", "is too long")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=8)
    except ValueError:
        raise BadRequest("the query", "cannot be read") from None
    found = dict(pairs)
    wanted = operation.beside
    if len(found) != len(pairs) or not found.keys() <= set(wanted):
        raise BadRequest("the query", f"must have, once each: {', '.join(wanted) or 'nothing'}")
    given = {}
    for name in wanted:
        if name not in found and operation.forms[name] is not Form.AFTER:
            raise BadRequest(name, "is missing")
        given[name] = _short(operation, name, found.get(name, ""))
    return given


def _from_body(operation: HttpOperation, body: bytes) -> dict[str, Any]:
    """An offer comes back as it was given, with whatever its maker added; the rest has our fields only."""
    try:
        value = wire.loads(body)
        if not isinstance(value, dict):
            raise CodecError("", "must be an object")
        kinds = {name: operation.arguments[name] for name in operation.beside}
        if not value.keys() <= kinds.keys():
            raise CodecError("", f"has a field that is not known; there are: {', '.join(kinds)}")
        for name in kinds:
            if name not in value:
                raise CodecError(name, "is missing")
        return {n: wire.decode(k, value[n], n, closed=k is not Offer) for n, k in kinds.items()}
    except CodecError as error:
        raise BadRequest(error.where, error.wrong) from None


# ---- short texts by their form -----------------------------------------------------------------------------
def _short(operation: HttpOperation, name: str, value: str) -> Any:
    return _READERS[operation.forms[name]](name, value)


def _id(name: str, value: str) -> str:
    if not 1 <= len(value) <= IN_PATH or _SPECIAL.search(value):
        raise BadRequest(name, f"must be 1 to {IN_PATH} printable characters")
    return value


def _number(name: str, value: str) -> str:
    if not NUMBER.fullmatch(value):
        raise BadRequest(name, "must be 1 to 20 digits")
    return value


def _after(name: str, value: str) -> str:
    return _number(name, value) if value else ""


def _month(name: str, value: str) -> date:
    if not _MONTH.fullmatch(value):
        raise BadRequest(name, "must be a month like 202611")
    return date(int(value[:4]), int(value[4:]), 1)


def _limit(name: str, value: str) -> int:
    if not _COUNT.fullmatch(value) or int(value) > LIMIT:
        raise BadRequest(name, f"must be a whole number from 1 to {LIMIT}")
    return int(value)


_READERS: Mapping[Form, Callable[[str, str], Any]] = {
    Form.ID: _id,
    Form.NUMBER: _number,
    Form.AFTER: _after,
    Form.MONTH: _month,
    Form.LIMIT: _limit,
}
