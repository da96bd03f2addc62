"""The GSM 7-bit default alphabet with its extension (3GPP TS 23.038 §6.2.1), packed and unpacked.

Unpacked is one septet an octet, as SMPP carries data_coding 0; packed is eight septets in seven octets, as
the air does and as some SMSCs hand it over.
"""

from __future__ import annotations

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPE = 0x1B
EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_ENCODED = {char: bytes((code,)) for code, char in enumerate(BASIC) if code != ESCAPE}
_ENCODED.update({char: bytes((ESCAPE, code)) for code, char in EXTENSION.items()})


def septets(text: str) -> list[bytes] | None:
    """Each character's septets, one or two (escape pair); None if one is not in the alphabet."""
    try:
        return [_ENCODED[char] for char in text]
    except KeyError:
        return None


def decode(octets: bytes) -> str:
    """Unpacked septets as text. An unknown extension shows the basic character, as the standard asks."""
    out, escaped = [], False
    for octet in octets:
        code = octet & 0x7F
        if escaped:
            out.append(EXTENSION.get(code, BASIC[code] if code != ESCAPE else " "))
            escaped = False
        elif code == ESCAPE:
            escaped = True
        else:
            out.append(BASIC[code])
    return "".join(out)


def pack(octets: bytes, fill: int = 0) -> bytes:
    """Septets packed; ``fill`` bits first, so that they begin on a septet's edge behind a UDH."""
    bits, held, out = 0, 0, bytearray()
    held = fill
    for octet in octets:
        bits |= (octet & 0x7F) << held
        held += 7
        while held >= 8:
            out.append(bits & 0xFF)
            bits >>= 8
            held -= 8
    if held:
        out.append(bits & 0xFF)
    return bytes(out)


def unpack(packed: bytes, fill: int = 0) -> bytes:
    """Packed octets as septets. A last septet of zero in a full group is padding (an "@" cannot be told from
    it where the length in septets is not known)."""
    out = bytearray()
    bits, held = (packed[0] >> fill, 8 - fill) if packed else (0, 0)
    for octet in packed[1:]:
        if held >= 7:
            out.append(bits & 0x7F)
            bits, held = bits >> 7, held - 7
        bits |= octet << held
        held += 8
        out.append(bits & 0x7F)
        bits, held = bits >> 7, held - 7
    if held >= 7:
        out.append(bits & 0x7F)
        held -= 7
    return bytes(out[:-1] if held == 0 and out.endswith(b"\0") else out)
