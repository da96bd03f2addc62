"""SMPP 3.4 PDUs: the few that every message needs, by ``struct``; binds and rarities in ``rare.py``.

A deliver_sm as it comes (§4.6.1), and the four octets of each header field (§3.2.2)::

    0000003d 00000005 00000000 00000007   length, deliver_sm, status, sequence
    00                                    service_type ""
    01 01 31 33 39 30 30 30 30 30 30 30 31 00   source ton, npi, "13900000001"
    00 01 31 30 30 38 36 00               destination "10086"
    00 00 00 00 00 00 00 08 00            esm, pid, priority, schedule "", validity "", registered, replace,
    08                                    data_coding UCS-2, default id; then sm_length and short_message
    30 31 30 31 …                         and TLVs: tag, length, value (§5.3.1)

deliver_sm and submit_sm share this layout. Every length is checked; what does not fit raises
:class:`PduError`, which carries the status to answer with; so does an address with a control character in it,
which is nobody's. TLVs are walked here: unknown ones are kept, known ones of an odd length are kept as
octets, one that is cut off behind a whole text is passed over. An integer or a string that is longer than
the protocol knows is none, and says nothing.
"""

from __future__ import annotations

import re
from struct import Struct
from struct import error as StructError
from typing import NamedTuple

GENERIC_NACK = 0x80000000
BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER = 1, 2, 9
QUERY_SM, SUBMIT_SM, DELIVER_SM, UNBIND, REPLACE_SM, CANCEL_SM = 3, 4, 5, 6, 7, 8
OUTBIND, ENQUIRE_LINK, SUBMIT_MULTI, ALERT_NOTIFICATION, DATA_SM = 0x0B, 0x15, 0x21, 0x102, 0x103
RESPONSE = 0x80000000
REQUESTS = frozenset(
    {BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER, QUERY_SM, SUBMIT_SM, DELIVER_SM, UNBIND}
    | {REPLACE_SM, CANCEL_SM, OUTBIND, ENQUIRE_LINK, SUBMIT_MULTI, ALERT_NOTIFICATION, DATA_SM}
)

OK, INVALID_MESSAGE_LENGTH, INVALID_COMMAND_LENGTH, INVALID_COMMAND, INVALID_BIND_STATUS = 0, 1, 2, 3, 4
ALREADY_BOUND, SYSTEM_ERROR, BIND_FAILED, INVALID_PASSWORD = 5, 8, 0x0D, 0x0E
INVALID_SOURCE, INVALID_DESTINATION = 0x0A, 0x0B
QUEUE_FULL, THROTTLED, INVALID_TLV_STREAM = 0x14, 0x58, 0xC0
TEMPORARY_APP_ERROR, PERMANENT_APP_ERROR = 0x64, 0x65

USER_MESSAGE_REFERENCE, SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER = 0x0204, 0x020C, 0x020E, 0x020F
RECEIPTED_MESSAGE_ID, MESSAGE_STATE, MESSAGE_PAYLOAD = 0x001E, 0x0427, 0x0424

ESM_RECEIPT, ESM_ACKNOWLEDGES, ESM_UDH = 0x04, 0x2C, 0x40
"""Bits of esm_class (§5.2.12): a receipt, any acknowledgement (of the SMSC, of the handset, intermediate)."""
ISDN, ALPHANUMERIC = 1, 5
"""A numbering plan (§5.2.6), and a type of number (§5.2.5) that is none."""
HEADER = Struct(">IIII")
SMALLEST, LARGEST = 16, 64 * 1024
LARGEST_NUMBER = 2**31 - 1
"""Of an integer TLV: the protocol's have one to four octets, and a database keeps so much."""
LONGEST_ID = 255
"""Characters of a message id: four times what the protocol allows."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TLV = Struct(">HH")
_LONGEST_SHORT = 254


class PduError(Exception):
    """A PDU that cannot be read. ``status``: what to answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class MessagePdu(NamedTuple):
    """A deliver_sm, submit_sm or data_sm. ``body``: short_message, or message_payload if it is there.
    ``written``: the source as it stood there, where that is not how we know the number."""

    source: str
    destination: str
    body: bytes
    coding: int = 0
    esm: int = 0
    registered: int = 0
    sequence: int = 0
    source_ton: int = 0
    destination_ton: int = 0
    tlvs: dict[int, bytes] = {}  # noqa: RUF012 - a default of a NamedTuple; never changed
    source_npi: int = ISDN
    destination_npi: int = ISDN
    written: str = ""

    def number(self, tag: int) -> int | None:
        """The integer TLV ``tag``, of one to four octets; None: not there, or no such number."""
        value = self.tlvs.get(tag)
        number = int.from_bytes(value, "big") if value and len(value) <= 4 else None
        return number if number is not None and number <= LARGEST_NUMBER else None

    def string(self, tag: int) -> str | None:
        """The string TLV ``tag``, with or without its NUL; None: not there, or longer than any id."""
        value = self.tlvs.get(tag)
        return None if value is None else _id(value)


