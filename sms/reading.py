"""What an MO says, whatever its data_coding says: an SMSC may name another alphabet than the one it sends.

    read([(body, coding), ...])     the text of a message's parts, without their UDH. Never raises.

A reading by the named alphabet counts where it is plausible; else the octets are tried as UCS-2 in either
byte order, UTF-8, GBK and packed GSM-7, and a plausible one of these is taken; where none is, Big5, if it
gives nothing but what people write. Plausible is what subscribers
here write: ASCII, the characters of GB 2312 and the common ones of Big5, emoji; implausible are controls,
halves of characters, scripts and ideographs that nobody uses (:func:`_weights`). A text of one or two
characters may be plausible twice; then the SMSC is believed.

Parts that name one alphabet are read together, for a character may lie across their edge; if that gives
nothing plausible, each is read on its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter

from sms import gsm7
from sms.text import Coding, alphabet, decode

Part = tuple[bytes, int]
"""The octets of a part without its UDH, and its data_coding."""
_NEVER, _ODD, _RARE, _SCRIPT, _AT = 30, 10, 5, 3, 4
_DOUBT = 1.0
"""Mean weight of a character from which on a reading is not plausible: one accented letter in three."""
_TIDY = re.compile(rb"[0-9A-Z #*.,?!+-]*|[0-9a-z #*.,?!+-]*")
"""ASCII as people write codes and words: in one case."""
_WORD = re.compile(r"[A-Za-z]+")
_COMMON = re.compile("[\u4e00-\u9fa5]+")


def read(parts: Sequence[Part]) -> str:
    """See the head of this file."""
    if len(parts) == 1:
        return read_one(*parts[0])
    return "".join([_run([body for body, _ in run], coding) for coding, run in groupby(parts, itemgetter(1))])


def _run(bodies: Sequence[bytes], coding: int) -> str:
    together = read_one(b"".join(bodies), coding)
    if _mean(together) < _DOUBT:
        return together
    apart = "".join([read_one(body, coding) for body in bodies])
    return apart if _mean(apart) < _mean(together) else together


def read_one(body: bytes, coding: int) -> str:
    """The text of one part, or of one run of them."""
    kind = alphabet(coding)
    if kind is not Coding.UCS2 and _TIDY.fullmatch(body):
        return body.decode("ascii")
    named = _trimmed(decode(body, coding), body, kind)
    if _mean(named) >= _DOUBT or (len(body) & 1 if kind is Coding.UCS2 else _ragged(body, named)):
        found = _others(body, kind)
    elif kind is Coding.GBK and (utf_8 := _utf_8(body)):
        found = [utf_8]  # GBK makes ideographs of any octets
    else:
        return named
    found = [text for text in found if text and _mean(text) < _DOUBT]
    if found:
        return min(found, key=_mean)
    big5 = _strict(body, "big5")
    return big5 if _mean(big5) == 0 else named


def _trimmed(text: str, body: bytes, kind: Coding) -> str:
    """Without a byte order mark, and without NULs behind it, which GSM-7 reads as "@"."""
    if kind is Coding.DEFAULT and body.endswith(b"\0") and b"\0" not in (bare := body.rstrip(b"\0")):
        return decode(bare, kind)
    return text.rstrip("\0").removeprefix("\ufeff")


def _others(body: bytes, kind: Coding) -> list[str]:
    """Readings by other alphabets, the likeliest first."""
    found = [_utf_8(body), *(_strict(body, codec) for codec in ("utf-16-be", "utf-16-le", "gbk"))]
    if kind is Coding.DEFAULT and len(body) > 1:
        unpacked = gsm7.unpack(body)
        if _TIDY.fullmatch(unpacked):
            found.append(gsm7.decode(unpacked))
    return found


def _utf_8(body: bytes) -> str:
    """As UTF-8, which is not met by chance; ASCII is no sign of it."""
    text = _strict(body, "utf-8")
    return "" if text.isascii() else text


def _strict(body: bytes, codec: str) -> str:
    """The text, or "" where ``codec`` cannot have written it."""
    if codec.startswith("utf-16") and len(body) & 1:
        body = body[:-1] if body.endswith(b"\0") else b""
    try:
        return body.decode(codec).rstrip("\0").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return ""


def _ragged(body: bytes, text: str) -> bool:
    """ASCII that nobody writes ("bKg:", "cbSa") and that is common ideographs in UCS-2 (手机, 换卡)."""
    if len(body) & 1 or all(
        word.islower() or word.isupper() or word.istitle() for word in _WORD.findall(text)
    ):
        return False
    wide = (_strict(body, codec) for codec in ("utf-16-be", "utf-16-le"))
    return any(_COMMON.fullmatch(each) and _mean(each) == 0 for each in wide)


def _mean(text: str) -> float:
    """Weight of a character on the average; of a blank text, which is what wrong readings of 0 are, a lot."""
    if not text or text.isspace():
        return _NEVER
    if text.isascii() and text.isprintable() and "@" not in text:
        return 0.0
    weights = _weights()
    return sum([weights[ord(each)] if each < "\U00010000" else _beyond(each) for each in text]) / len(text)


def _beyond(char: str) -> int:
    return 0 if "\U0001f000" <= char <= "\U0001faff" else _ODD


@cache
def _weights() -> bytes:
    """How little each character of the basic plane is to be met in a text to a hall in China."""
    weights = bytearray([_NEVER]) * 0x10000
    _weigh(weights, _BEFORE)
    for codec, rows in (("gb2312", range(0xA1, 0xF8)), ("big5", range(0xA4, 0xC7))):
        for octets in (bytes((row, cell)) for row in rows for cell in range(0x40, 0xFF)):
            if char := octets.decode(codec, "ignore"):
                weights[ord(char[0])] = 0
    _weigh(weights, _RANGES)
    return bytes(weights)


def _weigh(weights: bytearray, ranges: Sequence[tuple[int, int, int]]) -> None:
    for first, last, weight in ranges:
        weights[first : last + 1] = bytes((weight,)) * (last + 1 - first)


_BEFORE = ((0xA0, 0xBF, _ODD), (0x4E00, 0x9FA5, _RARE))
_RANGES = (
    (0x20, 0x7E, 0),
    (ord("@"), ord("@"), _AT),
    (0x09, 0x0A, 0),
    (0x0C, 0x0D, 0),
    (0xC0, 0xFF, _SCRIPT),
    (0x370, 0x52F, _SCRIPT),  # Greek, Cyrillic
    (0x3040, 0x30FF, _SCRIPT),  # kana
    (0x3100, 0x312F, _ODD),
    (0x2500, 0x257F, _ODD),
    (0x200B, 0x200F, 0),  # what phones put between: joiners, directions
    (0x202A, 0x202E, 0),
    (0x2060, 0x2069, 0),
    (0xFE00, 0xFE0F, 0),
    (0xFEFF, 0xFEFF, 0),
    (0x20AC, 0x20AC, 0),
    (0x20E3, 0x20E3, 0),
    (0x2600, 0x27BF, 0),
)
