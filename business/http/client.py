"""The hall's side: a :class:`business.port.Business` that asks over HTTP.

What a caller gets when something goes wrong. A query raises Unavailable. ``perform`` gives NotDone when the
request certainly did nothing (never sent, or answered by a problem of the description) and Unknown when it
left and no proper answer came: it is then asked again by its key. Repeated at once, within the call's
deadline, is only what is safe to repeat and was lost on the way: queries, offers, and a change under its key;
never a password check, which counts errors. A back office that is unavailable (503) and says Retry-After is
left in peace until then. Too many requests (429) is Busy, or a NotDone that says so: it does not tell of its
health, and keeps back that one request alone.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from business.guards.expiry import Expiry
from business.http import problems, wire
from business.http.client_options import ClientOptions, checked_address
from business.http.line import HttpAnswer, HttpLine, NoAnswer, NotSent, RequestAbandoned
from business.http.operations import HEALTH, OPERATIONS, HttpOperation
from business.http.problems import Problem, ProblemKind
from business.http.requests import BackOfficeRequest, Unsendable, made
from business.port import (
    Business,
    BusinessError,
    Busy,
    Change,
    NotDone,
    NotOffered,
    Offer,
    Origin,
    Performed,
    Question,
    Resting,
    Theme,
    Unavailable,
    Unknown,
    UnknownSubscriber,
)
from business.port.codec import CodecError
from business.port.themes import ALL_THEMES
from business.reactor import IBackOfficeReactor

A = TypeVar("A")
T = TypeVar("T")
MAX_RETRY_AFTER = 60  # seconds; no Retry-After closes a hall for longer
LOG_AGAIN = 60.0  # seconds between two lines about the same lie


class HttpBusiness(Business):
    """See the head of this file. Raises ValueError or OSError for an address or a file that will not do."""

    log = Logger()
    themes: frozenset[Theme] = ALL_THEMES

    def __init__(self, url: str, reactor: IBackOfficeReactor, options: ClientOptions) -> None:
        self._reactor = reactor
        self._options = options
        self._line = HttpLine(checked_address(url, options.allow_plain), reactor, options)
        self._peace_until = 0.0  # on the reactor's clock
        self._logged: dict[str, float] = {}

    # ---- life ---------------------------------------------------------------------------------------------
    async def start(self) -> None:
        """Asks what is offered. A back office that does not answer yet keeps no hall from starting."""
        await self.healthy()

    async def stop(self) -> None:
        await self._line.close()

    async def healthy(self) -> bool:
        """Whether the back office says that it is well."""
        try:
            answer = await self._within(self._line.exchange(BackOfficeRequest("GET", HEALTH)))
            said = _json(answer)
            themes = wire.decode(frozenset[str], said.get("themes", sorted(ALL_THEMES)), "themes")
        except (NotSent, NoAnswer, CodecError):
            return False
        self.themes = frozenset(theme for theme in ALL_THEMES if theme.value in themes)
        return said.get("healthy") is True

    # ---- questions ----------------------------------------------------------------------------------------
    async def ask(self, question: Question[A]) -> A:
        operation = OPERATIONS[question.name]
        given = {name: getattr(question, name) for name in operation.arguments}
        try:
            request = made(operation, given)
        except Unsendable as error:
            return cast(A, _nothing(operation, error))
        return cast(A, await self._within(self._query(operation, request)))

    async def _query(self, operation: HttpOperation, request: BackOfficeRequest) -> Any:
        tries = 1 + (self._options.retries if operation.repeatable else 0)
        for left in reversed(range(tries)):
            try:
                self._leave_in_peace()
                answer = await self._line.exchange(request)
                break
            except NotSent as error:
                raise (Busy if _busy(error) else Unavailable)(f"not asked: {error}") from None
            except NoAnswer as error:
                if not left or isinstance(error, RequestAbandoned):
                    raise Unavailable(f"no answer: {error}") from None
        try:
            return self._understood(operation, answer)
        except CodecError as error:
            self._complain(operation, error)
            raise Unavailable(f"no proper answer: {error}") from None

    def _understood(self, operation: HttpOperation, answer: HttpAnswer) -> Any:
        """The answer's value. Raises what the port raises; CodecError for what is not as described."""
        if answer.status == 200:
            return _value(operation, _json(answer))
        problem = self._problem(answer)
        if problem.kind is ProblemKind.NOT_FOUND and operation.may_be_none:
            return None
        raise _error(problem, operation, _retry_after(answer))

    # ---- changes ------------------------------------------------------------------------------------------
    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        operation = OPERATIONS["perform"]
        given = {"msisdn": msisdn, "change": change, "offer": offer, "key": key, "channel": channel}
        try:
            request = made(operation, given)
        except Unsendable as error:
            if error.name == "msisdn":
                raise UnknownSubscriber(str(error)) from None
            return NotDone(str(error))
        return await self._within(self._perform(operation, request))

    async def _perform(self, operation: HttpOperation, request: BackOfficeRequest) -> Performed:
        """Once a try was sent and not answered, only Done, Refused or UnknownSubscriber settles it: a later
        "not done" is said of the later try, while the first may still be under way."""
        doubt = ""
        for _ in range(1 + self._options.retries):
            try:
                self._leave_in_peace()
                outcome = self._outcome(operation, await self._line.exchange(request))
            except NotSent as error:
                outcome = NotDone(f"not sent: {error}", _busy(error))
            except NoAnswer as error:
                doubt = doubt or f"no answer: {error}"
                if isinstance(error, RequestAbandoned):
                    break
                continue
            return Unknown(doubt) if doubt and isinstance(outcome, NotDone) else outcome
        return Unknown(doubt)

    def _outcome(self, operation: HttpOperation, answer: HttpAnswer) -> Performed:
        try:
            outcome: Performed = self._understood(operation, answer)
        except Unavailable as error:
            return NotDone(str(error), _busy(error))
        except Resting as error:
            return NotDone(str(error))
        except CodecError as error:
            self._complain(operation, error)
            return Unknown(f"no proper answer: {error}")
        return outcome

    # ---- what both stand on -------------------------------------------------------------------------------
    async def _within(self, work: Coroutine[Any, Any, T]) -> T:
        """``work`` within the deadline; then what it waits for is cancelled, and it says what that means."""
        running = Deferred.fromCoroutine(work)
        expiry = Expiry(self._reactor, self._options.timeout, running.cancel)
        try:
            return await running
        finally:
            expiry.cancel()

    def _leave_in_peace(self) -> None:
        if self._reactor.seconds() < self._peace_until:
            raise NotSent("it asked to be left in peace")

    def _problem(self, answer: HttpAnswer) -> Problem:
        """The problem that was answered. Raises CodecError if it is none of the description's."""
        told = problems.read(_json(answer, problems.MEDIA_TYPE)) if answer.status >= 400 else None
        if told is None or told.status != answer.status or told.kind is ProblemKind.INTERNAL:
            raise CodecError("", f"has status {answer.status}")
        if told.kind is ProblemKind.UNAVAILABLE:
            self._peace_until = self._reactor.seconds() + _retry_after(answer)
        if told.kind is ProblemKind.UNAUTHORIZED:
            self._line.renew_token()
        return told

    def _complain(self, operation: HttpOperation, error: CodecError) -> None:
        now = self._reactor.seconds()
        if now - self._logged.get(operation.name, -LOG_AGAIN) >= LOG_AGAIN:
            self._logged[operation.name] = now
            self.log.warn("back office: the answer to {name}: {why}", name=operation.name, why=str(error))


