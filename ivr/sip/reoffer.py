"""A re-INVITE of ours: sent, acknowledged, tried again after glare (RFC 3261 §14.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ivr.sip.api import EndReason
from ivr.sip.bodies import Unacceptable
from ivr.sip.established import EstablishedCall
from ivr.sip.message import Response
from ivr.sip.reach import reachable_session
from ivr.sip.sdp import SessionDescription

OnAnswer = Callable[[int, SessionDescription | None], None]
MAX_GLARES = 4


class ReofferableCall(EstablishedCall, Protocol):
    """``calls_out``: we made the Call-ID."""

    calls_out: bool
    reoffering: Reoffer | None


class Reoffer:
    """One offer inside a call. ``on_answer`` gets the final status once, and the answer with a 2xx."""

    def __init__(
        self,
        call: ReofferableCall,
        sdp: bytes,
        on_answer: OnAnswer,
        extra: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._call = call
        self._sdp = sdp
        self._on_answer = on_answer
        self._extra = extra
        self._glares = 0
        self._cseq = 0
        self._ack: bytes | None = None
        self.response: Response | None = None

    def start(self) -> None:
        call = self._call
        draft = call.dialog.draft("INVITE", (call.contact(), *self._extra), self._sdp)
        self._cseq = draft.cseq
        self._ack = None
        call.ask(draft, self._responded)

    def stop(self) -> None:
        self._call.endpoint.timers.stop(self, "glare")

    def fire(self, _name: str) -> None:
        self.start()

    def _responded(self, response: Response | None) -> None:
        status = 408 if response is None else response.status
        if status < 200:
            return
        if response is not None and status < 300:
            self._acknowledge(response)
            return
        if status == 491 and self._glares < MAX_GLARES and self._call.reoffering is self:
            self._glares += 1
            self._call.endpoint.set_timer(self, "glare", self._pause())
            return
        self._finish(status, None)
        if status in (408, 481):
            self._call.end(EndReason.LOST, bye=status == 408)

    def _pause(self) -> float:
        """Who made the Call-ID waits 2.1 to 4 s, the other 0 to 2 s, in steps of 10 ms (§14.1)."""
        chance = int(self._call.endpoint.ids()[-8:], 16)
        return 2.1 + chance % 191 / 100 if self._call.calls_out else chance % 201 / 100

    def _acknowledge(self, response: Response) -> None:
        call = self._call
        if self._ack is not None:  # the same 2xx again: its ACK was lost
            call.endpoint.send(self._ack, call.dialog.hop())
            return
        call.dialog.refresh(response)
        self._ack = call.endpoint.send_alone(call.dialog.draft("ACK", cseq=self._cseq), call.dialog.hop())
        self.response = response
        try:
            answer = reachable_session(response, call.dialog.peer, call.endpoint.settings)
            self._finish(response.status, answer)
        except Unacceptable:
            self._finish(488, None)

    def _finish(self, status: int, answer: SessionDescription | None) -> None:
        if self._call.reoffering is self:
            self._call.reoffering = None
            self._call.tell(lambda: self._on_answer(status, answer), "answer")
