"""What the back office in memory does: :class:`Doing` applies the effects of a decided change.

It never awaits and nothing in it fails, so all effects of a change are applied, as one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from boss.memory.recall import Recall
from boss.rules import (
    Charge,
    ConvertPoints,
    Count,
    Credit,
    Effect,
    EndSp,
    FileComplaint,
    Hold,
    KeepResponse,
    LiftLock,
    Register,
    ResumeService,
    SetPassword,
    SuspendService,
    UrgeComplaint,
)
from boss.rules.complaints import number_of
from business.port.days import NEVER
from business.port.stock import NOTHING_USED, Account, Movement, Suspension


class Doing(Recall):
    """See the head of this file."""

    def _apply(self, effects: Iterable[Effect], key: str) -> None:
        for effect in effects:
            account = self._accounts[effect.msisdn]
            if isinstance(effect, Charge | Credit | ConvertPoints):
                self._pay(account, effect, key)
            elif isinstance(effect, KeepResponse):
                self.responses.append(effect)
            elif isinstance(effect, Hold | EndSp | FileComplaint | UrgeComplaint):
                _add_entry(account, effect)
            else:
                _set_state(account, effect)

    def _pay(self, account: Account, effect: Charge | Credit | ConvertPoints, key: str) -> None:
        now = self._now()
        match effect:
            case Charge(msisdn, amount, product, month, kind, item):
                used = account.usage.get(month, NOTHING_USED)
                more = {item: getattr(used, item) + amount}
                account.usage[month] = replace(used, **more)
                self._move(account, Movement(now, msisdn, kind, -amount, key, product))
            case Credit(msisdn, amount, digest):
                self._cards[digest] = replace(self._cards[digest], used=True)
                self._move(account, Movement(now, msisdn, "top_up", amount, key))
            case ConvertPoints(msisdn, points, worth):
                account.points -= points
                self._move(account, Movement(now, msisdn, "exchange", worth, key))

    def _move(self, account: Account, movement: Movement) -> None:
        account.balance += movement.amount
        self._booked(movement)

    def _next_number(self, day: date) -> str:
        """The number that the day's next complaint gets; those that were loaded keep theirs."""
        taken = {one.number for account in self._accounts.values() for one in account.complaints}
        running = 1
        while number_of(day, running) in taken:
            running += 1
        return number_of(day, running)


def _add_entry(account: Account, effect: Hold | EndSp | FileComplaint | UrgeComplaint) -> None:
    match effect:
        case Hold(_, product, holding):
            account.holdings[product] = holding
        case EndSp(_, ids):
            account.sp = tuple(one for one in account.sp if one.id not in ids)
        case FileComplaint(_, complaint):
            account.complaints = (*account.complaints, complaint)
        case UrgeComplaint(_, number, step):
            account.complaints = tuple(
                replace(one, urged=one.urged + 1, steps=(*one.steps, step)) if one.number == number else one
                for one in account.complaints
            )


def _set_state(
    account: Account, effect: SuspendService | ResumeService | Count | SetPassword | LiftLock | Register
) -> None:
    match effect:
        case SuspendService(_, since):
            account.suspended, account.suspended_since = Suspension.ASKED, since
        case ResumeService():
            account.suspended = account.suspended_since = None
        case Count(_, counter, count):
            setattr(account, counter, count)
        case SetPassword(_, password, until):
            account.password, account.temporary_until = password, until
        case LiftLock():
            account.password_errors = NEVER
        case Register(_, name, id_number):
            account.name, account.id_number = name, id_number