def _busy(error: Exception) -> bool:
    return isinstance(error, Busy) or (isinstance(error, NotSent) and error.busy)


def _json(answer: HttpAnswer, kind: str = "application/json") -> Any:
    if answer.type != kind:
        raise CodecError("", f"is not {kind} (status {answer.status})")
    value = wire.loads(answer.body)
    if not isinstance(value, dict):
        raise CodecError("", "must be an object")
    return value


def _value(operation: HttpOperation, value: Any) -> Any:
    if operation.is_list:
        return wire.decode(operation.answer, value.get("items"), "items")
    if operation.is_text:
        return wire.decode(str, value.get(operation.name), operation.name)
    return wire.decode(operation.answer, value)


def _nothing(operation: HttpOperation, error: Unsendable) -> Any:
    """What is not even asked, because no number or id looks like that."""
    if error.name == "msisdn":
        raise UnknownSubscriber(str(error))
    if operation.may_be_none:
        return None
    if operation.is_list:
        return ()
    raise Unavailable(str(error))


def _retry_after(answer: HttpAnswer) -> int:
    """Seconds that the answer asks to be waited; 0: it says nothing of the kind."""
    said = answer.retry_after or ""
    return min(int(said[:9]), MAX_RETRY_AFTER) if said.isdecimal() and said.isascii() else 0


def _error(problem: Problem, operation: HttpOperation, after: int) -> BusinessError:
    match problem.kind:
        case ProblemKind.UNKNOWN_SUBSCRIBER:
            return UnknownSubscriber(operation.name)
        case ProblemKind.NOT_OFFERED:
            return NotOffered(operation.name)
        case ProblemKind.RESTING if problem.since and problem.until:
            return Resting(problem.since, problem.until)
        case ProblemKind.TOO_MANY:
            return Busy(problem.kind.value, after=after)
        case _:
            return Unavailable(problem.kind.value)
