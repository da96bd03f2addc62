"""What a turn leaves on a channel that answers by no message: what goes beside its answer is sent by SMS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from twisted.logger import Logger

from counter.conversation import Turn
from counter.journal import Journal, left_by
from counter.messages import ShortMessage, beside
from counter.post import Post
from store import Conclusion, Outbound, SessionRow, UnmatchedRow

NOTHING = Conclusion()


class Copying:
    """``seconds``: since the epoch."""

    log = Logger()

    def __init__(self, journal: Journal, post: Post, seconds: Callable[[], float]) -> None:
        self._journal = journal
        self._post = post
        self._seconds = seconds

    async def conclude(
        self,
        turn: Turn,
        caller: str | None,
        *,
        session: SessionRow | None = None,
        unmatched: UnmatchedRow | None = None,
    ) -> bool:
        """Commit all that a turn left with its SMS, then send these. An SMS goes to the number that the
        caller proved, else to his own; a caller without any gets none. False: they are not written now, and
        nothing may be promised of the SMS."""
        composed = self._compose(turn, caller)
        messages, rows = composed or ([], [])

        def written(kept: Conclusion) -> None:
            if kept.outbox:
                self._post.send(kept.outbox)
                for message in messages:
                    if message.asks is not None:
                        self._post.ask(message.to, message.asks)

        left = left_by(turn, self._seconds(), address=caller or "", session=session, outbox=rows)
        if unmatched is not None:
            left = replace(left, unmatched=unmatched)
        kept = left == NOTHING or await self._journal.conclude(left, written)
        return kept and composed is not None

    def _compose(
        self, turn: Turn, caller: str | None
    ) -> tuple[list[ShortMessage], Sequence[Outbound]] | None:
        """Its SMS. An SMS that cannot be put in words keeps no outcome from being written."""
        try:
            messages = beside(turn, caller)
            return messages, [row for message in messages for row in self._post.compose(message)]
        except Exception:
            self.log.failure("an SMS of a call could not be composed")
            return None
