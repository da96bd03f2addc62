"""What a channel is built from, besides its own reading and showing.

::

    journal = parts.journal(parts.lasting())        or Owing(parts.store, parts.common.clock)
    copying = parts.copying(journal)
    …
    turn = await parts.common.conversation(session, journal).turn(given)
    await copying.conclude(turn, caller)

A channel whose sessions outlive a connection has :mod:`counter.stored` do this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from counter.common import Common
from counter.copying import Copying
from counter.journal import CommitPolicy, Disk, Journal, Late
from counter.lasting import Lasting
from counter.post import Post
from counter.sessions import Sessions, Shelf
from menus.model.channels import Channel


class Storage(Disk, Shelf, Protocol):
    """Of the store: what is begun and left, and sessions."""


class Seals(Protocol):
    """:class:`store.seal.Sealer`."""

    def seal(self, text: str, /) -> str: ...

    def unseal(self, text: str, /) -> str: ...


@dataclass(frozen=True, slots=True)
class ChannelParts:
    """The same for every channel of a hall. ``number``: the hall's own; ``late`` is given what came of an
    operation that a turn gave up on."""

    common: Common
    store: Storage
    post: Post
    late: Late
    sealer: Seals
    number: str

    def lasting(self) -> Lasting:
        """The policy of who can wait for the disk."""
        return Lasting(self.store, self.common.clock)

    def journal(self, policy: CommitPolicy) -> Journal:
        """``policy``: how long the channel waits for the disk."""
        common = self.common
        return Journal(
            self.store,
            policy,
            common.clock.seconds,
            promos=common.promos,
            unsettled=common.desk.unsettled,
            late=self.late,
            seal=self.sealer.seal,
        )

    def copying(self, journal: Journal) -> Copying:
        """For a channel that answers by no message."""
        return Copying(journal, self.post, self.common.clock.seconds)

    def sessions(self, channel: Channel) -> Sessions:
        """For a channel whose sessions outlive a connection, and the hall."""
        seconds, sealer = self.common.clock.seconds, self.sealer
        return Sessions(self.store, channel, seconds, seal=sealer.seal, unseal=sealer.unseal)
