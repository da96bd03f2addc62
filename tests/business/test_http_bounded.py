"""A site of ours over real sockets: long bodies, slow ones, pipelines, readers that do not read, too many."""

from __future__ import annotations

import contextlib
import socket
import tempfile
from contextlib import ExitStack
from typing import Any, cast
from unittest.mock import patch

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.logger import capturedLogs
from twisted.trial.unittest import TestCase
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from business.http import bounded
from business.http.bounded import BODY, BoundedRequest, BoundedSite

GET = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = 8 * 1024 * 1024  # octets; more than a socket's buffers hold


def last(path: bytes) -> bytes:
    """A GET behind which the server closes."""
    return (GET % path).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


class Pages(Resource):
    """``/large`` is large; ``/held`` waits to be let go; all else says how long the body was."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Request] = []
        self.begun = 0

    def render(self, request: Request) -> bytes | int:
        self.begun += 1
        ours = cast(BoundedRequest, request)
        if request.path == b"/held":
            self.held.append(request)
            return NOT_DONE_YET
        if request.path == b"/large":
            return b"x" * LARGE
        size = 0 if request.content is None else len(request.content.read())
        return b"too large" if ours.too_large else b"%d" % size


class BoundedCase(TestCase):
    timeout = 40

    def setUp(self) -> None:
        self.pages = Pages()
        self.serve()

    def serve(self, **bounds: int) -> None:
        self.site = BoundedSite(self.pages, reactor=reactor, **bounds)
        port: Any = reactor.listenTCP(0, self.site, interface="127.0.0.1")
        self.at = ("127.0.0.1", port.getHost().port)
        self.addCleanup(port.stopListening)
        self.addCleanup(self.until, lambda: not self.site._open)

    async def until(self, holds: Any) -> None:
        """Raises what the test's time-out raises."""
        while not holds():
            waited: Deferred[None] = Deferred()
            reactor.callLater(0.01, waited.callback, None)
            await waited

    def quickly(self, **bounds: float) -> None:
        """With shorter times, so that nobody waits."""
        for name, value in bounds.items():
            self.patch(bounded, name, value)

    async def send(self, *pieces: bytes, at_most: int = 1 << 30) -> bytes:
        """All that comes until the server closes."""
        return await deferToThread(talk, self.at, pieces, at_most)


def connected(at: tuple[str, int]) -> socket.socket:
    return socket.create_connection(at, timeout=20)


def talk(at: tuple[str, int], pieces: tuple[bytes, ...], at_most: int) -> bytes:
    got = b""
    with (
        contextlib.suppress(ConnectionResetError, BrokenPipeError),
        connected(at) as connection,
    ):
        for piece in pieces:
            connection.sendall(piece)
        while len(got) < at_most and (data := connection.recv(65_536)):
            got += data
    return got


MALFORMED = b"HTTP/1.1 400 Bad Request\r\n\r\n"
CLOSE = b"Connection: close\r\n"


