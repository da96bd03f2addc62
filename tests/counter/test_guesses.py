"""Guessing at other people's secrets: counted before it is asked, by caller, trunk, victim and in all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import deferLater

import handlers
from business.guards.faults import FailBefore, Lie
from business.port import PasswordAnswer, PasswordCheck
from counter.desk import Desk
from counter.guesses import ANSWER, Asker, Guess, Guesses, GuessLimits, What, asker_of
from counter.testing.house import (
    ARREARS,
    EASYOWN,
    LOW,
    MZONE,
    PASSWORDS,
    POSTPAID,
    SUSPENDED,
    House,
    at_once,
    work,
)
from menus.model.channels import CHANNELS, SMS, VOICE
from menus.model.events import Answered, Do, NotDone, Offered, Outcome, Refused
from menus.model.specs import Action
from menus.model.values import Kind, Value

STRANGER, NOBODY, WRONG = "13900000004", "13999999999", "999111"
OWN, TRUNK = work("fees.realtime", caller=MZONE, secret=PASSWORDS[MZONE]), "192.0.2.7"
MISMATCH, LIMIT = Refused("password mismatch"), Refused("password limit")
ID, OTHER_ID = "430199198906050025", "430102198001011230"


def other(number: str, secret: str = WRONG) -> Any:
    return work("fees.other", number=number, secret=secret)


class Disk:
    """Keeps what it is told to; ``waits``: until :meth:`write`."""

    def __init__(self) -> None:
        self.rows: dict[int, Guess] = {}
        self.full = False
        self.waits = False
        self._waiting: list[Deferred[None]] = []

    def keep_guess(self, row: Guess) -> Deferred[None]:
        if self.full:
            return fail(OSError("disk full"))
        written: Deferred[None] = Deferred()
        written.addCallback(lambda _: self.rows.update({row.id: row}))
        self._waiting.append(written)
        if not self.waits:
            self.write()
        return written

    def write(self) -> None:
        self.waits = False
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.callback(None)

    def forget_guess(self, id: int) -> Deferred[None]:
        self.rows.pop(id, None)
        return succeed(None)

    def guesses(self, since: float) -> Deferred[list[Guess]]:
        return succeed([row for row in self.rows.values() if row.at >= since])


class Guessed(House):
    """A house whose tries are kept on ``disk``."""

    def __init__(self, disk: Disk | None = None, limits: GuessLimits | None = None, **more: Any) -> None:
        super().__init__()
        self.disk = disk or Disk()
        self.guesses = Guesses(self._seconds, limits, **more)
        at_once(self.guesses.open(self.disk))
        self.desk = Desk(self.business, handlers.FUNCTIONS, self._now, guesses=self.guesses)

    def _seconds(self) -> float:
        return self.now.timestamp()

    @property
    def asked(self) -> int:
        """How often the back office was asked for a password."""
        return self.business.calls.count("check_password")

    def withheld(self, work: Any, source: str = TRUNK) -> Outcome:
        return at_once(self.desk.run(work, None, VOICE, source))


# ---- by caller ---------------------------------------------------------------------------------------------
def test_of_twenty_one_tries_at_once_ten_are_asked() -> None:
    house = Guessed()
    house.disk.waits = True
    numbers = [f"139000000{n:02}" for n in range(10, 31)]
    answers = [Deferred.fromCoroutine(house.desk.run(other(number), STRANGER, SMS)) for number in numbers]
    assert house.asked == 0, "what is not on the disk is not asked"
    house.disk.write()
    told = [getattr(answer, "result", None) for answer in answers]
    assert told.count(MISMATCH) == 10
    assert told.count(LIMIT) == 11
    assert house.asked == 10


def test_right_ones_are_given_back_and_nobody_else_pays() -> None:
    house = Guessed()
    for _ in range(12):
        assert isinstance(house.run(other(MZONE, PASSWORDS[MZONE]), STRANGER), Answered)
    assert house.disk.rows == {}
    for number in (*(f"139000000{n}" for n in range(20, 30)),):
        assert house.run(other(number), STRANGER) == MISMATCH
    assert house.run(other(MZONE, PASSWORDS[MZONE]), STRANGER) == LIMIT
    assert isinstance(house.run(other(MZONE, PASSWORDS[MZONE]), POSTPAID), Answered)
    own = work("fees.other", number=STRANGER, secret="852074")
    assert isinstance(house.run(own, STRANGER), Answered), "his own is the back office's to count"


def test_a_back_office_that_does_not_answer_costs_nobody_a_try() -> None:
    house = Guessed()
    for _ in range(12):
        house.business.plan("check_password", FailBefore())
        assert isinstance(house.run(other(MZONE), STRANGER), NotDone)
    assert house.disk.rows == {}
    assert isinstance(house.run(other(MZONE, PASSWORDS[MZONE]), STRANGER), Answered)


def test_what_cannot_be_written_is_not_asked() -> None:
    house = Guessed()
    house.disk.full = True
    assert isinstance(house.run(other(MZONE), STRANGER), NotDone)
    assert house.asked == 0
    house.disk.full = False
    assert isinstance(house.run(other(MZONE, PASSWORDS[MZONE]), STRANGER), Answered)


def test_neither_midnight_nor_a_restart_begins_anew() -> None:
    house = Guessed()
    for n in range(10):
        house.run(other(f"139000000{n + 20}"), STRANGER)
    house.now = house.now.replace(hour=0, minute=1) + timedelta(days=1)
    assert house.run(other(MZONE), STRANGER) == LIMIT
    again = Guessed(house.disk)
    again.now = house.now
    assert again.run(other(MZONE), STRANGER) == LIMIT
    again.now += timedelta(hours=9, minutes=5)
    assert again.run(other(MZONE), STRANGER) == MISMATCH


def test_a_clock_that_was_set_back_before_the_restart_begins_nothing_anew() -> None:
    house = Guessed()
    for n in range(10):
        house.run(other(f"139000000{n + 20}"), STRANGER)
    again = Guessed(house.disk)
    again.now -= timedelta(days=3)
    at_once(again.guesses.open(house.disk))
    assert again.run(other(MZONE), STRANGER) == LIMIT
    again.now += timedelta(days=1)
    assert again.run(other(MZONE), STRANGER) == MISMATCH


# ---- by trunk ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("caller", [None, "073184001234", "+447700900123"])
def test_callers_without_a_mobile_number_are_counted_by_where_they_come_from(caller: str | None) -> None:
    house = Guessed(limits=GuessLimits(caller=100))

    def guess(number: str, source: str = TRUNK) -> Outcome:
        return at_once(house.desk.run(other(number), caller, VOICE, source))

    assert [guess(f"139000000{n}") for n in range(20, 40)] == [MISMATCH] * 20
    assert guess(MZONE) == LIMIT
    assert guess(MZONE, "192.0.2.8") == MISMATCH
    assert house.run(other(POSTPAID, PASSWORDS[POSTPAID]), STRANGER) != LIMIT
    house.now += timedelta(hours=1)
    assert guess(LOW) == MISMATCH


def test_a_customers_network_of_ipv6_is_one_trunk() -> None:
    assert asker_of(None, "2001:db8::1") == asker_of(None, "2001:db8::ffff:2")
    assert asker_of(None, "2001:db8:0:1::1") != asker_of(None, "2001:db8::1")
    assert asker_of("13900000001", "192.0.2.1") == Asker("13900000001")


# ---- by victim ---------------------------------------------------------------------------------------------
def test_strangers_never_lock_an_owner() -> None:
    """One caller without a number locked ten subscribers within 45 seconds."""
    house = Guessed()
    victims = [f"139000000{n:02}" for n in range(1, 11)]
    for _ in range(3):
        for victim in victims:
            house.withheld(work("fees.realtime", caller=victim, secret=WRONG))
            for number in ("13900000020", "13900000021"):
                house.run(other(victim), number)
    for victim, right in (*PASSWORDS.items(), (LOW, "159487")):
        own = work("fees.other", number=victim, secret=right)
        assert isinstance(house.run(own, victim), Answered), victim


def test_two_tries_in_a_day_are_all_that_strangers_have_at_one_number() -> None:
    house = Guessed()
    for stranger in (STRANGER, EASYOWN, LOW, ARREARS):
        assert house.run(other(MZONE), stranger) == MISMATCH
    assert house.asked == 2
    assert house.run(other(MZONE, PASSWORDS[MZONE]), POSTPAID) == MISMATCH, "right or not: nobody is asked"
    house.now += timedelta(hours=23, minutes=59)
    assert house.withheld(OWN) == MISMATCH
    house.now += timedelta(minutes=1)
    assert isinstance(house.withheld(OWN), Answered)


def test_what_strangers_try_leaves_the_owner_all_his_tries() -> None:
    house = Guessed()
    for stranger in (STRANGER, EASYOWN, LOW):
        house.run(other(MZONE), stranger)
    assert house.asked == 2
    for left in (2, 1):
        wrong = house.run(other(MZONE), MZONE)
        assert wrong == Refused("password wrong", {"left": Value(Kind.COUNT, left)})
    assert isinstance(house.run(other(MZONE, PASSWORDS[MZONE]), MZONE), Answered)


def test_where_errors_are_counted_in_common_strangers_leave_the_owner_one() -> None:
    house = Guessed()
    house.memory.counts_strangers_apart = False
    for stranger in (STRANGER, EASYOWN, LOW):
        house.run(other(MZONE), stranger)
    assert isinstance(house.run(other(MZONE, PASSWORDS[MZONE]), MZONE), Answered)


# ---- in all ------------------------------------------------------------------------------------------------
def test_beyond_so_many_in_all_only_owners_are_asked() -> None:
    house = Guessed(limits=GuessLimits(in_all=30))
    for n in range(30):
        assert house.run(other(f"138000000{n}"), f"1370000{n:04}") == MISMATCH
    assert house.run(other(POSTPAID, PASSWORDS[POSTPAID]), STRANGER) == LIMIT
    assert house.guesses.in_all() == 30
    own = work("fees.other", number=MZONE, secret=PASSWORDS[MZONE])
    assert isinstance(house.run(own, MZONE), Answered)
    house.now += timedelta(hours=1)
    assert isinstance(house.run(other(POSTPAID, PASSWORDS[POSTPAID]), STRANGER), Answered)


def test_no_more_is_kept_in_mind_than_a_day_has() -> None:
    house = Guessed(limits=GuessLimits(in_all=5))
    for hour in range(72):
        for n in range(9):
            house.run(other(f"138{hour:04}{n:04}"), f"137{hour:04}{n:04}")
        house.now += timedelta(hours=1)
    assert len(house.guesses._kept) <= 5 * 24
    assert sum(map(len, house.guesses._times.values())) <= 5 * 24 * 3


# ---- one answer --------------------------------------------------------------------------------------------
DOORS = [
    lambda number: work("fees.other", number=number, secret=WRONG),
    lambda number: work("puk.query", number=number, secret=WRONG),
    lambda number: work("phone.suspend", Action.OPEN, Do.OFFER, number=number, secret=WRONG),
    lambda number: work("phone.resume", Action.OPEN, Do.OFFER, number=number, secret=WRONG),
    lambda number: work("fees.realtime", caller=number, secret=WRONG),
    lambda number: work("points.query", caller=number, secret=WRONG),
    lambda number: work("plans.remain", caller=number, secret=WRONG),
    lambda number: work("details.list", caller=number, secret=WRONG),
    lambda number: work("passwords.change", Action.OPEN, Do.OFFER, caller=number, old=WRONG, new="1"),
    lambda number: work("products.manage", Action.OPEN, Do.OFFER, "crbt", caller=number, secret=WRONG),
    lambda number: work("topup.card", Action.OPEN, Do.OFFER, caller=number, secret=WRONG, card="1" * 18),
]  # fmt: skip


def locked(house: House, number: str) -> str:
    for _ in range(3):
        at_once(house.memory.check_password(number, WRONG))
    return number


def exhausted(house: House, number: str) -> str:
    for stranger in (EASYOWN, ARREARS):
        house.run(other(number), stranger)
    return number


@pytest.mark.parametrize("by", [None, STRANGER])
@pytest.mark.parametrize("door", DOORS)
def test_a_stranger_is_answered_alike_whatever_there_is(door: Any, by: str | None) -> None:
    """Unknown, subscriber, stopped, in arrears, without a password of its own, locked, no tries left."""
    house = Guessed(limits=GuessLimits(caller=100))
    found = {
        str(at_once(house.desk.run(door(number), by, channel, TRUNK)))
        for number in (
            NOBODY, MZONE, SUSPENDED, ARREARS, locked(house, POSTPAID), exhausted(house, LOW),
        )
        for channel in CHANNELS.values()
    }  # fmt: skip
    assert found == {str(MISMATCH)}


def test_a_stranger_waits_as_long_whatever_there_is() -> None:
    def rest(seconds: float) -> Deferred[None]:
        return deferLater(house.timers, seconds, lambda: None)

    house = Guessed(rest=rest)
    locked(house, POSTPAID)
    for number in (NOBODY, MZONE, POSTPAID, MZONE, MZONE):
        answer = Deferred.fromCoroutine(house.desk.run(other(number), STRANGER, SMS))
        house.timers.advance(ANSWER * 0.99)
        assert not answer.called, number
        house.timers.advance(ANSWER * 0.02)
        assert answer.result == MISMATCH
    assert house.asked == 4


def test_what_takes_longer_is_told_at_the_next_step() -> None:
    waited: list[float] = []

    async def rest(seconds: float) -> None:
        waited.append(seconds)

    now = 0.0
    guesses = Guesses(lambda: now, rest=rest)
    guess = at_once(guesses.take(What.PASSWORD, MZONE, Asker(STRANGER)))
    assert guess is not None
    now = ANSWER + 0.2
    at_once(guesses.wrong(guess, 0.0))
    assert waited == [pytest.approx(ANSWER - 0.2)]


# ---- ID numbers --------------------------------------------------------------------------------------------
def by_id(house: Guessed, does: str, number: str, id_number: str, key: str = "k") -> Outcome:
    offer = house.withheld(work(does, Action.OPEN, Do.OFFER, caller=number, id=id_number))
    if isinstance(offer, Refused | NotDone):
        return offer
    offered: Any = offer
    return house.withheld(
        work(does, Action.OPEN, Do.PERFORM, None, offered.offer, key, caller=number, id=id_number)
    )


@pytest.mark.parametrize("does", ["passwords.reset", "passwords.unlock"])
def test_an_id_number_from_elsewhere_is_answered_alike_whatever_there_is(does: str) -> None:
    house = Guessed()
    numbers = (NOBODY, MZONE, SUSPENDED, EASYOWN, locked(house, POSTPAID), ARREARS)
    told = [by_id(house, does, number, OTHER_ID, f"{does} {number}") for number in numbers]
    assert told == [Refused("id mismatch")] * len(numbers)


def test_strangers_never_lock_resetting_and_are_counted_side_by_side() -> None:
    house = Guessed()
    for n in range(5):
        assert by_id(house, "passwords.reset", MZONE, OTHER_ID, f"k{n}") == Refused("id mismatch")
    own = house.run(work("passwords.reset", Action.OPEN, Do.OFFER, id=ID), MZONE)
    offer: Any = own
    done = work("passwords.reset", Action.OPEN, Do.PERFORM, None, offer.offer, "own", id=ID)
    assert isinstance(house.run(done, MZONE), Answered)


def test_the_right_id_number_is_given_back() -> None:
    house = Guessed()
    for n in range(4):
        assert isinstance(by_id(house, "passwords.reset", MZONE, ID, f"k{n}"), Answered)
    assert house.disk.rows == {}


def test_id_numbers_and_passwords_are_one_callers_guesses() -> None:
    house = Guessed()
    for n in range(10):
        at_once(house.desk.run(other(f"138000000{n}"), None, VOICE, TRUNK))
    for n in range(10):
        by_id(house, "passwords.reset", f"1380001{n:04}", OTHER_ID)
    assert by_id(house, "passwords.reset", MZONE, ID) == LIMIT


# ---- numbers -----------------------------------------------------------------------------------------------
def test_trying_out_which_numbers_are_ours_by_topping_them_up_ends_after_ten() -> None:
    house = Guessed()

    def offered(number: str) -> Outcome:
        return house.run(work("topup.card", Action.OPEN, Do.OFFER, card="5" * 18, number=number), STRANGER)

    for _ in range(12):
        assert isinstance(offered(MZONE), Offered), "whoever tops up others may do so all day"
    for n in range(10):
        slip = offered(f"1399999{n:04}")
        assert isinstance(slip, Refused)
        assert slip.reason == "unknown target"
    assert offered("13999991111") == LIMIT
    assert offered(MZONE) == LIMIT
    assert isinstance(offered(STRANGER), Offered), "his own number he tops up as ever"


def test_a_lock_that_a_stranger_meets_is_not_told_him() -> None:
    house = Guessed()
    house.business.plan("check_password", Lie(PasswordAnswer(PasswordCheck.LOCKED, 0, locked_now=True)))
    assert house.run(other(MZONE), STRANGER) == MISMATCH
