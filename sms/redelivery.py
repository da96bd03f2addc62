"""Redelivered, or wanted twice? (design promise 5)

The same source, destination, UDH and text is a redelivery if, within 10 minutes of the first, it carries the
same sequence_number on the same connection (each connection counts anew), the same user_message_reference or
message id TLV, or if the link fell before our answer to the first can have arrived, or our answer was late.
Such a mark has to be the message's own: 0 is none, nor is what other texts bear too that the link brought
lately, for there are SMSCs that write a constant. That our answer has arrived is proved by an answer to what
we sent behind it, for a connection keeps the order. Two message ids that differ say that they are two,
whatever else is alike. Otherwise it is a second wish.
There is no other evidence in the protocol. After a restart no connection is the same: what the hall before
answered in its last seconds counts as cut off.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

REMEMBERED = 600.0
GRACE = 5.0
"""Seconds: an answer later than this is late, and one written less than this before the fall may be lost."""


MOST_ALIKE = 100
"""Equal texts of one number that are remembered; somebody who sends more within ten minutes is a robot."""
LATELY = 20
"""The last different texts of a link that say which marks are constants."""


class Evidence(NamedTuple):
    """What a delivery says of itself."""

    source: str
    destination: str
    digest: bytes
    sequence: int
    reference: int | None
    message_id: str | None

    @property
    def text(self) -> tuple[str, str, bytes]:
        """What it shares with a redelivery, and with a second wish."""
        return self[:3]

    @property
    def marks(self) -> tuple[int | None, str | None]:
        """Reference and message id; None where it has none, and 0 is none."""
        return self.reference or None, (self.message_id or "").strip("0 ") and self.message_id


@dataclass(slots=True)
class First:
    """A delivery that was taken. ``answered`` is when our response was written, None until then; ``waiting``
    are to be called when it is kept or could not be; ``carrier`` is the connection that brought it: its
    ``lost_at`` says when it fell, ``silent_since`` when it was last heard if the other side is silent,
    ``arrived`` how many of our frames are proved to be there; ``place`` is our answer's among them."""

    evidence: Evidence
    received: float
    carrier: object
    answered: float | None = None
    place: int | None = None
    waiting: list[Callable[[bool], None]] = field(default_factory=list)

    def answered_at(self, now: float, carrier: object, *, sent: bool) -> None:
        """Our response was given to that connection; ``sent``: it still stood."""
        self.answered, self.carrier = now, carrier
        self.place = getattr(carrier, "sent", None) if sent else None

    def late(self) -> bool:
        return self.answered is not None and self.answered - self.received > GRACE

    def cut_off(self) -> bool:
        """The link fell, or fell silent, before our answer was surely there."""
        if self.place is not None and self.place <= getattr(self.carrier, "arrived", 0):
            return False
        ends = (getattr(self.carrier, "lost_at", None), getattr(self.carrier, "silent_since", None))
        known = [end for end in ends if end is not None]
        return bool(known) and (self.answered is None or min(known) - self.answered < GRACE)


def digest(body: bytes, esm: int, coding: int, key: bytes = b"") -> bytes:
    """What two alike deliveries share. It lies on the disk for days: without ``key`` a six-digit password
    that was texted could be guessed from it."""
    return blake2b(body + bytes((esm & 0x40, coding)), digest_size=16, key=key).digest()


class Memory:
    """The deliveries of the last ten minutes."""

    def __init__(self) -> None:
        self._firsts: OrderedDict[tuple[str, str, bytes], list[First]] = OrderedDict()
        self._lately: dict[str, deque[Evidence]] = {}  # by link

    def __len__(self) -> int:
        return len(self._firsts)

    def alike(self, evidence: Evidence) -> int:
        """How many equal texts of that number are remembered."""
        return len(self._firsts.get(evidence.text, ()))

    def first_of(self, evidence: Evidence, now: float, carrier: object) -> First | None:
        """The first delivery that ``evidence``, brought by ``carrier``, repeats; None: this one is wanted."""
        for first in self._firsts.get(evidence.text, ()):
            known = first.evidence
            (reference, message_id), (reference_of, id_of) = evidence.marks, known.marks
            if message_id and id_of and message_id != id_of:
                continue
            same = (
                (evidence.sequence == known.sequence and carrier is first.carrier)
                or (reference is not None and reference == reference_of and self._owns(evidence, 0, carrier))
                or (bool(message_id) and message_id == id_of and self._owns(evidence, 1, carrier))
            )
            if now - first.received < REMEMBERED and (same or first.late() or first.cut_off()):
                return first
        return None

    def _owns(self, evidence: Evidence, which: int, carrier: object) -> bool:
        """Whether a mark is the message's own: no other text bears it that the link brought lately."""
        lately = self._lately.get(getattr(carrier, "name", ""), ())
        mark = evidence.marks[which]
        return all(each.text == evidence.text or each.marks[which] != mark for each in lately)

    def keep(self, first: First) -> None:
        if any(first.evidence.marks):
            self._note(first)
        key = first.evidence.text
        alike = self._firsts.setdefault(key, [])
        alike.append(first)
        while len(alike) > MOST_ALIKE or first.received - alike[0].received >= REMEMBERED:
            del alike[0]
        self._firsts.move_to_end(key)

    def _note(self, first: First) -> None:
        name = getattr(first.carrier, "name", "")
        lately = self._lately.setdefault(name, deque(maxlen=LATELY))
        evidence = first.evidence
        if not any(each.text == evidence.text and each.marks == evidence.marks for each in lately):
            lately.append(evidence)

    def repeated(self, first: First, evidence: Evidence, now: float, carrier: object, *, sent: bool) -> None:
        """A redelivery was answered: another one needs evidence of its own."""
        first.evidence = evidence
        first.answered_at(now, carrier, sent=sent)
        first.received = max(first.received, now - GRACE / 2)

    def forget(self, first: First) -> None:
        """It could not be kept: its redelivery is the first."""
        key = first.evidence.text
        left = [each for each in self._firsts.get(key, ()) if each is not first]
        if left:
            self._firsts[key] = left
        else:
            self._firsts.pop(key, None)

    def age(self, now: float) -> None:
        while self._firsts:
            key, firsts = next(iter(self._firsts.items()))
            if now - firsts[-1].received < REMEMBERED:
                return
            del self._firsts[key]
