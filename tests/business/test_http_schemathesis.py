"""Thousands of requests made from the description, right and wrong ones: the reference server takes the right
ones, refuses the wrong ones, answers as described, and never fails. The same requests every time."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.interfaces import IListeningPort
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from boss.data import demo_text, read_data
from boss.sql import SqlBusiness
from business.http.reference import reference_site

DESCRIPTION = Path(__file__).parents[2] / "business" / "http" / "openapi.yaml"
TOKEN = "a-token-for-this-test"
FEWEST = 1000  # requests; fewer, and it has not really been tried
NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)


class TestEveryRequest(TestCase):
    timeout = 180

    async def setUp(self) -> None:  # type: ignore[override]
        self.business = SqlBusiness(f"sqlite:///{self.mktemp()}/business.db", lambda: NOW, reactor)
        await self.business.start()
        await self.business.put(read_data(demo_text(), "demo.yaml", NOW))
        site = reference_site(self.business, seconds=reactor.seconds, token=TOKEN)
        self.port: IListeningPort = reactor.listenTCP(0, site, interface="127.0.0.1")

    async def tearDown(self) -> None:  # type: ignore[override]
        await self.port.stopListening()
        await self.business.stop()

    async def test_right_and_wrong_requests(self) -> None:
        folder = Path(self.mktemp()).resolve()
        folder.mkdir()
        output, errors, status = await getProcessOutputAndValue(
            str(Path(sys.executable).with_name("schemathesis")),
            [
                "run", str(DESCRIPTION), "--url", f"http://127.0.0.1:{self.port.getHost().port}",
                "--header", f"Authorization: Bearer {TOKEN}", "--generation-deterministic",
                "--max-examples", "20", "--phases", "examples,coverage,fuzzing",
                "--suppress-health-check", "all", "--warnings", "off", "--no-color",
            ],
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
            path=str(folder),  # where it leaves what it remembers
            reactor=reactor,
        )  # fmt: skip
        told = output.decode() + errors.decode()
        self.assertEqual(status, 0, told)
        made = re.search(r"([0-9]+) generated", told)
        assert made is not None, told
        self.assertGreater(int(made[1]), FEWEST)
        self.assertEqual(self.flushLoggedErrors(), [])
