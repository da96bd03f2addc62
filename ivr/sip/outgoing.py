"""A call of ours: INVITE, CANCEL, ACK, and then a call like any other (RFC 3261 §13.2, §9.1, RFC 3262 §4).

Used by ``hall10086 dial`` and by the tests. Made by ``SipServer.dial`` or ``UserAgent.dial``::

    call = server.dial("sip:10086@127.0.0.1:5060", "sip:13900000001@127.0.0.1", offer_bytes, handler)
    handler.ringing(180, None); handler.answered(session); call.press("1"); call.bye()
"""

from __future__ import annotations

from typing import cast

from ivr.sip import session_timer
from ivr.sip.api import EndReason, Hop, OutgoingHandler
from ivr.sip.bodies import Unacceptable, session_of
from ivr.sip.calls import ALLOW, CallOwner, CallState, SipCall
from ivr.sip.dialogs import Dialog
from ivr.sip.endpoint import ClientTransaction
from ivr.sip.headers import HeaderError, parse_number, tokens
from ivr.sip.message import Response
from ivr.sip.sdp import SessionDescription


class OutgoingCall(SipCall):
    """A call that we made. ``status`` is the final status of the INVITE, None until there is one."""

    calls_out = True

    def __init__(
        self, owner: CallOwner, dialog: Dialog, hop: Hop, sdp: bytes, handler: OutgoingHandler
    ) -> None:
        super().__init__(owner, dialog)
        self.handler = handler
        self.local_sdp = sdp
        self.status: int | None = None
        self._hop = hop
        self._invite: ClientTransaction | None = None
        self._heard = False  # a provisional response: now CANCEL may go
        self._cancel = False
        self._acks: dict[str | None, bytes] = {}
        self._pracked = 0

    def start(self, extra: tuple[tuple[str, str], ...] = ()) -> None:
        headers = (self.contact(), ("Allow", ALLOW), ("Supported", "timer, 100rel"), *extra)
        draft = self.dialog.draft("INVITE", headers, self.local_sdp)
        self._invite = self.endpoint.request(draft, self._hop, self._responded)

    # ---- what the caller may do
    def cancel(self) -> None:
        """Give up before the answer. ``handler.ended`` follows when the peer has agreed."""
        if self.state is not CallState.EARLY or self._cancel:
            return
        self._cancel = True
        if self._heard and self._invite is not None:
            self.endpoint.cancel(self._invite)

    def bye(self) -> None:
        """Hang up; before the answer this is :meth:`cancel`."""
        if self.state is CallState.EARLY:
            self.cancel()
        else:
            super().bye()

    def press(self, key: str) -> None:
        """Send a key by SIP INFO (application/dtmf-relay)."""
        body = f"Signal={key}\r\nDuration=160\r\n".encode()
        self.ask(self.dialog.draft("INFO", (), body, content_type="application/dtmf-relay"))

    # ---- what the peer answers
    def _responded(self, response: Response | None) -> None:
        if response is None:
            self._refused(408)
        elif response.status < 200:
            self._provisional(response)
        elif response.status < 300:
            self._accepted(response)
        else:
            self._refused(response.status)

    def _refused(self, status: int) -> None:
        self.status = status
        cancelled = self._cancel and status == 487
        self.end(EndReason.CANCELLED if cancelled else EndReason.REFUSED)

    def _provisional(self, response: Response) -> None:
        if not self._heard:
            self._heard = True
            if self._cancel and self._invite is not None:
                self.endpoint.cancel(self._invite)
        if response.status == 100 or self._cancel:
            return
        if "100rel" in tokens(response.all("require")) and not self._prack(response):
            return
        try:
            early = session_of(response)
        except Unacceptable:
            early = None
        handler = cast(OutgoingHandler, self.handler)
        self.tell(lambda: handler.ringing(response.status, early), "ringing")

    def _prack(self, response: Response) -> bool:
        """Acknowledge a reliable provisional response; False: heard before, or out of order."""
        try:
            number = parse_number(response.one("rseq") or "", "RSeq")
        except HeaderError:
            return False
        if self._pracked and number != self._pracked + 1:
            return False
        self._pracked = number
        self.dialog.confirm(response, self._hop)
        rack = f"{number} {response.cseq.number} INVITE"
        self.ask(self.dialog.draft("PRACK", (("RAck", rack),)))
        return True

    def _accepted(self, response: Response) -> None:
        ack = self._acks.get(response.to.tag)
        if ack is not None:  # the same 2xx again: its ACK was lost (§13.2.2.4)
            self.endpoint.send(ack, self.dialog.hop())
        elif self._acks or self.state is not CallState.EARLY:
            self._unwanted(response)
        else:
            self._up(response)

    def _acknowledge(self, dialog: Dialog, response: Response) -> None:
        dialog.confirm(response, self._hop)
        ack = self.endpoint.send_alone(dialog.draft("ACK", cseq=response.cseq.number), dialog.hop())
        self._acks[response.to.tag] = ack

    def _unwanted(self, response: Response) -> None:
        """A second phone of a fork answered, too: thank you and goodbye."""
        dialog = Dialog(self.dialog.call_id, self.dialog.local, self.dialog.local_tag, response.to.text, None)
        dialog.local_cseq = self.dialog.local_cseq
        self._acknowledge(dialog, response)
        self.endpoint.request(dialog.draft("BYE"), dialog.hop())

    def _up(self, response: Response) -> None:
        self.status = response.status
        self._acknowledge(self.dialog, response)
        self.state = CallState.UP
        self.allows_update = "update" in tokens(response.all("allow"))
        self.agree(session_timer.agreed(response))
        answer: SessionDescription | None = None
        try:
            answer = session_of(response)
        except Unacceptable:
            pass
        if self._cancel:  # the 200 crossed our CANCEL
            self.end(EndReason.CANCELLED, bye=True)
        elif answer is None:
            self.end(EndReason.NO_ANSWER, bye=True)
        else:
            self._tell_answered(answer)

    def _tell_answered(self, answer: SessionDescription) -> None:
        handler = cast(OutgoingHandler, self.handler)
        self.tell(lambda: handler.answered(answer), "answered")
