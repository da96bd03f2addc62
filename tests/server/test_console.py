"""The console answers over real HTTP: pages, wrong pages, wrong methods, a page that fails."""

from __future__ import annotations

import json
from typing import NoReturn

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import LogLevel, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent, readBody

from business.http.names import Hosts
from server.console import ConsoleReply, ConsoleRequest, Route, json_reply, site


async def live(call: ConsoleRequest) -> ConsoleReply:
    return ConsoleReply("ok\n")


async def echo(call: ConsoleRequest) -> ConsoleReply:
    return json_reply({"id": call.parts["id"], "after": call.query.get("after"), "near": call.from_loopback})


async def broken(call: ConsoleRequest) -> ConsoleReply:
    raise RuntimeError("no database")


class Reader(Protocol):
    """All that comes until the other side closes."""

    def __init__(self) -> None:
        self.ended: Deferred[bytes] = Deferred()
        self._octets = b""

    def dataReceived(self, data: bytes) -> None:
        self._octets += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self.ended.called:
            self.ended.callback(self._octets)


async def unsayable(call: ConsoleRequest) -> ConsoleReply:
    return ConsoleReply("\ud83d")


class BrokenHosts(Hosts):
    def refusal(self, asked: object) -> NoReturn:
        raise LookupError("no hosts")


@pytest.mark.filterwarnings("ignore:Using readBody:DeprecationWarning")  # twisted's own, of twisted's agent
class ConsoleTests(TestCase):
    def setUp(self) -> None:
        routes = (
            Route("/health/live", live),
            Route("/calls/{id}/transcript", echo),
            Route("/broken", broken),
            Route("/desk/broken", broken),
            Route("/unsayable", unsayable),
        )
        self.port: IListeningPort = reactor.listenTCP(0, site(routes), interface="127.0.0.1")
        self.agent = Agent(reactor)

    def tearDown(self) -> Deferred[None] | None:
        return self.port.stopListening()

    async def ask(self, path: str, method: bytes = b"GET") -> tuple[int, bytes]:
        url = f"http://127.0.0.1:{self.port.getHost().port}{path}".encode()
        response = await self.agent.request(method, url)
        return response.code, await readBody(response)

    async def test_a_page_and_its_parts(self) -> None:
        assert await self.ask("/health/live") == (200, b"ok\n")
        status, body = await self.ask("/calls/a%40b/transcript?after=3")
        assert (status, json.loads(body)) == (200, {"id": "a@b", "after": "3", "near": True})

    async def test_what_is_not_there_is_told(self) -> None:
        assert (await self.ask("/nowhere"))[0] == 404
        assert (await self.ask("/health/live/"))[0] == 200
        assert (await self.ask("/health/live", b"POST"))[0] == 405

    async def test_programs_are_told_in_json(self) -> None:
        for path, method, status, why in (
            ("/hall/nowhere", b"GET", 404, "no such page"),
            ("/desk/broken", b"POST", 405, "only GET, HEAD"),
            ("/desk/broken", b"GET", 500, "the console failed here; the log says why"),
        ):
            got, body = await self.ask(path, method)
            assert (got, json.loads(body)) == (status, {"error": why})
        assert (await self.ask("/nowhere"))[1] == b"no such page\n"
        self.flushLoggedErrors(RuntimeError)

    async def test_a_page_that_fails_says_so_without_its_traceback(self) -> None:
        status, body = await self.ask("/broken")
        assert status == 500
        assert b"Traceback" not in body
        assert b"no database" not in body
        assert len(self.flushLoggedErrors(RuntimeError)) == 1

    async def raw(self, fields: bytes, path: bytes = b"/health/live") -> bytes:
        """What a request of these octets is answered, until the connection is closed."""
        head = b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        point = TCP4ClientEndpoint(reactor, "127.0.0.1", self.port.getHost().port, timeout=5)
        reader = await connectProtocol(point, Reader())
        reader.transport.write(head + fields + b"\r\n")
        return await reader.ended.addTimeout(10, reactor)

    async def test_octets_that_are_no_text_are_told_so(self) -> None:
        for field in (b"Authorization", b"Content-Type", b"Content-Encoding", b"Idempotency-Key"):
            for octets in (b"\xff", b"Bearer \xc3", b"\xed\xa0\x80"):
                answer = await self.raw(field + b": " + octets + b"\r\n")
                assert b" 400 " in answer.partition(b"\r\n")[0], (field, octets, answer)
                assert field + b": these octets are no text" in answer
        for field in (b"Accept", b"User-Agent", b"Cookie"):
            assert b" 200 " in (await self.raw(field + b": \xff\r\n")).partition(b"\r\n")[0], field
        for path in (b"/\xff", b"/health/live?\xff=\xff", b"/%ff"):
            assert (await self.raw(b"", path)).startswith(b"HTTP/1.1 "), path
        assert self.flushLoggedErrors() == []

    async def test_what_fails_outside_a_page_is_answered_too_and_no_flood_of_lines(self) -> None:
        levels: list[object] = []
        observer = lambda event: levels.append(event["log_level"]) if "log_failure" in event else None  # noqa: E731
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        assert (await self.ask("/unsayable"))[0] == 500
        self.port.factory.resource._hosts = BrokenHosts()
        assert (await self.ask("/health/live"))[0] == 500
        assert len(self.flushLoggedErrors(LookupError, UnicodeEncodeError)) == 2
        assert levels == [LogLevel.error] * 2, "what is critical is never folded"
