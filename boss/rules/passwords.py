"""Service passwords, and the ID number that proves whose a number is (domain §2.6).

* Three wrong passwords a day lock it, on all channels, until midnight or until it is unlocked. Choosing a new
  one does not lift the lock. A reset does: it proves what unlocking proves, by the same ID number, and a
  temporary password that nobody could use until midnight would be none. Strangers' errors are counted apart
  from the owner's, and lock out nobody but strangers.
* Three wrong ID numbers a day lock resetting and unlocking until midnight. A number without an ID number on
  record answers like one with another ID number, so that nobody learns which have none.
* A reset gives a temporary password, good for 24 hours and for nothing but choosing a new one. It is sent to
  the number itself, so not while that is stopped: the telephone may be in other hands. It is kept as a hash
  like any other. A repeated key must be answered with it again, so it is made from the key, the ID number as
  it was keyed, and the ID number's hash: that needs the database, and what its owner alone knows.
* A new password is neither weak nor the one before. That is looked at for whoever has shown the old one, or
  the temporary one. Parts of the ID number are not looked for: it is kept as a hash.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta

from boss.rules.effects import Count, LiftLock, Register, SetPassword, Verdict
from boss.rules.figures import owed_by
from boss.rules.situation import Situation
from boss.rules.tokens import token
from business.port import (
    Change,
    ChangePassword,
    Done,
    Offer,
    PasswordAnswer,
    PasswordCheck,
    Refused,
    RegisterName,
    ResetPassword,
    UnlockPassword,
    Why,
)
from business.port.days import DayCount, today
from business.port.secrecy import hash_password, password_fits, why_weak

PASSWORD_TRIES = 3
ID_TRIES = 3
TEMPORARY = timedelta(hours=24)
NAME_LENGTH = 40


def check_password(
    errors: DayCount, now: datetime, right: bool, temporary_until: datetime | None = None
) -> tuple[PasswordAnswer, DayCount]:
    """The answer, and the errors to keep. The third error of a day locks; so does a right one after it.

    A temporary password is wrong from ``temporary_until`` on.
    """
    day = today(now)
    count = errors.on(day)
    if count >= PASSWORD_TRIES:
        return PasswordAnswer(PasswordCheck.LOCKED, 0), errors
    if right and (temporary_until is None or now < temporary_until):
        left = PASSWORD_TRIES - count
        return PasswordAnswer(PasswordCheck.RIGHT, left, temporary=temporary_until is not None), errors
    errors = errors.more(day)
    left = PASSWORD_TRIES - errors.count
    if left:
        return PasswordAnswer(PasswordCheck.WRONG, left), errors
    return PasswordAnswer(PasswordCheck.LOCKED, 0, locked_now=True), errors


def check_for_stranger(
    strangers: DayCount, owner: DayCount, now: datetime, right: bool, temporary_until: datetime | None = None
) -> tuple[PasswordAnswer, DayCount]:
    """As :func:`check_password` for anybody but the owner: ``strangers``' errors are counted apart and lock
    nobody but strangers; what the owner has locked is locked for them, too."""
    if owner.on(today(now)) >= PASSWORD_TRIES:
        return PasswordAnswer(PasswordCheck.LOCKED, 0), strangers
    answer, after = check_password(strangers, now, right, temporary_until)
    return replace(answer, locked_now=False), after


def _free(at: Situation, name: str) -> Offer:
    return Offer(fee=0, charged=False, confirm=False, effective=at.day, token=token(name))


# ---- a new one ---------------------------------------------------------------------------------------------
def offer_change(change: ChangePassword, at: Situation) -> Offer | Refused:
    same = password_fits(change.new, at.account.password)
    if same or why_weak(change.new, at.account.msisdn):
        return Refused(Why.WEAK_PASSWORD)
    return _free(at, "change-password")


def change_password(change: ChangePassword, _fresh: Offer, at: Situation) -> Verdict:
    effect = SetPassword(at.account.msisdn, hash_password(change.new, at.salt), None)
    return Verdict(Done(), (effect,))


# ---- with the ID number ------------------------------------------------------------------------------------
def is_id_number(number: str) -> bool:
    """18 digits; a final X is written as 0 (GB 11643)."""
    return re.fullmatch(r"[0-9]{18}", number) is not None


def _may_not_prove(id_number: str, at: Situation) -> Refused | None:
    left = ID_TRIES - at.account.id_errors.on(at.day)
    if left <= 0:
        return Refused(Why.ID_LOCKED)
    if not is_id_number(id_number):  # a slip of the finger, not a guess: it does not count
        return Refused(Why.WRONG_ID, {"left": left})
    return None


def _wrong_id(id_number: str, at: Situation) -> Verdict | None:
    if password_fits(id_number, at.account.id_number):
        return None
    errors = at.account.id_errors.more(at.day)
    effect = Count(at.account.msisdn, "id_errors", errors)
    return Verdict(Refused(Why.WRONG_ID, {"left": ID_TRIES - errors.count}), (effect,))


def offer_reset(change: ResetPassword, at: Situation) -> Offer | Refused:
    if at.account.suspended:
        return Refused(Why.SUSPENDED, {"owed": owed_by(at.account, at.month)})
    return _may_not_prove(change.id_number, at) or _free(at, "reset-password")


def reset_password(change: ResetPassword, _fresh: Offer, at: Situation) -> Verdict:
    wrong = _wrong_id(change.id_number, at)
    if wrong:
        return wrong
    password, until = temporary_password(change.id_number, at), at.now + TEMPORARY
    hashed, hours = hash_password(password, at.salt), TEMPORARY // timedelta(hours=1)
    effects = (SetPassword(at.account.msisdn, hashed, until), LiftLock(at.account.msisdn))
    return Verdict(Done({"temporary": password, "hours": hours, "until": until}), effects)


def temporary_password(id_number: str, at: Situation) -> str:
    """The temporary password of one operation: the same for the same ``at.key``, known to nobody else."""
    assert at.account.id_number is not None  # it was proved
    secret = at.account.id_number + id_number.encode()
    for turn in itertools.count():
        words = json.dumps(["temporary password", at.account.msisdn, at.key, turn])
        number = int.from_bytes(hmac.digest(secret, words.encode(), hashlib.sha256))
        password = f"{number % 10**6:06}"
        if not why_weak(password, at.account.msisdn) and password not in id_number:
            return password
    raise AssertionError("there is always one more turn")


def recalled(outcome: Done | Refused, change: Change, at: Situation) -> Done | Refused:
    """A stored first result with what was left out of the row put back, for the answer to a repeated key."""
    if isinstance(change, ResetPassword) and isinstance(outcome, Done) and at.account.id_number:
        password = temporary_password(change.id_number, at)
        return replace(outcome, details={"temporary": password, **outcome.details})
    return outcome


def offer_unlock(change: UnlockPassword, at: Situation) -> Offer | Refused:
    if at.account.password_errors.on(at.day) < PASSWORD_TRIES:
        return Refused(Why.NOT_LOCKED)
    return _may_not_prove(change.id_number, at) or _free(at, "unlock-password")


def unlock_password(change: UnlockPassword, _fresh: Offer, at: Situation) -> Verdict:
    wrong = _wrong_id(change.id_number, at)
    return wrong or Verdict(Done(), (LiftLock(at.account.msisdn),))


# ---- 实名登记 ----------------------------------------------------------------------------------------------
def offer_register(change: RegisterName, at: Situation) -> Offer | Refused:
    """Registered is who has a name or an ID number on record: nobody may write theirs over it."""
    if at.account.name is not None or at.account.id_number is not None:
        return Refused(Why.ALREADY)
    if not 0 < len(change.name.strip()) <= NAME_LENGTH:
        return Refused(Why.NOTHING)
    if not is_id_number(change.id_number):
        return Refused(Why.WRONG_ID, {"left": ID_TRIES - at.account.id_errors.on(at.day)})
    return _free(at, "register")


def register_name(change: RegisterName, _fresh: Offer, at: Situation) -> Verdict:
    id_number = hash_password(change.id_number, at.salt)
    return Verdict(Done(), (Register(at.account.msisdn, change.name.strip(), id_number),))
