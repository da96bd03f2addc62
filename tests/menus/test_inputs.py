"""What customers type where a number, a month, a card or a list of numbers is asked for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menus.matching.inputs import list_numbers, looks_like, months, plain, read_given, read_input
from menus.model.asked import InputKind
from menus.model.specs import InputSpec

TODAY = date(2026, 2, 14)


WRITINGS = (
    "13900000002",
    "139 0000 0002",
    "139-0000-0002",
    "+8613900000002",
    "0086 13900000002",
    "013900000002",
    "8613900000002",
    "１３９０００００００２",
    "\u200b139\u200d00000002\u200e",
)


@pytest.mark.parametrize("written", WRITINGS)
def test_a_mobile_number_in_any_usual_writing(written: str) -> None:
    assert read_input(InputKind.MOBILE, written, TODAY) == "13900000002"


@pytest.mark.parametrize(
    ("kind", "written", "read"),
    [
        (InputKind.MOBILE, "号码是13900000002", "13900000002"),
        (InputKind.MOBILE, "13900000002。", "13900000002"),
        (InputKind.MOBILE, "我的手机号：139 0000 0002，谢谢", "13900000002"),
        (InputKind.MOBILE, "（13900000002）", "13900000002"),
        (InputKind.MOBILE, "转到13900000002吧", "13900000002"),
        (InputKind.MOBILE, "不是13900000002", None),
        (InputKind.MOBILE, "13900000002和13900000003", None),
        (InputKind.MOBILE, "02012345678", None),
        (InputKind.SEGMENT, "查1390000的", "1390000"),
        (InputKind.CARD, "卡密101000000000000018。", "101000000000000018"),
        (InputKind.CARD, "1010-0000-0000-0000-18", "101000000000000018"),
        (InputKind.CARD, "卡密10100000000000001", None),
        (InputKind.PASSWORD, "密码258036。", "258036"),
        (InputKind.PASSWORD, "服务密码是 258036", "258036"),
        (InputKind.PASSWORD, "2 5 8 0 3 6", "258036"),
        (InputKind.NEW_PASSWORD, "新密码：258036", "258036"),
        (InputKind.ID_NUMBER, "身份证号43019919800214001x。", "430199198002140010"),
        (InputKind.NAME, "张三。", "张三"),
        (InputKind.NAME, "姓名张三", "张三"),
        (InputKind.NAME, "我叫张三", "张三"),
        (InputKind.NAME, "机主姓名：张三", "张三"),
        (InputKind.AMOUNT, "20块", "20"),
        (InputKind.AMOUNT, "￥20", "20"),
        (InputKind.AMOUNT, "二十元", "20"),
        (InputKind.AMOUNT, "改为20元吧", "20"),
        (InputKind.AMOUNT, "一百", "100"),
        (InputKind.AMOUNT, "不要20元", None),
        (InputKind.MONTH, "一月。", "202601"),
        (InputKind.MONTH, "十二月份", "202512"),
        (InputKind.MONTH, "查12月的", "202512"),
        (InputKind.MONTH, "2025年12月。", "202512"),
        (InputKind.MONTH, "25年12月", "202512"),
        (InputKind.MONTH, "上上个月", "202512"),
        (InputKind.MONTH, "二〇二五年十二月", "202512"),
        (InputKind.MONTH, "十三月", None),
        (InputKind.TICKET, "编号TS100922001。", "TS100922001"),
        (InputKind.CHOICE, "3。", "3"),
    ],
)
def test_what_people_write_around_an_input_is_taken_off(
    kind: InputKind, written: str, read: str | None
) -> None:
    assert read_input(kind, written, TODAY) == read


@pytest.mark.parametrize(
    ("kind", "written", "meant"),
    [
        (InputKind.MOBILE, "02012345678", True),
        (InputKind.MOBILE, "0731-84001234", True),
        (InputKind.MOBILE, "1390000000", True),
        (InputKind.MOBILE, "0101", False),
        (InputKind.MOBILE, "话费", False),
        (InputKind.CARD, "10100000000000001", True),
        (InputKind.PASSWORD, "25803", True),
        (InputKind.ID_NUMBER, "43019919800214001", True),
        (InputKind.MONTH, "13", False),
        (InputKind.TEXT, "13900000002", False),
    ],
)
def test_what_was_meant_as_an_input_is_known_though_it_is_none(
    kind: InputKind, written: str, meant: bool
) -> None:
    assert looks_like(kind, written) is meant


@pytest.mark.parametrize("written", ["1\u200b", "\u202e1", "\ufeff1 ", "1\ufe0f\u20e3", "１"])
def test_what_cannot_be_seen_does_not_count(written: str) -> None:
    assert plain(written) == "1"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("宽带太慢\r\n请处理", "宽带太慢\n请处理"),
        ("第一\r第二", "第一\n第二"),
        ("信号\x00不\x0c好\x1b\x7f\x85", "信号不好"),
        ("half a\ud800 pair", "half a pair"),
        ("one\ttwo\n", "one\ttwo"),
    ],
)
def test_a_text_keeps_no_character_that_a_back_office_refuses(written: str, read: str) -> None:
    assert read_input(InputKind.TEXT, written, TODAY) == read


@pytest.mark.parametrize("written", ["", "1390000000", "139000000022", "12900000002", "0731-88888888", "abc"])
def test_what_is_no_mobile_number(written: str) -> None:
    assert read_input(InputKind.MOBILE, written, TODAY) is None


def test_the_last_five_months() -> None:
    names = [m.isoformat() for m in months(TODAY)]
    assert names == ["2026-01-01", "2025-12-01", "2025-11-01", "2025-10-01", "2025-09-01"]


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("202601", "202601"),
        ("2025年12月", "202512"),
        ("2025-9", "202509"),
        ("1", "202601"),
        ("上月", "202601"),
        ("12", "202512"),
        ("9月", "202509"),
        ("09月份", "202509"),
        ("202602", None),
        ("202508", None),
        ("2", None),
        ("13", None),
        ("202613", None),
        ("话费", None),
    ],
)
def test_a_month(written: str, month: str | None) -> None:
    assert read_input(InputKind.MONTH, written, TODAY) == month


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("430199198906050025", "430199198906050025"),
        ("430199 19890605 0025", "430199198906050025"),
        ("43019919800214001X", "430199198002140010"),
        ("４３０１９９１９８００２１４００１ｘ", "430199198002140010"),
        ("43019919800214001*", "430199198002140010"),  # the star key of a telephone
        ("4301991980021400X1", None),
        ("43019919800214001", None),
        ("4301991980021400100", None),
        ("430199800214001", None),
    ],
)
def test_an_id_number_has_eighteen_places_and_its_x_is_a_0(written: str, number: str | None) -> None:
    assert read_input(InputKind.ID_NUMBER, written, TODAY) == number


@pytest.mark.parametrize("name", ["张三", "欧阳修文", "阿卜杜拉·买买提"])
def test_a_name_is_written_in_characters(name: str) -> None:
    assert read_input(InputKind.NAME, f" {name} ", TODAY) == name


@pytest.mark.parametrize("name", ["", "张", "Zhang", "张3", "·张三", "张三·", "张三，男", "张" * 21])
def test_what_is_no_name(name: str) -> None:
    assert read_input(InputKind.NAME, name, TODAY) is None


@given(st.text(max_size=30))
def test_whatever_is_typed_a_secret_has_its_normal_form_or_is_none(text: str) -> None:
    id_number = read_input(InputKind.ID_NUMBER, text, TODAY)
    assert id_number is None or (len(id_number) == 18 and id_number.isascii() and id_number.isdecimal())
    password = read_input(InputKind.NEW_PASSWORD, text, TODAY)
    assert password is None or (len(password) == 6 and password.isascii() and password.isdecimal())


def test_cards_passwords_amounts() -> None:
    assert read_input(InputKind.CARD, "1234 5678 9012 3456 78", TODAY) == "123456789012345678"
    assert read_input(InputKind.CARD, "12345678901234567", TODAY) is None
    assert read_input(InputKind.PASSWORD, "０２４６８０", TODAY) == "024680"
    assert read_input(InputKind.PASSWORD, "24680", TODAY) is None
    assert read_input(InputKind.AMOUNT, "050.00元", TODAY) == "50"
    assert read_input(InputKind.AMOUNT, "0", TODAY) is None
    assert read_input(InputKind.AMOUNT, "49.5", TODAY) is None
    assert read_input(InputKind.AMOUNT, "20 元", TODAY) == "20"
    assert read_input(InputKind.AMOUNT, "0209 20", TODAY) is None
    assert read_input(InputKind.TEXT, "  ", TODAY) is None


@given(st.lists(st.integers(0, 999), min_size=1, max_size=20, unique=True), st.sampled_from(",，、 ；.和"))
def test_numbers_with_any_separator(numbers: list[int], separator: str) -> None:
    assert list_numbers(separator.join(map(str, numbers))) == tuple(numbers)


def test_a_number_twice_counts_once_and_words_are_no_numbers() -> None:
    assert list_numbers("1,3,1") == (1, 3)
    assert list_numbers("1,3,") == (1, 3)
    assert list_numbers("1到3") == ()
    assert list_numbers("13900000001") == ()
    assert list_numbers("") == ()


@given(st.sampled_from(InputKind), st.text(max_size=40), st.dates(date(2000, 1, 1), date(2099, 1, 1)))
def test_no_text_does_harm_and_a_normal_form_stays(kind: InputKind, text: str, today: date) -> None:
    found = read_input(kind, text, today)
    if found is not None and kind is not InputKind.MONTH:
        assert read_input(kind, found, today) == found


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13674301528", "13674301528"),
        ("1367430", "1367430"),
        ("+86 136 7430", "1367430"),
        ("0 13674301528", "13674301528"),
        ("136743", None),
        ("13674301", None),
        ("073188888888", None),
    ],
)
def test_a_number_of_any_operator_or_its_first_seven_digits(written: str, number: str | None) -> None:
    assert read_input(InputKind.SEGMENT, written, TODAY) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [("ts100922001", "TS100922001"), (" 100922001 ", "100922001"), ("催办", None), ("12", None)],
)
def test_the_number_of_a_complaint(written: str, number: str | None) -> None:
    assert read_input(InputKind.TICKET, written, TODAY) == number


@pytest.mark.parametrize(
    ("written", "chosen"), [("1", "1"), ("３", "3"), ("4", None), ("0", None), ("11", None)]
)
def test_a_choice_is_one_of_so_many(written: str, chosen: str | None) -> None:
    assert read_given(InputSpec("kind", InputKind.CHOICE, choices=3), written, TODAY) == chosen


@pytest.mark.parametrize(
    ("written", "month"),
    [("本月", "202602"), ("2", "202602"), ("202602", "202602"), ("1", "202601"), ("202508", None)],
)
def test_the_running_month_where_it_may_be_asked_for(written: str, month: str | None) -> None:
    spec = InputSpec("month", InputKind.MONTH, running=True)
    assert read_given(spec, written, TODAY) == month
    assert read_input(InputKind.MONTH, "本月", TODAY) is None


@given(st.text(max_size=30), st.sampled_from(InputKind))
def test_what_was_read_is_read_again_the_same(written: str, kind: InputKind) -> None:
    value = read_input(kind, written, TODAY)
    if kind is not InputKind.MONTH:
        assert value is None or read_input(kind, value, TODAY) == value
