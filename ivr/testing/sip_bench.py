"""A user agent on a bench: a clock that we turn, a wire that we read, and handlers that write down."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from ivr.sip.api import EndReason, Hop, SipSettings
from ivr.sip.core import UserAgent
from ivr.sip.incoming import IncomingCall
from ivr.sip.message import Message, Request, Response, parse, written
from ivr.sip.sdp import Answer, SessionDescription, answer, offer

US = ("192.0.2.1", 5060)
PEER = Hop("UDP", "127.0.0.1", 5062)
OFFER = offer("127.0.0.1", 40_000)


class Handler:
    """Notes what it is told; answers every offer."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []
        self.version = 1
        self.refuses = False

    def acked(self, session: SessionDescription | None) -> None:
        self.told.append(("acked", session is not None))

    def reinvite(self, offered: SessionDescription | None) -> bytes | None:
        self.version += 1
        if self.refuses:
            return None
        if offered is None:
            return offer(US[0], 30_000, version=self.version)
        made = answer(offered, US[0], 30_000, version=self.version)
        assert isinstance(made, Answer)
        self.told.append(("reinvite", made.direction))
        return made.body

    def info(self, key: str) -> None:
        self.told.append(("info", key))

    def ended(self, reason: EndReason) -> None:
        self.told.append(("ended", reason))

    def refer_progress(self, status: int) -> None:
        self.told.append(("refer", status))

    def ringing(self, status: int, early: SessionDescription | None) -> None:
        self.told.append(("ringing", status))

    def answered(self, session: SessionDescription) -> None:
        self.told.append(("answered", session.media[0].port))


class Bench:
    """One user agent. ``sent`` holds what it put on the wire, as (bytes, hop); ``calls`` what came in."""

    def __init__(
        self,
        settings: SipSettings | None = None,
        admit: Callable[[], int | None] = lambda: None,
        accept: bool = True,
    ) -> None:
        self.now = 1_000.0
        numbers = count(1)
        self.sent: list[tuple[bytes, Hop]] = []
        self.calls: list[IncomingCall] = []
        self.handlers: list[Handler] = []
        self.logged: list[tuple[str, str]] = []
        self.failures: list[str] = []
        self.accepts = accept
        self.agent = UserAgent(
            settings or SipSettings(),
            self._on_invite,
            clock=lambda: self.now,
            ids=lambda: f"{next(numbers):016x}",
            send=lambda data, hop: self.sent.append((data, hop)),
            log=lambda source, text: self.logged.append((source, text)),
            failure=self.failures.append,
            admit=admit,
        )
        self.agent.listens("UDP", *US)
        self.agent.listens("TCP", *US)

    def _on_invite(self, call: IncomingCall) -> None:
        handler = Handler()
        call.handler = handler
        self.calls.append(call)
        self.handlers.append(handler)
        if call.offer is not None and not isinstance(answer(call.offer, US[0], 30_000), Answer):
            call.reject(488)
        elif self.accepts:
            call.accept(self.local_sdp(call))

    @staticmethod
    def local_sdp(call: IncomingCall) -> bytes:
        if call.offer is None:
            return offer(US[0], 30_000)
        made = answer(call.offer, US[0], 30_000)
        assert isinstance(made, Answer)
        return made.body

    def receive(self, data: bytes, source: Hop = PEER) -> list[Request | Response]:
        """Give it a message; what it sends back at once."""
        before = len(self.sent)
        self.agent.receive(data, source)
        return self.since(before)

    def since(self, before: int) -> list[Request | Response]:
        return [parse(data) for data, _hop in self.sent[before:]]

    def statuses(self, data: bytes, source: Hop = PEER) -> list[int]:
        return [m.status for m in self.receive(data, source) if isinstance(m, Response)]

    def wait(self, seconds: float) -> list[Request | Response]:
        """Let time pass, timer by timer; what is sent meanwhile."""
        before, end = len(self.sent), self.now + seconds
        while (when := self.agent.next_timer()) is not None and when <= end:
            self.now = max(self.now, when)
            self.agent.advance()
        self.now = end
        return self.since(before)


class Caller:
    """Writes the requests of one call, as a phone at 127.0.0.1:5062 would."""

    def __init__(self, bench: Bench, call_id: str = "call-1", *, transport: str = "UDP") -> None:
        self.bench = bench
        self.call_id = call_id
        self.transport = transport
        self.cseq = 0
        self.branch = count(1)
        self.to_tag = ""
        self.source = PEER._replace(transport=transport)

    def request(
        self,
        method: str,
        body: bytes = b"",
        *headers: str,
        cseq: int | None = None,
        branch: str | None = None,
        uri: str = "sip:10086@192.0.2.1",
        kind: str = "application/sdp",
    ) -> bytes:
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        branch = branch or f"z9hG4bK-{self.call_id}-{next(self.branch)}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport} 127.0.0.1:5062;branch={branch}",
            "From: <sip:13900000001@127.0.0.1>;tag=caller",
            "To: <sip:10086@192.0.2.1>" + (f";tag={self.to_tag}" if self.to_tag else ""),
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            "Contact: <sip:13900000001@127.0.0.1:5062>",
            "Max-Forwards: 70",
            *headers,
        ]
        if body:
            lines.append(f"Content-Type: {kind}")
        lines += [f"Content-Length: {len(body)}", "", ""]
        return "\r\n".join(lines).encode() + body

    def send(
        self, method: str, body: bytes = b"", *headers: str, **given: object
    ) -> list[Request | Response]:
        return self.bench.receive(self.request(method, body, *headers, **given), self.source)  # type: ignore[arg-type]

    def call(self, body: bytes = OFFER, *headers: str) -> Response:
        """INVITE, 200, ACK. Gives the 200."""
        final = self.send("INVITE", body, *headers)[-1]
        assert isinstance(final, Response)
        assert final.status == 200, final.reason
        self.to_tag = final.to.tag or ""
        self.ack(final)
        return final

    def ack(self, final: Response, body: bytes = b"") -> list[Request | Response]:
        self.to_tag = final.to.tag or ""
        return self.send("ACK", body, cseq=final.cseq.number)

    def answer(
        self, request: Request, status: int, *headers: str, body: bytes = b""
    ) -> list[Request | Response]:
        """Answer a request that the agent sent."""
        lines = [f"SIP/2.0 {status} Whatever"]
        lines += [f"Via: {via}" for via in request.all("via")]
        to = request.to.text if request.to.tag else request.to.text + ";tag=callee"
        lines += [f"From: {request.from_.text}", f"To: {to}", f"Call-ID: {request.call_id}"]
        lines += [f"CSeq: {request.cseq.number} {request.cseq.method}", *headers]
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", ""]
        return self.bench.receive("\r\n".join(lines).encode() + body, self.source)


def octets_of(message: Message) -> bytes:
    """A message that was read, as octets: what it was told, in our own writing."""
    if isinstance(message, Request):
        lines = [f"{message.method} {message.uri.text} SIP/2.0"]
    else:
        assert isinstance(message, Response)
        lines = [f"SIP/2.0 {message.status} {message.reason}"]
    for name, values in message.headers.items():
        if name != "content-length":
            lines += [f"{written(name)}: {value}" for value in values]
    lines += [f"Content-Length: {len(message.body)}", "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + message.body


def statuses(messages: list[Request | Response]) -> list[int]:
    return [m.status for m in messages if isinstance(m, Response)]
