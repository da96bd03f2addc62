"""The user agent (RFC 3261 §8): every request gets what is due to it; an INVITE may become a call.

Sans-I/O. :class:`UserAgent` is an :class:`ivr.sip.endpoint.Endpoint` and what stands above transactions;
``receive`` takes bytes, ``send`` (a parameter) gets bytes, ``advance`` and ``next_timer`` are its time. What
is due, in this order (§8.2): 481 no such call, 405/501 method, 416 scheme, 404/483 not for us, 420 Require,
503 no room, 406/415/400 body, 422 session timer; then the hall decides (488, 200, ...). 482 is given before.
"""

from __future__ import annotations

from collections.abc import Callable

from ivr.sip import session_timer
from ivr.sip.admission import Admission
from ivr.sip.api import (
    Admit,
    EndReason,
    Failure,
    Hop,
    Log,
    OutgoingHandler,
    Send,
    SessionDescription,
    SipSettings,
    admit_all,
)
from ivr.sip.bodies import ACCEPT, Unacceptable
from ivr.sip.calls import ALLOW, SipCall
from ivr.sip.dialogs import Dialog
from ivr.sip.endpoint import Endpoint, ServerTransaction
from ivr.sip.headers import HeaderError, tokens
from ivr.sip.identity import networks, within
from ivr.sip.incoming import IncomingCall
from ivr.sip.limits import Onward
from ivr.sip.message import Request
from ivr.sip.outgoing import OutgoingCall
from ivr.sip.reach import reachable_session
from ivr.sip.registrar import RegisterRefused, Registrar
from ivr.sip.sources import Sources

OnInvite = Callable[[IncomingCall], None]

SUPPORTED = frozenset({"100rel", "timer"})
ALLOWED = frozenset(ALLOW.split(", "))
KNOWN = ALLOWED | {"REFER", "MESSAGE", "SUBSCRIBE", "PUBLISH"}
_SDP_WORDS = frozenset({"application/sdp", "application/*", "*/*"})


class _Nobody:
    """Handles a call until the hall has set its own handler; refuses what is asked."""

    def acked(self, answer: SessionDescription | None) -> None: ...

    def reinvite(self, offer: SessionDescription | None) -> bytes | None:
        return None

    def info(self, key: str) -> None: ...

    def ended(self, reason: EndReason) -> None: ...

    def refer_progress(self, status: int) -> None: ...