def header(frame: bytes) -> tuple[int, int, int, int]:
    """command_length, command_id, command_status, sequence_number."""
    return HEADER.unpack_from(frame)


def _text(frame: bytes, at: int, longest: int, what: str) -> tuple[str, int]:
    """The C-octet string at ``at``, and where the next field begins."""
    end = frame.find(b"\0", at, at + longest)
    if end < 0:
        raise PduError(INVALID_COMMAND_LENGTH, f"{what} has no end")
    return frame[at:end].decode("latin-1"), end + 1


def _id(octets: bytes) -> str | None:
    """The id that ``octets`` begin with, up to their NUL. A piece of a longer one might be another's."""
    text = octets.split(b"\0", 1)[0]
    return text.decode("latin-1") if len(text) <= LONGEST_ID else None


def _address(frame: bytes, at: int, status: int, longest: int = 21) -> tuple[str, int]:
    address, end = _text(frame, at, longest, "an address")
    if not address.isalnum() and _CONTROL.search(address):
        raise PduError(status, "an address with a control character")
    return address, end


def decode_message(frame: bytes) -> MessagePdu:
    """A whole deliver_sm or submit_sm frame. Raises :class:`PduError`."""
    try:
        return _decode_message(frame)
    except (IndexError, StructError):
        raise PduError(INVALID_COMMAND_LENGTH, "the body is cut off") from None


def _decode_message(frame: bytes) -> MessagePdu:
    _, at = _text(frame, 16, 6, "service_type")
    source_ton, source_npi = frame[at], frame[at + 1]
    source, at = _address(frame, at + 2, INVALID_SOURCE)
    destination_ton, destination_npi = frame[at], frame[at + 1]
    destination, at = _address(frame, at + 2, INVALID_DESTINATION)
    esm = frame[at]
    at += 3
    if frame[at : at + 2] == b"\0\0":
        at += 2
    else:
        _, at = _text(frame, at, 17, "schedule_delivery_time")
        _, at = _text(frame, at, 17, "validity_period")
    registered, _, coding, _, length = frame[at], frame[at + 1], frame[at + 2], frame[at + 3], frame[at + 4]
    at += 5
    end = at + length
    if end > len(frame):
        raise PduError(INVALID_MESSAGE_LENGTH, "sm_length is beyond the PDU")
    body = frame[at:end]
    tlvs = decode_tlvs(frame, end) if end < len(frame) else {}
    if MESSAGE_PAYLOAD in tlvs and not body:
        body = tlvs[MESSAGE_PAYLOAD]
    sequence = HEADER.unpack_from(frame)[3]
    ends = source_npi, destination_npi
    return MessagePdu(
        source, destination, body, coding, esm, registered, sequence, source_ton, destination_ton, tlvs, *ends
    )


