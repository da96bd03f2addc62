"""Over real sockets: two endpoints of ours call each other, and peers that behave badly on TCP and UDP."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from ivr.sip.api import EndReason, Hop, SipSettings
from ivr.sip.incoming import IncomingCall
from ivr.sip.server import SipServer
from ivr.testing.sip_bench import OFFER, Bench, Caller, Handler

reactor: Any = installed


class Told(Handler):
    """A handler that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[str, Deferred[None]]] = []

    def until(self, name: str) -> Deferred[None]:
        waiting: Deferred[None] = Deferred()
        if any(told[0] == name for told in self.told):
            waiting.callback(None)
        else:
            self._waiting.append((name, waiting))
        return waiting.addTimeout(10, reactor)

    def _note(self) -> None:
        for entry in [e for e in self._waiting if any(told[0] == e[0] for told in self.told)]:
            self._waiting.remove(entry)
            entry[1].callback(None)

    def acked(self, session: Any) -> None:
        super().acked(session)
        self._note()

    def info(self, key: str) -> None:
        super().info(key)
        self._note()

    def ended(self, reason: EndReason) -> None:
        super().ended(reason)
        self._note()

    def ringing(self, status: int, early: Any) -> None:
        super().ringing(status, early)
        self._note()

    def answered(self, session: Any) -> None:
        super().answered(session)
        self._note()


class Raw(Protocol):
    """A TCP peer that sends what it likes."""

    def __init__(self) -> None:
        self.got = b""
        self.gone: Deferred[None] = Deferred()
        self._wanted: tuple[bytes, Deferred[bytes]] | None = None

    def dataReceived(self, data: bytes) -> None:
        self.got += data
        if self._wanted is not None and self._wanted[0] in self.got:
            wanted, self._wanted = self._wanted[1], None
            wanted.callback(self.got)

    def until(self, text: bytes) -> Deferred[bytes]:
        waiting: Deferred[bytes] = Deferred()
        if text in self.got:
            waiting.callback(self.got)
        else:
            self._wanted = (text, waiting)
        return waiting.addTimeout(10, reactor)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.gone.callback(None)


