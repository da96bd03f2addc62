"""The contract's service passwords: checking, locking, changing, resetting, unlocking; and registration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from business.contract.case import (
    DEBTOR,
    GOTONE,
    ID_NUMBER,
    LOST,
    MZONE,
    PASSWORD,
    POOR,
    STOPPED,
    ContractCase,
)
from business.port import (
    Change,
    ChangePassword,
    Done,
    PasswordAnswer,
    PasswordCheck,
    Refused,
    RegisterName,
    ResetPassword,
    UnlockPassword,
    Why,
)

NEW, OTHER_ID = "739184", "430102198001011230"
MIDNIGHT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # in Hunan
RIGHT, LOCKED = PasswordAnswer(PasswordCheck.RIGHT, 3), PasswordAnswer(PasswordCheck.LOCKED, 0)


class PasswordCase(ContractCase):
    """What the tests below have in common."""

    async def check(self, password: str, msisdn: str = GOTONE) -> PasswordAnswer:
        answer: PasswordAnswer = await self.business.check_password(msisdn, password)
        return answer

    async def from_stranger(self, password: str) -> PasswordAnswer:
        """The same of one who is not known to be the owner."""
        apart = self.business.counts_strangers_apart
        answer: PasswordAnswer = await self.business.check_password(GOTONE, password, stranger=apart)
        return answer

    async def lock(self) -> PasswordAnswer:
        for wrong in ("111111", "222222"):
            await self.check(wrong)
        return await self.check("333333")

    async def reset(self, key: str = "reset", msisdn: str = GOTONE) -> str:
        """The temporary password."""
        outcome = await self.do(msisdn, ResetPassword(ID_NUMBER), key)
        assert isinstance(outcome, Done), outcome
        return str(outcome.details["temporary"])

    async def wrong_id(self, change: Change, key: str) -> Refused:
        outcome = await self.do(GOTONE, change, key)
        assert isinstance(outcome, Refused)
        self.assertEqual(outcome.why, Why.WRONG_ID)
        return outcome


class PasswordsContract(PasswordCase):
    """Service passwords, their lock, and a new one."""

    async def test_three_errors_a_day_lock_the_password(self) -> None:
        self.assertEqual(await self.check(PASSWORD), RIGHT)
        self.assertEqual(await self.check("111111"), PasswordAnswer(PasswordCheck.WRONG, 2))
        self.assertEqual(await self.check("222222"), PasswordAnswer(PasswordCheck.WRONG, 1))
        self.assertEqual(await self.check(PASSWORD), PasswordAnswer(PasswordCheck.RIGHT, 1))
        locking = await self.check("333333")
        self.assertEqual(locking, PasswordAnswer(PasswordCheck.LOCKED, 0, locked_now=True))
        self.assertEqual(await self.check(PASSWORD), LOCKED)

    async def test_the_lock_ends_at_midnight_in_hunan(self) -> None:
        await self.lock()
        self.now = MIDNIGHT - timedelta(seconds=1)
        self.assertEqual((await self.check(PASSWORD)).check, PasswordCheck.LOCKED)
        self.now = MIDNIGHT
        self.assertEqual(await self.check(PASSWORD), RIGHT)

    async def test_guesses_side_by_side_are_counted_one_by_one(self) -> None:
        answers = await self.all(*(self.check(f"{n:06}") for n in range(8)))
        kinds = [answer.check for answer in answers]
        self.assertEqual(kinds.count(PasswordCheck.WRONG), 2)
        self.assertEqual(kinds.count(PasswordCheck.LOCKED), 6)
        self.assertEqual([answer.locked_now for answer in answers].count(True), 1)

    async def test_who_has_no_password_has_no_right_one(self) -> None:
        self.assertEqual((await self.check("", POOR)).check, PasswordCheck.WRONG)

    async def test_a_new_password_is_the_right_one_from_then_on(self) -> None:
        offer = await self.offered(GOTONE, ChangePassword(NEW))
        self.assertEqual((offer.fee, offer.charged, offer.confirm), (0, False, False))
        self.assertEqual(await self.check(PASSWORD), RIGHT)
        self.assertIsInstance(await self.business.perform(GOTONE, ChangePassword(NEW), offer, "k"), Done)
        self.assertEqual(await self.check(NEW), RIGHT)
        self.assertEqual((await self.check(PASSWORD)).check, PasswordCheck.WRONG)

    async def test_a_weak_password_is_refused_and_so_is_the_old_one(self) -> None:
        for weak in (
            "111111",
            "123456",
            "987654",
            GOTONE[-6:],
            "25803",
            "2580361",
            "２５８０３６",
            "",
            PASSWORD,
        ):
            await self.refused(GOTONE, ChangePassword(weak), Why.WEAK_PASSWORD)
        self.assertEqual(await self.check(PASSWORD), RIGHT)

    async def test_whoever_owes_or_is_stopped_may_choose_a_new_one(self) -> None:
        for who in (DEBTOR, STOPPED, LOST, POOR):
            self.assertIsInstance(await self.do(who, ChangePassword(NEW), f"k{who}"), Done)
            self.assertEqual(await self.check(NEW, who), RIGHT)

    async def test_a_new_password_does_not_lift_the_lock(self) -> None:
        await self.lock()
        await self.do(GOTONE, ChangePassword(NEW), "k")
        self.assertEqual(await self.check(NEW), LOCKED)

    async def test_a_repeated_change_is_not_done_again(self) -> None:
        offer = await self.offered(GOTONE, ChangePassword(NEW))
        await self.business.perform(GOTONE, ChangePassword(NEW), offer, "k1")
        await self.do(GOTONE, ChangePassword("486215"), "k2")
        again = await self.business.perform(GOTONE, ChangePassword(NEW), offer, "k1")
        self.assertEqual(again, Done(repeated=True))
        self.assertEqual(await self.check("486215"), RIGHT)

    async def test_who_counts_strangers_apart_never_locks_an_owner_for_what_they_do(self) -> None:
        apart = self.business.counts_strangers_apart
        for wrong in ("111111", "222222", "333333", "444444")[: 4 if apart else 2]:
            answer = await self.from_stranger(wrong)
            self.assertNotEqual(answer.check, PasswordCheck.RIGHT)
            self.assertFalse(answer.locked_now)
        self.assertEqual((await self.check(PASSWORD)).check, PasswordCheck.RIGHT)
        if apart:
            self.assertEqual(await self.from_stranger(PASSWORD), LOCKED)
            for left in (2, 1):
                self.assertEqual(await self.check("555555"), PasswordAnswer(PasswordCheck.WRONG, left))
            self.assertEqual(await self.check(PASSWORD), PasswordAnswer(PasswordCheck.RIGHT, 1))

    async def test_what_the_owner_has_locked_is_locked_for_strangers(self) -> None:
        self.assertEqual(await self.from_stranger(PASSWORD), RIGHT)
        await self.lock()
        self.assertEqual(await self.from_stranger(PASSWORD), LOCKED)


class IdentityContract(PasswordCase):
    """What the ID number proves: a temporary password, an unlocked one, a registration."""

    async def test_a_temporary_password_is_right_and_says_so(self) -> None:
        temporary = await self.reset()
        self.assertRegex(temporary, r"\A[0-9]{6}\Z")
        answer = PasswordAnswer(PasswordCheck.RIGHT, 3, temporary=True)
        self.assertEqual(await self.check(temporary), answer)
        self.assertEqual((await self.check(PASSWORD)).check, PasswordCheck.WRONG)

    async def test_a_temporary_password_ends_after_a_day(self) -> None:
        temporary = await self.reset()
        self.now += timedelta(hours=24, seconds=-1)
        self.assertTrue((await self.check(temporary)).temporary)
        self.now += timedelta(seconds=1)
        self.assertEqual(await self.check(temporary), PasswordAnswer(PasswordCheck.WRONG, 2))

    async def test_the_chosen_password_is_temporary_no_more(self) -> None:
        temporary = await self.reset()
        await self.refused(GOTONE, ChangePassword(temporary), Why.WEAK_PASSWORD)
        await self.do(GOTONE, ChangePassword(NEW), "k")
        self.now += timedelta(days=2)
        self.assertEqual(await self.check(NEW), RIGHT)

    async def test_a_repeated_reset_gives_the_same_password_and_another_one_another(self) -> None:
        change = ResetPassword(ID_NUMBER)
        offer = await self.offered(GOTONE, change)
        outcomes = await self.all(*(self.business.perform(GOTONE, change, offer, "k") for _ in range(4)))
        self.assertEqual(len({outcome.details["temporary"] for outcome in outcomes}), 1)
        self.assertEqual(sorted(outcome.repeated for outcome in outcomes), [False, True, True, True])
        first, second = outcomes[0].details["temporary"], await self.reset("another")
        self.assertNotEqual(first, second)
        self.assertTrue((await self.check(second)).temporary)

    async def test_no_temporary_password_in_a_repr(self) -> None:
        outcome = await self.do(GOTONE, ResetPassword(ID_NUMBER), "k")
        assert isinstance(outcome, Done)
        for shown in (outcome, self.business, await self.business.records(GOTONE)):
            self.assertNotIn(str(outcome.details["temporary"]), repr(shown))
            self.assertNotIn(ID_NUMBER, repr(shown))

    async def test_wrong_id_numbers_are_counted_and_lock_for_the_day(self) -> None:
        left = [(await self.wrong_id(ResetPassword(OTHER_ID), f"k{n}")).details["left"] for n in range(3)]
        self.assertEqual(left, [2, 1, 0])
        await self.refused(GOTONE, ResetPassword(ID_NUMBER), Why.ID_LOCKED)
        self.assertEqual(await self.check(PASSWORD), RIGHT)
        self.now = MIDNIGHT
        await self.reset("next day")

    async def test_the_lock_of_id_numbers_is_one_for_resetting_and_unlocking(self) -> None:
        await self.lock()
        wrong: tuple[Change, ...] = (
            ResetPassword(OTHER_ID),
            UnlockPassword(OTHER_ID),
            ResetPassword(OTHER_ID),
        )
        for n, change in enumerate(wrong):
            await self.wrong_id(change, f"k{n}")
        await self.refused(GOTONE, UnlockPassword(ID_NUMBER), Why.ID_LOCKED)
        self.assertEqual(await self.check(PASSWORD), LOCKED)

    async def test_a_repeated_wrong_id_number_counts_once(self) -> None:
        for _ in range(5):
            outcome = await self.wrong_id(ResetPassword(OTHER_ID), "one key")
            self.assertEqual(outcome.details["left"], 2)

    async def test_wrong_id_numbers_side_by_side_are_counted_one_by_one(self) -> None:
        offer = await self.offered(GOTONE, ResetPassword(OTHER_ID))
        outcomes = await self.all(
            *(self.business.perform(GOTONE, ResetPassword(OTHER_ID), offer, f"k{n}") for n in range(5))
        )
        whys = sorted(outcome.why for outcome in outcomes)
        self.assertEqual(whys, [Why.ID_LOCKED] * 2 + [Why.WRONG_ID] * 3)

    async def test_an_id_number_of_another_form_is_a_slip_and_not_counted(self) -> None:
        for slip in ("", "123", ID_NUMBER[:-1] + "X", ID_NUMBER + "0"):
            refusal = await self.refused(GOTONE, ResetPassword(slip), Why.WRONG_ID)
            self.assertEqual(refusal.details["left"], 3)

    async def test_an_offer_does_not_tell_whether_an_id_number_is_right(self) -> None:
        right = await self.offered(GOTONE, ResetPassword(ID_NUMBER))
        self.assertEqual(await self.offered(GOTONE, ResetPassword(OTHER_ID)), right)
        self.assertEqual(await self.offered(MZONE, ResetPassword(OTHER_ID)), right)

    async def test_who_has_no_id_number_on_record_is_answered_like_with_a_wrong_one(self) -> None:
        for n, left in enumerate((2, 1, 0)):
            outcome = await self.do(MZONE, ResetPassword(ID_NUMBER), f"k{n}")
            assert isinstance(outcome, Refused)
            self.assertEqual((outcome.why, outcome.details["left"]), (Why.WRONG_ID, left))

    async def test_no_password_is_sent_to_a_telephone_that_is_stopped(self) -> None:
        for who in (STOPPED, LOST):
            await self.refused(who, ResetPassword(ID_NUMBER), Why.SUSPENDED)

    async def test_unlocking_lifts_the_lock_and_keeps_the_password(self) -> None:
        await self.refused(GOTONE, UnlockPassword(ID_NUMBER), Why.NOT_LOCKED)
        await self.lock()
        self.assertIsInstance(await self.do(GOTONE, UnlockPassword(ID_NUMBER), "k"), Done)
        self.assertEqual(await self.check(PASSWORD), RIGHT)

    async def test_a_reset_proves_what_unlocking_proves_and_lifts_the_lock_too(self) -> None:
        await self.lock()
        await self.wrong_id(ResetPassword(OTHER_ID), "k")
        self.assertEqual(await self.check(PASSWORD), LOCKED)
        temporary = await self.reset()
        answer = PasswordAnswer(PasswordCheck.RIGHT, 3, temporary=True)
        self.assertEqual(await self.check(temporary), answer)

    async def test_who_registers_can_prove_it_afterwards_and_registers_once(self) -> None:
        self.assertFalse((await self.business.subscriber(MZONE)).registered)
        self.assertIsInstance(await self.do(MZONE, RegisterName("张 三", OTHER_ID), "k1"), Done)
        self.assertTrue((await self.business.subscriber(MZONE)).registered)
        self.assertTrue((await self.business.subscriber(GOTONE)).registered)
        await self.refused(MZONE, RegisterName("李四", ID_NUMBER), Why.ALREADY)
        await self.refused(GOTONE, RegisterName("李四", OTHER_ID), Why.ALREADY)
        outcome = await self.do(MZONE, ResetPassword(OTHER_ID), "k2")
        self.assertIsInstance(outcome, Done)

    async def test_of_two_who_register_at_once_one_is_registered(self) -> None:
        names = (RegisterName("张三", OTHER_ID), RegisterName("李四", ID_NUMBER))
        offers = [await self.offered(MZONE, change) for change in names]
        outcomes = await self.all(
            *(
                self.business.perform(MZONE, change, offer, f"k{n}")
                for n, (change, offer) in enumerate(zip(names, offers, strict=True))
            )
        )
        self.assertEqual(sum(isinstance(outcome, Done) for outcome in outcomes), 1)
        self.assertEqual({one.why for one in outcomes if isinstance(one, Refused)}, {Why.ALREADY})

    async def test_a_name_and_an_id_number_have_a_form(self) -> None:
        await self.refused(MZONE, RegisterName(" ", OTHER_ID), Why.NOTHING)
        await self.refused(MZONE, RegisterName("张" * 41, OTHER_ID), Why.NOTHING)
        await self.refused(MZONE, RegisterName("张三", "12345"), Why.WRONG_ID)

    async def test_a_key_belongs_to_its_secret_too(self) -> None:
        await self.reset("k")
        outcome = await self.do(GOTONE, ResetPassword(OTHER_ID), "k")
        self.assertNotIsInstance(outcome, Done | Refused)
