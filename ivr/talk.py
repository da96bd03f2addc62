"""The talk of one call: keys and silence go into the conversation, what it says goes to the line. It knows
neither SIP nor RTP.

Keys are buffered while the hall thinks or speaks (type-ahead over several menus); a key that is awaited cuts
the prompt short (barge-in), and while further keys wait, prompts are not begun at all. Two things guard
money (design promise 4): an :class:`~menus.model.events.Await` with ``flush`` empties the buffer, and its
``guarded`` keys do not count until everything said with it has been played, and not at all if the question
has no audio.

::

    key 1 ──► [buffer] ──► turn(Key 1) ──► Say main menu, Await 8 s
    key 1 ──► [buffer]                     (not spoken: a key waits) ──► turn(Key 1) ──► Say balance, Await …

A fault of ours, wherever it is, never drops a caller: he hears what is true of his wish and is back in the
menu; the second time in a row he is passed on to an agent; and if even that cannot be said, he hears the
last words and the call ends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from counter.conversation import Conversation, Turn
from counter.waiting import at_once
from menus.dialogue.session import Session
from menus.model.events import (
    Await,
    End,
    Event,
    HungUp,
    Input,
    Interrupted,
    Key,
    Say,
    Silence,
    Started,
    Transfer,
    TransferFailed,
)

MAX_KEYS = 64  # waiting; more is somebody leaning on the keypad
PLEASE_WAIT = 2.5  # seconds of a turn after which the caller is told to wait
FIRST_AID = 2  # faults in a row that are answered by the dialogue: the menu, then the agent
MOST_FAULTS = 8  # in one call: a talk that stumbles again and again ends
LAST_WORDS = 8.0  # seconds for which a call is kept up to be told that it ends
UNSEEN = "*"  # a key that was dropped before anything looked at it: it may be a digit of a password


class Line(Protocol):
    """What a talk does with its call."""

    def speak(self, utterance: int, says: tuple[Say, ...]) -> bool:
        """Play; :meth:`Talk.spoken` is called with ``utterance`` when it has been heard out. False: a
        confirmation is among them that cannot be heard, for it has no audio."""

    def hush(self) -> None:
        """Forget all that is playing or queued."""

    def heard(self, digit: str, counted: bool) -> None:
        """A key is taken; ``counted`` false: it was guarded, emptied with the others, or one too many. Told
        when its turn comes, for only then is it known whether it is a digit of a secret."""

    def transfer(self, queue: str) -> None:
        """To an agent; :meth:`Talk.transfer_failed` if that does not work."""

    def hang_up(self, outcome: str) -> None:
        """End the call."""


Keep = Callable[[Turn], Awaitable[bool]]
"""Commits what a turn did, and the SMS that go with it, before it is spoken. False: it could not, and none of
these SMS may be promised."""


@dataclass(frozen=True, slots=True)
class FixedWordings:
    """What is said when the dialogue cannot: ``wait`` after ``wait_after`` seconds of a turn, ``last`` before
    a call that failed is ended."""

    wait: tuple[Say, ...] = ()
    last: tuple[Say, ...] = ()
    wait_after: float = PLEASE_WAIT


class Talk:
    """One caller's talk with the hall. Everything runs in the reactor; turns are taken one at a time."""

    def __init__(
        self,
        conversation: Conversation,
        line: Line,
        *,
        keep: Keep,
        reactor: IReactorTime,
        broken: Callable[[Failure], Any],
        words: FixedWordings | None = None,
    ) -> None:
        self._conversation = conversation
        self._line = line
        self._keep = keep
        self._reactor = reactor
        self._broken = broken
        self._words = words or FixedWordings()
        self._keys: deque[str] = deque()
        self._turning = False
        self._over = False
        self._told: tuple[Event, ...] = ()  # what the last turn came to
        self._last: Event | None = None  # Await, Transfer or End: what happens after what is being said
        self._utterance = 0
        self._speaking = False
        self._unheard = False  # the question has no audio
        self._timer: IDelayedCall | None = None
        self._slow: IDelayedCall | None = None  # until a caller who hears nothing is told to wait
        self._begun = False  # what was broken off may have changed something
        self._in_a_row = self._faults = 0

    @property
    def session(self) -> Session:
        """As it is between two turns."""
        return self._conversation.session

    # ---- from the call -------------------------------------------------------------------------------------
    def begin(self) -> None:
        """The call was answered."""
        self._take(Started())

    def key(self, digit: str) -> None:
        """A key was pressed."""
        self._safely(lambda: self._pressed(digit))

    def _pressed(self, digit: str) -> None:
        if self._guarded(digit):
            self._line.heard(digit, False)
        elif self._over or len(self._keys) >= MAX_KEYS:
            self._line.heard(UNSEEN, False)
        else:
            self._keys.append(digit)
            self._next_key()

    def _guarded(self, digit: str) -> bool:
        """Does it answer a question that has not been heard out?"""
        unheard = self._speaking or self._unheard
        return unheard and isinstance(self._last, Await) and digit in self._last.guarded

    def spoken(self, utterance: int) -> None:
        """What was being said has been heard out."""
        if utterance == self._utterance and self._speaking:
            self._speaking = False
            self._safely(self._after_speech)

    def deafened(self) -> None:
        """Nothing is heard for a while: what is said, or waited for, stands still until :meth:`again`."""
        self._stop_timer()
        self._speaking = self._speaking or isinstance(self._last, Await)

    def again(self) -> None:
        """The caller hears again: what he was told last, once more. A turn under way speaks for itself, and
        who is with the agent already is told nothing."""
        if not self._over and not self._turning and self._speaking:
            self._safely(lambda: self._follow(self._told))

    def transfer_failed(self) -> None:
        """No agent; the caller is still here."""
        if isinstance(self._last, Transfer):
            self._take(TransferFailed())

    def gone(self) -> None:
        """The caller hung up or vanished. A turn under way finishes: what was begun is kept."""
        if self._over:
            return
        self._over = True
        self._stop_timer()
        self._not_slow()
        self._keys.clear()
        if not self._turning:
            self._take(HungUp())

    # ---- turns ---------------------------------------------------------------------------------------------
    def _take(self, given: Input) -> None:
        self._stop_timer()
        self._turning = True
        self._last = None
        at_once(self._turn(given), self._stumbled)
        if self._turning and self._slow is None and not self._over:
            self._slow = self._reactor.callLater(self._words.wait_after, self._please_wait)

    async def _turn(self, given: Input) -> None:
        turn = await self._kept(await self._conversation.turn(given))
        self._turning = False
        if self._over:
            if not isinstance(given, HungUp):
                self._take(HungUp())
            return
        if not isinstance(given, Interrupted):
            self._in_a_row, self._begun = 0, False
        self._follow(turn.events)

    async def _kept(self, turn: Turn) -> Turn:
        """The turn as it may be told: without its SMS where it could not be written down."""
        try:
            if await self._keep(turn):
                return turn
        except Exception:
            self._broken(Failure())
        return self._conversation.untexted(turn)

    def _not_slow(self) -> None:
        slow, self._slow = self._slow, None
        if slow is not None and slow.active():
            slow.cancel()

    def _follow(self, events: tuple[Event, ...]) -> None:
        self._told = events
        says: list[Say] = []
        self._last = None
        for event in events:
            if isinstance(event, Say):
                says.append(event)
            elif isinstance(event, Await | Transfer | End):
                self._last = event
        if isinstance(self._last, Await):
            if self._last.flush:
                self._drop_keys()
            if self._keys:  # nobody listens: the next key is here already
                self._next_key()
                return
        self._not_slow()
        self._speak(tuple(says))
        if not self._speaking:
            self._after_speech()

    def _next_key(self) -> None:
        if self._turning or not self._keys or not isinstance(self._last, Await):
            return
        if self._speaking:
            self._speaking = False
            self._line.hush()
        digit = self._keys.popleft()
        self._line.heard(digit, True)
        self._take(Key(digit))

    def _drop_keys(self) -> None:
        for _ in self._keys:
            self._line.heard(UNSEEN, False)
        self._keys.clear()

    def _please_wait(self) -> None:
        """The back office or the disk is slow: say so while the turn goes on (design promise 8)."""
        if not self._over:
            self._safely(lambda: self._speak(self._words.wait))

    # ---- faults of ours ------------------------------------------------------------------------------------
    def _safely(self, what: Callable[[], object]) -> None:
        """A turn that is under way ends as it would have."""
        try:
            what()
        except Exception:
            self._broken(Failure()) if self._turning else self._stumbled(Failure())

    def _stumbled(self, failure: Failure) -> None:
        """Something raised. The caller is told, and goes on from the menu; from the agent, if it is not the
        first time in a row."""
        self._broken(failure)
        self._turning = False
        if self._over:
            return
        self._stop_timer()
        self._keys.clear()  # they were meant for what did not come
        self._begun = self._begun or self._conversation.begun
        self._in_a_row += 1
        self._faults += 1
        if self._in_a_row <= FIRST_AID and self._faults <= MOST_FAULTS:
            self._take(Interrupted(self._begun, again=self._in_a_row > 1))
        else:
            self._give_up()

    def _give_up(self) -> None:
        """Nothing works: the last words, and the end of the call, heard or not."""
        self._not_slow()
        self._last = End("failed")
        self._timer = self._reactor.callLater(LAST_WORDS, self._line.hang_up, "failed")
        try:
            self._speak(self._words.last)
        except Exception:
            self._broken(Failure())
            self._speaking = False
        if not self._speaking:
            self._after_speech()

    # ---- speech --------------------------------------------------------------------------------------------
    def _speak(self, says: tuple[Say, ...]) -> None:
        self._unheard = False
        if says:
            self._utterance += 1
            self._speaking = True
            self._unheard = not self._line.speak(self._utterance, says)

    def _after_speech(self) -> None:
        self._stop_timer()
        match self._last:
            case Await(seconds=float() | int() as seconds):
                self._timer = self._reactor.callLater(seconds, self._silence)
            case Transfer(queue=queue):
                self._line.transfer(queue)
            case End(outcome=outcome):
                self._line.hang_up(outcome)

    def _silence(self) -> None:
        self._timer = None
        self._take(Silence())

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
