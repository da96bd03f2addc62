"""Every back office of ours keeps the port's promises: memory, sql on SQLite, sql on PostgreSQL."""

from __future__ import annotations

import itertools
import unittest
from typing import ClassVar

import pytest
from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from boss.memory import MemoryBusiness
from boss.sql import SqlBusiness
from business import contract
from business.port import Change, Done, Offer, Origin, Performed, Refused, ResetPassword, TopUp, Why
from business.port.days import Clock
from business.port.secrecy import password_fits
from business.port.stock import BackOfficeData
from store.testing.postgres import Postgres
from tests.peers import needs_peer


class TestMemory(contract.BusinessContract, TestCase):
    def make(self, clock: Clock) -> MemoryBusiness:
        return MemoryBusiness(BackOfficeData(), clock)


class TestSqlite(contract.BusinessContract, TestCase):
    def make(self, clock: Clock) -> SqlBusiness:
        return SqlBusiness(f"sqlite:///{self.mktemp()}/business.db", clock, reactor)


@needs_peer("postgresql")
class TestPostgresql(contract.BusinessContract, TestCase):
    server: ClassVar[Postgres]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = Postgres()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()
        super().tearDownClass()

    def make(self, clock: Clock) -> SqlBusiness:
        self.server.empty()
        return SqlBusiness(self.server.url, clock, reactor, key_file=f"{self.mktemp()}/business.key")


class _Forgets(MemoryBusiness):
    """Remembers no key."""

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        return await super().perform(msisdn, change, offer, f"{key}-{next(_COUNT)}", channel)


class _Overcharges(MemoryBusiness):
    """Takes whatever the tariff is now."""

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        fresh = await self.offer(msisdn, change)
        return await super().perform(
            msisdn, change, fresh if isinstance(fresh, Offer) else offer, key, channel
        )


class _Chats(MemoryBusiness):
    """Tells anybody the balance of anybody."""

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        outcome = await super().perform(msisdn, change, offer, key, channel)
        if not isinstance(outcome, Done) or not isinstance(change, TopUp):
            return outcome
        balance = (await self.fee(change.target)).balance
        return Done({**outcome.details, "balance": balance}, outcome.repeated)


class _Confirms(MemoryBusiness):
    """Tells in its offer already whether an ID number is right."""

    async def offer(self, msisdn: str, change: Change) -> Offer | Refused:
        right = self._account(msisdn).id_number
        if isinstance(change, ResetPassword) and not password_fits(change.id_number, right):
            return Refused(Why.WRONG_ID, {"left": 3})
        return await super().offer(msisdn, change)


_COUNT = itertools.count()


@pytest.mark.parametrize(
    ("faulty", "caught_by"),
    [
        (_Forgets, "test_the_same_key_many_at_once"),
        (_Forgets, "test_a_card_credits_its_face_once"),
        (_Forgets, "test_the_same_key_at_once_exchanges_once"),
        (_Forgets, "test_the_same_key_at_once_is_one_complaint"),
        (_Forgets, "test_a_repeated_reset_gives_the_same_password_and_another_one_another"),
        (_Forgets, "test_a_repeated_wrong_id_number_counts_once"),
        (_Overcharges, "test_a_changed_tariff_is_refused"),
        (_Overcharges, "test_a_reward_that_has_become_dearer_is_refused"),
        (_Overcharges, "test_a_month_that_begins_before_the_yes_is_asked_about_anew"),
        (_Overcharges, "test_an_offer_names_what_it_replaces_and_holds_for_that_only"),
        (_Confirms, "test_an_offer_does_not_tell_whether_an_id_number_is_right"),
        (_Chats, "test_topping_up_somebody_else_asks_and_tells_no_balance"),
    ],
)
def test_the_kit_catches_what_breaks_a_promise(faulty: type[MemoryBusiness], caught_by: str) -> None:
    class Kit(contract.BusinessContract, TestCase):
        def make(self, clock: Clock) -> MemoryBusiness:
            return faulty(BackOfficeData(), clock)

    result = unittest.TestResult()
    Kit(caught_by).run(result)
    assert result.testsRun == 1
    ((_test, report),) = [*result.failures, *result.errors]
    assert "AssertionError" in report or "FailTest" in report  # a promise broken, not a test that crashed
