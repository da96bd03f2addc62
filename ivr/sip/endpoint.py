"""The transaction layer (RFC 3261 §17, §18): bytes in, matched to transactions; requests given to the user.

Sans-I/O: the clock, the ids and the way out (``send``) are parameters. The user of the layer (the core) gets
every new request as a :class:`ServerTransaction`, every ACK of a 2xx, and sends requests with
:meth:`Endpoint.request`. Timers are kept here for transactions and calls alike; who drives the endpoint calls
:meth:`Endpoint.advance` when :meth:`Endpoint.next_timer` is due.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ivr.sip import compose
from ivr.sip.api import Failure, Hop, Log, Send, SipSettings
from ivr.sip.compose import Draft, Extra
from ivr.sip.message import ParseError, Request, Response, parse
from ivr.sip.sources import Source, Sources
from ivr.sip.timers import TimerQueue
from ivr.sip.transactions import (
    ACKNOWLEDGE,
    DELIVER,
    GONE,
    TIMED_OUT,
    TRYING,
    ClientMachine,
    Effects,
    InviteClient,
    InviteServer,
    OtherClient,
    OtherServer,
    SendData,
    ServerMachine,
    TimerSet,
    TimerStop,
    TimerValues,
)

COOKIE = "z9hG4bK"
Key = tuple[object, ...]
OnResponse = Callable[[Response | None], None]


class Timed(Protocol):
    """Whoever has timers here."""

    def fire(self, name: str) -> None: ...


class TransactionUser(Protocol):
    """The layer above."""

    def on_request(self, transaction: ServerTransaction) -> None: ...

    def on_ack(self, request: Request) -> None: ...


class ServerTransaction:
    """One request to answer. ``to`` is what our responses carry as To: with our tag, the same in all."""

    __slots__ = (
        "_endpoint", "_machine", "hop", "key", "merged", "request", "share", "source", "tag", "to",
    )  # fmt: skip

    def __init__(
        self, endpoint: Endpoint, key: Key, request: Request, source: Hop, hop: Hop, *, share: Source
    ) -> None:
        self._endpoint = endpoint
        settings = endpoint.settings
        times = TimerValues(settings.t1, settings.t2, settings.t4)
        kind = InviteServer if request.method == "INVITE" else OtherServer
        self._machine: ServerMachine = kind(hop.reliable, times)
        self.key = key
        self.merged: Key | None = None
        self.request = request
        self.source = source
        self.share = share
        self.hop = hop
        self.tag = request.to.tag or endpoint.ids()
        self.to = request.to.text if request.to.tag else f"{request.to.text};tag={self.tag}"

    def respond(
        self, status: int, extra: Extra = (), body: bytes = b"", *, reason: str | None = None
    ) -> bytes:
        """Answer. Raises RuntimeError: answered finally before."""
        to = self.request.to.text if status == 100 else self.to
        data = compose.response(self.request, status, to, extra, body, reason=reason)
        self._run(self._machine.respond(status, data))
        return data

    def refuse(self, status: int, extra: Extra = ()) -> None:
        """Answer an INVITE once and forget it (§8.2.7). An overloaded hall resends no refusals: with forged
        INVITEs they would go, many times over, to whoever these name."""
        assert isinstance(self._machine, InviteServer)
        self._endpoint.send(compose.response(self.request, status, self.to, extra), self.hop)
        self._run(self._machine.forget())

    @property
    def answered(self) -> bool:
        return self._machine.state.value in ("completed", "confirmed", "accepted", "terminated")

    def start(self) -> None:
        self._run(self._machine.start())

    def release(self) -> None:
        """Answered for good: for the half minute that is left only the bytes of the answer are needed."""
        del self.request

    def again(self) -> None:
        self._run(self._machine.again())

    def ack(self) -> None:
        self._run(self._machine.ack())

    def fire(self, name: str) -> None:
        self._run(self._machine.fire(name))

    def _run(self, effects: Effects) -> None:
        endpoint = self._endpoint
        for effect in effects:
            if type(effect) is SendData:
                endpoint.send(effect.data, self.hop)
            elif type(effect) is TimerSet:
                endpoint.set_timer(self, effect.name, effect.seconds)
            elif type(effect) is TimerStop:
                endpoint.timers.stop(self, effect.name)
            elif effect is DELIVER:
                endpoint.deliver(self)
            elif effect is TRYING:
                self.respond(100)
            elif effect is GONE:
                endpoint.forget_server(self)


class ClientTransaction:
    """One request of ours. ``on_response`` gets every response, and None when none came in time."""

    __slots__ = ("_endpoint", "_machine", "_on_response", "_response", "draft", "hop", "key", "via")

    def __init__(self, endpoint: Endpoint, draft: Draft, hop: Hop, via: str, branch: str) -> None:
        self._endpoint = endpoint
        self.draft = draft
        self.hop = hop
        self.via = via
        self.key: Key = (branch, draft.method)
        settings = endpoint.settings
        data = draft.finished(via, settings.user_agent)
        kind = InviteClient if draft.method == "INVITE" else OtherClient
        times = TimerValues(settings.t1, settings.t2, settings.t4)
        self._machine: ClientMachine = kind(data, hop.reliable, times)
        self._on_response: OnResponse = _ignore
        self._response: Response | None = None

    def start(self, on_response: OnResponse) -> None:
        self._on_response = on_response
        self._run(self._machine.start())

    def receive(self, response: Response) -> None:
        self._response = response
        self._run(self._machine.receive(response.status))

    def fire(self, name: str) -> None:
        self._run(self._machine.fire(name))

    def _run(self, effects: Effects) -> None:
        endpoint = self._endpoint
        for effect in effects:
            if type(effect) is SendData:
                endpoint.send(effect.data, self.hop)
            elif type(effect) is TimerSet:
                endpoint.set_timer(self, effect.name, effect.seconds)
            elif type(effect) is TimerStop:
                endpoint.timers.stop(self, effect.name)
            elif effect is ACKNOWLEDGE and self._response is not None:
                ack = self.draft.companion("ACK", self._response.to.text)
                endpoint.send(ack.finished(self.via, endpoint.settings.user_agent), self.hop)
            elif effect is DELIVER:
                self._on_response(self._response)
            elif effect is TIMED_OUT:
                self._on_response(None)
            elif effect is GONE:
                endpoint.transactions_out.pop(self.key, None)


def _ignore(_response: Response | None) -> None:
    """For requests whose answer changes nothing (CANCEL: the INVITE's own answer tells)."""


class Endpoint:
    """All transactions of one address. ``local``: by transport, the host and port that we are reached at."""

    def __init__(
        self,
        settings: SipSettings,
        *,
        sources: Sources,
        clock: Callable[[], float],
        ids: Callable[[], str],
        send: Send,
        log: Log,
        failure: Failure,
    ) -> None:
        self.settings = settings
        self.sources = sources
        self.clock = clock
        self.ids = ids
        self.send = send
        self.log = log
        self.failure = failure
        self.local: dict[str, tuple[str, int]] = {}
        self.user: TransactionUser | None = None
        self.on_timer: Callable[[float], None] | None = None  # told when each timer is due
        self.timers: TimerQueue[Timed] = TimerQueue()
        self.transactions_in: dict[Key, ServerTransaction] = {}
        self.transactions_out: dict[Key, ClientTransaction] = {}
        self.merged: dict[Key, ServerTransaction] = {}

    # ---- in
    def receive(self, data: bytes, source: Hop) -> None:
        """One message, as a datagram or a framed stream brought it. Never raises."""
        if len(data) <= 4 and not data.strip(b"\r\n\x00"):
            return  # keep-alive (RFC 5626 §3.5.1, and what phones send)
        settings = self.settings
        try:
            message = parse(data, max_message=settings.max_message, max_headers=settings.max_headers)
        except ParseError as error:
            self._broken(error, source)
            return
        try:
            if isinstance(message, Request):
                self._request(message, source)
            else:
                self._response(message)
        except Exception:  # a fault of ours in one message must not hurt the calls beside it
            self.failure(f"SIP message from {source.host}")

    def _broken(self, error: ParseError, source: Hop) -> None:
        self.log(source.host, f"SIP: {error.reason}")
        if error.status is not None and "via" in error.headers:
            reason = error.reason if error.status == 400 else compose.REASONS[error.status]
            self.send(compose.broken(error.headers, error.status, reason, self.ids()), source)

    def _request(self, request: Request, source: Hop) -> None:
        hop = self._reply_hop(request, source)
        key = request_key(request, "INVITE" if request.method == "ACK" else request.method)
        if request.method == "CANCEL":  # its branch is known to whoever overheard the INVITE
            key = (*key, source.host)
        known = self.transactions_in.get(key)
        if request.method == "ACK":
            if known is not None:
                known.ack()
            if self.user is not None:
                self.user.on_ack(request)
            return
        if known is not None:
            known.again()
            return
        share = self.sources.of(source.host)
        if self._too_many(share, 1 if request.method == "INVITE" else 2):
            retry = (("Retry-After", str(self.settings.retry_after)),)
            self.send(compose.response(request, 503, request.to.text, retry), hop)
            return
        transaction = ServerTransaction(self, key, request, source, hop, share=share)
        self.transactions_in[key] = transaction
        share.transactions += 1
        transaction.start()
        if transaction.answered:
            transaction.release()

    def _too_many(self, share: Source, times: int) -> bool:
        """Has this source, or the hall, as many transactions as it may have? Others than INVITE may have
        ``times`` as many: calls in progress end by them."""
        if share.transactions >= share.may.transactions * times:
            self.sources.exceeded(share, "transactions")
            return True
        return len(self.transactions_in) >= self.settings.max_transactions * times

    def _reply_hop(self, request: Request, source: Hop) -> Hop:
        """Where the answer goes (§18.2.2, RFC 3581): never to an address that only the message names."""
        via = request.via
        if "rport" in via.params or via.host != source.host:
            request.headers["via"][0] = compose.stamped(via, source.host, source.port)
        if source.transport == "UDP" and "rport" in via.params:
            return source
        return Hop(source.transport, source.host, via.port or 5060, source.flow)

    def deliver(self, transaction: ServerTransaction) -> None:
        """A new request goes to the layer above, unless it is one that reached us twice (§8.2.2.2)."""
        request = transaction.request
        if request.to.tag is None and request.method not in ("CANCEL", "REGISTER"):
            merged = (request.from_.tag, request.call_id, request.cseq)
            if merged in self.merged:
                transaction.respond(482)
                return
            transaction.merged = merged
            self.merged[merged] = transaction
        if self.user is None:
            return
        try:
            self.user.on_request(transaction)
        except Exception:
            self.failure(f"{request.method} from {transaction.source.host}")
            if not transaction.answered:
                transaction.respond(500)

    def _response(self, response: Response) -> None:
        if len(response.headers["via"]) != 1:
            return  # not to us alone: somebody's stray (§18.1.2)
        transaction = self.transactions_out.get((response.via.branch, response.cseq.method))
        if transaction is not None:
            transaction.receive(response)

    def invite_of(self, cancel: Request) -> ServerTransaction | None:
        """The INVITE that a CANCEL means (§9.2)."""
        return self.transactions_in.get(request_key(cancel, "INVITE"))

    def forget_server(self, transaction: ServerTransaction) -> None:
        if self.transactions_in.pop(transaction.key, None) is not None:
            transaction.share.transactions -= 1
        if transaction.merged is not None:
            self.merged.pop(transaction.merged, None)

    # ---- out
    def request(self, draft: Draft, hop: Hop, on_response: OnResponse = _ignore) -> ClientTransaction:
        """Send a request in a transaction of its own."""
        branch = COOKIE + self.ids()
        transaction = ClientTransaction(self, draft, hop, self.via(hop, branch), branch)
        self.transactions_out[transaction.key] = transaction
        transaction.start(on_response)
        return transaction

    def cancel(self, invite: ClientTransaction) -> None:
        """Send the CANCEL of an INVITE: same branch, a transaction of its own (§9.1)."""
        branch = str(invite.key[0])
        transaction = ClientTransaction(
            self, invite.draft.companion("CANCEL"), invite.hop, invite.via, branch
        )
        self.transactions_out[transaction.key] = transaction
        transaction.start(_ignore)

    def send_alone(self, draft: Draft, hop: Hop) -> bytes:
        """Send a request outside of transactions: the ACK of a 2xx. Gives its bytes, to be sent again."""
        data = draft.finished(self.via(hop, COOKIE + self.ids()), self.settings.user_agent)
        self.send(data, hop)
        return data

    def via(self, hop: Hop, branch: str) -> str:
        host, port = self.local[hop.transport]
        return f"SIP/2.0/{hop.transport} {host}:{port};branch={branch};rport"

    # ---- time
    def set_timer(self, owner: Timed, name: str, seconds: float) -> None:
        when = self.clock() + seconds
        self.timers.set(owner, name, when)
        if self.on_timer is not None:
            self.on_timer(when)

    def next_timer(self) -> float | None:
        """When :meth:`advance` is due, in the clock's seconds."""
        return self.timers.next()

    def advance(self) -> None:
        """Fire what is due. Never raises."""
        now = self.clock()
        while (due := self.timers.due(now)) is not None:
            owner, name = due
            try:
                owner.fire(name)
            except Exception:
                self.failure(f"SIP timer {name}")


def request_key(request: Request, method: str) -> Key:
    """What makes two requests the same (§17.2.3); peers of RFC 2543 give no branch worth the name."""
    via = request.via
    branch = via.branch
    if branch is not None and branch.startswith(COOKIE) and len(branch) > len(COOKIE):
        return (branch, via.sent_by, method)
    return (
        request.uri.text,
        request.from_.tag,
        request.call_id,
        request.cseq.number,
        request.headers["via"][0],
        method,
    )
