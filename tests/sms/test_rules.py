"""Receipts, redelivery and limits, without a network."""

from __future__ import annotations

import pytest

from sms.receipts import Awaited, Receipt, is_receipt, read, spellings
from sms.redelivery import MOST_ALIKE, Evidence, First, Memory
from sms.smpp.pdu import MessagePdu
from sms.throttle import ReplyThrottle

TEXT = b"id:0012a4 sub:001 dlvrd:001 submit date:2611220900 done date:2611220901 stat:DELIVRD err:000 text:x"


# ---- receipts ----------------------------------------------------------------------------------------------
def test_a_receipt_in_text_and_in_tlvs() -> None:
    assert read(MessagePdu("1", "2", TEXT, esm=4)) == Receipt("0012a4", "DELIVRD")
    tlvs = {0x001E: b"4772", 0x0427: b"\x05"}
    assert read(MessagePdu("1", "2", b"", esm=4, tlvs=tlvs)) == Receipt("4772", "UNDELIV")
    assert read(MessagePdu("1", "2", b"nothing of it", esm=4)) is None


FIELDS = "id:12a4 sub:001 dlvrd:001 stat:DELIVRD err:000"
RECEIPTS = [
    (TEXT, "0012a4"),
    (b"\xef\xbb\xbf" + FIELDS.encode(), "12a4"),
    (FIELDS.encode("utf-16"), "12a4"),
    (("\ufeff" + FIELDS).encode("utf-16-be"), "12a4"),
    (f'"{FIELDS}"'.encode(), "12a4"),
    (f"“{FIELDS}”".encode(), "12a4"),
    (f"“{FIELDS}”".encode("gbk"), "12a4"),
    (f"“{FIELDS}”".encode("utf-16-be"), "12a4"),
    (f" [{FIELDS}]".encode(), "12a4"),
    (b"msgid:12a4 stat:DELIVRD", "12a4"),
    (b"message_id:12a4 stat:DELIVRD", "12a4"),
    (b"sub:001 dlvrd:001 id:12a4 stat:DELIVRD err:000", "12a4"),
    (b"stat:DELIVRD err:000 id:12a4", "12a4"),
    (b"err:000,stat:DELIVRD,id:12a4,sub:001", "12a4"),
    (b"done date:2611220901 id:12a4 stat:DELIVRD", "12a4"),
    (b'{"id":"12a4","stat":"DELIVRD"}', "12a4"),
    (b"ID=12a4 STAT=DELIVRD", "12a4"),
]


@pytest.mark.parametrize(("body", "message_id"), RECEIPTS)
def test_a_receipt_that_says_it_only_by_its_text(body: bytes, message_id: str) -> None:
    mo = MessagePdu("1", "2", body, esm=0)
    assert is_receipt(mo)
    assert read(mo) == Receipt(message_id, "DELIVRD")


def test_an_id_and_how_many_were_delivered_make_a_receipt() -> None:
    assert is_receipt(MessagePdu("1", "2", b"id:12a4 dlvrd:001", esm=0))


@pytest.mark.parametrize(
    "text",
    [
        "id",
        "id:12345",
        "stat:DELIVRD",
        "ID: 430102198501011234",
        "我的id:12345 stat:DELIVRD是什么意思",
        "what is id:12345 stat:DELIVRD",
        "err: 12 id: 5",
        "state: id:5",
        "sub:001 查话费",
        "HF",
        "密码:258036",
        "paid: 50 stat: ok",
        "“id”",
    ],
)
def test_no_text_of_a_persons_is_a_receipt(text: str) -> None:
    for codec in ("utf-16-be", "utf-8", "gbk"):
        assert not is_receipt(MessagePdu("1", "2", text.encode(codec), esm=0)), codec


@pytest.mark.parametrize(
    ("sent", "comes"),
    [
        ("0012a4", "12A4"),
        ("12A4", "0012a4"),
        ("12A4", "4772"),  # hexadecimal in the answer, decimal in the receipt
        ("4772", "12a4"),  # and the other way round
        ("0000004772", "4772"),
        ("msg-77-x", "MSG-77-X"),
    ],
)
def test_one_id_in_two_spellings(sent: str, comes: str) -> None:
    awaited = Awaited()
    assert awaited.sent(sent, 7) is None
    assert awaited.came(Receipt(comes, "DELIVRD")) == 7
    assert awaited.came(Receipt("99999999", "DELIVRD")) is None


