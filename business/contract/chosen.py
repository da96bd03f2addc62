"""The contract's queries of what may be chosen and looked up: groups, options, rewards, places, attribution;
and of whom a scheduler writes to."""

from __future__ import annotations

from dataclasses import replace

from business.contract.case import (
    DEBTOR,
    GOTONE,
    LOST,
    MZONE,
    PLACES,
    POOR,
    REPORTS,
    REWARDS,
    SEGMENTS,
    STOPPED,
    ContractCase,
)
from business.port import CancelProduct, LowBalance, OpenProduct, Place
from business.port.stock import BackOfficeData

HALLS = tuple(place for city, place in PLACES if city == "长沙")
LOWS = (
    LowBalance(POOR, 280, 1000),  # chose no threshold
    LowBalance(STOPPED, 0, 500),  # owes; a balance is never below zero
    LowBalance(LOST, 5000, 6000),
)


class ChosenContract(ContractCase):
    """Rewards, groups of products, options."""

    async def test_rewards_the_cheapest_first_affordable_or_not(self) -> None:
        ten, thirty, fifty = REWARDS[1], REWARDS[2], REWARDS[0]
        self.assertEqual(await self.business.rewards(GOTONE), (ten, thirty, fifty))
        self.assertEqual(await self.business.rewards(POOR), (ten, thirty, fifty))

    async def test_of_a_group_one_sees_what_one_may_have_the_cheapest_first(self) -> None:
        for who, ids in (
            (GOTONE, ["pack_s", "pack_l"]),
            (MZONE, ["pack_s", "pack_mz", "pack_l"]),
            (POOR, ["pack_zz", "pack_s", "pack_l"]),
        ):
            found = await self.business.choices(who, "pack")
            self.assertEqual([one.id for one in found], ids)
            self.assertEqual({one.group for one in found}, {"pack"})
            self.assertEqual({one.open for one in found}, {False})

    async def test_a_group_shows_ones_own_fee_and_what_is_open(self) -> None:
        (small, *_) = await self.business.choices(MZONE, "pack")
        self.assertEqual(small.fee, 300)
        await self.do(GOTONE, OpenProduct("pack_l"), "k")
        small, large = await self.business.choices(GOTONE, "pack")
        self.assertEqual((small.fee, small.open, large.open), (500, False, True))
        self.assertEqual(large, await self.business.product(GOTONE, "pack_l"))
        self.assertFalse(any(one.open for one in await self.business.choices(POOR, "pack")))

    async def test_there_are_no_choices_in_no_group(self) -> None:
        self.assertEqual(await self.business.choices(GOTONE, "no such"), ())
        self.assertEqual(await self.business.choices(GOTONE, ""), ())

    async def test_what_was_chosen_is_shown_while_it_is_open(self) -> None:
        chosen = await self.business.product(STOPPED, "balance_remind")
        assert chosen is not None
        self.assertEqual((chosen.open, chosen.option), (True, 500))
        self.assertIsNone((await self.business.product(DEBTOR, "balance_remind")).option)
        await self.do(STOPPED, CancelProduct("balance_remind"), "k")
        closed = await self.business.product(STOPPED, "balance_remind")
        assert closed is not None
        self.assertEqual((closed.open, closed.option), (False, None))


class InformationContract(ContractCase):
    """Where numbers belong, and the halls of a city."""

    async def test_a_number_or_its_first_seven_digits_tell_where_it_belongs(self) -> None:
        hunan, jilin = (segment.attribution for segment in SEGMENTS)
        self.assertEqual(await self.business.attribution(GOTONE), hunan)
        self.assertEqual(await self.business.attribution("1380000"), hunan)
        self.assertEqual(await self.business.attribution("13674301528"), jilin)

    async def test_what_is_no_number_belongs_nowhere(self) -> None:
        for number in (
            "",
            "138",
            "13800000",
            "1209999",
            "12099990000",
            "138000000011",
            "138000o",
            "１３８００００",
        ):
            self.assertIsNone(await self.business.attribution(number), number)

    async def test_the_halls_of_a_city_in_their_order(self) -> None:
        self.assertEqual(await self.business.places("长沙"), HALLS)
        self.assertEqual(await self.business.places("张家界"), ())

    async def test_information_is_renewed_and_a_closed_hall_goes(self) -> None:
        new = Place("新营业厅", "长沙市解放路4号", "073110000004", "8:00-20:00")
        there = replace(SEGMENTS[0].attribution, city="湘潭")
        await self.fill(
            BackOfficeData(
                rewards=(replace(REWARDS[1], points=900),),
                segments=(replace(SEGMENTS[0], attribution=there),),
                places=(("长沙", HALLS[1]), ("长沙", new)),
            )
        )
        self.assertEqual(await self.business.places("长沙"), (HALLS[1], new))
        self.assertEqual(len(await self.business.places("株洲")), 1)
        self.assertEqual((await self.business.attribution(GOTONE)).city, "湘潭")
        self.assertEqual([one.points for one in await self.business.rewards(GOTONE)], [900, 2500, 4170])


