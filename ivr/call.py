"""One call: its signalling (a SIP call), its media (an RTP leg in the media process) and its talk.

::

    INVITE ──► answer(): facts, media leg, 200 OK ──► talk.begin()
    keys (RFC 4733, INFO, in-band) ──► talk.key        talk ──► speak, hush, transfer (REFER), hang_up (BYE)
    re-INVITE ──► media.remote                         BYE, CANCEL, no ACK, vanished ──► talk.gone

What is known of the caller is fetched before the call is answered, so that the greeting begins within 20 ms
of the 200 (design promise 8); a back office that does not answer in time costs the caller only his brand.

Whatever raises in here is a fault of ours, counted and logged, and none of the caller's: what only others
read (transcript, journey, counts) is left out, what the peer asks for is refused and the call goes on as it
was, and a caller to whom the hall cannot begin to talk hears the last words before it ends.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from counter.conversation import Turn
from counter.waiting import within
from ivr.heard import Unheard, nothing_told, shown
from ivr.host import Host
from ivr.media.client import PCMA, PCMU, MediaCall, MediaRefused, MediaUnavailable
from ivr.presses import Presses
from ivr.sip import sdp
from ivr.sip.api import EndReason
from ivr.sip.incoming import IncomingCall
from ivr.talk import LAST_WORDS, Talk
from menus.dialogue.session import AtInput
from menus.model.events import Recognised, Say, SayKind
from menus.model.hall import Template

CODECS = {"PCMA": PCMA, "PCMU": PCMU}
KEYS = frozenset("0123456789*#")
RETRY_AFTER = 5  # seconds
VANISHED, LOST, FAILED = "vanished", "media lost", "failed"
OPEN_SECONDS = 2.5
"""How long an INVITE waits for a media process that does not answer."""
MOVE_SECONDS, MOVE_PAUSE = 8.0, 0.25
"""How long a call waits for another media process, and between two looks."""
UNHEARD = 5
"""Packets of audio that go where the caller wants it before anything shows that somebody there does: media
from there, or the ACK, if that is where the INVITE came from. Who is named in a forged INVITE is sent no
more. What is said stands still until then, nothing of it is lost."""


class Call:
    """See the head of this file. Is the SIP stack's ``CallHandler`` and the talk's ``Line``."""

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
        self._ready: Talk | None = None  # until there is somebody to talk to
        self._talk: Talk | None = None
        self._accepted = self._ended = False
        self._version = 1
        self._remote: tuple[str, int] | None = None  # where audio goes
        self._presses = Presses()
        self._agreed: sdp.Agreed | None = None
        self._acknowledged = False

    # ---- answering -----------------------------------------------------------------------------------------
    async def answer(self) -> None:
        """Take the call, or refuse it with the status that says why."""
        offered = self.incoming.offer
        why_not = None if offered is None else sdp.why_not(offered)
        if why_not is not None:
            self.incoming.reject(488, why_not)
            return
        try:
            await self._hall.prepare(self.incoming.caller)
        except Exception:
            self._fault("prepare")
        media = await self._leg()
        if media is None:
            self.incoming.reject(503, retry_after=RETRY_AFTER)
        elif self._ended:  # the caller gave up meanwhile
            media.close()
        else:
            self._take(media)
            self._ready = self._hall.talk(self)
            self._accept(offered, media.port)

    async def _leg(self) -> MediaCall | None:
        """A media leg, if there is one soon; why not, the media's side has in its log."""
        try:
            opening = self._hall.media.open()
            return await within(self._hall.reactor, OPEN_SECONDS, opening, late=MediaCall.close)
        except (MediaRefused, MediaUnavailable):
            return None

    def _accept(self, offered: sdp.SessionDescription | None, port: int) -> None:
        if offered is None:
            body = self._offer()
            self._accepted = True
            self.incoming.accept(body)
            return
        answer = self._agree(offered, port)
        assert isinstance(answer, sdp.Answer)
        self._accepted = True
        self.incoming.accept(answer.body)
        self._connect(answer)

    def failed(self, failure: Failure) -> None:
        """It could not be answered, or not be talked to: 500, or the last words."""
        self._hall.fault("answer", failure)
        if self._accepted:
            self._give_up()
        else:
            self.incoming.reject(500)

    def _give_up(self) -> None:
        """End it, as soon as the caller has heard why; or cannot hear it."""
        media, self._talk, self._ready = self._media, None, None
        if self._ended or media is None or self._remote is None:
            self.hang_up(FAILED)
            return
        timer = self._hall.reactor.callLater(LAST_WORDS, self.hang_up, FAILED)
        media.on_played = lambda _: timer.reset(0) if timer.active() else None
        self._safely("last words", lambda: media.play(1, self._hall.segments(self._hall.last_words)))

    def _take(self, media: MediaCall) -> None:
        self._media = media
        media.on_key = lambda digit, when: self._key(digit, "rtp")
        media.on_vanished = lambda: self.hang_up(VANISHED)
        media.on_lost = self._lost

    # ---- another media process -----------------------------------------------------------------------------
    def _lost(self) -> None:
        """The media process died: the call goes on with the next one, by a re-INVITE that names its port, and
        the caller hears again what he was asked."""
        self._media = None
        if self._ended or self._talk is None or not self._acknowledged:
            self.hang_up(LOST)
            return
        self.note(LOST)
        self._talk.deafened()
        Deferred.fromCoroutine(self._move()).addErrback(self._stranded)

    async def _move(self) -> None:
        until = self._hall.reactor.seconds() + MOVE_SECONDS
        media = None
        while media is None and not self._ended:
            if self._hall.reactor.seconds() >= until:
                self.hang_up(LOST)
                return
            await deferLater(self._hall.reactor, MOVE_PAUSE)
            media = await self._leg()
        if media is None or self._ended:
            if media is not None:
                media.close()
            return
        self._take(media)
        self._version += 1
        self.incoming.reoffer(self._offer(), self._moved)

    def _moved(self, status: int, answer: sdp.SessionDescription | None) -> None:
        """What the caller's phone says to the new port."""
        agreed = None if answer is None else sdp.agreed(answer)
        if self._media is None or self._talk is None or not isinstance(agreed, sdp.Agreed):
            self.hang_up(LOST)
            return
        self._media.on_played = self._talk.spoken
        self._connect(agreed)
        self._talk.again()

    def _stranded(self, failure: Failure) -> None:
        """There is no way to move it: another re-INVITE is under way, or a fault."""
        if not failure.check(RuntimeError):
            self._hall.fault("move", failure)
        self.hang_up(LOST)

    def _agree(self, offered: sdp.SessionDescription, port: int) -> sdp.Answer | sdp.NoCommonCodec:
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
        if self._ready is not None:
            self._talk, self._ready = self._ready, None
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
        talk = self._talk or self._ready
        return None if talk is None else talk.session.hall_version

    # ---- from the SIP stack --------------------------------------------------------------------------------
    def acked(self, answer: sdp.SessionDescription | None) -> None:
        """ACK; it bears the answer when the offer was ours (RFC 3261 §13.3.1)."""
        if not self._safely("ack", lambda: self._confirmed(answer)):
            self._give_up()

    def _confirmed(self, answer: sdp.SessionDescription | None) -> None:
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

    def reinvite(self, offer: sdp.SessionDescription | None) -> bytes | None:
        """Hold, resume, or move elsewhere (RFC 3264 §8). What cannot be done leaves the call as it is."""
        answers: list[bytes | None] = []
        self._safely("re-INVITE", lambda: answers.append(self._renewed(offer)))
        return answers[0] if answers else None

    def _renewed(self, offer: sdp.SessionDescription | None) -> bytes | None:
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
        self._hall.transferred(status)
        if status < 300:
            self.hang_up("transferred")
        else:
            self.note(f"transfer failed: {status}")
            self._talk.transfer_failed()

    def ended(self, reason: EndReason) -> None:
        """The call is over, whoever ended it."""
        if self._ended:
            return
        self._ended = True
        if self.outcome is None:
            self.outcome = str(reason)
        if self._media is not None:
            self._safely("media", self._media.close)
        if self._talk is not None:
            self._safely("talk", self._talk.gone)
        self._hall.over(self)

    # ---- what the talk does --------------------------------------------------------------------------------
    def speak(self, utterance: int, says: tuple[Say, ...]) -> bool:
        if self._media is None or self._ended:
            return False
        heard = [self._wording(say) for say in says]
        if nothing_told(says, heard):
            raise Unheard(" ".join(say.name for say in says))
        for say, wording in zip(says, heard, strict=True):
            self._said(say, wording)
        segments = self._hall.segments(says)
        if segments:
            self._media.play(utterance, segments)
        else:  # nothing of it has audio: go on at once rather than wait for ever
            talk = self._talk
            assert talk is not None
            self._hall.reactor.callLater(0, talk.spoken, utterance)
        asked = (wording for say, wording in zip(says, heard, strict=True) if say.kind is SayKind.CONFIRM)
        return all(wording is not None for wording in asked)

    def _wording(self, say: Say) -> Template | None:
        """What is heard of it. If nobody can tell: itself, but never a confirmation."""
        try:
            return self._hall.wording(say)
        except Exception:
            self._fault("wording")
            return None if say.kind is SayKind.CONFIRM else say.template

    def hush(self) -> None:
        if self._media is not None:
            self._media.stop()

    def heard(self, digit: str, counted: bool) -> None:
        shown = "*" if self._typing else digit
        self._transcribe(key=shown, counted=counted)

    def _said(self, say: Say, wording: Template | None) -> None:
        try:
            self._hall.transcripts.add(self.call_id, say=shown(say, wording), name=say.name)
        except Exception:
            self._fault("transcript")

    def _transcribe(self, **line: object) -> None:
        try:
            self._hall.transcripts.add(self.call_id, **line)
        except Exception:
            self._fault("transcript")

    def transfer(self, queue: str) -> None:
        self.note("transfer")
        if not self._safely("transfer", lambda: self.incoming.refer(self._hall.agent)):
            assert self._talk is not None
            self._hall.reactor.callLater(0, self._talk.transfer_failed)

    def hang_up(self, outcome: str) -> None:
        if not self._ended:
            if self.outcome is None:
                self.outcome = outcome
            if not self._safely("BYE", self.incoming.bye):
                self.ended(EndReason.FAILED)

    # ---- records -------------------------------------------------------------------------------------------
    async def keep(self, turn: Turn) -> bool:
        """Commit what a turn did before it is spoken."""
        if turn.recognised is not None:
            self._safely("journey", lambda: self._went(turn.recognised))
        return await self._hall.keep(turn, self.incoming.caller)

    def broken(self, failure: Failure) -> None:
        self._hall.fault("talk", failure)

    def _safely(self, where: str, what: Callable[[], object]) -> bool:
        """Whether it went well."""
        try:
            what()
        except Exception:
            self._fault(where)
            return False
        return True

    def _fault(self, where: str) -> None:
        self._hall.fault(where, Failure())

    def note(self, text: str) -> None:
        self._transcribe(note=text)
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
        now = self._hall.reactor.seconds()
        counted: list[bool] = []
        self._safely("keys", lambda: counted.append(self._presses.counts(digit, way, now)))
        if counted != [False]:  # a press that may have come twice is better than a key that does nothing
            self._talk.key(digit)
