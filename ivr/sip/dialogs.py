"""A dialog (RFC 3261 §12): who, with which tags, in which order, and where requests inside it go.

INVITE  From: <a>;tag=1  To: <b>        remote tag 1
200     From: <a>;tag=1  To: <b>;tag=2  local tag 2: the dialog is (Call-ID, 2, 1), on our side
BYE     From: <b>;tag=2  To: <a>;tag=1  ours: Request-URI = the peer's Contact, Route = Record-Route
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address

from ivr.sip.api import Hop
from ivr.sip.compose import SDP, Draft
from ivr.sip.headers import HeaderError, Uri, parse_name_addr, parse_uri
from ivr.sip.message import Message, Request, Response

DialogId = tuple[str, str, str | None]


class Dialog:
    """One dialog, ours the local side. ``peer`` is where its messages last came from, ``origin`` where it was
    set up from (or to). ``believed``: its Contact and Record-Route may name another host than the peer's: who
    is not trusted could have us knock, eleven times a request, at any address that we reach and he does not.
    """

    __slots__ = (
        "believed", "call_id", "local", "local_cseq", "local_tag", "origin", "peer",
        "remote", "remote_cseq", "remote_tag", "routes", "target",
    )  # fmt: skip

    def __init__(self, call_id: str, local: str, local_tag: str, remote: str, remote_tag: str | None) -> None:
        self.call_id = call_id
        self.local = local  # our From, with tag
        self.local_tag = local_tag
        self.remote = remote  # our To, with tag once known
        self.remote_tag = remote_tag
        self.local_cseq = 0
        self.remote_cseq: int | None = None
        self.routes: tuple[str, ...] = ()
        self.target = ""
        self.believed = True
        self.peer = self.origin = Hop("UDP", "127.0.0.1", 5060)

    @classmethod
    def answering(cls, invite: Request, to: str, tag: str, source: Hop, *, believed: bool) -> Dialog:
        """The dialog that our answer to an INVITE makes (§12.1.1)."""
        dialog = cls(invite.call_id, to, tag, invite.from_.text, invite.from_.tag)
        dialog.believed = believed
        dialog.remote_cseq = invite.cseq.number
        dialog.routes = tuple(invite.all("record-route"))
        dialog.target = (invite.contacts[0] if invite.contacts else invite.from_).uri.text
        dialog.peer = dialog.origin = source
        return dialog

    def confirm(self, response: Response, source: Hop) -> None:
        """Ours was the INVITE, this is its answer (§12.1.2)."""
        self.remote, self.remote_tag = response.to.text, response.to.tag
        self.routes = tuple(reversed(response.all("record-route")))
        self.refresh(response)
        self.peer = self.origin = source

    @property
    def id(self) -> DialogId:
        return self.call_id, self.local_tag, self.remote_tag

    def is_from(self, source: Hop) -> bool:
        """Does this come from a party of the dialog: the host (any port: NATs change it) or connection that
        set it up, or one that its Contact or Record-Route names? Whoever overheard the tags is none."""
        if source.host in (self.origin.host, self.peer.host):
            return True
        if source.flow is not None and source.flow is self.origin.flow:
            return True
        return source.host in self._named() or not is_address(self.origin.host)

    def _named(self) -> set[str]:
        hosts = set()
        for text in (*self.routes, f"<{self.target}>"):
            try:
                hosts.add(parse_name_addr(text).uri.host.strip("[]"))
            except HeaderError:  # handed on as it came, and used by nobody
                continue
        return hosts

    def in_order(self, request: Request) -> bool:
        """Take note of a request's CSeq; False if it is older than one that we had (§12.2.2: 500)."""
        number = request.cseq.number
        if self.remote_cseq is not None and number <= self.remote_cseq:
            return False
        self.remote_cseq = number
        return True

    def refresh(self, message: Message) -> None:
        """A target refresh: from now on to this Contact (§12.2.1.2)."""
        if message.contacts:
            self.target = message.contacts[0].uri.text

    def draft(
        self,
        method: str,
        extra: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        *,
        content_type: str = SDP,
        cseq: int | None = None,
    ) -> Draft:
        """A request in this dialog (§12.2.1.1); ``cseq`` only for ACK and CANCEL, which take the INVITE's."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        uri, routes = self.target, self.routes
        if routes and parse_name_addr(routes[0]).uri.param("lr") is None:  # a strict router: §16.12.1.1
            uri, routes = parse_name_addr(routes[0]).uri.text, (*routes[1:], f"<{self.target}>")
        return Draft(
            method, uri, self.local, self.remote, self.call_id, cseq, routes, extra, body, content_type
        )

    def hop(self) -> Hop:
        """Where requests in this dialog are sent: the first route, else the target, by its address; a name
        that is none (softphones write ``.invalid``), an open connection, or an address that is not his to
        name: back to where the peer's came from."""
        try:
            uri = parse_name_addr(self.routes[0]).uri if self.routes else parse_uri(self.target)
        except HeaderError:
            return self.peer
        if self.peer.flow is not None or not uri.is_sip or not is_address(uri.host):
            return self.peer
        if not self.believed and uri.host.strip("[]") != self.peer.host.strip("[]"):
            return self.peer
        return hop_of(uri, self.peer.transport)


@lru_cache(maxsize=4096)
def is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def hop_of(uri: Uri, transport: str = "UDP") -> Hop:
    """Where a sip: URI points to; its ``transport`` parameter wins."""
    named = (uri.param("transport") or transport).upper()
    return Hop(named if named in ("UDP", "TCP") else transport, uri.host, uri.port or 5060)
