"""Which route a request takes: one table for every site of ours.

    table = RouteTable([Route("GET", "/orders/{id}", …)])
    table.find("GET", "/orders/7")      FoundRoute(route, {"id": "7"});  None: there is no such path

HEAD is served as GET. ``{name}`` in a path takes one segment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from urllib.parse import unquote


class Routed(Protocol):
    """Anything that has a method and a path."""

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...


R = TypeVar("R", bound=Routed)


@dataclass(frozen=True, slots=True)
class FoundRoute(Generic[R]):
    """A route of that path. ``allowed``: the path's methods, as a header names them, where the request's is
    none of them."""

    route: R
    parts: Mapping[str, str]
    allowed: str | None = None


class RouteTable(Generic[R]):
    """See the head of this file."""

    def __init__(self, routes: Iterable[R]) -> None:
        self._routes = [(_pattern(route.path), route) for route in routes]

    def find(self, method: str, path: str) -> FoundRoute[R] | None:
        """The route that serves it."""
        there = [(match, route) for pattern, route in self._routes if (match := pattern.fullmatch(path))]
        for match, route in there:
            if route.method == method or (method == "HEAD" and route.method == "GET"):
                return FoundRoute(route, {name: unquote(value) for name, value in match.groupdict().items()})
        if not there:
            return None
        methods = {route.method for _, route in there}
        return FoundRoute(
            there[0][1], {}, ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
        )


def _pattern(path: str) -> re.Pattern[str]:
    pieces = (f"(?P<{p[1:-1]}>[^/]+)" if p.startswith("{") else re.escape(p) for p in path.split("/"))
    return re.compile("/".join(pieces))
