"""What every question to a back office has; the questions themselves are in
:mod:`business.port.questions`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from datetime import date
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args, get_origin, get_type_hints

from business.port.themes import Theme

A = TypeVar("A")


# ---- how arguments are written -----------------------------------------------------------------------------
class Form(Enum):
    """What an argument looks like; one of another form belongs to nobody and nothing."""

    ID = "1 to 64 printable characters"
    NUMBER = "1 to 20 digits"
    AFTER = "1 to 20 digits, or nothing"
    MONTH = "a month's first day"
    LIMIT = "a whole number from 1 to 1000"


Number = Annotated[str, Form.NUMBER]
After = Annotated[str, Form.AFTER]
Month = Annotated[date, Form.MONTH]
Limit = Annotated[int, Form.LIMIT]


# ---- what every question has -------------------------------------------------------------------------------
class Question(Generic[A]):
    """Something to be answered by an ``A``, with nothing changed but counters.

    ``name`` is the method of :class:`Business` that asks it, and what it is called in logs and figures.
    ``theme``: what a back office must offer to be asked it; None: every one is. ``kept_under``: the argument
    under which its answer may be kept for some seconds; None: never, for it is secret, or says who somebody
    is. ``repeatable``: asking twice is as good as once. An argument without a :class:`Form` is an id, if it
    is text. One that has a default is told only to those who take it.
    """

    __slots__ = ()

    name: ClassVar[str]
    theme: ClassVar[Theme | None] = None
    kept_under: ClassVar[str | None] = None
    repeatable: ClassVar[bool] = True
    __match_args__: ClassVar[tuple[str, ...]] = ()

    def needs(self) -> Theme | None:
        """The theme that must be offered for it to be answered."""
        return self.theme

    def arguments(self) -> tuple[Any, ...]:
        """What it was made of, in order; what has its default is left out at the end."""
        given = [getattr(self, name) for name in self.__match_args__]
        kind: Any = type(self)
        for default in _defaults(kind):
            if given[-1] != default:
                break
            del given[-1]
        return tuple(given)


def answer_of(kind: type[Question[Any]]) -> Any:
    """The type of what such a question is answered by."""
    return next(get_args(base)[0] for base in vars(kind)["__orig_bases__"] if get_origin(base) is Question)


def forms_of(kind: type[Question[Any]]) -> Mapping[str, Form]:
    """How its arguments are written, by name."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: next(_forms(hints[name]), Form.ID) for name in kind.__match_args__}


def _forms(hint: Any) -> Iterator[Form]:
    return (one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Form))


def required(kind: type[Question[Any]]) -> tuple[str, ...]:
    """The arguments that have no default."""
    of_question: Any = kind
    return kind.__match_args__[: len(kind.__match_args__) - len(_defaults(of_question))]


@cache
def _defaults(kind: Any) -> tuple[Any, ...]:
    """Those that a question's arguments have, the last one first."""
    return tuple(one.default for one in reversed(fields(kind)) if one.default is not MISSING)
