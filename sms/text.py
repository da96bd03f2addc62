"""Text and its octets: which alphabet, and how a long text is cut into parts.

    split(text, reference=7)             one piece, or parts with a UDH (0x00, 8-bit reference)
    split(text, reference=700, wide=True)                           (0x08, 16-bit reference)
    split(text, reference=None)          for handsets that do not join: "(1/3)…" texts of their own
    readable(read([(body, coding)]))     the text of an MO (``sms/reading.py``)
    concatenation(body, esm, sar)        (reference, total, number, what follows the UDH) of a part

A part holds 153 septets or 67 UCS-2 units, 152 or 66 behind a 16-bit reference (3GPP TS 23.040
§9.2.3.24.1). It never ends inside an escape pair or a surrogate pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from sms import gsm7

ESM_UDH = 0x40


class Coding(IntEnum):
    """data_coding (SMPP 3.4 §5.2.19). GBK is what Chinese SMSCs mean by 15."""

    DEFAULT = 0
    ASCII = 1
    OCTETS = 2
    LATIN1 = 3
    BINARY = 4
    UCS2 = 8
    GBK = 15


class Piece(NamedTuple):
    """One submit_sm's worth. ``reference``: what the UDH says; None without one."""

    body: bytes
    coding: int
    esm: int
    reference: int | None


class Room(NamedTuple):
    """Units in one message alone, and in a part behind an 8-bit and a 16-bit reference."""

    alone: int
    part: int
    wide: int


ROOM = {Coding.DEFAULT: Room(160, 153, 152), Coding.UCS2: Room(70, 67, 66)}
MOST_PARTS = 255


class TextTooLong(Exception):
    """More than 255 parts."""


def encode(text: str) -> tuple[list[bytes], Coding]:
    """Each character's octets, and the alphabet that holds them all: GSM-7 where it can be, else UCS-2."""
    units = gsm7.septets(text)
    if units is not None:
        return units, Coding.DEFAULT
    clean = text.encode("utf-16-be", "replace").decode("utf-16-be")  # half surrogates are no characters
    return [char.encode("utf-16-be") for char in clean], Coding.UCS2


def split(text: str, *, reference: int | None, wide: bool = False) -> list[Piece]:
    """``text`` as it is to be submitted. Raises :class:`TextTooLong`."""
    if not text.isascii() and len(text) <= ROOM[Coding.UCS2].alone:
        body = text.encode("utf-16-be", "replace")  # the usual answer, without looking at every character
        if len(body) <= 140 and gsm7.septets(text) is None:
            return [Piece(body, Coding.UCS2, 0, None)]
    units, coding = encode(text)
    size = 2 if coding is Coding.UCS2 else 1
    room = ROOM[coding]
    whole = b"".join(units)
    if len(whole) <= room.alone * size:
        return [Piece(whole, coding, 0, None)]
    if reference is None:
        return _numbered(text, room.alone * size)
    parts = cut(units, (room.wide if wide else room.part) * size)
    if len(parts) > MOST_PARTS:
        raise TextTooLong(f"{len(parts)} parts")
    reference &= 0xFFFF if wide else 0xFF
    return [
        Piece(udh(reference, len(parts), number, wide) + part, coding, ESM_UDH, reference)
        for number, part in enumerate(parts, 1)
    ]


def cut(units: Sequence[bytes], room: int) -> list[bytes]:
    """``units`` in pieces of at most ``room`` octets, none of them cut."""
    pieces: list[bytes] = []
    piece: list[bytes] = []
    held = 0
    for unit in units:
        if held + len(unit) > room:
            pieces.append(b"".join(piece))
            piece, held = [], 0
        piece.append(unit)
        held += len(unit)
    pieces.append(b"".join(piece))
    return pieces


def cut_at_lines(units: Sequence[bytes], room: int, newline: bytes) -> list[bytes]:
    """As :func:`cut`, but at the end of a line where one lies in the piece's second half; the end itself is
    left out. For pieces that are read one by one: a list's row, a number or a name stays whole."""
    pieces: list[bytes] = []
    begin = held = 0
    line: int | None = None  # where the last line of the piece ended
    at = 0
    while at < len(units):
        if held + len(units[at]) > room:
            full = (at - begin) // 2
            end = line if line is not None and line - begin >= full else at
            pieces.append(b"".join(units[begin:end]))
            begin = at = end + 1 if units[end] == newline else end
            held, line = 0, None
            continue
        if units[at] == newline:
            line = at
        held += len(units[at])
        at += 1
    return [*pieces, b"".join(units[begin:])]


def udh(reference: int, total: int, number: int, wide: bool) -> bytes:
    """The concatenation header: 05 00 03 rr tt nn, or 06 08 04 rr rr tt nn."""
    if wide:
        return b"\x06\x08\x04" + reference.to_bytes(2, "big") + bytes((total, number))
    return bytes((5, 0, 3, reference, total, number))


