"""The contract's groups of products, of which one is open at a time, and products with a choice."""

from __future__ import annotations

from datetime import date

from business.contract.case import DEBTOR, GOTONE, LOST, MZONE, POOR, ContractCase
from business.port import CancelProduct, Done, OpenProduct, Product, Refused, Why
from business.port.stock import BackOfficeData, Terms

MAILS = (
    Terms("mail", "标准邮箱", 500, charged_at_once=True, group="mail"),
    Terms("mail_free", "免费邮箱", group="mail"),
)
LARGE, SMALL = OpenProduct("pack_l"), OpenProduct("pack_s")
FORWARD = 13900000001


class GroupsContract(ContractCase):
    """Groups of products, and what is chosen with one."""

    async def the(self, msisdn: str, product: str) -> Product:
        found = await self.business.product(msisdn, product)
        assert isinstance(found, Product)
        return found

    async def test_opening_one_of_a_group_replaces_the_other_from_next_month(self) -> None:
        await self.do(GOTONE, SMALL, "k1")
        offer = await self.offered(GOTONE, LARGE)
        self.assertEqual((offer.effective, offer.confirm), (date(2026, 12, 1), True))
        self.assertEqual((offer.fee, offer.details["old"]), (2000, "小包"))
        outcome = await self.business.perform(GOTONE, LARGE, offer, "k2")
        assert isinstance(outcome, Done)
        self.assertEqual((outcome.details["old"], outcome.details["effective"]), ("小包", date(2026, 12, 1)))
        small, large = await self.the(GOTONE, "pack_s"), await self.the(GOTONE, "pack_l")
        self.assertEqual((small.open, large.open, large.since), (False, True, date(2026, 12, 1)))
        self.assertEqual(await self.moved(GOTONE), [])

    async def test_what_runs_already_goes_on_until_the_new_one_begins(self) -> None:
        await self.do(GOTONE, SMALL, "k1")
        self.now = self.now.replace(month=12, day=20)
        await self.do(GOTONE, LARGE, "k2")
        self.assertEqual((await self.the(GOTONE, "pack_s")).until, date(2026, 12, 31))
        self.assertEqual((await self.the(GOTONE, "pack_l")).since, date(2027, 1, 1))

    async def test_who_has_it_already_is_told_so(self) -> None:
        await self.do(GOTONE, LARGE, "k")
        await self.refused(GOTONE, LARGE, Why.ALREADY)

    async def test_a_group_that_begins_at_once_ends_the_old_one_at_once(self) -> None:
        await self.fill(BackOfficeData(MAILS))
        self.assertFalse((await self.offered(GOTONE, OpenProduct("mail_free"))).confirm)
        await self.do(GOTONE, OpenProduct("mail"), "k1")
        offer = await self.offered(GOTONE, OpenProduct("mail_free"))
        self.assertEqual((offer.fee, offer.confirm, offer.details["old"]), (0, True, "标准邮箱"))
        await self.business.perform(GOTONE, OpenProduct("mail_free"), offer, "k2")
        mail = await self.the(GOTONE, "mail")
        self.assertEqual((mail.open, mail.until), (False, date(2026, 11, 22)))
        self.assertTrue((await self.the(GOTONE, "mail_free")).open)

    async def test_an_offer_names_what_it_replaces_and_holds_for_that_only(self) -> None:
        await self.do(GOTONE, SMALL, "k1")
        offer = await self.offered(GOTONE, LARGE)
        await self.do(GOTONE, CancelProduct("pack_s"), "k2")
        outcome = await self.business.perform(GOTONE, LARGE, offer, "k3")
        assert isinstance(outcome, Refused)
        self.assertEqual(outcome.why, Why.OFFER_CHANGED)
        self.assertFalse((await self.the(GOTONE, "pack_l")).open)

    async def test_of_two_wishes_at_once_one_is_open_in_the_end(self) -> None:
        wishes = [(change, await self.offered(GOTONE, change)) for change in (LARGE, SMALL)]
        outcomes = await self.all(
            *(
                self.business.perform(GOTONE, change, offer, f"k{n}")
                for n, (change, offer) in enumerate(wishes)
            )
        )
        self.assertEqual({type(outcome) for outcome in outcomes}, {Done, Refused})
        opened = (await self.business.subscriber(GOTONE)).opened
        self.assertEqual(len(opened & {"pack_l", "pack_s"}), 1)

    async def test_whoever_owes_or_is_stopped_replaces_nothing(self) -> None:
        await self.refused(DEBTOR, LARGE, Why.ARREARS)
        await self.refused(LOST, LARGE, Why.SUSPENDED)

    # ---- what is chosen -----------------------------------------------------------------------------------
    async def test_a_threshold_is_chosen_or_the_usual_one(self) -> None:
        usual = await self.offered(GOTONE, OpenProduct("balance_remind"))
        self.assertEqual((usual.details["option"], usual.confirm), (1000, False))
        await self.do(GOTONE, OpenProduct("balance_remind", 2000), "k1")
        self.assertEqual((await self.the(GOTONE, "balance_remind")).option, 2000)

    async def test_a_threshold_has_bounds_and_is_whole_yuan(self) -> None:
        for wrong in (0, -500, 499, 550, 10_100, 10**15):
            refusal = await self.refused(GOTONE, OpenProduct("balance_remind", wrong), Why.OPTION)
            self.assertEqual((refusal.details["low"], refusal.details["high"]), (500, 10_000))
        for right in (500, 10_000):
            await self.offered(GOTONE, OpenProduct("balance_remind", right))

    async def test_another_choice_changes_what_is_open(self) -> None:
        await self.do(GOTONE, OpenProduct("balance_remind", 2000), "k1")
        await self.refused(GOTONE, OpenProduct("balance_remind", 2000), Why.ALREADY)
        await self.refused(GOTONE, OpenProduct("balance_remind"), Why.ALREADY)
        self.assertIsInstance(await self.do(GOTONE, OpenProduct("balance_remind", 5000), "k2"), Done)
        reminder = await self.the(GOTONE, "balance_remind")
        self.assertEqual((reminder.open, reminder.option), (True, 5000))

    async def test_an_offer_of_one_choice_is_not_one_of_another(self) -> None:
        offer = await self.offered(MZONE, OpenProduct("call_forward", FORWARD))
        outcome = await self.business.perform(MZONE, OpenProduct("call_forward", FORWARD + 1), offer, "k")
        assert isinstance(outcome, Refused)
        self.assertEqual(outcome.why, Why.OFFER_CHANGED)

    async def test_calls_go_to_a_fixed_line_with_its_area_code(self) -> None:
        for fixed in (73184001234, 1082345678, 2087654321):
            await self.do(MZONE, OpenProduct("call_forward", fixed), f"k{fixed}")
            self.assertEqual((await self.the(MZONE, "call_forward")).option, fixed)

    async def test_calls_go_to_another_mobile_number_and_that_is_asked_about(self) -> None:
        for wrong in (None, int(GOTONE), 0, -1, 10086, 1390000000, 139000000011):
            await self.refused(GOTONE, OpenProduct("call_forward", wrong), Why.UNKNOWN_TARGET)
        offer = await self.offered(GOTONE, OpenProduct("call_forward", FORWARD))
        self.assertEqual((offer.confirm, offer.details["option"]), (True, FORWARD))
        await self.business.perform(GOTONE, OpenProduct("call_forward", FORWARD), offer, "k")
        self.assertEqual((await self.the(GOTONE, "call_forward")).option, FORWARD)

    async def test_a_choice_where_there_is_none_is_none(self) -> None:
        await self.do(POOR, OpenProduct("fetion", 500), "k")
        fetion = await self.the(POOR, "fetion")
        self.assertEqual((fetion.open, fetion.option), (True, None))
