"""An SMSC that sends broken PDUs: whatever they are, nobody else notices, and the link stays.

``make test``: some thousands, from a fixed seed; ``make soak``: for half an hour.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from server.testing.crowd import CrowdSmsc, Texter, back_office, some_crowd
from server.testing.running import HallProcess
from sms.smpp.pdu import (
    DATA_SM,
    DELIVER_SM,
    ENQUIRE_LINK,
    GENERIC_NACK,
    HEADER,
    MESSAGE_PAYLOAD,
    RESPONSE,
    SUBMIT_SM,
    UNBIND,
    MessagePdu,
    encode_answer,
    encode_empty,
    encode_message,
)

PATIENCE, BATCH, HALF_AN_HOUR = 60.0, 200, 1800.0
SEED = 10086
FRESH = 0x40000000
"""Sequence numbers from here on are none of the hall's: a refusal of its own messages would be true."""


def texts(random: Random) -> bytes:
    """A text as SMSCs bring them: in one, in parts, with TLVs, as data_sm, as a receipt."""
    source = f"1382{random.randrange(10**7):07}"
    sequence = random.randrange(FRESH, 2 * FRESH)
    body = random.choice(["0101", "话费", "开通彩铃", "1", "QXCL", "。" * 60]).encode("utf-16-be")
    kind = random.randrange(5)
    if kind == 0:
        part = bytes((5, 0, 3, random.randrange(256), random.randrange(256), random.randrange(256)))
        return encode_message(DELIVER_SM, MessagePdu(source, "10086", part + body, 8, 0x40), sequence)
    if kind == 1:
        tlvs = {random.randrange(0x10000): random.randbytes(random.randrange(40)) for _ in range(3)}
        return encode_message(DELIVER_SM, MessagePdu(source, "10086", body, 8, tlvs=tlvs), sequence)
    if kind == 2:
        payload = {MESSAGE_PAYLOAD: body * random.randrange(1, 60)}
        return encode_message(DATA_SM, MessagePdu(source, "10086", b"", 8, tlvs=payload), sequence)
    if kind == 3:
        told = f"id:{random.randrange(10**9):x} sub:001 dlvrd:001 stat:DELIVRD err:000 text:".encode()
        return encode_message(DELIVER_SM, MessagePdu(source, "10086", told, 0, 4), sequence)
    coding, esm = random.randrange(256), random.randrange(256)
    return encode_message(
        DELIVER_SM, MessagePdu(source, "10086", random.randbytes(90), coding, esm), sequence
    )


def frame(random: Random) -> bytes:
    """One PDU before it is spoilt."""
    sequence = random.randrange(FRESH, 2 * FRESH)
    kind = random.randrange(10)
    if kind == 0:
        return encode_answer(
            SUBMIT_SM, random.choice([0, 8, 0x58, 0x400]), sequence, "x" * random.randrange(90)
        )
    if kind == 1:
        return encode_empty(random.choice([ENQUIRE_LINK, ENQUIRE_LINK | RESPONSE, GENERIC_NACK]), sequence)
    return texts(random)


def spoilt(random: Random, whole: bytes) -> bytes:
    """With octets changed, left out, put in; its length is told truly, so that the next one is found."""
    _, command, status, sequence = HEADER.unpack_from(whole)
    body = bytearray(whole[16:])
    for _ in range(random.randrange(6)):
        at = random.randrange(len(body) + 1)
        match random.randrange(4):
            case 0 if at < len(body):
                body[at] = random.randrange(256)
            case 1:
                del body[at : at + random.randrange(1, 12)]
            case 2:
                body[at:at] = random.randbytes(random.randrange(1, 12))
            case 3:
                del body[at:]
    if random.random() < 0.05:
        command = random.choice([random.randrange(2**32), random.randrange(0x120), command ^ RESPONSE])
    if command & ~RESPONSE in {UNBIND, 1, 2, 9}:  # to leave, or to bind, is nothing broken
        command = DELIVER_SM
    if random.random() < 0.05:
        status = random.randrange(2**32)
    return HEADER.pack(16 + len(body), command, status, sequence) + bytes(body)


def batches(seconds: float) -> Iterator[list[bytes]]:
    random, until = Random(SEED), time.monotonic() + seconds
    while time.monotonic() < until:
        yield [spoilt(random, frame(random)) for _ in range(BATCH)]


def is_answered(smsc: CrowdSmsc, honest: Texter, text: str) -> None:
    replies = smsc.replies[honest.number]
    before = len(replies)
    smsc.bring({honest.number: text})
    smsc.wait(lambda: len(replies) > before, PATIENCE)
    assert any(honest.yuan in each for each in replies[before:])


@pytest.mark.parametrize("seconds", [5.0, pytest.param(HALF_AN_HOUR, marks=pytest.mark.soak)])
def test_whatever_an_smsc_sends_the_link_stays_and_others_are_answered(
    tmp_path: Path, seconds: float
) -> None:
    crowd = some_crowd(2_000, first=300_000)
    data = tmp_path / "data.yaml"
    data.write_text(back_office(crowd), encoding="utf-8")
    with CrowdSmsc() as smsc:
        hall = HallProcess(tmp_path / "hall", settings=f'{smsc.settings}[business]\ndata = "{data}"\n')
        try:
            smsc.wait(lambda: smsc.bound, PATIENCE)
            thrown = 0
            for n, batch in enumerate(batches(seconds)):
                smsc.throw(batch)
                thrown += len(batch)
                is_answered(smsc, crowd[n % len(crowd)], "0101" if n % 2 else "HF")
            assert (smsc.binds, thrown >= 5 * BATCH) == (1, True), "the link never fell"
            assert [line for line in hall.failures() if "Traceback" in line] == []
        finally:
            hall.stop()
