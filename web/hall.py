"""The hall over HTTP: each answer is on the disk with its session before it is given.

    opened = await hall.open("13900000001", "203.0.113.9")      {"session": "…", "events": […], …}
    await hall.take(opened["session"], "0101", "a-key")         {"events": […], …}; raises RequestRefused
    await hall.close(opened["session"])

Who opens a session says whose number it is: he has proved it to the front end, which holds the token.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any

from counter.conversation import Turn
from counter.parts import ChannelParts
from counter.sessions import Crowded, StoredSession
from counter.stored import StoredConversations
from menus.matching.inputs import plain
from menus.model.channels import WEB
from menus.model.events import Input, Interrupted, Text
from menus.model.numbers import mobile
from web.events import answer

MOST, SHARE = 10_000, 1_000  # sessions that are not over: in all, and of one source
LONGEST, LONGEST_KEY = 1_000, 100  # characters of an input, of a key
UNKNOWN = "web"  # the source of whoever the front end says nothing of
OVER = "no such session, or it is over; open another one"


class RequestRefused(Exception):
    """``status`` of HTTP; the message is for whoever wrote the client."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class WebHall:
    """See the head of this file. ``handled``: inputs."""

    def __init__(self, parts: ChannelParts, *, new_name: Callable[[int], str] = token_urlsafe) -> None:
        self._stored = StoredConversations(parts, WEB, parts.lasting())
        self._halls = parts.common.halls
        self._number = parts.number
        self._new_name = new_name
        self.sessions = self._stored.sessions
        self._opening: Counter[str] = Counter()  # by source
        self.handled = 0

    async def open(self, number: str | None, source: str) -> dict[str, Any]:
        """A new session, at the main menu. ``number``: whose it is (None: not known); ``source``: the address
        that he came from, by which tries of strangers are counted. Raises RequestRefused, StoreError."""
        caller = None if number is None else mobile(plain(number))
        if number is not None and caller is None:
            raise RequestRefused(422, "number: a mobile number of eleven digits, or none")
        share = SHARE if source != UNKNOWN else MOST
        if (
            len(self.sessions) + self._opening.total() >= MOST
            or self.sessions.of(source) + self._opening[source] >= share
        ):
            raise RequestRefused(503, "too many sessions; ask again later")
        name = self._new_name(24)
        new = self._stored.new(caller, f"web-{self._new_name(12)}", source)
        self._opening[source] += 1
        try:
            return {"session": name, **await self._take(name, new, Text(self._number))}
        finally:
            self._opening -= Counter((source,))

    async def take(self, name: str, text: str, key: str = "") -> dict[str, Any]:
        """One input, after those that came before it. ``key``: the client's name for it ("": none); again
        with the same one, it gets the same answer, of the last 16. Raises RequestRefused, StoreError; then
        nothing was done."""
        _must_fit(text, key)
        try:
            async with self.sessions.in_turn(name):
                kept = await self.sessions.find(name)
                if kept is None:
                    raise RequestRefused(404, OVER)
                if key not in kept.inputs:
                    return await self._take(name, kept, Text(text), key, text)
                given, told = kept.inputs[key]
                if given != text:
                    raise RequestRefused(422, "that was another input's key; each has one of its own")
                known: dict[str, Any] | None = told
                return known or await self._take(name, kept, Interrupted(begun=True), key, text)
        except Crowded:
            raise RequestRefused(429, "inputs of this session wait already; one at a time") from None

    async def close(self, name: str) -> None:
        """Raises RequestRefused, StoreError."""
        try:
            await self.sessions.end(name)
        except Crowded:
            raise RequestRefused(429, "inputs of this session wait already") from None

    async def _take(
        self, name: str, kept: StoredSession, given: Input, key: str = "", text: str = ""
    ) -> dict[str, Any]:
        told = await self._stored.turn(name, kept, given, self._shown, key=key, text=text)
        self.handled += 1
        return told

    def _shown(self, turn: Turn) -> dict[str, Any]:
        return answer(turn, self._halls[turn.session.hall_version], self._number)


def _must_fit(text: str, key: str) -> None:
    """Raises RequestRefused for what is no input, or too long to be kept."""
    if not text.strip():
        raise RequestRefused(422, "text: it is empty; a code, a word or the number of what was shown")
    if len(text) > LONGEST:
        raise RequestRefused(422, f"text: it has {len(text)} characters; {LONGEST} are the most")
    if len(key) > LONGEST_KEY:
        raise RequestRefused(
            422, f"Idempotency-Key: it has {len(key)} characters; {LONGEST_KEY} are the most"
        )
