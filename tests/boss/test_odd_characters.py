"""What no database has a place for: characters that it cannot keep."""

from __future__ import annotations

from typing import Any

from boss.testing.cases import PostgresCase, SqlCase
from business.contract.case import FIFTY, GOTONE, POOR
from business.port import (
    CancelProduct,
    CancelSp,
    Complain,
    Done,
    ExchangePoints,
    OpenProduct,
    PasswordCheck,
    Refused,
    TopUp,
    Why,
)
from tests.peers import needs_peer


class OddCharacters:
    """What a database has no place for is not there; where it is kept it is marked, and nothing fails."""

    business: Any

    async def test_what_it_has_no_place_for_is_not_there(self: Any) -> None:
        for odd in ("\udcff", "\x00", "a\ud800b\x00"):
            for change, why in (
                (OpenProduct(odd), Why.UNKNOWN_PRODUCT),
                (CancelProduct(odd), Why.UNKNOWN_PRODUCT),
                (CancelSp((odd,)), Why.NOTHING),
                (TopUp(FIFTY, odd), Why.UNKNOWN_TARGET),
                (ExchangePoints(odd), Why.UNKNOWN_PRODUCT),
            ):
                refused = await self.business.offer(GOTONE, change)
                self.assertEqual((type(refused), refused.why), (Refused, why), change)
            self.assertEqual(await self.business.places(odd), ())
            self.assertEqual(await self.business.holders(odd, "", 5), ())
            wrong = await self.business.check_password(POOR, odd)
            self.assertNotEqual(wrong.check, PasswordCheck.RIGHT)

    async def test_a_complaint_with_it_is_filed(self: Any) -> None:
        change = Complain("信号\x00不好\udcff")
        offer = await self.business.offer(GOTONE, change)
        outcome = await self.business.perform(GOTONE, change, offer, "k")
        self.assertIsInstance(outcome, Done)
        again = await self.business.perform(GOTONE, change, offer, "k")
        self.assertEqual(again, Done(outcome.details, repeated=True))


class TestOddCharacters(OddCharacters, SqlCase):
    """On SQLite."""


@needs_peer("postgresql")
class TestOddCharactersOnPostgresql(OddCharacters, PostgresCase):
    """On PostgreSQL."""