@pytest.mark.parametrize("digits", ["9" * 5_000, "0" * 5_000 + "1", "f" * 70_000, "1" * 65])
def test_an_id_longer_than_any_is_no_id_in_text_or_tlv(digits: str) -> None:
    assert read(MessagePdu("1", "2", f"id:{digits} stat:DELIVRD".encode(), esm=4)) is None
    assert read(MessagePdu("1", "2", b"stat:DELIVRD", esm=4, tlvs={0x001E: digits.encode()})) is None
    awaited = Awaited()
    awaited.sent(digits, 7)  # an SMSC that gives such ids
    assert awaited.came(Receipt(digits, "DELIVRD")) == 7


@pytest.mark.parametrize(
    "opaque",
    ["-12", "+12", "1_2", " 1 2 ", "１２", "²", "٣", "0x", "12.5", "1+5", "\xff\x00", "0o1", "ß"],
)
def test_what_only_looks_like_a_number_is_its_own_spelling_only(opaque: str) -> None:
    awaited = Awaited()
    awaited.sent("12", 1)
    awaited.sent("18", 2)
    assert awaited.came(Receipt(opaque, "DELIVRD")) is None
    assert len(spellings(opaque)) <= 2


@pytest.mark.parametrize("state", [b"", b"\2", b"\0\0\0\2", b"\xff", b"\2" * 60_000, b"\0" * 9])
def test_a_state_of_any_length_is_read_or_unknown(state: bytes) -> None:
    receipt = read(MessagePdu("1", "2", b"id:7 err:\xff\xfe done date:-1", esm=4, tlvs={0x0427: state}))
    assert receipt is not None
    assert receipt.status == ("DELIVRD" if state in (b"\2", b"\0\0\0\2") else "UNKNOWN")


def test_words_of_a_receipt_without_end_are_not_searched() -> None:
    for text in (b"id:" + b" " * 60_000, b"id::" * 15_000, b"x" * 60_000 + b" id:7"):
        assert read(MessagePdu("1", "2", text, esm=4)) is None


def test_an_exact_spelling_wins_over_a_loose_one() -> None:
    awaited = Awaited()
    awaited.sent("10", 1)  # also 16, read as hexadecimal
    awaited.sent("16", 2)
    assert awaited.came(Receipt("16", "DELIVRD")) == 2
    assert awaited.came(Receipt("10", "DELIVRD")) == 1


def test_a_receipt_before_the_answer_to_submit_sm() -> None:
    awaited = Awaited()
    assert awaited.came(Receipt("00ff", "DELIVRD")) is None
    assert awaited.sent("FF", 3) == Receipt("00ff", "DELIVRD")


def test_an_intermediate_state_leaves_the_message_awaited() -> None:
    awaited = Awaited()
    awaited.sent("A1", 3)
    assert awaited.came(Receipt("A1", "ENROUTE")) == 3
    assert awaited.came(Receipt("A1", "DELIVRD")) == 3
    assert spellings("0") == ["0"]


# ---- redelivery --------------------------------------------------------------------------------------------
class _Link:
    name = ""
    lost_at: float | None = None
    silent_since: float | None = None


def _evidence(sequence: int, reference: int | None = None, message_id: str | None = None) -> Evidence:
    return Evidence("a", "b", b"d", sequence, reference, message_id)


def _memory(link: _Link, answered: float | None = 100.1, **more: object) -> Memory:
    memory = Memory()
    memory.keep(First(_evidence(1, 7, "m"), 100.0, link, answered))
    return memory


@pytest.mark.parametrize("again", [_evidence(1), _evidence(2, 7), _evidence(2, None, "m")])
def test_the_same_number_reference_or_id_is_a_redelivery_for_ten_minutes(again: Evidence) -> None:
    link = _Link()
    memory = _memory(link)
    assert memory.first_of(again, 699.0, link) is not None
    assert memory.first_of(again, 701.0, link) is None


def test_an_equal_sequence_number_of_another_connection_is_no_evidence() -> None:
    link = _Link()
    memory = _memory(link)
    link.lost_at = 200.0
    assert memory.first_of(_evidence(1), 210.0, _Link()) is None, "answered long before the fall"
    assert memory.first_of(_evidence(9, 7), 210.0, _Link()) is not None, "a reference is the message's own"
    link.lost_at = 102.0
    assert memory.first_of(_evidence(1), 210.0, _Link()) is not None, "the answer may have been lost"


def test_an_answer_into_a_link_that_had_gone_silent_may_be_lost_however_late_that_is_noticed() -> None:
    link = _Link()
    memory = _memory(link)
    link.silent_since = 100.0
    assert memory.first_of(_evidence(1), 160.0, _Link()) is not None, "it has not even fallen yet"
    link.lost_at = 300.0
    assert memory.first_of(_evidence(1), 310.0, _Link()) is not None