class SocketTests(TestCase):
    timeout = 30

    def start(self, settings: SipSettings | None = None, *, accept: bool = True) -> SipServer:
        self.handlers: list[Told] = []
        self.calls: list[IncomingCall] = []
        self.logged: list[tuple[str, str]] = []

        def on_invite(call: IncomingCall) -> None:
            handler = Told()
            call.handler = handler
            self.handlers.append(handler)
            self.calls.append(call)
            call.ringing()
            if accept:
                call.accept(Bench.local_sdp(call))

        def log(source: str, text: str) -> None:
            self.logged.append((source, text))

        server = SipServer(reactor, settings or SipSettings(), on_invite, port=0, log=log)
        server.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(server.stop()))
        return server

    def phone(self) -> SipServer:
        phone = SipServer(reactor, SipSettings(user="phone"), lambda call: call.reject(486), port=0)
        phone.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(phone.stop()))
        return phone

    async def raw(self, server: SipServer, source: str = "127.0.0.1") -> Any:
        peer = Raw()
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", server.port, bindAddress=(source, 0))
        await connectProtocol(endpoint, peer)
        self.addCleanup(peer.transport.abortConnection)  # type: ignore[union-attr]
        return peer

    async def _a_call(self, transport: str) -> None:
        server, phone, ours = self.start(), self.phone(), Told()
        target = f"sip:+8673110086@127.0.0.1:{server.port};transport={transport}"
        call = phone.dial(target, "sip:+8613900000001@127.0.0.1", OFFER, ours)
        await ours.until("answered")
        self.assertEqual([told[0] for told in ours.told], ["ringing", "answered"])
        theirs = self.handlers[0]
        await theirs.until("acked")
        incoming = self.calls[0]
        self.assertEqual((incoming.caller, incoming.called), ("13900000001", "10086"))
        self.assertEqual((incoming.city_prefix, incoming.source.transport), ("0731", transport.upper()))
        call.press("7")
        await theirs.until("info")
        call.bye()
        await theirs.until("ended")
        self.assertEqual(theirs.told[1:], [("info", "7"), ("ended", EndReason.BYE)])
        self.assertEqual((server.calls, phone.calls), (0, 0))

    async def test_a_call_over_udp(self) -> None:
        await self._a_call("udp")

    async def test_a_call_over_tcp(self) -> None:
        await self._a_call("tcp")

    async def test_we_give_up_while_it_rings(self) -> None:
        server, phone, ours = self.start(accept=False), self.phone(), Told()
        call = phone.dial(f"sip:10086@127.0.0.1:{server.port}", "sip:1@127.0.0.1", OFFER, ours)
        await ours.until("ringing")
        call.cancel()
        await ours.until("ended")
        self.assertEqual((ours.told[-1], call.status), (("ended", EndReason.CANCELLED), 487))
        self.assertEqual(self.handlers[0].told, [("ended", EndReason.CANCELLED)])

    async def test_we_are_refused(self) -> None:
        server, phone, ours = self.start(SipSettings(max_calls=0)), self.phone(), Told()
        call = phone.dial(f"sip:10086@127.0.0.1:{server.port}", "sip:1@127.0.0.1", OFFER, ours)
        await ours.until("ended")
        self.assertEqual((ours.told, call.status), ([("ended", EndReason.REFUSED)], 503))

    async def test_the_hall_hangs_up_on_us(self) -> None:
        server, phone, ours = self.start(), self.phone(), Told()
        phone.dial(f"sip:10086@localhost:{server.port}", "sip:1@127.0.0.1", OFFER, ours)  # by name
        await ours.until("answered")
        self.calls[0].bye()
        await ours.until("ended")
        self.assertEqual(ours.told[-1], ("ended", EndReason.BYE))

    async def test_nobody_is_there(self) -> None:
        ours = Told()
        phone = SipServer(reactor, SipSettings(t1=0.01), lambda call: call.reject(486), port=0)
        phone.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(phone.stop()))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            target = f"sip:10086@127.0.0.1:{silent.getsockname()[1]}"
            call = phone.dial(target, "sip:1@127.0.0.1", OFFER, ours)
            await ours.until("ended")
        self.assertEqual(call.status, 408)

    async def test_tcp_pieces_pings_and_two_at_once(self) -> None:
        peer = await self.raw(self.start())
        request = Caller(Bench(), "a", transport="TCP").request("OPTIONS")
        other = Caller(Bench(), "b", transport="TCP").request("OPTIONS")
        peer.transport.write(b"\r\n\r\n" + request[:50])
        await peer.until(b"\r\n")
        peer.transport.write(request[50:] + other)
        await peer.until(b"Call-ID: b")
        self.assertEqual(peer.got.count(b"SIP/2.0 200 OK"), 2)

    async def test_tcp_bad_length_is_told_and_cut(self) -> None:
        peer = await self.raw(self.start())
        request = Caller(Bench(), transport="TCP").request("OPTIONS")
        peer.transport.write(request.replace(b"Content-Length: 0", b"Content-Length: -1"))
        await peer.gone
        self.assertTrue(peer.got.startswith(b"SIP/2.0 400 Malformed Content-Length"), peer.got)
        self.assertTrue(self.logged)

    async def test_tcp_garbage_is_cut(self) -> None:
        peer = await self.raw(self.start(SipSettings(max_message=2_000)))
        peer.transport.write(b"x" * 5_000)
        await peer.gone
        self.assertEqual(peer.got, b"")

    async def test_tcp_that_dribbles_is_cut(self) -> None:
        peer = await self.raw(self.start(SipSettings(tcp_message_seconds=0.2)))
        for byte in b"OPTIONS":
            peer.transport.write(bytes([byte]))
            await deferLater(reactor, 0.05)
        await peer.gone

    async def test_tcp_that_says_nothing_is_cut(self) -> None:
        peer = await self.raw(self.start(SipSettings(tcp_idle=0.1)))
        await peer.gone

    async def test_tcp_connections_are_counted(self) -> None:
        server = self.start(SipSettings(max_connections=1))
        first = await self.raw(server)
        first.transport.write(Caller(Bench(), "x", transport="TCP").request("OPTIONS"))
        await first.until(b"200 OK")
        second = await self.raw(server)
        await second.gone

    async def test_tcp_connections_of_one_address_leave_some_for_others(self) -> None:
        server = self.start(SipSettings(max_connections=40, tcp_first=60))  # 20 of a trusted one
        flood = [await self.raw(server) for _ in range(20)]
        refused = await self.raw(server)
        await refused.gone
        other = await self.raw(server, "127.0.0.3")
        other.transport.write(Caller(Bench(), "x", transport="TCP").request("OPTIONS"))
        await other.until(b"200 OK")
        self.assertEqual(server.over_share["connections"], 1)
        self.assertEqual(self.logged[-1][0], "127.0.0.1")
        flood[0].transport.loseConnection()
        await flood[0].gone
        while len(server._tcp.connections) > 20:  # the server has not heard of it yet
            await deferLater(reactor, 0.01)
        again = await self.raw(server)
        again.transport.write(Caller(Bench(), "y", transport="TCP").request("OPTIONS"))
        await again.until(b"200 OK")

    async def test_tcp_silent_connections_make_room(self) -> None:
        server = self.start(SipSettings(max_connections=8))
        silent = [await self.raw(server) for _ in range(4)]
        await deferLater(reactor, 1.1)
        newcomer = await self.raw(server)
        newcomer.transport.write(Caller(Bench(), "x", transport="TCP").request("OPTIONS"))
        await newcomer.until(b"200 OK")
        await silent[0].gone
        self.assertEqual(len(server._tcp.connections), 4)

    async def test_tcp_of_a_trusted_address_finds_a_place_though_strangers_keep_theirs_busy(self) -> None:
        trusted = ("127.0.0.9/32",)
        server = self.start(SipSettings(max_connections=10, address_share=1.0, trusted=trusted))
        strangers = [await self.raw(server) for _ in range(9)]
        for number, each in enumerate(strangers):
            each.transport.write(Caller(Bench(), f"s{number}", transport="TCP").request("OPTIONS"))
            await each.until(b"200 OK")
        await (await self.raw(server, "127.0.0.3")).gone
        proxy = await self.raw(server, "127.0.0.9")
        proxy.transport.write(Caller(Bench(), "x", transport="TCP").request("OPTIONS"))
        await proxy.until(b"200 OK")
        await strangers[0].gone

    async def test_tcp_keep_alives_alone_keep_no_connection(self) -> None:
        peer = await self.raw(self.start(SipSettings(tcp_first=0.3)))
        for _ in range(10):
            peer.transport.write(b"\r\n\r\n")
            await deferLater(reactor, 0.05)
        await peer.gone

    async def test_tcp_of_ours_finds_a_place_though_theirs_are_used_up(self) -> None:
        server = self.start(SipSettings(max_connections=10, trusted_share=1.0, tcp_first=60))
        for _ in range(9):
            await self.raw(server)
        await (await self.raw(server)).gone
        phone = self.phone()
        request = Caller(Bench(), "x", transport="TCP").request("OPTIONS")
        server.agent.endpoint.send(request, Hop("TCP", "127.0.0.1", phone.port))
        while not phone._tcp.connections:
            await deferLater(reactor, 0.01)
        self.assertEqual(len(server._tcp.connections), 10)
        server.agent.endpoint.send(request, Hop("TCP", "127.0.0.1", 9))
        self.assertIn("not sent", self.logged[-1][1])  # no room any more: said, not swallowed

    async def test_tcp_that_floods_is_read_slowly(self) -> None:
        server = self.start(
            SipSettings(trusted=("10.0.0.0/8",), setups_per_second=10)
        )  # 100 messages a second
        peer = await self.raw(server)
        requests = [Caller(Bench(), f"f{n}", transport="TCP").request("OPTIONS") for n in range(1_000)]
        peer.transport.write(b"".join(requests))
        other = await self.raw(server, "127.0.0.3")
        other.transport.write(Caller(Bench(), "x", transport="TCP").request("OPTIONS"))
        await other.until(b"200 OK")
        self.assertLess(peer.got.count(b"200 OK"), 900)
        self.assertTrue(server.over_share["messages"])

    async def test_tcp_opens_a_connection_where_there_is_none(self) -> None:
        server = self.start()
        flow = Hop("TCP", "127.0.0.1", server.port)
        phone = self.phone()
        phone.agent.endpoint.send(Caller(Bench(), "x", transport="TCP").request("OPTIONS"), flow)
        tcp = phone._tcp
        while not tcp.connections:
            await deferLater(reactor, 0.01)
        self.assertEqual(len(tcp.openings), 0)
        while not server.agent.endpoint.transactions_in and not server._tcp.connections:
            await deferLater(reactor, 0.01)
        self.assertEqual(len(server._tcp.connections), 1)

    async def test_udp_of_anything(self) -> None:
        server, phone, ours = self.start(), self.phone(), Told()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bad:
            for data in (b"\x00" * 1400, b"INVITE", b"\r\n\r\n", b"\xff\xfe", b"SIP/2.0 200 OK\r\n\r\n"):
                for _ in range(50):
                    bad.sendto(data, ("127.0.0.1", server.port))
            phone.dial(f"sip:10086@127.0.0.1:{server.port}", "sip:1@127.0.0.1", OFFER, ours)
            await ours.until("answered")
        self.assertEqual({source for source, _text in self.logged}, {"127.0.0.1"})

    def test_every_address_needs_one_to_advertise(self) -> None:
        with self.assertRaises(ValueError):
            SipServer(reactor, SipSettings(), lambda call: None, host="0.0.0.0")

    async def test_a_port_that_the_reactor_has_closed_already(self) -> None:
        """As when the whole program is stopped at once: stopping afterwards is no error."""
        server = SipServer(reactor, SipSettings(), lambda call: call.reject(486), port=0)
        server.start()
        await server.stop()
        await server.stop()
