"""Test cases that stand on a running gateway."""

from __future__ import annotations

from typing import ClassVar

from twisted.trial.unittest import TestCase

from sms.testing.fakes import GatewayBench


class GatewayCase(TestCase):
    """A gateway that is up; ``config`` is its :class:`sms.gateway.GatewayConfig`'s."""

    timeout = 120
    config: ClassVar[dict[str, object]] = {}

    async def setUp(self) -> None:  # type: ignore[override]
        self.house = GatewayBench(**self.config)
        self.smsc = self.house.smsc
        await self.house.open()

    async def tearDown(self) -> None:  # type: ignore[override]
        await self.house.close()
