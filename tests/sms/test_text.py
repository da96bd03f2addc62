"""Alphabets, splitting and joining: what is cut comes together again, whatever the text."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms import gsm7
from sms.join import Joined, Joiner, MessagePart
from sms.reading import read
from sms.text import (
    ESM_UDH,
    MOST_PARTS,
    Coding,
    TextTooLong,
    concatenation,
    decode,
    readable,
    split,
    unpacked,
)

letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=900)
septet_texts = st.text(gsm7.BASIC.replace("\x1b", "") + "".join(gsm7.EXTENSION.values()), max_size=900)


def _joined(text: str, wide: bool, chance: random.Random | None = None) -> str:
    joiner, done = Joiner(), []
    pieces = split(text, reference=300, wide=wide)
    if chance is not None:
        pieces = pieces + chance.sample(pieces, min(2, len(pieces)))
        chance.shuffle(pieces)
    for id, piece in enumerate(pieces):
        found = concatenation(piece.body, piece.esm)
        if found.total == 1:
            return decode(found.body, piece.coding)
        key = ("a", "b", found.reference, found.total)
        whole = joiner.add(MessagePart(key, found.number, found.body, piece.coding, id, 0.0))
        if whole is not None:
            done.append(decode(b"".join([body for body, _ in whole.parts]), piece.coding))
    assert len(done) >= 1
    return done[0]


@given(letters, st.booleans(), st.randoms(use_true_random=False))
def test_what_is_split_joins_in_any_order(text: str, wide: bool, chance: random.Random) -> None:
    assert _joined(text, wide, chance) == text


@given(septet_texts, st.booleans())
def test_a_gsm_text_stays_one(text: str, wide: bool) -> None:
    assert _joined(text, wide) == text
    assert all(piece.coding == 0 for piece in split(text, reference=1, wide=wide))


@given(letters, st.booleans())
def test_no_part_is_too_long_or_cut_inside_a_pair(text: str, wide: bool) -> None:
    for piece in split(text, reference=1, wide=wide):
        found = concatenation(piece.body, piece.esm)
        if piece.coding == 8:
            assert len(piece.body) <= 140
            found.body.decode("utf-16-be")  # a half pair would raise
        else:
            assert len(found.body) <= (160 if found.total == 1 else 152 if wide else 153)
            assert found.body.count(b"\x1b") == 0 or found.body[-1] != 0x1B


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("字" * 70, 1),
        ("字" * 71, 2),
        ("字" * 134, 2),
        ("字" * 135, 3),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 307, 3),
    ],
)
def test_the_number_of_parts(text: str, parts: int) -> None:
    assert len(split(text, reference=1)) == parts


def test_sixty_six_and_one_hundred_and_fifty_two_behind_a_wide_reference() -> None:
    assert [len(p.body) for p in split("字" * 132, reference=1, wide=True)] == [7 + 132, 7 + 132]
    assert len(split("a" * 305, reference=1, wide=True)) == 3


def test_a_handset_that_does_not_join_gets_texts_that_say_which_they_are() -> None:
    pieces = split("字" * 200, reference=None)
    texts = [decode(piece.body, piece.coding) for piece in pieces]
    assert [text[:5] for text in texts] == ["(1/4)", "(2/4)", "(3/4)", "(4/4)"]
    assert "".join(text[5:] for text in texts) == "字" * 200
    assert all(piece.esm == 0 and len(piece.body) <= 140 for piece in pieces)
    assert len(split("a" * 1600, reference=None)) == 11


def test_such_texts_end_where_a_line_ends() -> None:
    rows = [f"{n}.业务{n}（某某公司1066{n:04d}）{n}元/月" for n in range(1, 9)]
    texts = [decode(p.body, p.coding) for p in split("\n".join(rows), reference=None)]
    assert [row for text in texts for row in text[5:].split("\n")] == rows
    assert all(len(text) <= 70 for text in texts)


@given(st.text(alphabet="字a\n", max_size=400))
def test_of_such_texts_nothing_but_line_ends_is_left_out(text: str) -> None:
    pieces = split(text, reference=None)
    said = "".join(decode(p.body, p.coding)[5 if len(pieces) > 1 else 0 :] for p in pieces)
    assert said.replace("\n", "") == text.replace("\n", "")


def test_more_than_the_protocol_can_number_is_refused() -> None:
    with pytest.raises(TextTooLong):
        split("字" * 67 * (MOST_PARTS + 1), reference=1)


def test_half_surrogates_do_not_reach_the_air() -> None:
    assert split("字\ud83d", reference=1)[0].body.decode("utf-16-be") == "字?"


@given(septet_texts)
def test_packing_is_undone_but_for_the_padding(text: str) -> None:
    units = b"".join(gsm7.septets(text) or [])
    came = gsm7.unpack(gsm7.pack(units))
    assert came == units or units == came + b"\0"
    assert unpacked(gsm7.pack(b"0101"), 0, 0) == b"0101"


@given(septet_texts, st.sampled_from([b"", b"\x05\x00\x03\x01\x02\x01", b"\x06\x08\x04\0\x01\x02\x01"]))
def test_packing_begins_on_a_septets_edge_behind_a_header(text: str, header: bytes) -> None:
    units = b"".join(gsm7.septets(text) or [])
    came = unpacked(header + gsm7.pack(units, -len(header) * 8 % 7), 0, ESM_UDH if header else 0)
    assert came in (header + units, (header + units)[:-1])
    assert unpacked(b"\x8b\xdd", Coding.UCS2, 0) == b"\x8b\xdd"


def test_the_standards_own_example_of_packing() -> None:
    assert gsm7.pack(b"hellohello").hex() == "e8329bfd4697d9ec37"


@pytest.mark.parametrize(
    ("body", "coding", "text"),
    [
        (b"0101", 0, "0101"),
        (b"\x1be", 0, "€"),
        (b"0101", 1, "0101"),
        (b"\xe9", 3, "é"),
        ("话费".encode("utf-16-be"), 8, "话费"),
        ("话费".encode("utf-16-be"), 0x18, "话费"),
        ("话费".encode("utf-16-be") + b"\x00", 8, "话费"),
        ("话费".encode("gb18030"), 15, "话费"),
        (b"HF", 0xF0, "HF"),
        (b"HF", 0xF5, "HF"),
    ],
)
def test_the_alphabets_of_mo_texts(body: bytes, coding: int, text: str) -> None:
    assert readable(decode(body, coding)) == text


@given(st.binary(max_size=140), st.integers(0, 255), st.sampled_from([0, ESM_UDH]))
def test_no_octets_raise(body: bytes, coding: int, esm: int) -> None:
    decode(unpacked(body, coding, esm), coding)
    found = concatenation(body, esm)
    assert 1 <= found.number <= found.total <= MOST_PARTS


def test_headers_that_make_no_sense_are_no_headers() -> None:
    for header in (b"\x05\x00\x03\x01\x00\x00", b"\x05\x00\x03\x01\x02\x03", b"\x05\x00\x03\x01\x02\x00"):
        assert concatenation(header + b"text", 0x40).total == 1
    assert concatenation(b"\xff\x00", 0x40).body == b"\xff\x00"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("0a 0003 01 02 01 0003 09 02 02", (9, 2, 2)),  # twice the same: the last (TS 23.040 §9.2.3.24)
        ("0b 0003 01 02 01 0804 0109 02 02", (0x109, 2, 2)),
        ("0a 0003 09 02 02 0003 01 00 00", (9, 2, 2)),  # the last that makes sense
        ("0b 0504 1f90 0000 0003 09 02 02", (9, 2, 2)),  # ports before it
        ("0b 0003 09 02 02 0504 1f90 0000", (9, 2, 2)),
        ("07 0003 09 02 02 05 04", (9, 2, 2)),  # cut off behind it
    ],
)
def test_the_last_concatenation_element_counts_wherever_it_stands(
    header: str, found: tuple[int, int, int]
) -> None:
    assert concatenation(bytes.fromhex(header) + b"text", 0x40) == (*found, b"text")


def test_a_header_without_its_bit_and_sar_beside_a_header_of_ports() -> None:
    assert concatenation(b"\x05\x00\x03\x09\x02\x02text", 0) == (9, 2, 2, b"text")
    assert concatenation(b"\x05\x00\x03\x09\x02\x03text", 0).total == 1
    ports = b"\x06\x05\x04\x1f\x90\0\0"
    assert concatenation(ports + b"text", 0x40, (9, 2, 1)) == (9, 2, 1, b"text")


# ---- joining -----------------------------------------------------------------------------------------------
def _part(number: int, total: int = 2, source: str = "a", reference: int = 1, **more: object) -> MessagePart:
    part = MessagePart((source, "b", reference, total), number, f"<{number}>".encode(), 0, number, 0.0)
    return part._replace(**more)  # type: ignore[arg-type]


def test_copies_are_ignored_and_their_rows_are_still_done_with() -> None:
    joiner = Joiner()
    assert joiner.add(_part(2)) is None
    assert joiner.add(_part(2)._replace(id=9)) is None
    whole = joiner.add(_part(1))
    assert whole == Joined(("a", "b", 1, 2), ((b"<1>", 0), (b"<2>", 0)), (2, 9, 1), 0.0, True)
    assert len(joiner) == 0


@given(st.lists(st.tuples(st.binary(max_size=150), st.integers(0, 255)), max_size=3))
def test_whatever_comes_is_a_text_that_can_be_kept(parts: list[tuple[bytes, int]]) -> None:
    text = readable(read(parts))
    assert not any(unicodedata.category(each) in {"Cc", "Cs"} for each in text if each not in "\t\n\r")
    text.encode()


@pytest.mark.parametrize(
    ("body", "coding", "text"),
    [
        (b"\xd8\x3d\xde\x00", Coding.UCS2, "\U0001f600"),
        (b"\x00a\xd8\x3d\x00b", Coding.UCS2, "a\ufffdb"),  # half an emoji, as a cut text has it
        (b"\xde\x00\x00b", Coding.UCS2, "\ufffdb"),
        ("查话费\0\0".encode("utf-16-be"), Coding.UCS2, "查话费"),
        (b"0101\0", Coding.LATIN1, "0101"),
        (b"hf\r\n\x1b[2J", Coding.LATIN1, "hf\r\n[2J"),
        (b"hf\x9b2J", Coding.LATIN1, "hf\ufffd2J"),
        (b"\xd6\xd0\0", Coding.GBK, "中"),
    ],
)
def test_control_characters_and_halves_are_no_text(body: bytes, coding: int, text: str) -> None:
    assert readable(decode(body, coding)) == text


def test_what_never_comes_is_given_up_after_its_patience() -> None:
    joiner = Joiner(60.0)
    joiner.add(_part(2))
    assert joiner.expire(59.0) == []
    (given_up,) = joiner.expire(60.0)
    assert (given_up.parts, given_up.complete, given_up.copies) == (((b"<2>", 0),), False, False)


def test_a_late_copy_of_a_joined_message_is_known_as_a_copy() -> None:
    joiner = Joiner(60.0)
    joiner.add(_part(1))
    joiner.add(_part(2))
    joiner.add(_part(2)._replace(id=9, received=1.0))
    (given_up,) = joiner.expire(61.0)
    assert given_up.copies
    assert given_up.ids == (9,)


def test_a_reference_that_came_round_is_another_message() -> None:
    joiner = Joiner()
    joiner.add(_part(1))
    joiner.add(_part(1)._replace(body=b"new", id=5))
    assert joiner.add(_part(2)._replace(id=6)) == Joined(
        ("a", "b", 1, 2), ((b"new", 0), (b"<2>", 0)), (5, 6), 0.0, True
    )
    assert [each.ids for each in joiner.expire(0.0)] == [(1,)]


def test_a_part_that_could_not_be_kept_is_waited_for_again() -> None:
    joiner = Joiner()
    joiner.add(_part(1))
    joiner.forget(_part(1))
    assert len(joiner) == 0
    joiner.add(_part(1)._replace(id=7))
    assert joiner.add(_part(2)._replace(id=8)) is not None
    joiner.forget(_part(2)._replace(id=8))  # the last one: the message is open again
    assert joiner.add(_part(2)._replace(id=9)) == Joined(
        ("a", "b", 1, 2), ((b"<1>", 0), (b"<2>", 0)), (7, 9), 0.0, True
    )
    assert len(joiner) == 0


def test_limits_for_one_subscriber_and_for_all() -> None:
    joiner = Joiner(per_subscriber=2, in_all=3)
    for reference in range(3):
        joiner.add(_part(1, reference=reference))
    joiner.add(_part(1, source="x"))
    joiner.add(_part(1, source="y"))
    assert len(joiner) == 3
    assert [each.key[2] for each in joiner.expire(0.0)] == [0, 1]
