"""What a call needs of the hall that took it, and the hall of the call."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from counter.conversation import Turn
from ivr.media.client import MediaProcess, Segment
from ivr.sip.incoming import IncomingCall
from ivr.talk import Line, Talk
from ivr.transcript import Transcripts
from menus.model.events import Say
from menus.model.hall import Template


class HostedCall(Line, Protocol):
    """What the hall needs of a call: its talk, its record, its end. :class:`ivr.call.Call`."""

    incoming: IncomingCall
    call_id: str
    session_id: str
    began: float
    answered: float | None
    outcome: str | None
    journey: list[dict[str, object]]

    @property
    def version(self) -> str | None:
        """The menu version that it stands on; None: no talk has begun."""

    async def keep(self, turn: Turn) -> bool:
        """See :data:`ivr.talk.Keep`."""

    def broken(self, failure: Failure) -> None:
        """Something of ours raised in its talk."""


class Host(Protocol):
    """What a call needs of the hall; :class:`ivr.hall.TelephoneHall`."""

    @property
    def reactor(self) -> IReactorTime: ...

    @property
    def media(self) -> MediaProcess: ...

    @property
    def transcripts(self) -> Transcripts: ...

    @property
    def services(self) -> Counter[tuple[str, ...]]:
        """What callers did: service and action."""

    @property
    def agent(self) -> str:
        """SIP URI to which calls for an agent go."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def segments(self, says: tuple[Say, ...]) -> list[Segment]:
        """Clips of a pack, in order; what has no audio is left out."""

    def wording(self, say: Say) -> Template | None:
        """What is heard of it: its wording, or its spare one; None: neither has audio."""

    async def prepare(self, caller: str | None) -> None:
        """Learn who is calling, for a moment at the most."""

    def talk(self, call: HostedCall) -> Talk:
        """The talk of a call that is being answered."""

    @property
    def last_words(self) -> tuple[Say, ...]:
        """What is said to a caller before a call that cannot go on is ended."""

    async def keep(self, turn: Turn, caller: str | None) -> bool:
        """Commit what a turn did. False: it could not, and its SMS may not be promised."""

    def transferred(self, status: int) -> None: ...

    def fault(self, where: str, failure: Failure) -> None:
        """Something of ours raised in a call: count and log it. Never raises."""

    def over(self, call: HostedCall) -> None:
        """The call ended."""
