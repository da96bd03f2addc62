"""The contract's complaints: taken, classed, given a deadline, urged."""

from __future__ import annotations

from datetime import timedelta

from business.contract.case import DEBTOR, GOTONE, LOST, MZONE, POOR, STOPPED, ContractCase
from business.port import Complain, Complaint, ComplaintKind, ComplaintState, Done, Refused, Urge, Why

WORDS = (
    ("家里信号很差,总是掉线", ComplaintKind.NETWORK),
    ("乱扣话费", ComplaintKind.FEE),
    ("没有定制梦网业务却扣费", ComplaintKind.SP),
    ("天天收到垃圾短信", ComplaintKind.SPAM),
    ("营业员态度不好", ComplaintKind.SERVICE),
    ("开通的彩铃没有生效", ComplaintKind.HANDLING),
    ("建议多开几家店", ComplaintKind.SUGGESTION),
    ("", ComplaintKind.OTHER),
    ("hello", ComplaintKind.OTHER),
)


class ComplaintsContract(ContractCase):
    """Complaints and suggestions."""

    async def newest(self, msisdn: str) -> Complaint:
        found: Complaint = (await self.business.complaints(msisdn))[0]
        return found

    async def complain(self, msisdn: str, key: str, text: str = "信号不好") -> str:
        """The number of the new complaint."""
        outcome = await self.do(msisdn, Complain(text), key)
        assert isinstance(outcome, Done), outcome
        return str(outcome.details["number"])

    async def test_a_complaint_is_taken_with_a_number_and_a_deadline(self) -> None:
        offer = await self.offered(GOTONE, Complain("信号不好"))
        self.assertEqual((offer.fee, offer.charged, offer.confirm), (0, False, False))
        outcome = await self.business.perform(GOTONE, Complain("信号不好"), offer, "k")
        assert isinstance(outcome, Done)
        one = await self.newest(GOTONE)
        due = self.now + timedelta(hours=8)
        expected = {"number": one.number, "due": due, "hours": 8, "kind": "网络信号"}
        self.assertEqual(dict(outcome.details), expected)
        self.assertEqual((one.state, one.opened, one.due), (ComplaintState.ACCEPTED, self.now, due))
        self.assertEqual([(step.what, step.desk) for step in one.steps], [("受理", "一线客服")])
        self.assertLessEqual(len(one.number), 16)

    async def test_the_deadline_goes_by_brand(self) -> None:
        for who, hours in ((GOTONE, 8), (DEBTOR, 24), (MZONE, 48), (POOR, 48)):  # the first is a VIP
            outcome = await self.do(who, Complain("信号不好"), f"k{who}")
            assert isinstance(outcome, Done)
            self.assertEqual(outcome.details["due"], self.now + timedelta(hours=hours))

    async def test_whoever_owes_or_is_stopped_may_complain(self) -> None:
        for who in (DEBTOR, STOPPED, LOST):
            await self.complain(who, f"k{who}")
            self.assertEqual(len(await self.business.complaints(who)), 1)

    async def test_its_kind_is_told_from_its_words_unless_it_is_given(self) -> None:
        for n, (text, kind) in enumerate(WORDS):
            await self.complain(POOR, f"k{n}", text)
            (one,) = [c for c in await self.business.complaints(POOR) if c.kind is kind][:1]
            self.assertEqual(one.kind, kind, text)
        await self.do(MZONE, Complain("乱扣话费", ComplaintKind.SUGGESTION), "given")
        self.assertEqual((await self.newest(MZONE)).kind, ComplaintKind.SUGGESTION)

    async def test_a_long_text_is_taken(self) -> None:
        await self.complain(POOR, "k", "差" * 1000)
        self.assertEqual((await self.newest(POOR)).state, ComplaintState.ACCEPTED)

    async def test_all_numbers_differ_also_of_many_at_once(self) -> None:
        who = (GOTONE, POOR, DEBTOR, STOPPED, LOST, MZONE)
        numbers = await self.all(*(self.complain(one, f"k{one}{n}") for n in range(3) for one in who))
        self.assertEqual(len(set(numbers)), 18)
        for one in who:
            shown = {c.number for c in await self.business.complaints(one)}
            self.assertEqual(len(shown & set(numbers)), 3)

    async def test_the_same_key_at_once_is_one_complaint(self) -> None:
        change = Complain("信号不好")
        offer = await self.offered(POOR, change)
        outcomes = await self.all(*(self.business.perform(POOR, change, offer, "k") for _ in range(8)))
        self.assertEqual(len({outcome.details["number"] for outcome in outcomes}), 1)
        self.assertEqual(len(await self.business.complaints(POOR)), 1)

    # ---- urging -------------------------------------------------------------------------------------------
    async def test_the_newest_open_one_is_urged_once_an_hour(self) -> None:
        number = await self.complain(POOR, "k")
        outcome = await self.do(POOR, Urge(), "k1")
        assert isinstance(outcome, Done)
        self.assertEqual((outcome.details["number"], outcome.details["urged"]), (number, 1))
        refusal = await self.refused(POOR, Urge(), Why.URGED)
        self.assertEqual(refusal.details["due"], self.now + timedelta(hours=48))
        self.now += timedelta(hours=1)
        await self.do(POOR, Urge(), "k2")
        one = await self.newest(POOR)
        self.assertEqual((one.urged, [step.what for step in one.steps]), (2, ["受理", "催办", "催办"]))

    async def test_one_is_urged_by_its_number_or_its_digits(self) -> None:
        first = await self.complain(POOR, "k1")
        await self.complain(POOR, "k2")
        await self.do(POOR, Urge(first.lower()), "k3")
        self.assertEqual([one.urged for one in await self.business.complaints(POOR)], [0, 1])
        digits = "".join(filter(str.isdigit, first))
        await self.refused(POOR, Urge(digits), Why.URGED)

    async def test_without_an_open_complaint_of_ones_own_there_is_nothing_to_urge(self) -> None:
        await self.refused(POOR, Urge(), Why.NO_COMPLAINT)
        number = await self.complain(MZONE, "k")
        await self.refused(POOR, Urge(number), Why.NO_COMPLAINT)
        await self.refused(GOTONE, Urge("TS26052000001"), Why.NO_COMPLAINT)  # closed long ago
        await self.refused(GOTONE, Urge("' OR 1=1"), Why.NO_COMPLAINT)

    async def test_urged_twice_at_once_is_urged_once(self) -> None:
        await self.complain(POOR, "k")
        offer = await self.offered(POOR, Urge())
        outcomes = await self.all(
            *(self.business.perform(POOR, Urge(), offer, key) for key in ("k1", "k1", "k2", "k3"))
        )
        done = [one for one in outcomes if isinstance(one, Done) and not one.repeated]
        self.assertEqual(len(done), 1)
        self.assertEqual({one.why for one in outcomes if isinstance(one, Refused)}, {Why.URGED})
        self.assertEqual((await self.newest(POOR)).urged, 1)