def test_without_evidence_it_is_a_second_wish() -> None:
    assert _memory(_Link()).first_of(_evidence(2, 8, "n"), 101.0, _Link()) is None


def test_two_message_ids_are_two_wishes_though_the_sequence_began_anew() -> None:
    link = _Link()
    memory = _memory(link)
    assert memory.first_of(_evidence(1, 7, "another"), 101.0, link) is None
    assert memory.first_of(_evidence(1, 7), 101.0, link) is not None


@pytest.mark.parametrize("mark", [(0, None), (None, "0"), (None, "000"), (0, "0")])
def test_a_zero_is_no_mark(mark: tuple[int | None, str | None]) -> None:
    link, memory = _Link(), Memory()
    memory.keep(First(_evidence(1, *mark), 100.0, link, 100.1))
    assert memory.first_of(_evidence(2, *mark), 101.0, link) is None
    assert memory.first_of(_evidence(1, *mark), 101.0, link) is not None, "the sequence number says it"


@pytest.mark.parametrize("mark", [(7, None), (None, "id"), (7, "id")])
def test_what_other_texts_of_the_link_bear_too_is_no_mark(mark: tuple[int | None, str | None]) -> None:
    link, memory = _Link(), Memory()
    memory.keep(First(Evidence("c", "b", b"e", 1, *mark), 99.0, link, 99.1))
    memory.keep(First(_evidence(2, *mark), 100.0, link, 100.1))
    assert memory.first_of(_evidence(3, *mark), 101.0, link) is None
    assert memory.first_of(_evidence(2, *mark), 101.0, link) is not None, "the sequence number says it"
    other = _Link()
    other.name = "another link"
    assert memory.first_of(_evidence(3, *mark), 101.0, other) is not None, "that one writes no constants"


def test_many_equal_texts_do_not_hide_that_a_mark_is_a_constant() -> None:
    link, memory = _Link(), Memory()
    memory.keep(First(Evidence("c", "b", b"e", 1, 7, None), 99.0, link, 99.1))
    for sequence in range(2, 50):
        assert memory.first_of(_evidence(sequence, 7), 101.0, link) is None
        memory.keep(First(_evidence(sequence, 7), 100.0, link, 100.1))


def test_a_robot_that_repeats_itself_does_not_fill_the_memory() -> None:
    memory, link = Memory(), _Link()
    for sequence in range(1, 1001):
        memory.keep(First(_evidence(sequence), 100.0, link, 100.1))
    assert memory.alike(_evidence(0)) == MOST_ALIKE
    assert memory.first_of(_evidence(1000), 101.0, link) is not None
    memory.keep(First(_evidence(2000), 800.0, link, 800.1))
    assert memory.alike(_evidence(0)) == 1, "what is older than ten minutes is let go"


@pytest.mark.parametrize(
    ("answered", "lost", "redelivered"),
    [
        (100.1, 101.0, True),
        (None, 101.0, True),
        (100.1, 300.0, False),
        (106.0, None, True),
        (100.1, None, False),
    ],
)
def test_a_fallen_link_or_a_late_answer_is_evidence(
    answered: float | None, lost: float | None, redelivered: bool
) -> None:
    link = _Link()
    link.lost_at = lost
    assert (_memory(link, answered).first_of(_evidence(2), 400.0, link) is not None) is redelivered


def test_a_redelivery_that_was_answered_needs_evidence_of_its_own_the_next_time() -> None:
    link = _Link()
    link.lost_at = 101.0
    memory = _memory(link)
    first = memory.first_of(_evidence(2), 110.0, link)
    assert first is not None
    memory.repeated(first, _evidence(2), 110.0, _Link(), sent=True)
    assert memory.first_of(_evidence(3), 120.0, link) is None
    memory.age(2000.0)
    assert len(memory) == 0


# ---- limits, numbers ---------------------------------------------------------------------------------------
def test_thirty_replies_in_thirty_seconds() -> None:
    limits = ReplyThrottle()
    answers = [limits.may_answer("a", str(n), True, n * 0.5) for n in range(40)]
    assert answers == [True] * 30 + [False] * 10
    assert limits.may_answer("b", "x", True, 20.0)
    assert limits.may_answer("a", "x", True, 31.0)


def test_only_unrecognised_texts_count_as_nonsense() -> None:
    limits = ReplyThrottle()
    assert [limits.may_answer("a", "??", False, n * 60.0) for n in range(4)] == [True, True, True, False]
    assert limits.may_answer("a", "other", False, 300.0)
    assert all(limits.may_answer("a", "0101", True, 400.0 + n * 60) for n in range(5))
    assert limits.may_answer("a", "??", False, 4000.0)
    limits.age(100_000.0)
    assert not limits._sent
    assert not limits._nonsense
