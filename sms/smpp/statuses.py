"""What the SMSC's answer to a submit_sm says of the message (SMPP 3.4 §5.1.3, table 5-2).

A message is refused *for good* only by a status that blames the message itself: its destination, its length,
its bytes. Everything else may be different tomorrow: a full or busy SMSC, one that has forgotten our bind,
one whose settings somebody is repairing (our source address, our service type), and every status that the
table does not name (reserved, or the vendor's own).
"""

from __future__ import annotations

from enum import Enum

from sms.smpp.pdu import OK, QUEUE_FULL, SYSTEM_ERROR, TEMPORARY_APP_ERROR, THROTTLED


class StatusMeaning(Enum):
    """``BUSY``: no message is taken now. ``LATER``: this one may be taken later. ``UNSURE``: nobody knows
    whether it will ever be. ``NEVER``: not this message. ``UNBOUND``: the bind is at fault."""

    TAKEN = "taken"
    BUSY = "busy"
    LATER = "later"
    UNSURE = "unsure"
    NEVER = "never"
    UNBOUND = "unbound"


_NAMES = {
    0x01: "ESME_RINVMSGLEN",
    0x02: "ESME_RINVCMDLEN",
    0x03: "ESME_RINVCMDID",
    0x04: "ESME_RINVBNDSTS",
    0x05: "ESME_RALYBND",
    0x06: "ESME_RINVPRTFLG",
    0x07: "ESME_RINVREGDLVFLG",
    0x08: "ESME_RSYSERR",
    0x0A: "ESME_RINVSRCADR",
    0x0B: "ESME_RINVDSTADR",
    0x0D: "ESME_RBINDFAIL",
    0x0E: "ESME_RINVPASWD",
    0x0F: "ESME_RINVSYSID",
    0x14: "ESME_RMSGQFUL",
    0x15: "ESME_RINVSERTYP",
    0x34: "ESME_RINVDLNAME",
    0x40: "ESME_RINVDESTFLAG",
    0x42: "ESME_RINVSUBREP",
    0x43: "ESME_RINVESMCLASS",
    0x45: "ESME_RSUBMITFAIL",
    0x48: "ESME_RINVSRCTON",
    0x49: "ESME_RINVSRCNPI",
    0x50: "ESME_RINVDSTTON",
    0x51: "ESME_RINVDSTNPI",
    0x53: "ESME_RINVSYSTYP",
    0x54: "ESME_RINVREPFLAG",
    0x58: "ESME_RTHROTTLED",
    0x61: "ESME_RINVSCHED",
    0x62: "ESME_RINVEXPIRY",
    0x64: "ESME_RX_T_APPN",
    0x65: "ESME_RX_P_APPN",
    0x66: "ESME_RX_R_APPN",
    0xC0: "ESME_RINVOPTPARSTREAM",
    0xC1: "ESME_ROPTPARNOTALLWD",
    0xC2: "ESME_RINVPARLEN",
    0xC3: "ESME_RMISSINGOPTPARAM",
    0xC4: "ESME_RINVOPTPARAMVAL",
    0xFE: "ESME_RDELIVERYFAILURE",
    0xFF: "ESME_RUNKNOWNERR",
}
_UNBOUND = frozenset({0x04, 0x05, 0x0D, 0x0E, 0x0F, 0x53})
_BUSY = frozenset({THROTTLED, QUEUE_FULL})
_LATER = frozenset({SYSTEM_ERROR, TEMPORARY_APP_ERROR, 0x0A, 0x15, 0x48, 0x49})
_NEVER = frozenset(
    {0x01, 0x02, 0x06, 0x07, 0x0B, 0x33, 0x34, 0x40, 0x42, 0x43, 0x50, 0x51, 0x54, 0x61, 0x62, 0x65, 0x66}
    | {0xC0, 0xC1, 0xC2, 0xC3, 0xC4}
)


def verdict(status: int) -> StatusMeaning:
    """What ``status``, 0 to 0xFFFFFFFF, means for the message that it answers."""
    if status == OK:
        return StatusMeaning.TAKEN
    for known, what in (
        (_BUSY, StatusMeaning.BUSY),
        (_NEVER, StatusMeaning.NEVER),
        (_LATER, StatusMeaning.LATER),
        (_UNBOUND, StatusMeaning.UNBOUND),
    ):
        if status in known:
            return what
    return StatusMeaning.UNSURE


def named(status: int) -> str:
    """For people: ``ESME_RINVDSTADR (0x0b)``."""
    return f"{_NAMES[status]} ({status:#04x})" if status in _NAMES else f"status {status:#010x}"
