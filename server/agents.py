"""The agents' desk as the server runs it: routes on the console's port, for whoever holds
``var/agents.token``.

    GET    /desk/texts                                              {"fee": "以后查话费不用等…", …}
    POST   /desk/texts     {"number": "13900000001", "text": "fee"}        a named text (R117)
    POST   /desk/texts     {"number": "13900000001", "service": "crbt"}    how to do it oneself
    POST   /desk/handled   {"number": …, "service": "crbt", "action": "open"}   an agent has done it (R118)
    POST   /desk/surveys   {"number": …}                            the question for a score (R120)
    POST   /desk/notices   {"city": "长沙", "text": "…"}             to everybody of a city, at once

A POST of texts, handled or notices carries ``Idempotency-Key``, another one for each message. The
answer is ``{"sent": "sent"}``, ``sent before``, of a survey ``something is open``, of a notice to how many.
What cannot be sent is 422, and says why; so is another message under a key that was used.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from business.port import BusinessError
from counter.parts import ChannelParts
from menus.matching.inputs import plain
from menus.model.numbers import mobile
from menus.model.province import CITIES
from menus.model.specs import Action
from server.console import ConsoleReply, ConsoleRequest, Route, json_reply
from server.door import AGAIN, Body, TokenDoor, text_of
from server.settings import Settings
from sms.agents import AgentsDesk, NothingToSend, Sent
from sms.bulk import BulkSending
from web.hall import RequestRefused

TOKEN = "agents.token"
"""The file under ``var``."""
KEY, LONGEST_KEY = "idempotency-key", 100
MOST = 20.0  # seconds that an answer may take
HANDLED = {each.value: each for each in (Action.OPEN, Action.CANCEL)}


class AgentsServed:
    """See the head of this file."""

    def __init__(
        self, settings: Settings, parts: ChannelParts, desk: AgentsDesk, bulk: BulkSending | None
    ) -> None:
        self._door = TokenDoor(settings.var / TOKEN, parts.common.clock, MOST)
        self._enabled = settings.agents
        self._desk = desk
        self._bulk = bulk

    async def start(self) -> None:
        """Raises OSError."""
        if self._enabled:
            self._door.open()

    async def stop(self) -> None:
        await self._door.close()

    def routes(self) -> tuple[Route, ...]:
        admits = self._door.admits
        return (
            Route("/desk/texts", admits(self._texts)),
            Route("/desk/texts", admits(self._send), "POST"),
            Route("/desk/handled", admits(self._handled), "POST"),
            Route("/desk/notices", admits(self._notice), "POST"),
            Route("/desk/surveys", admits(self._survey), "POST"),
        )

    async def _texts(self, call: ConsoleRequest, body: Body) -> ConsoleReply:
        return json_reply(self._desk.hotkeys())

    async def _send(self, call: ConsoleRequest, body: Body) -> ConsoleReply:
        if ("text" in body) is ("service" in body):
            raise RequestRefused(422, "text or service, one of them")
        number, key = _number(body), _key(call)
        if "text" in body:
            return await _told(self._desk.hotkey(number, text_of(body, "text"), key))
        return await _told(self._desk.hint(number, text_of(body, "service"), key))

    async def _handled(self, call: ConsoleRequest, body: Body) -> ConsoleReply:
        action = HANDLED.get(text_of(body, "action"))
        if action is None:
            raise RequestRefused(422, f"action: {' or '.join(HANDLED)}")
        return await _told(self._desk.handled(_number(body), text_of(body, "service"), action, _key(call)))

    async def _notice(self, call: ConsoleRequest, body: Body) -> ConsoleReply:
        city, text, key = text_of(body, "city"), text_of(body, "text").strip(), _key(call)
        if city not in CITIES or not text:
            raise RequestRefused(422, f"text, and city: one of {', '.join(CITIES)}")
        if self._bulk is None:
            raise RequestRefused(422, "[care] is not enabled in the settings")
        try:
            return await _told(self._bulk.urgent(city, text, key))
        except BusinessError as why:
            raise RequestRefused(503, f"the back office: {type(why).__name__}; {AGAIN}") from None

    async def _survey(self, call: ConsoleRequest, body: Body) -> ConsoleReply:
        return await _told(self._desk.ask_score(_number(body)))


async def _told(sending: Coroutine[Any, Any, Sent | int]) -> ConsoleReply:
    try:
        return json_reply({"sent": await sending})
    except NothingToSend as why:
        raise RequestRefused(422, str(why)) from None


def _number(body: Body) -> str:
    number = mobile(plain(text_of(body, "number")))
    if number is None:
        raise RequestRefused(422, "number: a mobile number of eleven digits")
    return number


def _key(call: ConsoleRequest) -> str:
    key = call.headers.get(KEY, "")
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii():
        raise RequestRefused(
            400, f"Idempotency-Key: 1 to {LONGEST_KEY} characters, another one for each message"
        )
    return key
