"""The rules of the back office: what a change would cost, why it is refused, and what it does. Pure.

Both back ends of ours use these, so that they cannot differ: :func:`offer` answers the port's ``offer``;
:func:`decide` looks again at perform time (inside the transaction) and gives the outcome and its
:class:`Effect` list, which the back end then applies as one. See domain §2.4-2.7.

One theme a file: :mod:`.products`, :mod:`.sp`, :mod:`.money`, :mod:`.points`, :mod:`.suspension`,
:mod:`.passwords`, :mod:`.complaints`. What holds for all of them:

* What costs is refused in arrears and while suspended; what is free and cares for the customer (complaints,
  passwords, top-ups, cancelling, unsubscribing) is done.
* An offer is bound to what it said by its token (:mod:`.tokens`): dearer, or otherwise, is refused.
* What secrets are guessed with (a card, an ID number) is looked at in :func:`decide` only, where a wrong one
  is counted; an offer never tells whether one is right.
* :class:`Policy` bounds how many changes a subscriber makes a day, last of all refusals.
"""

from __future__ import annotations

from boss.rules.deciding import decide, offer, title_of
from boss.rules.effects import (
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
    Verdict,
)
from boss.rules.money import CARD_FACES, CARD_TRIES
from boss.rules.passwords import ID_TRIES, PASSWORD_TRIES, check_for_stranger, check_password, recalled
from boss.rules.situation import STANDARD, Policy, Situation
from boss.rules.tokens import fits

__all__ = [
    "CARD_FACES",
    "CARD_TRIES",
    "ID_TRIES",
    "PASSWORD_TRIES",
    "STANDARD",
    "Charge",
    "ConvertPoints",
    "Count",
    "Credit",
    "Effect",
    "EndSp",
    "FileComplaint",
    "Hold",
    "KeepResponse",
    "LiftLock",
    "Policy",
    "Register",
    "ResumeService",
    "SetPassword",
    "Situation",
    "SuspendService",
    "UrgeComplaint",
    "Verdict",
    "check_for_stranger",
    "check_password",
    "decide",
    "fits",
    "offer",
    "recalled",
    "title_of",
]  # fmt: skip
