"""A transfer that we asked for: REFER out, NOTIFYs in, until a final status (RFC 3515).

    REFER Refer-To: <sip:agent@192.0.2.9>  ->   <- 202
    <- NOTIFY Event: refer, sipfrag "SIP/2.0 100 Trying"       refer_progress(100)
    <- NOTIFY Subscription-State: terminated, "SIP/2.0 200"    refer_progress(200): the agent has the caller

The handler gets exactly one final status: the fragment's, the REFER's own refusal, 480 when the peer ends the
subscription without saying, 408 when nothing comes.
"""

from __future__ import annotations

from typing import Protocol

from ivr.sip.api import CallHandler, EndReason
from ivr.sip.bodies import status_of_fragment
from ivr.sip.established import EstablishedCall
from ivr.sip.headers import parse_name_addr
from ivr.sip.message import Request, Response


class TransferableCall(EstablishedCall, Protocol):
    handler: CallHandler
    referral: Referral | None


class Referral:
    """One transfer under way; forgotten by its call when the final status is known."""

    def __init__(self, call: TransferableCall, target: str) -> None:
        self._call = call
        self._target = target

    def start(self) -> None:
        call = self._call
        us = parse_name_addr(call.dialog.local).uri.text
        extra = (("Refer-To", f"<{self._target}>"), ("Referred-By", f"<{us}>"), call.contact())
        call.ask(call.dialog.draft("REFER", extra), self._responded)
        self._wait()

    def stop(self) -> None:
        self._call.endpoint.timers.stop(self, "refer")

    def notified(self, request: Request) -> None:
        state = (request.one("subscription-state") or "").partition(";")[0].strip().lower()
        status = status_of_fragment(request)
        if status is not None and status >= 200:
            self._finish(status)
        elif state == "terminated":
            self._finish(480)
        else:
            self._wait()
            if status is not None:
                self._progress(status)

    def fire(self, _name: str) -> None:
        self._finish(408)

    def _wait(self) -> None:
        self._call.endpoint.set_timer(self, "refer", self._call.endpoint.settings.refer_seconds)

    def _responded(self, response: Response | None) -> None:
        status = 408 if response is None else response.status
        if status < 300 or self._call.referral is not self:
            return
        self._finish(status)
        if status in (408, 481):
            self._call.end(EndReason.LOST, bye=status == 408)

    def _finish(self, status: int) -> None:
        if self._call.referral is self:
            self.stop()
            self._call.referral = None
            self._progress(status)

    def _progress(self, status: int) -> None:
        self._call.tell(lambda: self._call.handler.refer_progress(status), "refer_progress")
