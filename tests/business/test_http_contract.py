"""The http back office keeps the port's promises: our client against the reference server over sql."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from boss.sql import SqlBusiness
from business import contract
from business.http.client import HttpBusiness
from business.http.client_options import ClientOptions
from business.http.reference import reference_site
from business.port.days import Clock


class _ServedHere(HttpBusiness):
    """The client, with a server of its own over sql. What the port has no word for goes to sql itself."""

    def __init__(self, database: str, clock: Clock, reactor: Any) -> None:
        self.behind = SqlBusiness(database, clock, reactor)
        site = reference_site(self.behind, seconds=reactor.seconds, token="a-token")
        self._port = reactor.listenTCP(0, site, interface="127.0.0.1")
        options = ClientOptions(timeout=20, token_file=None)
        super().__init__(f"http://127.0.0.1:{self._port.getHost().port}", reactor, options)

    async def start(self) -> None:
        await self.behind.start()
        await super().start()

    async def stop(self) -> None:
        await super().stop()
        await self._port.stopListening()
        await self.behind.stop()

    async def put(self, data: Any) -> Any:
        return await self.behind.put(data)

    async def movements(self, msisdn: str) -> Any:
        return await self.behind.movements(msisdn)


class TestHttp(contract.BusinessContract, TestCase):
    def make(self, clock: Clock) -> _ServedHere:
        self.patch_token()
        return _ServedHere(f"sqlite:///{self.mktemp()}/business.db", clock, reactor)

    def patch_token(self) -> None:
        import os

        self.patch(os, "environ", {**os.environ, "HALL10086_BUSINESS_TOKEN": "a-token"})
