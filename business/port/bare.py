"""The class to begin one's own back office with: it offers nothing yet.

    class BossBusiness(BareBusiness):
        themes = frozenset({Theme.FEES})

        async def subscriber(self, msisdn): ...
        async def fee(self, msisdn): ...

A question is answered by the method of its name, which is given the question's arguments in their
order. What has no method raises :class:`~business.port.NotOffered`, and the hall says 暂未开放.
:func:`misspelt` says what will not do in such a class; whoever opens a back office looks there first.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, TypeVar

from business.port.changes import Change, Offer, Performed
from business.port.people import NotOffered, Origin
from business.port.question import Question, required
from business.port.questions import QUESTIONS, Business
from business.port.themes import ALL_THEMES, CHANGED, Theme, theme_of

A = TypeVar("A")
_PORT = frozenset(QUESTIONS) | {"start", "stop", "healthy", "ask", "perform"}
_LIKE = 0.75  # how near a name must come to one of the port's to be taken for a slip of it


class BareBusiness(Business):
    """See the head of this file. ``subscriber`` must be there: no hall can do without. A method may leave
    what it has no answer to: ``return await super().offer(msisdn, change)``."""

    themes: frozenset[Theme] = frozenset()
    counts_strangers_apart: bool = False

    _answering: ClassVar[Mapping[type[Question[Any]], str]] = {}

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls._answering = {
            kind: name
            for name, kind in QUESTIONS.items()
            if getattr(cls, name) is not getattr(BareBusiness, name)
        }

    async def ask(self, question: Question[A]) -> A:
        name = self._answering.get(type(question))
        if name is None:
            raise NotOffered(question.name)
        answer: A = await getattr(self, name)(*question.arguments())
        return answer

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        raise NotOffered(theme_of(change))


def _left(kind: type[Question[Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """The method of a question that a class has not, or leaves by ``super()`` where it has no answer."""

    async def method(self: BareBusiness, *arguments: Any, **named: Any) -> Any:
        if kind in self._answering:
            raise NotOffered(kind.name)
        return await self.ask(kind(*arguments, **named))

    return method


for _name, _kind in QUESTIONS.items():
    setattr(BareBusiness, _name, _left(_kind))


# ---- what will not do --------------------------------------------------------------------------------------
def misspelt(business: object) -> str | None:
    """What is wrong with the class of a back office, in a line that says what to do; None: nothing that can
    be seen from outside. One that stands around another (``inner``) is looked through."""
    while not isinstance(business, BareBusiness):
        if not isinstance(business, Business):
            return f"{_named(type(business))} is no back office: derive it from business.BareBusiness"
        business = getattr(business, "inner", None)
        if business is None:
            return None
    return next(_faults(type(business)), None)


def _faults(cls: type[BareBusiness]) -> Iterator[str]:
    answered = frozenset(cls._answering.values())
    asks_itself = cls.ask is not BareBusiness.ask
    if not asks_itself and "subscriber" not in answered:
        yield f"{_named(cls)} has no method subscriber: a hall must know who calls"
    for name in sorted(_coroutines(cls) - _PORT):
        if near := get_close_matches(name, _PORT - answered, 1, _LIKE):
            yield f"{_named(cls)}.{name} answers nothing that a hall asks; did you mean {near[0]}?"
    for kind, name in cls._answering.items():
        if not _takes(getattr(cls, name), kind, cls.counts_strangers_apart):
            yield f"{_named(cls)}.{name} must take {', '.join(kind.__match_args__)}, in this order"
    for name in sorted(map(str, cls.themes - ALL_THEMES)):
        meant = "".join(f"; did you mean {one}?" for one in get_close_matches(name, ALL_THEMES, 1, _LIKE))
        yield f"{_named(cls)}.themes names {name}, which is no theme{meant}"
    for theme in sorted(cls.themes - CHANGED):
        names = {name for name, kind in QUESTIONS.items() if kind.theme is theme}
        if not asks_itself and not names & answered:
            yield f"{_named(cls)}.themes names {theme}, but there is no method {' or '.join(sorted(names))}"


def _coroutines(cls: type) -> set[str]:
    """The public ones that it has of its own."""
    own = cls.__mro__[: cls.__mro__.index(BareBusiness)]
    return {
        name
        for kind in own
        for name, member in vars(kind).items()
        if inspect.iscoroutinefunction(member) and not name.startswith("_")
    }


def _takes(method: Callable[..., object], kind: type[Question[Any]], all_of_them: bool) -> bool:
    """Whether it can be given the question's arguments, and does not name them in another order."""
    wanted = kind.__match_args__
    given = wanted if all_of_them else required(kind)
    signature = inspect.signature(method)
    try:
        signature.bind(None, *given)
    except TypeError:
        return False
    named = [name for name in signature.parameters if name in wanted]
    return named == [name for name in wanted if name in named]


def _named(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
