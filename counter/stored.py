"""Conversations whose session is stored: each answer is on the disk, with its session, before it is given.

::

    stored = StoredConversations(parts, KIOSK, parts.lasting())
    async with stored.sessions.in_turn(name):
        kept = await stored.sessions.find(name) or stored.new(caller, "kiosk-4711")
        told = await stored.turn(name, kept, Text("0101"), said)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from counter.conversation import Turn
from counter.journal import CommitPolicy, Page
from counter.parts import ChannelParts
from counter.sessions import StoredSession
from menus.dialogue.session import Session
from menus.model.channels import Channel
from menus.model.events import Input, Text
from store import SessionRow, StoreRefused

T = TypeVar("T")


class StoredConversations:
    """See the head of this file. ``sessions``: those of ``channel``; ``policy``: how long it waits for the
    disk."""

    def __init__(self, parts: ChannelParts, channel: Channel, policy: CommitPolicy) -> None:
        self._common = parts.common
        self._channel = channel
        self._journal = parts.journal(policy)
        self._copying = parts.copying(self._journal)
        self.sessions = parts.sessions(channel)

    def new(self, caller: str | None, id_: str, source: str = "") -> StoredSession:
        """A session that begins, on the newest menu. ``caller``: whose it is (None: not known); ``id_``: its
        name in records; ``source``: where he comes from, by which tries of strangers are counted."""
        return StoredSession(
            Session.new(self._common.halls.newest.version, self._channel, caller, id_), source
        )

    async def turn(
        self,
        name: str,
        kept: StoredSession,
        given: Input,
        shown: Callable[[Turn], T],
        *,
        key: str = "",
        text: str = "",
    ) -> T:
        """One input of session ``name``, and what ``shown`` makes of it, which is JSON and is kept with the
        session under the input's ``key`` and ``text``. Raises StoreError; then nothing was done, or what was
        begun is told to who asks again under that key."""

        def begun(session: Session) -> SessionRow:
            return self.sessions.row(name, kept.after(session, key, text, None))

        page = Page(self._journal, None, begun)
        turn = await self._common.conversation(kept.session, page, source=kept.source).turn(given)
        told = shown(turn)
        left = kept.after(turn.session, key, text, told)
        row = self.sessions.row(name, left)
        unmatched = None
        if isinstance(given, Text):
            common = self._common
            unmatched = common.unmatched.left_by(turn, kept.session, given.text, common.clock.seconds())
        if not await self._copying.conclude(turn, turn.session.caller, session=row, unmatched=unmatched):
            raise StoreRefused("what the input left is not all written")
        self.sessions.used(name, left)
        return told