def decode_data(frame: bytes) -> MessagePdu:
    """A whole data_sm frame (§4.7.1): no times, and its text is a TLV. Raises :class:`PduError`."""
    try:
        _, at = _text(frame, 16, 6, "service_type")
        source_ton, source_npi = frame[at], frame[at + 1]
        source, at = _address(frame, at + 2, INVALID_SOURCE, 65)
        destination_ton, destination_npi = frame[at], frame[at + 1]
        destination, at = _address(frame, at + 2, INVALID_DESTINATION, 65)
        esm, registered, coding = frame[at : at + 3]
    except (IndexError, ValueError):
        raise PduError(INVALID_COMMAND_LENGTH, "the body is cut off") from None
    tlvs = decode_tlvs(frame, at + 3)
    body = tlvs.get(MESSAGE_PAYLOAD, b"")
    sequence, ends = HEADER.unpack_from(frame)[3], (source_npi, destination_npi)
    return MessagePdu(
        source, destination, body, coding, esm, registered, sequence, source_ton, destination_ton, tlvs, *ends
    )


def decode_tlvs(frame: bytes, at: int) -> dict[int, bytes]:
    """The TLVs from ``at`` to the end. Of a tag that stands twice the first counts; one that is cut off is
    passed over, and so is one NUL before the first. Raises PduError where it is the text that is cut off: a
    piece of a command may be another one."""
    tlvs, cut = _tlvs(frame, at)
    if cut is not None and frame[at] == 0:
        behind, also_cut = _tlvs(frame, at + 1)
        if also_cut is None:
            return behind
    if cut == MESSAGE_PAYLOAD:
        raise PduError(INVALID_TLV_STREAM, "message_payload is cut off")
    return tlvs


def _tlvs(frame: bytes, at: int) -> tuple[dict[int, bytes], int | None]:
    """The whole TLVs from ``at``, and the tag of one that is cut off (-1: it has none)."""
    tlvs: dict[int, bytes] = {}
    while at < len(frame):
        if at + 4 > len(frame):
            return tlvs, -1
        tag, length = _TLV.unpack_from(frame, at)
        at += 4
        if at + length > len(frame):
            return tlvs, tag
        tlvs.setdefault(tag, frame[at : at + length])
        at += length
    return tlvs, None


def encode_tlvs(tlvs: dict[int, bytes]) -> bytes:
    return b"".join([_TLV.pack(tag, len(value)) + value for tag, value in tlvs.items()])


def encode_message(command: int, message: MessagePdu, sequence: int) -> bytes:
    """A deliver_sm or submit_sm; a data_sm, whose text is message_payload. Elsewhere a body over 254 octets
    goes so, too (§5.3.2.32)."""
    body, tlvs = message.body, message.tlvs
    if len(body) > _LONGEST_SHORT or command == DATA_SM:
        tlvs = {**tlvs, MESSAGE_PAYLOAD: body}
        body = b""
    if command == DATA_SM:
        middle = bytes((0, message.esm, message.registered, message.coding))
    else:
        middle = bytes((0, message.esm, 0, 0, 0, 0, message.registered, 0, message.coding, 0, len(body)))
    rest = b"".join(
        (
            b"\0",
            bytes((message.source_ton, message.source_npi)),
            message.source.encode("latin-1"),
            bytes((0, message.destination_ton, message.destination_npi)),
            message.destination.encode("latin-1"),
            middle,
            body,
            encode_tlvs(tlvs) if tlvs else b"",
        )
    )
    return HEADER.pack(16 + len(rest), command, OK, sequence) + rest


def encode_answer(command: int, status: int, sequence: int, message_id: str | None = None) -> bytes:
    """A response. deliver_sm_resp carries an empty message_id (§4.6.2); submit_sm_resp its own, and none at
    all on an error (§4.4.2)."""
    if message_id is None:
        return HEADER.pack(16, command | RESPONSE, status, sequence)
    rest = message_id.encode("latin-1") + b"\0"
    return HEADER.pack(16 + len(rest), command | RESPONSE, status, sequence) + rest


def encode_empty(command: int, sequence: int, status: int = OK) -> bytes:
    """enquire_link, unbind, their responses, generic_nack."""
    return HEADER.pack(16, command, status, sequence)


def decode_message_id(frame: bytes) -> str:
    """The message_id of a submit_sm_resp; "" where there is none (allowed with an error), or no such."""
    return _id(frame[16:]) or ""
