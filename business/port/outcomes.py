"""Outcomes as text, for a row in a database, and the print of a change that a key is bound to. Pure, and
without secrets.

Details are written so that the stored first result reads back equal (:mod:`business.port.codec`). What is
secret in them is left out (whoever has the key makes it again).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from business import port
from business.port import Change, DetailValue, Done, Refused, Why
from business.port.codec import STORED
from business.port.secrecy import SLOW, quicker_digest, slow_digest

_SECRET = frozenset({"temporary"})


def to_text(outcome: Done | Refused) -> str:
    """The outcome as JSON, without ``repeated`` and without what is secret."""
    what = "done" if isinstance(outcome, Done) else outcome.why.value
    shown = {name: value for name, value in outcome.details.items() if name not in _SECRET}
    return json.dumps([what, STORED.details(shown)], ensure_ascii=False)


def from_text(text: str) -> Done | Refused:
    """The outcome that :func:`to_text` wrote, marked as repeated."""
    what, packed = json.loads(text)
    details = STORED.decode(Mapping[str, DetailValue], packed)
    return Done(details, True) if what == "done" else Refused(Why(what), details, True)


def again(outcome: Done | Refused) -> Done | Refused:
    """The same outcome as the answer to a repeated key."""
    return replace(outcome, repeated=True)


# ---- what a change is, without and with its secrets --------------------------------------------------------
def summary(change: Change) -> str:  # noqa: PLR0911
    """The change in a few words without secrets, for the audit trail."""
    match change:
        case port.OpenProduct(product, option):
            return f"open {product}" if option is None else f"open {product} {option}"
        case port.CancelProduct(product):
            return f"cancel {product}"
        case port.CancelSp(ids):
            return "cancel sp " + ",".join(ids)
        case port.TopUp(_, target):
            return f"top up {target}"
        case port.ExchangePoints(reward):
            return f"exchange points {reward}"
        case port.Suspend(target):
            return f"suspend {target}"
        case port.Resume(target):
            return f"resume {target}"
        case port.Complain(_, kind):
            return f"complain {kind.value}" if kind else "complain"
        case port.Urge(number):
            return f"urge {number}" if number else "urge"
        case port.Respond(form):
            return f"respond {form}"
        case _:
            return _PLAIN[type(change)]


_PLAIN: Mapping[type, str] = {
    port.ChangePassword: "change password",
    port.ResetPassword: "reset password",
    port.UnlockPassword: "unlock password",
    port.RegisterName: "register name",
}


def fingerprint(msisdn: str, change: Change, key: str) -> str:
    """What a key was first used for. Salted with the key, so that it tells nothing about a card.

    A password, and all of an ID number that is not known anyhow, could be tried out one by one; so what holds
    them is digested slowly, like a password.
    """
    slow, words = _words(msisdn, change, key)
    return slow_digest(words, key) if slow else hashlib.sha256(words).hexdigest()


def is_print_of(kept: str, print_: str, msisdn: str, change: Change, key: str) -> bool:
    """Whether ``kept`` is the fingerprint of this change, which is ``print_`` now, or was of before."""
    if kept == print_:
        return True
    slow, words = _words(msisdn, change, key)
    return slow and not kept.startswith(SLOW) and kept == quicker_digest(words, key)


def _words(msisdn: str, change: Change, key: str) -> tuple[bool, bytes]:
    slow, secret = _secret(change)
    return slow, json.dumps([key, msisdn, summary(change), secret], ensure_ascii=False).encode()


def _secret(change: Change) -> tuple[bool, str]:  # noqa: PLR0911
    """What :func:`summary` leaves out, and whether it is short enough to be guessed."""
    match change:
        case port.TopUp(card, _):
            return False, card
        case port.Complain(text, _):
            return False, text
        case port.Respond(_, answers, words):
            return False, json.dumps([*answers, words], ensure_ascii=False)
        case port.ChangePassword(new):
            return True, new
        case port.ResetPassword(id_number) | port.UnlockPassword(id_number):
            return True, id_number
        case port.RegisterName(name, id_number):
            return True, f"{id_number} {name}"
        case _:
            return False, ""
