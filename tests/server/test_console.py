"""The console answers over real HTTP: pages, wrong pages, wrong methods, a page that fails."""

from __future__ import annotations

import json

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IListeningPort
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent, readBody

from server.console import ConsoleReply, ConsoleRequest, Route, json_reply, site


async def live(call: ConsoleRequest) -> ConsoleReply:
    return ConsoleReply("ok\n")


async def echo(call: ConsoleRequest) -> ConsoleReply:
    return json_reply({"id": call.parts["id"], "after": call.query.get("after"), "near": call.from_loopback})


async def broken(call: ConsoleRequest) -> ConsoleReply:
    raise RuntimeError("no database")


@pytest.mark.filterwarnings("ignore:Using readBody:DeprecationWarning")  # twisted's own, of twisted's agent
class ConsoleTests(TestCase):
    def setUp(self) -> None:
        routes = (
            Route("/health/live", live),
            Route("/calls/{id}/transcript", echo),
            Route("/broken", broken),
            Route("/desk/broken", broken),
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
