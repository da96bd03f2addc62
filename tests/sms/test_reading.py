"""What an MO says when its data_coding lies, and that an honest one is believed."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sms import gsm7
from sms.reading import read, read_one
from sms.text import encode

WRITTEN = [
    "0101",
    "HF",
    "查话费",
    "余额",
    "KTCL 开通彩铃",
    "話費",
    "1👍",
    "我的话费还剩多少啊",
    "Y",
    "是",
    "密码",
]
CODECS = ["utf-16-be", "utf-16-le", "utf-8", "gbk"]
CODINGS = [0, 1, 3, 4, 8, 15, 0x18, 0xF0, 0xF4]


@pytest.mark.parametrize("text", WRITTEN)
@pytest.mark.parametrize("codec", CODECS)
def test_any_alphabet_under_any_data_coding(text: str, codec: str) -> None:
    try:
        body = text.encode(codec)
    except UnicodeEncodeError:
        return  # GBK has no emoji
    if (text, codec) == ("是", "utf-16-le") or (text, codec) == ("是", "utf-16-be"):
        assert read_one(body, 8) == text  # "f/" is a text, too: elsewhere the SMSC is believed
        return
    for coding in CODINGS:
        assert read_one(body, coding) == text, coding


@pytest.mark.parametrize("text", ["0101", "CXLL", "10086", "ye0"])
def test_packed_septets_under_the_default_alphabet(text: str) -> None:
    assert read_one(gsm7.pack(text.encode()), 0) == text


@pytest.mark.parametrize("coding", [0, 1, 3, 4, 15, 0xF4])
@pytest.mark.parametrize(
    "text",
    [
        "話費",
        "餘額",
        "查話費",
        "開通來電提醒",
        "密碼",
        "流量",
        "取消彩鈴",
        "套餐",
        "你好",
        "我的話費還剩多少",
        "國際漫遊",
        "KTCL開通彩鈴",
    ],
)
def test_big5_where_no_other_alphabet_gives_a_text(text: str, coding: int) -> None:
    assert read_one(text.encode("big5"), coding) == text


def test_big5_is_not_preferred_to_what_is_plausible() -> None:
    for text in ("话费", "查余额", "氨诀", "谅谅", "话費"):
        assert read_one(text.encode("gbk"), 0) == text
    assert read_one("停機".encode("big5"), 0) == "氨诀", "GBK says as much"
    assert read_one("café".encode("latin-1"), 3) == "café"


def test_ascii_that_nobody_writes_is_common_ideographs() -> None:
    assert read_one("手机".encode("utf-16-be"), 0) == "手机"  # "bKg:"
    assert read_one("换卡".encode("utf-16-be"), 0) == "换卡"  # "cbSa"
    for text in ("Wifi", "QQ", "hello you", "KTGPRS10", "bfd9 1234"):
        assert read_one(text.encode(), 0) == text


@pytest.mark.parametrize(
    ("body", "coding", "text"),
    [
        ("café".encode("latin-1"), 3, "café"),
        (b"\xe9", 3, "é"),
        ("话费".encode("utf-16"), 8, "话费"),  # with a byte order mark, and that of this machine
        ("话费\0".encode("utf-16-be"), 8, "话费"),
        (b"0101\0", 0, "0101"),
        (b"\x1be5\x1b<", 0, "€5["),
        ("안녕하세요".encode("utf-16-be"), 8, "안녕하세요"),
        ("中".encode("gbk") + b"\0", 15, "中"),
    ],
)
def test_what_is_a_little_off_or_from_abroad(body: bytes, coding: int, text: str) -> None:
    assert read_one(body, coding) == text


honest = st.text(
    st.sampled_from("0123456789ABCXYZabcxyz #*.,?查话费余额开通取消流量彩铃是否"), min_size=1, max_size=160
)


@given(honest)
def test_an_honest_text_is_believed(text: str) -> None:
    assume(text.strip())
    assume(not re.search("[a-z][A-Z]|[A-Z]{2}[a-z]", text))
    units, coding = encode(text)
    assert read_one(b"".join(units), coding) == text


@given(honest, st.data())
def test_parts_that_each_name_their_own_alphabet(text: str, data: st.DataObject) -> None:
    assume(text.strip())
    cut = data.draw(st.integers(0, len(text)))
    pieces = [piece for piece in (text[:cut], text[cut:]) if piece.strip()]
    assume(all(not re.search("[a-z][A-Z]|[A-Z]{2}[a-z]", piece) for piece in ("".join(pieces), *pieces)))
    parts = [(b"".join(units), coding) for units, coding in map(encode, pieces)]
    assert read(parts) == "".join(pieces)


def test_a_character_that_lies_across_two_parts() -> None:
    for codec, coding in (("utf-16-be", 8), ("utf-8", 0), ("gbk", 15)):
        octets = "查话费余额".encode(codec)
        for cut in range(1, len(octets)):
            assert read([(octets[:cut], coding), (octets[cut:], coding)]) == "查话费余额"


def test_parts_of_one_text_of_which_one_lies() -> None:
    wide = "查话费".encode("utf-16-be")
    assert read([(wide, 8), (wide, 0)]) == "查话费查话费"
    assert read([(wide, 8), (b"0101", 8)]) == "查话费0101"
    assert read([(wide, 8), ("余额".encode("utf-16-le"), 8)]) == "查话费余额"


@given(st.lists(st.tuples(st.binary(max_size=150), st.integers(0, 255)), max_size=4))
def test_no_octets_raise(parts: list[tuple[bytes, int]]) -> None:
    assert isinstance(read(parts), str)
