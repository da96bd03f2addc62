"""How a customer reaches the hall: a channel is a value, and what it can do are its traits.

Public: :class:`Channel`, :class:`By`, :class:`Where`, and the channels there are: :data:`VOICE`, :data:`SMS`,
:data:`WEB`, all of them by name in :data:`CHANNELS`. Nobody asks which channel it is: whoever has to know
something of one asks for the trait. A new channel is one more value here, and one folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from menus.model.asked import WRITTEN, InputKind


class By(StrEnum):
    """How one answers. It decides which tree is walked, what is waited for after an answer, and by which
    rules an input is understood (:mod:`menus.dialogue.keys`, :mod:`menus.dialogue.texts`)."""

    KEY = "key"  # one key at a time; ``telephone:``
    LINE = "line"  # a line of text, a number of what was shown among it; ``sms:``


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel's traits.

    ``name``: in menus.yaml, in the store and in records. ``title``: for people, in findings. ``wordings``: by
    whose wordings it speaks, the best first; it never borrows any that do not stand here. ``texted``: what is
    told goes to the number itself as a text message; on any other channel, changes that were made are told so
    besides. ``read``: what was said and given stays before the customer's eyes; what is only heard is short,
    is read back before it counts, and is copied by SMS. ``timed``: a wait has an end, after which silence is
    an input. ``transfers``: an agent is put through here; else he calls. ``queued``: an input has its place
    with the back office before its turn begins; elsewhere each question waits for its own. ``refuses``: kinds
    of input that cannot, or may not, be given on it. ``page``: entries of a menu, rows of a list, that are
    shown at once.
    """

    name: str
    title: str
    wordings: tuple[str, ...]
    by: By
    texted: bool = False
    read: bool = True
    timed: bool = False
    transfers: bool = False
    queued: bool = False
    refuses: frozenset[InputKind] = frozenset()
    page: int = 8

    def __str__(self) -> str:
        return self.name

    @property
    def writes(self) -> bool:
        """Words can be written on it."""
        return InputKind.TEXT not in self.refuses


VOICE = Channel(
    "voice", "语音", ("voice",), By.KEY, read=False, timed=True, transfers=True, refuses=WRITTEN
)  # fmt: skip
SMS = Channel("sms", "短信", ("sms",), By.LINE, texted=True, queued=True)
WEB = Channel("web", "网页", ("web", "sms"), By.LINE)
CHANNELS: Mapping[str, Channel] = {
    each.name: each
    for each in (
        VOICE,
        SMS,
        WEB,
    )
}


class Where(StrEnum):
    """On which channels something is said, asked or told, by their traits."""

    EVERYWHERE = "everywhere"
    NOWHERE = "nowhere"
    KEYS = "keys"  # one answers with one key
    LINES = "lines"  # one answers with a line
    READ = "read"
    HEARD = "heard"
    WRITING = "writing"  # words can be written
    DIGITS = "digits"  # they cannot
    TEXTED = "texted"

    def includes(self, channel: Channel) -> bool:
        match self:
            case Where.EVERYWHERE:
                return True
            case Where.NOWHERE:
                return False
            case Where.KEYS | Where.LINES:
                return (channel.by is By.KEY) is (self is Where.KEYS)
            case Where.READ | Where.HEARD:
                return channel.read is (self is Where.READ)
            case Where.WRITING | Where.DIGITS:
                return channel.writes is (self is Where.WRITING)
            case Where.TEXTED:
                return channel.texted


def wording_names(channels: Iterable[Channel]) -> tuple[str, ...]:
    """The names that a wording may be written for: ``answer voice: |``."""
    return tuple(dict.fromkeys(name for each in channels for name in each.wordings))


def names_for_all(channels: Iterable[Channel]) -> tuple[str, ...]:
    """The names that ``answer: |`` stands for: of each channel that wording which it takes last. What a
    channel would rather have is only what was written for it."""
    return tuple(dict.fromkeys(each.wordings[-1] for each in channels))
