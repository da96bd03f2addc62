"""A call's session timer kept: we refresh, or hang up on a peer who no longer does (RFC 4028 §7.2, §10)."""

from __future__ import annotations

from typing import Protocol

from ivr.sip import session_timer
from ivr.sip.api import EndReason
from ivr.sip.established import EstablishedCall
from ivr.sip.headers import HeaderError, parse_number
from ivr.sip.message import Response
from ivr.sip.reoffer import OnAnswer, Reoffer
from ivr.sip.sdp import SessionDescription
from ivr.sip.session_timer import SessionTimer


class RefreshableCall(EstablishedCall, Protocol):
    """``allows_update``: the peer knows UPDATE (RFC 3311); ``local_sdp``: what we said last."""

    allows_update: bool
    local_sdp: bytes
    reoffering: Reoffer | None

    def refresh_by_invite(self, on_answer: OnAnswer, extra: tuple[tuple[str, str], ...]) -> None:
        """A re-INVITE that changes nothing but the session timer."""


class Upkeep:
    """The session timer of one call. ``agree`` is called whenever a 2xx settles it anew."""

    def __init__(self, call: RefreshableCall) -> None:
        self._call = call
        self._timer: SessionTimer | None = None

    @property
    def timer(self) -> SessionTimer | None:
        return self._timer

    def agree(self, timer: SessionTimer | None) -> None:
        self.stop()
        self._timer = timer
        if timer is None:
            return
        endpoint = self._call.endpoint
        endpoint.set_timer(self, "session", timer.due)
        if timer.ours:
            endpoint.set_timer(self, "expiry", float(timer.seconds))

    def stop(self) -> None:
        if self._timer is not None:
            self._call.endpoint.timers.stop(self, "session")
            self._call.endpoint.timers.stop(self, "expiry")

    def fire(self, name: str) -> None:
        if self._timer is None:
            return
        if name == "expiry" or not self._timer.ours:
            self._call.end(EndReason.EXPIRED, bye=True)
        else:
            self._refresh(self._timer)

    def _refresh(self, timer: SessionTimer) -> None:
        """UPDATE where the peer knows it, else a re-INVITE that says the same again."""
        call = self._call
        extra = (
            ("Session-Expires", f"{timer.seconds};refresher=uac"),
            ("Supported", "timer"),
        )
        if call.allows_update:
            call.ask(call.dialog.draft("UPDATE", (call.contact(), *extra)), self._responded)
        elif call.reoffering is None and call.local_sdp:
            call.refresh_by_invite(self._answered, extra)
        else:  # a change of ours is under way and refreshes, too: look again soon
            call.endpoint.set_timer(self, "session", 5.0)

    def _answered(self, status: int, _answer: SessionDescription | None) -> None:
        if status < 300 and self._timer is not None:
            self.agree(self._timer)

    def _responded(self, response: Response | None) -> None:
        if response is not None and response.status < 200:
            return
        status = 408 if response is None else response.status
        call = self._call
        if response is not None and status < 300:
            self.agree(session_timer.agreed(response))
        elif status in (408, 481):
            call.end(EndReason.LOST, bye=status == 408)
        elif status == 422 and response is not None and self._timer is not None:
            self._longer(response, self._timer)
        elif status in (405, 501):
            call.allows_update = False
            call.endpoint.set_timer(self, "session", 0.0)

    def _longer(self, response: Response, timer: SessionTimer) -> None:
        try:
            least = parse_number((response.one("min-se") or "").partition(";")[0], "Min-SE", 86_400)
        except HeaderError:
            return
        if least > timer.seconds:
            self._timer = SessionTimer(least, True)
            self._refresh(self._timer)
