"""RTP packets (RFC 3550 §5.1): reading them, their sequence arithmetic, and the kernel's filter for them.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
    |                           timestamp                           |
    |                             SSRC                              |

    80 88 00 01  00 00 00 a0  12 34 56 78  d5 d5 …     A-law (PT 8), first of a talkspurt (M), sequence 1

The filter: where telephone-event was agreed nobody listens to the caller's audio, so most of it need not even
wake the process: only keys, talkspurt starts (M), comfort noise and each 64th packet pass
(:func:`key_filter`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

HEADER = struct.Struct("!BBHII")
COMFORT_NOISE = 13
MARKER = 0x80
PASSED_ONE_IN = 64


class NotRtp(ValueError):
    """Too short, another version, or lengths that do not fit."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet as received."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(octets: bytes) -> Packet:
    """The packet in ``octets``, without contributing sources, header extension and padding.
    Raises :class:`NotRtp`."""
    if len(octets) < HEADER.size:
        raise NotRtp("shorter than a header")
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(octets)
    if first >> 6 != 2:
        raise NotRtp("not version 2")
    begin, end = _bounds(octets, first)
    return Packet(second & 0x7F, second >= MARKER, sequence, timestamp, ssrc, octets[begin:end])


def _bounds(octets: bytes, first: int) -> tuple[int, int]:
    """Where the payload begins and ends."""
    begin, end = HEADER.size + 4 * (first & 15), len(octets)
    if first & 0x10:  # header extension: profile, length in 32-bit words, words
        if begin + 4 > end:
            raise NotRtp("cut header extension")
        begin += 4 + 4 * int.from_bytes(octets[begin + 2 : begin + 4], "big")
    if first & 0x20:
        if octets[-1] == 0:
            raise NotRtp("padding of length 0")
        end -= octets[-1]
    if begin > end:
        raise NotRtp("lengths do not fit")
    return begin, end


def build(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, *, marker: bool = False
) -> bytes:
    """One packet; sequence and timestamp are taken modulo 2^16 and 2^32."""
    second = payload_type | (MARKER if marker else 0)
    return HEADER.pack(0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def after(new: int, old: int, bits: int = 32) -> int:
    """How far ``new`` is after ``old``, modulo 2^bits: negative if it is before."""
    half = 1 << (bits - 1)
    return ((new - old + half) & ((1 << bits) - 1)) - half


# Classic BPF (Linux filter.h). A UDP socket's filter sees the datagram with its 8-octet UDP header.
_LOAD_OCTET, _LOAD_HALF = 0x30, 0x28
_AND, _IF_EQUAL, _IF_SET, _RETURN = 0x54, 0x15, 0x45, 0x06
_INSTRUCTION = struct.Struct("HBBI")
_PASS, _DROP = 0xFFFF, 0
_SOURCE_PORT = 0  # where in the datagram

Instruction = tuple[int, int, int, int]  # operation, instructions to skip if true, if false, operand


def _keys_only(events: int) -> tuple[Instruction, ...]:
    return (
        (_LOAD_OCTET, 0, 0, 9),
        (_IF_SET, 6, 0, MARKER),
        (_IF_EQUAL, 5, 0, events),
        (_IF_EQUAL, 4, 0, COMFORT_NOISE),
        (_LOAD_HALF, 0, 0, 10),
        (_AND, 0, 0, PASSED_ONE_IN - 1),
        (_IF_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _DROP),
        (_RETURN, 0, 0, _PASS),
    )


def key_filter(events: int) -> bytes:
    """The instructions that pass telephone-event (payload type ``events``), M, comfort noise and every 64th
    sequence number. A datagram too short for the loads is dropped by the kernel."""
    return _packed(_keys_only(events))


def stand_in_filter(named: int, held: int, events: int | None) -> bytes:
    """The instructions that pass all that comes from port ``named``; from port ``held`` what
    :func:`key_filter` passes (``events`` None: all); nothing else."""
    beyond: tuple[Instruction, ...] = ((_RETURN, 0, 0, _PASS),) if events is None else _keys_only(events)
    program = (
        (_LOAD_HALF, 0, 0, _SOURCE_PORT),
        (_IF_EQUAL, 1, 0, named),
        (_IF_EQUAL, 1, 1 + len(beyond), held),
        (_RETURN, 0, 0, _PASS),
        *beyond,
        (_RETURN, 0, 0, _DROP),
    )
    return _packed(program)


def _packed(program: tuple[Instruction, ...]) -> bytes:
    return b"".join(_INSTRUCTION.pack(*instruction) for instruction in program)
