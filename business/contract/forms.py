"""The contract's forms: what customers answer to a quiz (R049) or a survey (R120)."""

from __future__ import annotations

from business.contract.case import DEBTOR, GOTONE, LOST, MZONE, POOR, STOPPED, ContractCase
from business.port import Done, Performed, Respond, Why


def entries(outcome: Performed) -> int:
    assert isinstance(outcome, Done), outcome
    return int(str(outcome.details["entries"]))


class FormsContract(ContractCase):
    """Answers to forms of the hall's."""

    async def test_an_answer_is_taken_and_counted_form_by_form(self) -> None:
        for n, (who, form) in enumerate(((GOTONE, "quiz"), (MZONE, "quiz"), (GOTONE, "survey"))):
            outcome = await self.do(who, Respond(form, ("1", "3")), f"k{n}")
            self.assertEqual(entries(outcome), {"quiz": n + 1}.get(form, 1))

    async def test_it_costs_nothing_and_is_not_asked_about(self) -> None:
        offer = await self.offered(GOTONE, Respond("quiz", ("1",)))
        self.assertEqual((offer.fee, offer.charged, offer.confirm), (0, False, False))

    async def test_once_means_once_and_only_for_that_form_and_that_customer(self) -> None:
        await self.do(GOTONE, Respond("quiz", ("1",), once=True), "k1")
        await self.refused(GOTONE, Respond("quiz", ("2",), once=True), Why.ALREADY)
        await self.do(MZONE, Respond("quiz", ("1",), once=True), "k2")
        await self.do(GOTONE, Respond("other", ("1",), once=True), "k3")
        await self.do(GOTONE, Respond("survey", ("5",)), "k4")
        await self.do(GOTONE, Respond("survey", ("4",)), "k5")

    async def test_whoever_owes_or_is_stopped_may_answer(self) -> None:
        for who in (DEBTOR, STOPPED, LOST):
            outcome = await self.do(who, Respond("quiz", ("1",), "差" * 1000), f"k{who}")
            assert isinstance(outcome, Done), outcome

    async def test_the_same_key_at_once_is_one_answer(self) -> None:
        change = Respond("quiz", ("1", "2"), "多建基站", once=True)
        offer = await self.offered(POOR, change)
        outcomes = await self.all(*(self.business.perform(POOR, change, offer, "k") for _ in range(8)))
        self.assertEqual({entries(outcome) for outcome in outcomes}, {1})

    async def test_many_at_once_have_each_a_number_of_their_own(self) -> None:
        who = (GOTONE, POOR, DEBTOR, STOPPED, LOST, MZONE)
        outcomes = await self.all(*(self.do(one, Respond("quiz", ("1",)), f"k{one}") for one in who))
        self.assertEqual(sorted(map(entries, outcomes)), [1, 2, 3, 4, 5, 6])
