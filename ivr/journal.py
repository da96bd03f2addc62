"""What calls write down: operations before and after they are done, and the SMS that go with a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from handlers.conversation import Turn
from handlers.operations import Operation, outcome_before, outcome_to_json, state_of
from menus.events import Asks, Outcome, Send
from menus.model import Slot
from menus.session import Session
from menus.text import render_text
from menus.values import SECRET_KINDS
from store import Outbound, Store


class Post(Protocol):
    """The SMS hall, as far as a call needs it."""

    def compose(self, subscriber: str, text: str, *, secret: bool = False) -> Sequence[Outbound]:
        """The parts of one message to ``subscriber``, not sent yet. ``secret``: it is kept sealed."""

    def send(self, rows: Sequence[Outbound]) -> None:
        """They are in the store: send them."""

    def ask(self, subscriber: str, asks: Asks) -> None:
        """One of them asks this: wait for the answer."""


class VoiceJournal:
    """The :class:`handlers.conversation.Journal` of calls. ``now`` gives seconds since the epoch; ``late``
    words and sends the result of an operation that the caller was told is 正在办理; ``seal`` keeps cards from
    standing in clear."""

    def __init__(
        self,
        store: Store,
        post: Post,
        now: Callable[[], float],
        late: Callable[[Operation, Outcome], Awaitable[None]],
        seal: Callable[[str], str] = str,
    ) -> None:
        self._store = store
        self._post = post
        self._now = now
        self._late = late
        self._seal = seal

    async def started(self, operation: Operation, session: Session) -> None:
        await self._store.operation_started(
            operation.key,
            operation.caller,
            operation.channel.value,
            operation.to_json(self._seal),
            self._now(),
        )

    async def before(self, operation: Operation) -> Outcome | None:
        row = await self._store.operation(operation.key)
        return None if row is None else outcome_before(row.state, row.outcome)

    async def settled(self, operation: Operation, outcome: Outcome) -> None:
        await self._late(operation, outcome)

    async def keep(self, turn: Turn, sends: tuple[Send, ...], caller: str | None) -> None:
        """Commit the outcomes of a turn and its SMS, then send these. An SMS goes to the number that the
        caller proved, else to his own; a caller without any gets none."""
        rows = self._rows(sends, caller)
        for operation, outcome in turn.operations:
            written = outcome_to_json(outcome)
            await self._store.operation_finished(
                operation.key, written, self._now(), state=state_of(outcome), outbox=rows
            )
            self._post.send(rows)
            rows = []
        if rows:
            await self._store.enqueue(rows)
            self._post.send(rows)
        for send in sends:
            if send.asks is not None and (number := send.to or caller) is not None:
                self._post.ask(number, send.asks)

    def _rows(self, sends: tuple[Send, ...], caller: str | None) -> list[Outbound]:
        rows: list[Outbound] = []
        for send in sends:
            number = send.to or caller
            if number is not None:
                text = render_text(send.template, send.values)
                rows += self._post.compose(number, text, secret=_names_secret(send))
        return rows


def _names_secret(send: Send) -> bool:
    slots = (piece for piece in send.template.pieces if isinstance(piece, Slot))
    return any(slot.kind in SECRET_KINDS for slot in slots)
