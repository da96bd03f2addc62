"""One press of a key that is told twice, in RTP and by SIP INFO, as some phones do: it counts once.

::

    RTP 1 ──► counts        INFO 1 ──► the same press        INFO 1 ──► counts: there was no other in RTP
"""

from __future__ import annotations

TWINS = 2.0
"""Seconds between the two tellings at the most: INFO is often sent when the key is let go."""
MOST = 64
"""Presses that are remembered: nobody presses more in that time, but a flood may."""


class Presses:
    """The keys of one call, by the way they came."""

    __slots__ = ("_alone",)

    def __init__(self) -> None:
        self._alone: list[tuple[float, str, str]] = []  # when, way, digit: its twin has not come (yet)

    def counts(self, digit: str, way: str, now: float) -> bool:
        """Is this a press that was not told before? ``way``: any name; twins have different ones. ``now`` in
        seconds of any clock."""
        self._alone = [each for each in self._alone[-MOST:] if now - each[0] < TWINS]
        for place, (_, other, same) in enumerate(self._alone):
            if same == digit and other != way:
                del self._alone[place]
                return False
        self._alone.append((now, way, digit))
        return True
