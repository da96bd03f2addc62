"""Which INVITE may become a call: first what its source has, then what the hall has.

A source has a share of the calls, of those that are not acknowledged yet, and of the set-ups a second; of
the last, a trusted one may have all that others leave. Some set-ups a second beyond the limit are kept for
sources that ask for few: a flood that uses up the limit keeps no other caller out. Where there is no room
for one more call without an ACK, the oldest one that was answered ``ack_patience`` seconds ago goes (a
phone acknowledges at once; RFC 3261 §13.3.1.4 would have us wait for 32 s)::

    INVITE x 1000 (one source)  ->  200 each, up to its share; then 503, and room as soon as the first is old
    INVITE (another)            ->  200
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ivr.sip.api import Admit, SipSettings
from ivr.sip.limits import Rate
from ivr.sip.sources import Source, Sources, most_waiting

if TYPE_CHECKING:
    from ivr.sip.calls import SipCall

RESERVE = 0.1  # of the set-ups a second, beyond them, for who asks for few; of the calls, for trusted sources


class Admission:
    """See the head of this file.

    Args:
        calls: how many there are now. admit: the hall's own word, see ``ivr.sip.api.Admit``.
    """

    def __init__(
        self,
        settings: SipSettings,
        sources: Sources,
        *,
        clock: Callable[[], float],
        calls: Callable[[], int],
        admit: Admit,
    ) -> None:
        self._settings = settings
        self._sources = sources
        self._clock = clock
        self._calls = calls
        self._admit = admit
        rate, now = settings.setups_per_second, clock()
        self._rate = Rate(rate, now)
        self._reserves = {trusted: Rate(RESERVE * rate, now) for trusted in (True, False)}
        self._kept = int(RESERVE * settings.max_calls) if settings.trusted else 0
        self._most_waiting = most_waiting(settings)
        self._early = 0  # calls not answered yet
        self._unacked: dict[SipCall, Source] = {}  # answered and not acknowledged, oldest first

    # ---- may it come in?
    def full(self, source: Source) -> int | None:
        """What the hall itself says; a number is the Retry-After. However many strangers there are, some
        calls are kept for trusted sources."""
        wait = self._admit()
        if wait is None and self._calls() >= self._most_calls(source):
            self._sources.kept_out(source)
            return self._settings.retry_after
        return wait

    def _most_calls(self, source: Source) -> int:
        """In all, when one of this source comes."""
        return self._settings.max_calls - (0 if source.trusted else self._kept)

    def refuses(self, source: Source) -> int | None:
        """Before an INVITE is looked at: None, or the Retry-After of its 503. Nothing is counted yet."""
        what = self._used_up(source)
        if what is not None:
            self._sources.exceeded(source, what)
            return self._settings.retry_after
        if self._calls() >= self._most_calls(source):
            self._one_goes(self._unacked)
        return self.full(source)

    def _used_up(self, source: Source) -> str | None:
        """What this source has its share of."""
        if not source.trusted and not source.setups.has(self._clock()):
            return "set-ups"
        whole = source.may.calls >= self._settings.max_calls  # then the hall is full, rather than its share
        if source.calls >= source.may.calls and not whole and not self._one_goes(source.unacked):
            return "calls"
        if source.waiting >= source.may.waiting and not self._one_goes(source.unacked):
            return "calls without ACK"
        waiting = self._early + len(self._unacked)
        if waiting >= self._most_waiting and not self._one_goes(self._unacked):
            return "calls without ACK"
        return None

    def takes(self, source: Source) -> int | None:
        """A proper INVITE counts as a set-up: None, or the Retry-After of its 503."""
        now = self._clock()
        modest = source.setups.allow(now)
        if (modest or source.trusted) and self._rate.allow(now):
            return None
        if modest and self._reserves[source.trusted].allow(now):
            return None
        if not modest:
            self._sources.exceeded(source, "set-ups")
        return self._settings.retry_after

    # ---- what becomes of it
    def entered(self, call: SipCall, source: Source) -> None:
        source.calls += 1
        source.early += 1
        self._early += 1

    def answered(self, call: SipCall, source: Source) -> None:
        """Our 200 is on its way."""
        source.early -= 1
        self._early -= 1
        source.unacked[call] = self._clock()
        self._unacked[call] = source

    def acknowledged(self, call: SipCall) -> None:
        """It waits for no ACK any more. Harmless for one that never did."""
        source = self._unacked.pop(call, None)
        if source is not None:
            del source.unacked[call]

    def left(self, call: SipCall, source: Source, *, answered: bool) -> None:
        if not answered:
            source.early -= 1
            self._early -= 1
        self.acknowledged(call)
        source.calls -= 1

    def _one_goes(self, unacked: Mapping[SipCall, object]) -> bool:
        """The oldest of these calls makes room, if it had its time."""
        oldest = next(iter(unacked), None)
        if oldest is None:
            return False
        since = self._unacked[oldest].unacked[oldest]
        if self._clock() - since < self._settings.ack_patience:
            return False
        oldest.give_up()
        return True