class Bodies(BoundedCase):
    def setUp(self) -> None:
        super().setUp()
        refused = patch.object(tempfile, "TemporaryFile", side_effect=AssertionError("a temporary file"))
        self.stack = ExitStack()
        self.stack.enter_context(refused)
        self.addCleanup(self.stack.close)

    def posted(self, length: int) -> bytes:
        return b"POST / HTTP/1.1\r\nHost: localhost\r\n" + CLOSE + b"Content-Length: %d\r\n\r\n" % length

    async def test_as_long_as_it_may_be(self) -> None:
        assert (await self.send(self.posted(BODY), b"x" * BODY)).endswith(b"%d" % BODY)

    async def test_a_little_longer_is_read_and_thrown_away(self) -> None:
        assert (await self.send(self.posted(BODY + 1), b"x" * (BODY + 1))).endswith(b"too large")

    async def test_far_longer_is_refused_before_it_comes(self) -> None:
        got = await self.send(self.posted(200_000_000), at_most=12)
        assert got.startswith(b"HTTP/1.1 413"), got

    async def test_nobody_is_told_to_go_on_with_it(self) -> None:
        head = self.posted(200_000_000).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
        assert (await self.send(head, at_most=12)).startswith(b"HTTP/1.1 413")

    async def test_who_sends_it_all_the_same_is_cut_off(self) -> None:
        pieces = [self.posted(200_000_000), *[b"x" * 65_536] * 1600]
        got = await self.send(*pieces)
        assert got in (b"", bounded.TOO_LARGE)

    async def test_in_chunks_without_end(self) -> None:
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        assert await self.send(head, *[chunk] * 400) == b""
        assert (await self.send(head.replace(b"\r\n\r\n", b"\r\n" + CLOSE + b"\r\n"), chunk, b"1\r\nx\r\n",
                                b"0\r\n\r\n")).endswith(b"too large")  # fmt: skip

    async def test_a_form_is_no_work(self) -> None:
        body = b"&".join([b"a=%41"] * 9000)
        form = b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        got = await self.send(self.posted(len(body)).replace(b"\r\n\r\n", b"\r\n" + form), body)
        assert got.endswith(b"%d" % len(body))

    async def test_headers_without_end(self) -> None:
        assert b"400" in (await self.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X: y\r\n" * 200))[:12]
        assert await self.send(b"GET / HTTP/1.1\r\nHost: ", b"x" * 40_000) in (b"", MALFORMED)
        assert await self.send(b"GET /", b"x" * 40_000) in (b"", MALFORMED)


class Slow(BoundedCase):
    async def test_a_request_that_comes_slowly_is_not_waited_for(self) -> None:
        """One octet now and then keeps an idle time-out away for ever."""
        self.quickly(WHOLE=0.5)

        def drip() -> int:
            with connected(self.at) as connection:
                sent = 0
                connection.settimeout(0.05)
                while True:
                    try:
                        connection.sendall(b"G")
                        sent += 1
                        if not connection.recv(100):
                            return sent
                    except TimeoutError:
                        pass
                    except (ConnectionResetError, BrokenPipeError):
                        return sent

        assert 2 < await deferToThread(drip) < 60

    async def test_a_whole_request_has_as_much_time_as_it_needs(self) -> None:
        self.quickly(WHOLE=0.1)
        asking = Deferred.fromCoroutine(self.send(last(b"held")))
        await self.until(lambda: self.pages.held)
        later: Deferred[None] = Deferred()
        reactor.callLater(0.3, later.callback, None)
        await later
        self.pages.held[0].write(b"well")
        self.pages.held[0].finish()
        assert b"well" in await asking

    async def test_who_does_not_read_is_cut_off(self) -> None:
        """Twisted waits for ever for the last octets of an answer behind which it closes."""
        self.quickly(LINGER=0.3)
        with connected(self.at) as connection:
            connection.sendall(last(b"large"))
            await self.until(lambda: self.pages.begun)
            await self.until(lambda: not self.site._open)

    async def test_many_requests_in_one_packet(self) -> None:
        """Each answered within the one before is a stack of five hundred deep."""
        got = await self.send(GET % b"x" * 450 + last(b"x"))
        assert got.count(b"HTTP/1.1 200 OK") == 451
        assert self.flushLoggedErrors() == []

    async def test_answers_are_made_as_they_are_read(self) -> None:
        with connected(self.at) as connection:
            connection.sendall(GET % b"large" * 50)
            await self.until(lambda: self.pages.begun)
            soon: Deferred[None] = Deferred()
            reactor.callLater(0.3, soon.callback, None)
            await soon
            assert self.pages.begun == 1
            got = await deferToThread(read, connection, 3 * LARGE)
            assert got >= 3 * LARGE
            assert 3 <= self.pages.begun <= 6


def read(connection: socket.socket, octets: int) -> int:
    got = 0
    while got < octets:
        data = connection.recv(1 << 20)
        assert data
        got += len(data)
    return got


class Shares(BoundedCase):
    async def connect(self, stack: ExitStack, times: int, source: str = "127.0.0.1") -> list[socket.socket]:
        """So many connections from ``source``; one that the server has no room for may be there, too."""

        def one() -> socket.socket:
            return socket.create_connection(self.at, timeout=20, source_address=(source, 0))

        return [stack.enter_context(await deferToThread(one)) for _ in range(times)]

    async def test_who_opens_connections_without_end_loses_his_own_oldest(self) -> None:
        self.serve(share=20, most=30)
        with ExitStack() as stack, capturedLogs() as said:
            idle = await self.connect(stack, 100)
            assert (await self.send(last(b"x"))).endswith(b"0")
            await self.until(lambda: self.site._open <= 20)
            with contextlib.suppress(ConnectionResetError):
                assert await deferToThread(idle[0].recv, 1) == b""
        await self.until(lambda: not self.site._open)
        assert not self.site._shares
        assert self.site.refused == 81  # each one beyond the share
        (line,) = [event for event in said if event.get("log_namespace", "").endswith("BoundedSite")]
        assert (line["peer"], line["refused"]) == ("127.0.0.1", 1)  # and none more within the minute

    async def test_a_request_under_way_is_left_alone(self) -> None:
        self.serve(share=5, most=30)
        with ExitStack() as stack:
            holding = await self.connect(stack, 5)
            for each in holding:
                each.sendall(GET % b"held")
            await self.until(lambda: len(self.pages.held) == 5)
            assert await self.send(GET % b"x") == b""  # there is no room
            for request in self.pages.held:
                request.write(b"well")
                request.finish()
            for each in holding:
                assert b"200 OK" in await deferToThread(each.recv, 1000)
            assert (await self.send(last(b"x"))).endswith(b"0")

    async def test_the_whole_is_bounded_and_the_greediest_gives(self) -> None:
        self.serve(share=25, most=30)
        with ExitStack() as stack:
            await self.connect(stack, 25)
            await self.connect(stack, 5, "127.0.0.3")
            for other in await self.connect(stack, 4, "127.0.0.2"):
                other.sendall(GET % b"x")
                assert b"200 OK" in await deferToThread(other.recv, 1000)
            await self.until(lambda: self.site._open <= 30)
            assert self.site._shares["127.0.0.3"].all == 5
