"""Service passwords: what a temporary one is good for, who proves what, who is told of a lock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from business.guards.faults import Lie
from business.port import PasswordAnswer, PasswordCheck
from counter.desk import LOCKED
from counter.testing.house import MZONE, PASSWORDS, POSTPAID, House, work
from menus.model.channels import SMS, VOICE, Channel
from menus.model.events import Answered, Do, Offered, Outcome, Refused
from menus.model.specs import Action
from menus.model.values import Kind, Value

IDS = {POSTPAID: "430199198002140010", MZONE: "430199198906050025"}
NEW = "147963"


def done(house: House, does: str, by: str | None = POSTPAID, /, **inputs: str) -> Outcome:
    """Offered and performed, as a conversation does it."""
    offer = house.run(work(does, Action.OPEN, Do.OFFER, **inputs), by)
    if not isinstance(offer, Offered):
        return offer
    return house.run(work(does, Action.OPEN, Do.PERFORM, None, offer.offer, f"{does} 1", **inputs), by)


def changed(house: House, old: str, new: str = NEW, caller: str | None = POSTPAID) -> Outcome:
    return done(house, "passwords.change", caller, old=old, new=new, again=new)


def temporary(house: House, caller: str = POSTPAID) -> str:
    answer = done(house, "passwords.reset", caller, id=IDS[caller])
    assert isinstance(answer, Answered), answer
    assert answer.values["temporary"].kind is Kind.SECRET
    return str(answer.values["temporary"].raw)


def test_a_new_password_is_the_password_from_then_on() -> None:
    house = House()
    assert changed(house, PASSWORDS[POSTPAID]) == Answered()
    own = work("fees.other", number=POSTPAID, secret=NEW)
    assert isinstance(house.run(own, MZONE), Answered)


def test_two_that_differ_and_weak_ones_change_nothing() -> None:
    house = House()
    inputs = {"old": PASSWORDS[POSTPAID], "new": NEW, "again": "147964"}
    assert done(house, "passwords.change", **inputs) == Refused("passwords differ")
    for weak in ("111111", "123456", POSTPAID[-6:], PASSWORDS[POSTPAID]):
        assert changed(house, PASSWORDS[POSTPAID], weak) == Refused("weak password")
    assert isinstance(changed(house, PASSWORDS[POSTPAID]), Answered)


def test_a_temporary_password_is_good_for_a_new_one_and_for_nothing_else() -> None:
    house = House()
    sent = temporary(house)
    for spent in (
        work("fees.other", number=POSTPAID, secret=sent),
        work("phone.suspend", Action.OPEN, Do.OFFER, secret=sent),
    ):
        assert house.run(spent) == Refused("password temporary")
    assert changed(house, sent) == Answered()
    assert isinstance(house.run(work("fees.other", number=POSTPAID, secret=NEW)), Answered)


def test_a_wrong_id_number_tells_the_tries_left_and_gives_nothing() -> None:
    house = House()
    refused = done(house, "passwords.reset", id=IDS[MZONE])
    assert refused == Refused("wrong id", {"left": Value(Kind.COUNT, 2)})


def test_a_locked_password_is_unlocked_with_the_id_number() -> None:
    house = House()
    for _ in range(3):
        changed(house, "999111")
    assert changed(house, PASSWORDS[POSTPAID]) == Refused("password locked")
    assert done(house, "passwords.unlock", id=IDS[POSTPAID]) == Answered()
    assert changed(house, PASSWORDS[POSTPAID]) == Answered()


# ---- callers without a number ------------------------------------------------------------------------------
def test_the_id_number_proves_a_caller_without_a_number() -> None:
    house = House()
    answer = done(house, "passwords.reset", None, caller=MZONE, id=IDS[MZONE])
    assert isinstance(answer, Answered)


def test_an_id_number_proves_nothing_where_it_is_only_written_down() -> None:
    house = House()
    named = work("account.register", Action.OPEN, Do.OFFER, caller=MZONE, name="张三", id=IDS[MZONE])
    refused = house.run(named, None)
    assert refused == Refused("password mismatch")


def test_the_password_of_one_number_opens_no_other() -> None:
    house = House()
    stolen = {"caller": POSTPAID, "number": MZONE, "secret": PASSWORDS[MZONE]}
    refused = house.run(work("phone.suspend", Action.OPEN, Do.OFFER, **stolen), None)
    assert refused == Refused("password mismatch")


def test_who_has_lost_his_telephone_stops_it_from_another() -> None:
    house = House()
    proved = {"caller": MZONE, "number": MZONE, "secret": PASSWORDS[MZONE]}
    answer = done(house, "phone.suspend", None, **proved)
    assert isinstance(answer, Answered)
    assert answer.values["number"] == Value(Kind.PHONE, MZONE)


def test_a_wrong_password_counts_once_though_it_names_and_proves_the_same_number() -> None:
    house = House()
    guess = {"caller": MZONE, "number": MZONE, "secret": "999111"}
    refused = house.run(work("phone.suspend", Action.OPEN, Do.OFFER, **guess), None)
    assert refused == Refused("password mismatch")
    assert house.business.calls.count("check_password") == 1


# ---- the lock is told --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("channel", "told"),
    [
        (VOICE, 1),  # he reads it, too
        (SMS, 0),  # he reads it in our answer
    ],
)
def test_the_owner_of_a_locked_password_is_told_once(channel: Channel, told: int) -> None:
    house = House()
    notices: list[tuple[str, str]] = []
    house.desk.told = lambda msisdn, name: notices.append((msisdn, name))
    for _ in range(5):
        house.run(work("fees.other", number=MZONE, secret="999111"), MZONE, channel)
    assert notices == [(MZONE, LOCKED)] * told


def test_an_owner_is_told_whom_a_stranger_has_helped_to_lock_himself_but_once_a_day() -> None:
    house = House()
    notices: list[tuple[str, str]] = []
    house.desk.told = lambda msisdn, name: notices.append((msisdn, name))
    for locks in range(3):
        locking = Lie(PasswordAnswer(PasswordCheck.LOCKED, 0, locked_now=True))
        house.business.plan("check_password", locking)
        house.run(work("fees.other", number=MZONE, secret="999111"), f"1390000001{locks}")
        house.now += timedelta(hours=13)
    assert notices == [(MZONE, LOCKED)] * 2


def test_a_notice_that_cannot_be_written_keeps_nobody_from_an_answer() -> None:
    house = House()

    def broken(_msisdn: str, _name: str) -> None:
        raise OSError("disk full")

    house.desk.told = broken
    for _ in range(3):
        refused = house.run(work("fees.other", number=MZONE, secret="999111"), MZONE, VOICE)
    assert refused == Refused("password locked")
