"""What one source may have and has: calls, set-ups a second, connections, messages.

A source is an address, of IPv6 the /64 that one subscriber has. Each has a share of every limit of the
hall, so that none can use up what others need; a trusted one has a larger one, for a proxy carries the
calls of many. See docs/operating.md, "Shares", for the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Network, ip_address
from math import ceil
from typing import Any, NamedTuple

from ivr.sip.api import Log, SipSettings
from ivr.sip.identity import within
from ivr.sip.limits import Rate

MAX_SOURCES = 8_192  # remembered though they have nothing
MESSAGES = 10  # of one set-up, resent ones and keys included
LEAST_MESSAGES = 1_000  # a second from a trusted source, whatever the set-ups
LEAST = 4  # of what a limit allows, to the smallest share
OCTETS = 2_048  # a message so long costs as much as two


class SourceLimits(NamedTuple):
    """The most that one source may have of each."""

    calls: int
    waiting: int  # calls that are not acknowledged yet
    setups: float  # a second
    messages: float  # a second
    transactions: int
    connections: int
    bindings: int


def allowance(settings: SipSettings, trusted: bool) -> SourceLimits:
    """What one source, trusted or not, may have under these settings."""
    share = settings.trusted_share if trusted else settings.address_share
    messages = max(MESSAGES * settings.setups_per_second, LEAST_MESSAGES)
    return SourceLimits(
        calls=settings.max_calls if trusted else part(settings.max_calls, share),
        waiting=part(most_waiting(settings), share),
        setups=max(settings.address_share * settings.setups_per_second, 1.0),
        messages=messages if trusted else messages * share,
        transactions=part(settings.max_transactions, share),
        connections=part(settings.max_connections, share),
        bindings=part(settings.max_bindings, share),
    )


def most_waiting(settings: SipSettings) -> int:
    """Calls not acknowledged yet, of all sources together: three quarters of all calls."""
    return part(settings.max_calls, 0.75)


def part(whole: int, share: float) -> int:
    return min(whole, max(ceil(whole * share), LEAST))


class Source:
    """One source: what it has now. ``early`` counts its calls that are not answered yet, ``unacked`` holds
    those that are answered and not acknowledged, oldest first, each with the second of its 200."""

    __slots__ = (
        "bindings", "calls", "connections", "early", "key", "may", "messages", "setups", "transactions",
        "trusted", "unacked",
    )  # fmt: skip

    def __init__(self, key: str, trusted: bool, may: SourceLimits, now: float) -> None:
        self.key = key
        self.trusted = trusted
        self.may = may
        self.messages = Rate(may.messages, now)
        self.setups = Rate(may.setups, now)
        self.calls = 0
        self.transactions = 0
        self.connections = 0
        self.bindings = 0
        self.early = 0
        self.unacked: dict[Any, float] = {}

    @property
    def waiting(self) -> int:
        """Calls that are not acknowledged yet."""
        return self.early + len(self.unacked)

    @property
    def idle(self) -> bool:
        """Has it nothing, so that it may be forgotten?"""
        return not (self.calls or self.transactions or self.connections or self.bindings)


class Sources:
    """All sources that are known, each by its address.

    Args:
        clock: seconds that never go back. log: see ``ivr.sip.api.Log``.
    """

    def __init__(self, settings: SipSettings, clock: Callable[[], float], log: Log) -> None:
        self._clock = clock
        self._log = log
        self._trusted = settings.trusted
        self._allowances = {trusted: allowance(settings, trusted) for trusted in (True, False)}
        self._known: dict[str, Source] = {}
        self._full = MAX_SOURCES
        self.over: Counter[str] = Counter()  # what was refused or dropped because a share was used up

    def __len__(self) -> int:
        return len(self._known)

    def of(self, host: str) -> Source:
        """The source that this address belongs to."""
        found = self._known.get(host)
        if found is not None:
            return found
        key = source_of(host)
        return self._known.get(key) or self._new(key, host)

    def exceeded(self, source: Source, what: str) -> None:
        """Note that something was refused or dropped because ``source`` has its share of it."""
        self.over[what] += 1
        self._log(source.key, f"SIP: more {what} than one address may have; the rest is refused")

    def kept_out(self, source: Source) -> None:
        """Note a call that found no room, for what is left is not for ``source``."""
        self.over["calls kept for trusted"] += 1
        self._log(source.key, "SIP: the calls that are left are kept for trusted addresses")

    def junk(self, source: Source) -> None:
        """Note that something came that is no SIP at all."""
        self.over["junk"] += 1
        self._log(source.key, "SIP: no SIP message")

    def _new(self, key: str, host: str) -> Source:
        if len(self._known) >= self._full:
            self._forget()
        trusted = within(host, self._trusted)
        source = self._known[key] = Source(key, trusted, self._allowances[trusted], self._clock())
        return source

    def _forget(self) -> None:
        """A flood of addresses, forged ones perhaps: only those that have something are worth remembering."""
        self._known = {key: source for key, source in self._known.items() if not source.idle}
        self._full = max(MAX_SOURCES, 2 * len(self._known))


def source_of(host: str) -> str:
    """The name of the source that an address belongs to: itself, or the /64 of an IPv6 one.

    >>> source_of("192.0.2.7"), source_of("2001:db8::1:2"), source_of("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7')
    """
    if ":" not in host:
        return host
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped) if mapped else str(IPv6Network((int(address) >> 64 << 64, 64)))