def _numbered(text: str, room: int) -> list[Piece]:
    """Texts that each say which of how many they are."""
    units, coding = encode(text)
    size = 2 if coding is Coding.UCS2 else 1
    newline = b"".join(_in(coding, "\n"))
    for digits in (1, 2, 3):
        parts = cut_at_lines(units, room - (3 + 2 * digits) * size, newline)
        if len(parts) < 10**digits:
            break
    if len(parts) > MOST_PARTS:
        raise TextTooLong(f"{len(parts)} parts")
    heads = (b"".join(_in(coding, f"({number}/{len(parts)})")) for number in range(1, len(parts) + 1))
    return [Piece(head + part, coding, 0, None) for head, part in zip(heads, parts, strict=True)]


def _in(coding: Coding, text: str) -> list[bytes]:
    return [text.encode("utf-16-be")] if coding is Coding.UCS2 else (gsm7.septets(text) or [])


# ---- in ----------------------------------------------------------------------------------------------------
def decode(body: bytes, coding: int) -> str:
    """The text of an MO, without its UDH, by what its data_coding names (``sms/reading.py`` doubts that).
    Never raises: what cannot be read shows as U+FFFD."""
    kind = alphabet(coding)
    if kind is Coding.UCS2:
        return body[: len(body) & ~1].decode("utf-16-be", "replace")
    if kind is Coding.GBK:
        return body.decode("gb18030", "replace")
    if kind is Coding.DEFAULT and max(body, default=0) < 0x80:
        return gsm7.decode(body)
    return body.decode("latin-1")


def unpacked(body: bytes, coding: int, esm: int) -> bytes:
    """``body`` with its GSM-7, which came packed, as one septet an octet; behind a UDH septets begin on a
    septet's edge (3GPP TS 23.040 §9.2.3.24)."""
    if alphabet(coding) is not Coding.DEFAULT:
        return body
    header = body[: body[0] + 1] if esm & ESM_UDH and body and body[0] < len(body) else b""
    return header + gsm7.unpack(body[len(header) :], -len(header) * 8 % 7)


_GONE, _UNREADABLE = (*range(9), 11, *range(14, 32), 127), range(128, 160)
_CONTROLS = {**dict.fromkeys(_GONE), **dict.fromkeys(_UNREADABLE, "\ufffd"), 12: "\n"}


def readable(text: str) -> str:
    """``text`` as a person wrote it: without control characters (NUL, as filling, above all), which not every
    database takes."""
    return text if text.isprintable() else text.translate(_CONTROLS)


def alphabet(coding: int) -> Coding:
    """The alphabet of a data_coding, with its message classes (3GPP TS 23.038 §4)."""
    if coding in (Coding.ASCII, Coding.OCTETS, Coding.LATIN1, Coding.BINARY):
        return Coding.LATIN1
    if coding == Coding.GBK:
        return Coding.GBK
    if coding & 0xF0 == 0xF0:
        return Coding.LATIN1 if coding & 0x04 else Coding.DEFAULT
    if coding & 0xC0 == 0 and coding & 0x0C == 0x08:
        return Coding.UCS2
    return Coding.DEFAULT


class Concatenation(NamedTuple):
    """Which part of what; ``body`` without its UDH. ``total`` 1: it stands alone."""

    reference: int
    total: int
    number: int
    body: bytes


def concatenation(body: bytes, esm: int, sar: tuple[int, int, int] | None = None) -> Concatenation:
    """What the UDH, or else the SAR TLVs (§5.3.2.22), say. A header that makes no sense is no header;
    one that plainly is one counts though esm_class forgets it."""
    whole, found = Concatenation(0, 1, 1, body), None
    if esm & ESM_UDH and body and body[0] < len(body):
        end = body[0] + 1
        whole = whole._replace(body=body[end:])
        found = _element(body[1:end])
    elif body.startswith(_HEADERS) and (found := _element(body[1 : body[0] + 1])) is not None:
        whole = whole._replace(body=body[body[0] + 1 :])
    found = found or sar
    if found is None or not _makes_sense(*found):
        return whole
    return Concatenation(*found, whole.body)


_HEADERS = (b"\x05\x00\x03", b"\x06\x08\x04")


def _makes_sense(reference: int, total: int, number: int) -> bool:
    return 1 <= number <= total <= MOST_PARTS and total > 1


def _element(elements: bytes) -> tuple[int, int, int] | None:
    """The last concatenation element (3GPP TS 23.040 §9.2.3.24: of the same twice, the last counts) that
    makes sense."""
    at, found = 0, None
    while at + 2 <= len(elements):
        name, length = elements[at], elements[at + 1]
        value = elements[at + 2 : at + 2 + length]
        at += 2 + length
        if (name, len(value)) in {(0, 3), (8, 4)}:
            this = int.from_bytes(value[:-2], "big"), value[-2], value[-1]
            found = this if _makes_sense(*this) else found
    return found
