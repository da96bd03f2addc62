"""A back office that answers every second request with 429 and Retry-After: busy, and well."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import count

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request
from zope.interface import implementer

from boss.data import demo_text, read_data
from boss.memory import MemoryBusiness
from business.http.problems import MEDIA_TYPE, Problem, ProblemKind
from business.http.reference import reference_site
from business.port.days import SHANGHAI
from business.port.stock import BackOfficeData
from server.backoffice import BackOffice
from server.metrics import Metrics
from server.settings import Settings
from sms.testing.fakes import GatewayBench

TEXTS = 16
CALLERS = [f"137000000{number:02}" for number in range(TEXTS)]


def many() -> BackOfficeData:
    """The demo's first subscriber, under many numbers."""
    demo = read_data(demo_text(), "demo.yaml", datetime.now(SHANGHAI))
    return replace(demo, accounts=tuple(replace(demo.accounts[0], msisdn=who) for who in CALLERS))


@implementer(IResource)
class EverySecond(Resource):
    """Every second request reaches ``behind``; the others are too many."""

    isLeaf = True

    def __init__(self, behind: IResource) -> None:
        super().__init__()
        self._behind = behind
        self._count = count(1)
        self.refused = 0

    def render(self, request: Request) -> object:
        if next(self._count) % 2:
            return self._behind.render(request)
        self.refused += 1
        request.setResponseCode(429)
        request.setHeader("Retry-After", "1")
        request.setHeader("Content-Type", MEDIA_TYPE)
        return Problem(ProblemKind.TOO_MANY).body()


class TooMany(TestCase):
    timeout = 120

    async def setUp(self) -> None:  # type: ignore[override]
        behind = MemoryBusiness(many(), lambda: datetime.now(SHANGHAI))
        site = reference_site(behind, seconds=reactor.seconds)
        self.gate = site.resource = EverySecond(site.resource)
        self.port = reactor.listenTCP(0, site, interface="127.0.0.1")
        self.addCleanup(self.port.stopListening)
        self.metrics = Metrics()
        url = f"http://127.0.0.1:{self.port.getHost().port}"
        self.back = BackOffice(Settings(business="http", business_database=url), reactor, self.metrics)
        await self.back.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.back.stop()))
        self.house = GatewayBench(promos_a_day=0)
        self.house.business = self.back._business  # type: ignore[assignment]
        self.house.more = {"places": self.back.texts}
        await self.house.open()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.house.close()))

    async def test_every_text_is_answered_right(self) -> None:
        smsc = self.house.smsc
        for who in CALLERS:
            smsc.send_mo("0103", who)
        await smsc.until(lambda: len(smsc.texts) >= TEXTS, 100.0)
        self.assertGreater(self.gate.refused, 0)
        self.assertEqual([text for _, text in smsc.texts if "余额" not in text], [])
        self.assertEqual({who: len(smsc.to(who)) for who in CALLERS}, dict.fromkeys(CALLERS, 1))
        self.assertIn("hall_business_breaks_total 0.0", self.metrics.render())
