"""What every channel has of the counter."""

from __future__ import annotations

from dataclasses import dataclass, field

from twisted.internet.interfaces import IReactorTime

from counter.conversation import Conversation, HallVersions, OperationJournal, Timeouts
from counter.desk import Desk
from counter.promos import Promos
from counter.unmatched import UnmatchedTexts
from counter.waiting import within
from menus.dialogue.session import Session
from menus.model.channels import Channel
from menus.model.events import Facts


@dataclass(frozen=True, slots=True)
class Common:
    """``clock``: its seconds are those of the epoch."""

    halls: HallVersions
    desk: Desk
    clock: IReactorTime
    promos: Promos
    timeouts: Timeouts = field(default_factory=Timeouts)
    unmatched: UnmatchedTexts = field(default_factory=UnmatchedTexts)

    def conversation(
        self, session: Session, journal: OperationJournal, *, city: str | None = None, source: str = ""
    ) -> Conversation:
        """One that goes on from ``session``; see :class:`counter.conversation.Conversation`."""
        return Conversation(
            self.halls,
            session,
            self.desk,
            journal,
            self.clock,
            timeouts=self.timeouts,
            city=city,
            source=source,
        )

    async def facts(self, caller: str | None, channel: Channel) -> Facts:
        """What is true of a caller now, or what can be said without a back office that does not answer."""
        known = await within(self.clock, self.timeouts.facts, self.desk.facts(caller, channel))
        return known or self.desk.bare_facts(caller, channel)
