"""The promises of the port, one a test of the kit: what they are called, and those that somebody asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from business.contract import BusinessContract
from business.contract.case import ContractCase


@dataclass(frozen=True, slots=True)
class Promise:
    """``id``: class and method in the kit. ``theme`` and ``words`` are for people."""

    id: str
    theme: str
    words: str

    @property
    def method(self) -> str:
        return self.id.partition(".")[2]


def promises() -> tuple[Promise, ...]:
    """All, by theme, in the order in which they are written."""
    kinds = [kind for kind in BusinessContract.__mro__ if issubclass(kind, ContractCase)]
    return tuple(
        Promise(f"{kind.__name__}.{name}", _theme(kind), _words(name, method.__doc__))
        for kind in kinds
        for name, method in vars(kind).items()
        if name.startswith("test_")
    )


def _theme(kind: type) -> str:
    return (kind.__doc__ or kind.__name__).strip().splitlines()[0].rstrip(".")


def _words(name: str, doc: str | None) -> str:
    """The docstring's first line, else the test's name, which is a sentence."""
    if doc:
        return doc.strip().splitlines()[0].rstrip(".")
    return name.removeprefix("test_").replace("_", " ")


def only(wanted: Iterable[Promise], words: Sequence[str]) -> tuple[Promise, ...]:
    """Those in whose theme, words or id all of ``words`` occur."""
    return tuple(
        promise
        for promise in wanted
        if all(word.lower() in f"{promise.id} {promise.theme} {promise.words}".lower() for word in words)
    )