class UserAgent:
    """One SIP address. ``calls`` holds the calls in progress; it is empty when none is.

    Args:
        on_invite: gets every call that may come in; it answers at once or later.
        clock: monotonic seconds. ids: fresh hexadecimal text of 8 characters or more.
        send: puts bytes on the wire. log, failure: see ``ivr.sip.api``.
        admit: asked for every new call, see ``ivr.sip.api.Admit``.

    Raises:
        ValueError: ``trusted`` or ``registrars`` holds what is no network.
    """

    def __init__(
        self,
        settings: SipSettings,
        on_invite: OnInvite,
        *,
        clock: Callable[[], float],
        ids: Callable[[], str],
        send: Send,
        log: Log,
        failure: Failure,
        admit: Admit = admit_all,
    ) -> None:
        networks(settings.trusted + settings.registrars)  # a broken setting fails here, not in a call
        self.settings = settings
        clock = Onward(clock)
        self.sources = Sources(settings, clock, log)
        self.endpoint = Endpoint(
            settings, sources=self.sources, clock=clock, ids=ids, send=send, log=log, failure=failure
        )
        self.endpoint.user = self
        self.calls: dict[tuple[str, str], SipCall] = {}
        self.refused = 0  # calls turned away with 503
        self._on_invite = on_invite
        self._admission = Admission(
            settings, self.sources, clock=clock, calls=lambda: len(self.calls), admit=admit
        )
        self._registrar = Registrar(settings)

    # ---- for the one who drives us
    def listens(self, transport: str, host: str, port: int) -> None:
        """We are reached here by this transport."""
        self.endpoint.local[transport] = (host, port)

    def receive(self, data: bytes, source: Hop) -> None:
        self.endpoint.receive(data, source)

    def next_timer(self) -> float | None:
        return self.endpoint.next_timer()

    def advance(self) -> None:
        self.endpoint.advance()

    def dial(
        self,
        target: str,
        caller: str,
        sdp: bytes,
        handler: OutgoingHandler,
        *,
        hop: Hop,
        extra: tuple[tuple[str, str], ...] = (),
    ) -> OutgoingCall:
        """Call ``target`` as ``caller`` (both SIP URIs); the INVITE goes to ``hop``."""
        tag = self.endpoint.ids()
        local = f"<{caller}>;tag={tag}"
        host = self.endpoint.local[hop.transport][0]
        dialog = Dialog(f"{self.endpoint.ids()}@{host}", local, tag, f"<{target}>", None)
        dialog.target, dialog.peer = target, hop
        call = OutgoingCall(self, dialog, hop, sdp, handler)
        self.enter(call)
        call.start(extra)
        return call

    # ---- for calls
    def contact(self, transport: str) -> str:
        host, port = self.endpoint.local[transport]
        suffix = "" if transport == "UDP" else f";transport={transport.lower()}"
        return f"<sip:{self.settings.user}@{host}:{port}{suffix}>"

    def enter(self, call: SipCall) -> None:
        self.calls[call.dialog.call_id, call.dialog.local_tag] = call
        if call.caller_source is not None:
            self._admission.entered(call, call.caller_source)

    def answered(self, call: SipCall) -> None:
        if call.caller_source is not None:
            self._admission.answered(call, call.caller_source)

    def acknowledged(self, call: SipCall) -> None:
        self._admission.acknowledged(call)

    def leave(self, call: SipCall) -> None:
        gone = self.calls.pop((call.dialog.call_id, call.dialog.local_tag), None)
        if gone is not None and gone.caller_source is not None:
            self._admission.left(gone, gone.caller_source, answered=gone.was_answered)

    # ---- requests
    def on_ack(self, request: Request) -> None:
        call = self._call_of(request)
        if call is not None:
            call.on_ack(request)

    def on_request(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        if request.method == "CANCEL":
            self._on_cancel(transaction)
        elif request.to.tag is not None and request.method != "REGISTER":
            call = self._call_of(request)
            if call is None or not self._may(call, transaction):
                transaction.respond(481)
            elif self._acceptable(transaction):
                call.on_request(transaction)
        elif self._acceptable(transaction):
            self._outside(transaction)

    def _may(self, call: SipCall, transaction: ServerTransaction) -> bool:
        """Does this request come from who has the call, or from a trusted peer? Tags can be overheard."""
        source = transaction.source
        return call.dialog.is_from(source) or within(source.host, self.settings.trusted)

    def _same(self, invited: Hop, source: Hop) -> bool:
        """Does this come from where the INVITE came from, or from a trusted peer?"""
        return source.host == invited.host or within(source.host, self.settings.trusted)

    def _acceptable(self, transaction: ServerTransaction) -> bool:
        """The checks of §8.2.1 to §8.2.2; what fails is answered."""
        request = transaction.request
        unknown = [word for word in tokens(request.all("require")) if word not in SUPPORTED]
        if request.method not in ALLOWED:
            transaction.respond(405 if request.method in KNOWN else 501, [("Allow", ALLOW)])
        elif request.uri.scheme not in ("sip", "sips", "tel"):
            transaction.respond(416)
        elif self.settings.hosts and request.uri.is_sip and request.uri.host not in self.settings.hosts:
            spent = (request.one("max-forwards") or "70").strip("0") == ""
            transaction.respond(483 if spent else 404)  # we are no proxy: nothing is forwarded
        elif unknown:
            transaction.respond(420, [("Unsupported", ", ".join(unknown))])
        else:
            return True
        return False

    def _call_of(self, request: Request) -> SipCall | None:
        call = self.calls.get((request.call_id, request.to.tag or ""))
        if call is None or call.dialog.remote_tag not in (None, request.from_.tag):
            return None
        return call

    def _on_cancel(self, transaction: ServerTransaction) -> None:
        invite = self.endpoint.invite_of(transaction.request)
        if invite is None or not self._same(invite.source, transaction.source):
            transaction.respond(481)
            return
        transaction.tag, transaction.to = invite.tag, invite.to  # §9.2: the same To tag in both
        transaction.respond(200)
        call = self.calls.get((transaction.request.call_id, invite.tag))
        if isinstance(call, IncomingCall) and call.is_of(invite):
            call.cancelled()

    def _outside(self, transaction: ServerTransaction) -> None:
        method = transaction.request.method
        if method == "INVITE":
            self._invite(transaction)
        elif method == "OPTIONS":
            self._options(transaction)
        elif method == "REGISTER":
            self._register(transaction)
        else:
            transaction.respond(481)

    def _options(self, transaction: ServerTransaction) -> None:
        """What an INVITE would get, without a call (§11.2): load balancers ask for it."""
        full = self._admission.full(transaction.share)
        if full is not None:
            transaction.respond(503, [("Retry-After", str(full))])
            return
        extra = [("Allow", ALLOW), ACCEPT, ("Accept-Encoding", "identity"), ("Supported", "timer, 100rel")]
        transaction.respond(200, [*extra, ("Contact", self.contact(transaction.hop.transport))])

    def _register(self, transaction: ServerTransaction) -> None:
        if not within(transaction.source.host, self.settings.registrars):
            transaction.respond(403)
            return
        try:
            extra = self._registrar.register(transaction.request, self.endpoint.clock(), transaction.share)
        except RegisterRefused as refusal:
            transaction.respond(refusal.status, reason=refusal.reason)
        else:
            transaction.respond(200, extra)

    # ---- a new call
    def _refuse(self, transaction: ServerTransaction, wait: int) -> None:
        self.refused += 1
        transaction.refuse(503, [("Retry-After", str(wait))])

    def _invite(self, transaction: ServerTransaction) -> None:
        """One that is malformed is told so and counts as no set-up: it takes nothing from other callers."""
        request, source = transaction.request, self.sources.of(transaction.source.host)
        wait = self._admission.refuses(source)
        if wait is not None:
            self._refuse(transaction, wait)
            return
        try:
            call = IncomingCall(self, transaction, self._offer(request, transaction.source))
            minimum, wanted = self.settings.min_session, self.settings.session
            call.timer, call.timer_headers = session_timer.accept(request, minimum, wanted)
        except Unacceptable as refusal:
            transaction.respond(refusal.status, refusal.extra, reason=refusal.reason)
        except session_timer.TooSmall:
            transaction.respond(422, [("Min-SE", str(self.settings.min_session))])
        except HeaderError as error:
            transaction.respond(400, reason=str(error))
        else:
            wait = self._admission.takes(source)
            if wait is not None:
                self._refuse(transaction, wait)
                return
            call.handler, call.caller_source = _Nobody(), source
            self.enter(call)
            call.tell(lambda: self._on_invite(call), "on_invite")

    def _offer(self, request: Request, source: Hop) -> SessionDescription | None:
        """The offer; a caller who would not take our description back is refused (406)."""
        accepts = request.headers.get("accept")
        if accepts is not None:
            kinds = {kind.partition(";")[0].strip() for kind in tokens(accepts)}
            if not kinds & _SDP_WORDS:
                raise Unacceptable(406, extra=(ACCEPT,))
        return reachable_session(request, source, self.settings)
