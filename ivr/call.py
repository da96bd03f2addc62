"""One call: its signalling (a SIP call), its media (an RTP leg in the media process) and its talk.

::

    INVITE ──► answer(): facts, media leg, 200 OK ──► talk.begin()
    keys (RFC 4733, INFO, in-band) ──► talk.key        talk ──► speak, hush, transfer (REFER), hang_up (BYE)
    re-INVITE ──► media.remote                         BYE, CANCEL, no ACK, vanished ──► talk.gone

What is known of the caller is fetched before the call is answered, so that the greeting begins within 20 ms
of the 200 (design promise 8); a back office that does not answer in time costs the caller only his brand.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Protocol

from twisted.logger import Logger
from twisted.python.failure import Failure

from handlers.conversation import Turn
from ivr.media.client import PCMA, PCMU, MediaCall, MediaProcess, MediaRefused, MediaUnavailable, Segment
from ivr.presses import Presses
from ivr.sip import sdp
from ivr.sip.api import Ended
from ivr.sip.incoming import IncomingCall
from ivr.talk import Talk
from ivr.transcript import Transcripts
from menus.events import Recognised, Say, SayKind, Send
from menus.model import Template
from menus.session import AtInput
from menus.text import render_text
from menus.values import SECRET_KINDS, Value

CODECS = {"PCMA": PCMA, "PCMU": PCMU}
KEYS = frozenset("0123456789*#")
RETRY_AFTER = 5  # seconds
VANISHED, LOST = "vanished", "media lost"
UNHEARD = 5
"""Packets of audio that go where the caller wants it before anything shows that somebody there does: media
from there, or the ACK, if that is where the INVITE came from. Who is named in a forged INVITE is sent no
more. What is said stands still until then, nothing of it is lost."""


class Host(Protocol):
    """What a call needs of the hall that took it."""

    @property
    def reactor(self) -> Any: ...

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

    def talk(self, call: Call) -> Talk:
        """The talk of a call that is being answered."""

    async def keep(self, turn: Turn, sends: tuple[Send, ...], caller: str | None) -> None:
        """Commit what a turn did."""

    def over(self, call: Call) -> None:
        """The call ended."""


class Call:
    """See the head of this file. Is the SIP stack's ``CallHandler`` and the talk's ``Line``."""

    log = Logger()

    def __init__(self, hall: Host, incoming: IncomingCall, session_id: str) -> None:
        self.incoming = incoming
        self.call_id = incoming.dialog.call_id
        self.session_id = session_id
        self.began = hall.now()
        self.answered: float | None = None
        self.outcome: str | None = None
        self.journey: list[dict[str, object]] = []
        self._hall = hall
        self._media: MediaCall | None = None
        self._talk: Talk | None = None
        self._ended = False
        self._version = 1
        self._remote: tuple[str, int] | None = None  # where audio goes
        self._presses = Presses()
        self._agreed: sdp.Agreed | None = None
        self._acknowledged = False

    # ---- answering -----------------------------------------------------------------------------------------
    async def answer(self) -> None:
        """Take the call, or refuse it with the status that says why."""
        offered = self.incoming.offer
        nothing = None if offered is None else self._agree(offered, 0)
        if isinstance(nothing, sdp.NoCommonCodec):
            self.incoming.reject(488, nothing.why)
            return
        await self._hall.prepare(self.incoming.caller)
        try:
            media = await self._hall.media.open()
        except (MediaRefused, MediaUnavailable) as why:
            self.log.warn("call refused: {why}", why=why)
            if not self._ended:
                self.incoming.reject(503, retry_after=RETRY_AFTER)
            return
        if self._ended:  # the caller gave up meanwhile
            media.close()
            return
        self._take(media)
        if offered is None:
            self.incoming.accept(self._offer())
        else:
            answer = self._agree(offered, media.port)
            assert isinstance(answer, sdp.Answer)
            self.incoming.accept(answer.body)
            self._connect(answer)

    def _take(self, media: MediaCall) -> None:
        self._media = media
        media.on_key = lambda digit, when: self._key(digit, "rtp")
        media.on_vanished = lambda: self.hang_up(VANISHED)
        media.on_lost = lambda: self.hang_up(LOST)

    def _agree(self, offered: sdp.Session, port: int) -> sdp.Answer | sdp.NoCommonCodec:
        return sdp.answer(offered, self._hall.media.address, port, version=self._version)

    def _offer(self) -> bytes:
        assert self._media is not None
        return sdp.offer(self._hall.media.address, self._media.port, version=self._version)

    def _connect(self, agreed: sdp.Agreed) -> None:
        """Send audio where the agreement says; the first time, begin to talk. Who names no address any more
        (c=0.0.0.0) has put us on hold as RFC 2543 §B.5 did: nothing is sent to where it went before."""
        assert self._media is not None
        self._remote = agreed.remote or self._remote
        self._agreed = agreed
        self._send(agreed)
        if self._talk is None:
            self._talk = self._hall.talk(self)
            self._media.on_played = self._talk.spoken
            self.answered = self._hall.now()
            self._talk.begin()

    def _send(self, agreed: sdp.Agreed) -> None:
        """Send audio as agreed, or stand still: what is being said then goes on afterwards."""
        if self._media is not None and self._remote is not None:
            (host, port), source = self._remote, self.incoming.source.host
            self._media.remote(
                host,
                port,
                codec=CODECS[agreed.codec.name],
                events=agreed.events,
                direction=agreed.direction,
                sources=(source,),
                control=agreed.control,
                unheard=None if self._acknowledged and host == source else UNHEARD,
            )

    @property
    def version(self) -> str | None:
        """The menu's version that the call stands on."""
        return None if self._talk is None else self._talk.session.hall_version

    # ---- from the SIP stack --------------------------------------------------------------------------------
    def acked(self, answer: sdp.Session | None) -> None:
        """ACK; it bears the answer when the offer was ours (RFC 3261 §13.3.1)."""
        first, self._acknowledged = not self._acknowledged, True
        if first and self._agreed is not None:
            self._send(self._agreed)
        if answer is None or self._media is None:
            return
        agreed = sdp.agreed(answer)
        if isinstance(agreed, sdp.NoCommonCodec):
            self.hang_up("no common codec")
        else:
            self._connect(agreed)

    def reinvite(self, offer: sdp.Session | None) -> bytes | None:
        """Hold, resume, or move elsewhere (RFC 3264 §8)."""
        if self._media is None:
            return None
        self._version += 1
        if offer is None:
            return self._offer()
        answer = self._agree(offer, self._media.port)
        if isinstance(answer, sdp.NoCommonCodec):
            return None
        self._connect(answer)
        return answer.body

    def info(self, key: str) -> None:
        self._key(key, "info")

    def refer_progress(self, status: int) -> None:
        """How the transfer goes (RFC 3515 §2.4.5)."""
        if status < 200 or self._talk is None:
            return
        if status < 300:
            self.hang_up("transferred")
        else:
            self.note(f"transfer failed: {status}")
            self._talk.transfer_failed()

    def ended(self, reason: Ended) -> None:
        """The call is over, whoever ended it."""
        if self._ended:
            return
        self._ended = True
        if self.outcome is None:
            self.outcome = str(reason)
        if self._media is not None:
            self._media.close()
        if self._talk is not None:
            self._talk.gone()
        self._hall.over(self)

    # ---- what the talk does --------------------------------------------------------------------------------
    def speak(self, utterance: int, says: tuple[Say, ...]) -> bool:
        if self._media is None or self._ended:
            return False
        questions_heard = True
        for say in says:
            wording = self._hall.wording(say)
            self._hall.transcripts.add(self.call_id, say=_shown(say, wording), name=say.name)
            questions_heard &= wording is not None or say.kind is not SayKind.CONFIRM
        segments = self._hall.segments(says)
        if segments:
            self._media.play(utterance, segments)
        else:  # nothing of it has audio: go on at once rather than wait for ever
            talk = self._talk
            assert talk is not None
            self._hall.reactor.callLater(0, talk.spoken, utterance)
        return questions_heard

    def hush(self) -> None:
        if self._media is not None:
            self._media.stop()

    def heard(self, digit: str, counted: bool) -> None:
        shown = "*" if self._typing else digit
        self._hall.transcripts.add(self.call_id, key=shown, counted=counted)

    def transfer(self, queue: str) -> None:
        self.note("transfer")
        self.incoming.refer(self._hall.agent)

    def hang_up(self, outcome: str) -> None:
        if not self._ended:
            if self.outcome is None:
                self.outcome = outcome
            self.incoming.bye()

    # ---- records -------------------------------------------------------------------------------------------
    async def keep(self, turn: Turn, sends: tuple[Send, ...]) -> None:
        """Commit what a turn did before it is spoken."""
        if turn.recognised is not None:
            self._went(turn.recognised)
        await self._hall.keep(turn, sends, self.incoming.caller)

    def broken(self, failure: Failure) -> None:
        self.log.failure("call {call_id}: the talk failed", failure, call_id=self.call_id)

    def note(self, text: str) -> None:
        self._hall.transcripts.add(self.call_id, note=text)
        self.journey.append({"at": round(self._hall.now() - self.began, 2), "note": text})

    def _went(self, recognised: Recognised) -> None:
        if recognised.service is not None:
            action = None if recognised.action is None else recognised.action.value
            at = round(self._hall.now() - self.began, 2)
            self.journey.append({"at": at, "service": recognised.service, "action": action})
            self._hall.services[recognised.service, action or ""] += 1

    @property
    def _typing(self) -> bool:
        """A number, card or password is being typed: its digits stand in no transcript."""
        talk = self._talk
        return talk is not None and isinstance(talk.session.waiting, AtInput)

    def _key(self, digit: str, way: str) -> None:
        if digit not in KEYS or self._talk is None or self._ended:
            return
        if self._presses.counts(digit, way, self._hall.reactor.seconds()):
            self._talk.key(digit)


def _shown(say: Say, heard: Template | None) -> str:
    """The words of ``say`` for a transcript, as they are heard; secrets as ***."""
    values = {
        name: Value(value.kind, "***") if value.kind in SECRET_KINDS else value
        for name, value in say.values.items()
    }
    return render_text(heard or say.template, values) + ("" if heard else "（没有录音）")