class CareContract(ContractCase):
    """Whom a scheduler writes to."""

    async def test_low_balances_of_prepaid_subscribers_below_what_they_chose(self) -> None:
        self.assertEqual(await self.business.low_balances("", 100), LOWS)

    async def test_low_balances_come_by_the_page(self) -> None:
        pages, after = [], ""
        while page := await self.business.low_balances(after, 2):
            pages.append(page)
            after = page[-1].msisdn
        self.assertEqual(pages, [LOWS[:2], LOWS[2:]])

    async def test_whoever_opens_the_reminder_is_looked_after_and_no_longer_after_cancelling(self) -> None:
        await self.do(GOTONE, OpenProduct("balance_remind"), "k1")
        self.assertIn(GOTONE, await self.business.holders("balance_remind", "", 100))
        await self.do(GOTONE, CancelProduct("balance_remind"), "k2")
        self.assertNotIn(GOTONE, await self.business.holders("balance_remind", "", 100))

    async def test_holders_by_the_page_in_the_order_of_their_numbers(self) -> None:
        first = await self.business.holders("balance_remind", "", 3)
        self.assertEqual(first, (POOR, STOPPED, LOST))
        self.assertEqual(await self.business.holders("balance_remind", first[-1], 3), (MZONE,))
        self.assertEqual(await self.business.holders("balance_remind", MZONE, 3), ())
        self.assertEqual(await self.business.holders("fetion", "", 3), (GOTONE,))
        self.assertEqual(await self.business.holders("no such", "", 3), ())


class ReportsContract(ContractCase):
    """Reports of spam that were handled: whom a second message goes to (R085)."""

    async def test_they_come_in_the_order_in_which_they_were_handled(self) -> None:
        found = await self.business.handled_reports("", 100)
        self.assertEqual([one.number for one in found], ["TS26110700001", "TS26110600001"])
        self.assertEqual({one.msisdn for one in found}, {MZONE})
        self.assertEqual(found[0].opened, REPORTS[0].opened)

    async def test_they_come_by_the_page_each_once(self) -> None:
        after, numbers = "", []
        while page := await self.business.handled_reports(after, 1):
            numbers += [one.number for one in page]
            after = page[-1].place
        self.assertEqual(numbers, ["TS26110700001", "TS26110600001"])

    async def test_their_places_grow_and_are_digits(self) -> None:
        places = [one.place for one in await self.business.handled_reports("", 100)]
        self.assertEqual(places, sorted(places))
        self.assertTrue(all(place.isdecimal() and 1 <= len(place) <= 20 for place in places))


class SendingContract(ContractCase):
    """Whom a message to a whole city goes to (R116)."""

    async def test_the_numbers_of_a_city_in_their_order(self) -> None:
        found = await self.business.numbers("长沙", "", 100)
        self.assertEqual(found, tuple(sorted((GOTONE, MZONE))))
        self.assertEqual(await self.business.numbers("株洲", "", 100), (POOR,))
        self.assertEqual(await self.business.numbers("no such", "", 100), ())

    async def test_they_come_by_the_page(self) -> None:
        after, found = "", []
        while page := await self.business.numbers("长沙", after, 1):
            found += page
            after = page[-1]
        self.assertEqual(found, sorted((GOTONE, MZONE)))
