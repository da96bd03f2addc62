"""Delivery receipts: recognised, read, matched; never answered with an SMS.

A receipt says which message it is about in the receipted_message_id TLV or in its text
(``id:0012A4 sub:001 dlvrd:001 submit date:… done date:… stat:DELIVRD err:000 text:…``, SMPP 3.4 appendix B),
its fields in any order, perhaps quoted or behind a byte order mark; it begins with one of them, as no person
does, and has an id and how it went.
SMSCs write one id in hexadecimal here and in decimal there, padded or not, in either case: :func:`spellings`
gives every form under which the same id may come back. An id has 64 characters at the most (§5.2.23); what
is longer is none that we were given.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import NamedTuple

from sms.smpp.pdu import ESM_ACKNOWLEDGES, MESSAGE_STATE, RECEIPTED_MESSAGE_ID, MessagePdu

STATES = {1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN"}
STATES[8] = "REJECTD"
FINAL = frozenset({"DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "REJECTD", "UNKNOWN"})
_IS = r'["\']?[ ]?[:=]\s*["\']?'  # between a field's name and what it says
_ID = re.compile(rf"(?<![A-Za-z])(?:message|msg|smsc|m)?[_ ]?id{_IS}([^\s:,;\"']+)", re.IGNORECASE)
_STATE = re.compile(rf"\bstat{_IS}([A-Za-z]+)", re.IGNORECASE)
_SAYS = re.compile(rf"\b(?:stat{_IS}[A-Z]{{3}}|dlvrd{_IS}[0-9])", re.IGNORECASE)
_BEFORE = r'(?:\xef\xbb\xbf|\xfe\xff|\xff\xfe|\xe2\x80[\x98-\x9f]|\xa1[\xae-\xb1]|[\s"\'`<({\[\x18-\x1d])*'
"""Byte order marks, quotes of any alphabet, brackets."""
_FIELD = r"(?:(?:message|msg|smsc|m)?[_ ]?id|sub|dlvrd|submit[_ ]date|done[_ ]date|stat|err)"
_FORM = re.compile(rf"{_BEFORE}{_FIELD}{_IS}[0-9A-Za-z+-]", re.IGNORECASE)
"""How a receipt begins: with a field, whichever stands first."""
_DECIMAL, _HEXADECIMAL = re.compile("[0-9]+"), re.compile("(?:0X)?([0-9A-F]+)")
LONGEST_ID = 64
LONGEST_TEXT = 512
"""Octets of a receipt that are read: its fields stand first, the message's own words behind them."""


class Receipt(NamedTuple):
    """``message_id`` as the SMSC writes it; ``status`` in appendix B's words."""

    message_id: str
    status: str


def is_receipt(mo: MessagePdu) -> bool:
    """Whether ``mo`` is a receipt or another acknowledgement, which nobody is to answer, and no text."""
    if mo.esm & ESM_ACKNOWLEDGES:
        return True
    if MESSAGE_STATE in mo.tlvs and RECEIPTED_MESSAGE_ID in mo.tlvs:
        return True
    text = _words(mo)
    if ":" not in text and "=" not in text:  # almost everybody's
        return False
    return bool(_FORM.match(text) and _ID.search(text) and _SAYS.search(text))


def _words(mo: MessagePdu) -> str:
    """Its text without NULs: ASCII whatever alphabet it came in."""
    return mo.body[:LONGEST_TEXT].replace(b"\0", b"").decode("latin-1")


def read(mo: MessagePdu) -> Receipt | None:
    """The receipt that ``mo`` carries; None if it says of no message."""
    text = _words(mo)
    found_id, found_state = _ID.search(text), _STATE.search(text)
    message_id = mo.string(RECEIPTED_MESSAGE_ID) or (found_id[1] if found_id else "")
    if not 0 < len(message_id.strip()) <= LONGEST_ID:
        return None
    state = STATES.get(int.from_bytes(mo.tlvs.get(MESSAGE_STATE, b"")[:4], "big"))
    return Receipt(message_id, state or (found_state[1].upper()[:7] if found_state else "UNKNOWN"))


def spellings(message_id: str) -> list[str]:
    """Every form of the id, the likeliest first: as it is, without zeros before it, decimal read as decimal
    and hexadecimal, hexadecimal as decimal; capitals throughout. One too long to be an id, or with a sign, a
    line or a letter beyond F, is opaque: as it is."""
    plain = message_id.strip().upper()
    forms = [plain, plain.lstrip("0") or "0"]
    if len(plain) <= LONGEST_ID:
        if _DECIMAL.fullmatch(plain):
            forms.append(f"{int(plain):X}")
        if (digits := _HEXADECIMAL.fullmatch(plain)) is not None:
            forms.append(str(int(digits[1], 16)))
    return list(dict.fromkeys(forms))


class Awaited:
    """Messages whose receipt is to come, by id, and receipts that came before the submit_sm_resp; ``most``
    spellings of each are remembered."""

    def __init__(self, most: int = 400_000) -> None:
        self._most = most
        self._rows: OrderedDict[str, int] = OrderedDict()
        self._early: OrderedDict[str, Receipt] = OrderedDict()

    def sent(self, message_id: str, row: int) -> Receipt | None:
        """A message was accepted under this id; its receipt, if that came first."""
        forms = spellings(message_id)
        for form in forms:
            early = self._early.get(form)
            if early is not None:
                for each in spellings(early.message_id):
                    self._early.pop(each, None)
                return early
        self._rows[forms[0]] = row  # its own spelling belongs to it; the others only if nobody has them
        for form in forms[1:]:
            self._rows.setdefault(form, row)
        while len(self._rows) > self._most:
            self._rows.popitem(last=False)
        return None

    def came(self, receipt: Receipt) -> int | None:
        """The outbox row that the receipt is about; None: not ours, or not known yet."""
        forms = spellings(receipt.message_id)
        for form in forms:
            row = self._rows.get(form)
            if row is not None:
                if receipt.status in FINAL:
                    self._forget(forms, row)
                return row
        for form in forms:
            self._early.setdefault(form, receipt)
        while len(self._early) > self._most:
            self._early.popitem(last=False)
        return None

    def _forget(self, forms: list[str], row: int) -> None:
        for form in forms:
            if self._rows.get(form) == row:
                del self._rows[form]
