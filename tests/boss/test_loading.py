"""Reading CSV: what people's spreadsheets write is understood, and every mistake is named where it stands."""

from __future__ import annotations

import csv
import io
import re
import string
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss.loading import Batch, Faults, LoadReader, Passwords, tables
from boss.loading.cells import fen
from business.port.secrecy import card_digest, password_fits

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
HEADER = "number,brand,city,pays,balance"
BERT = "13900000002"
LINE = "13900000001,全球通,长沙,before,52.35"
PAGE = Path(__file__).parents[2] / "docs" / "business.md"


def read(path: Path, known: Sequence[str] = ()) -> tuple[list[Batch], Faults, list[str]]:
    faults = Faults()
    with Passwords(1) as passwords:
        reader = LoadReader(faults, passwords, NOW, lambda numbers: set(known) & set(numbers))
        return list(reader.batches(path)), faults, reader.notes


def rows(path: Path) -> list[dict[str, object]]:
    """What was read, without a fault."""
    batches, faults, _ = read(path)
    assert not faults.errors, faults.errors
    return [dict(zip(batch.names, row, strict=True)) for batch in batches for row in batch.rows]


def mistakes(path: Path) -> list[str]:
    return [str(error).removeprefix(f"{path}:") for error in read(path)[1].errors]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "subscribers.csv"


# ---- texts -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_spreadsheets_write(file: Path, encoding: str, end: str) -> None:
    file.write_bytes(end.join([HEADER, LINE, ""]).encode(encoding))
    (row,) = rows(file)
    assert (row["msisdn"], row["brand"], row["prepaid"], row["balance"]) == ("13900000001", "全球通", 1, 5235)
    assert any("GBK" in note for note in read(file)[2]) == (encoding == "gbk")


def test_the_first_chinese_letter_may_stand_in_the_last_line(tmp_path: Path) -> None:
    file = tmp_path / "payments.csv"
    plain = "13900000001,2026-11-01 08:00,50,counter\n" * 50_000
    file.write_bytes(f"number,at,amount,way\n{plain}13900000001,2026-11-01 08:00,50,营业厅\n".encode("gbk"))
    assert rows(file)[-1]["way"] == "营业厅"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "1:1: the file is empty"),
        (f"{HEADER}\n{LINE}\n".encode("utf-16"), "1:1: this is UTF-16"),
        (f"{HEADER}\n{LINE}\n".encode() + b"\xff\xfe\xff\n", "3:1: these bytes are neither UTF-8 nor GBK"),
        (f'{HEADER}\n{LINE}\n"139'.encode() + b"x" * 200_000, "3:1: a line of more than 65536"),
        (f'{HEADER}\n{LINE}\n"139\n'.encode() + b"x\n" * 100_000, "3:1: field larger than field limit"),
        (f'{HEADER}\n{LINE}\n"139"x,\n'.encode(), "3:1: ',' expected after '\"'"),
    ],
)
def test_what_is_no_text_is_refused_where_it_stands(file: Path, content: bytes, told: str) -> None:
    file.write_bytes(content)
    assert mistakes(file)[0].startswith(told)


def test_a_cell_may_hold_line_ends_and_the_lines_behind_it_are_counted_rightly(tmp_path: Path) -> None:
    file = tmp_path / "halls.csv"
    file.write_text('city,name,address,phone,hours\n\n长沙,"a""b",c,d,e\n长沙,"x\ny",c,d,e\n长沙,,c,d,e\n')
    assert mistakes(file) == ["4:2: name: holds a control character", "6:2: name: is empty"]


def test_a_product_with_what_no_database_takes_is_a_mistake_with_its_place(file: Path) -> None:
    file.write_bytes(f"{HEADER},opened\n{LINE},crbt \0x\n{LINE},crbt\n{LINE},{'x ' * 2001}\n".encode())
    assert mistakes(file) == [
        "2:6: opened: holds a control character",
        "4:6: opened: has 4002 characters; 4000 are the most",
    ]


@given(st.lists(st.text(string.printable + "长沙", min_size=1, max_size=30), min_size=1, max_size=6))
def test_any_name_that_csv_can_quote_is_read_as_it_was(names: list[str]) -> None:
    good = [name for name in names if not re.search(r"[\x00-\x1f\x7f]", name) and name == name.lstrip(" ")]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "title", "points", "worth"])
    writer.writerows([str(n), name, 1, 1] for n, name in enumerate(good))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rewards.csv"
        file.write_text(out.getvalue(), encoding="utf-8", newline="")
        assert [row["title"] for row in rows(file)] == good


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_place(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "subscribers.csv"
        file.write_bytes(content)
        batches, faults, _ = read(file)
        assert faults.errors or batches or content
        assert all(error.line >= 1 and error.column >= 1 for error in faults.errors)


# ---- headers -----------------------------------------------------------------------------------------------
def test_a_slip_in_a_columns_name_is_told_with_what_is_meant(file: Path) -> None:
    file.write_text(f"{HEADER},langauge,Suspended_For,vip,vip\n")
    assert mistakes(file) == [
        "1:6: subscribers has no column 'langauge'; did you mean 'language'?",
        "1:9: 'vip' stands here twice",
    ]


def test_a_header_is_told_in_its_own_words(file: Path) -> None:
    file.write_text(f"{HEADER},Long_Mesages,long_messages,LONG MESSAGES,home_town\n")
    slip, twice, unknown = mistakes(file)
    assert slip == "1:6: subscribers has no column 'Long_Mesages'; did you mean 'long messages'?"
    assert twice == "1:8: 'LONG MESSAGES' stands here twice"
    assert unknown.startswith("1:9: subscribers has no column 'home_town'; there are number, brand, city,")


def test_a_file_that_begins_with_its_first_row_is_told_what_to_write_above_it(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text("night_news,夜间新闻,3\n", encoding="utf-8")
    assert mistakes(file) == [
        "1:1: the first line must name the columns of products, and 'night_news' is none of them; "
        "write above it, for example: id,title,fee"
    ]
    file.write_text("id,title,fee\nnight_news,夜间新闻,3\n", encoding="utf-8")
    assert mistakes(file) == []
    file.write_text("x" * 61 + ",夜间新闻,3\n", encoding="utf-8")
    assert "columns of products; write above it" in mistakes(file)[0]


def test_columns_that_must_be_there(file: Path) -> None:
    file.write_text("number,brand,city,balance\n")
    assert mistakes(file) == ["1:1: subscribers: the column 'pays' is missing"]


def test_the_table_is_known_by_the_files_name_or_by_its_columns(tmp_path: Path) -> None:
    segment = "prefix,province,city,area code,operator\n1390000,湖南,长沙,0731,移动\n"
    for name in ("segments.csv", "segments-2026.csv", "SEGMENTS_1.csv", "export.csv"):
        (tmp_path / name).write_text(segment)
        assert [batch.table for batch in read(tmp_path / name)[0]] == ["bo_segment"]
    (tmp_path / "what.csv").write_text("colour\nred\n")
    (told,) = mistakes(tmp_path / "what.csv")
    assert "which table is this? Its first line names the columns, its name the table: products.csv" in told


# ---- cells -------------------------------------------------------------------------------------------------
def test_every_mistake_of_a_file_is_named(file: Path) -> None:
    file.write_text(
        f"{HEADER},vip,joined,password,id number\n"
        f"{LINE},yes,2010-02-03,258036,430102199001011234\n"
        "1390000,中国通,长沙,before,five,,,,\n"
        "13900000002,全球通,长沙,before,1\n"
        "13900000003,全球通,长沙,later,1,perhaps,2010-02-30,123456,43010219900101123Y\n"
        "13900000004,全球通,长沙,after,1,,,111111,\n"
    )
    assert mistakes(file) == [
        "3:1: number: a mobile number of 11 digits is wanted, not '1390000'",
        "3:2: brand: is 全球通 or 动感地带 or 神州行, not '中国通'",
        "3:5: balance: an amount in yuan is wanted, like 5 or 52.35, not 'five'",
        "4:6: 5 cells stand here, and the header has 9",
        "5:4: pays: is before or after, not 'later'",
        "5:6: vip: is yes or no, not 'perhaps'",
        "5:7: joined: a day is wanted, like 2026-11-22, not '2010-02-30'",
        "5:9: id number: an identity number of 18 digits is wanted",
        "6:1: password: this service password is one digit repeated, or a run",
    ]


def test_ten_mistakes_of_a_kind_are_kept_and_all_are_counted(file: Path) -> None:
    lines = [f"x{n},y,z,before,1\n" for n in range(5000)]
    file.write_text(HEADER + "\n" + "".join(lines) + f"{BERT},全球通,长沙,later,1\n", encoding="utf-8")
    faults = read(file)[1]
    assert (len(faults.errors), faults.count) == (21, 10_001)
    assert {faults.errors[place].column: more for place, more in faults.more.items()} == {1: 4990, 2: 4990}
    assert [error.line for error in faults.errors][-2:] == [11, 5002]


def test_of_one_kind_in_another_file_ten_more_and_a_hundred_in_all() -> None:
    faults = Faults()
    for file in range(12):
        for line in range(1000):
            faults.note(f"{file}.csv", line + 1, 1, f"is yes or no, not 'no {line}'")
    assert [error.file for error in faults.errors[::10]] == [f"{file}.csv" for file in range(10)]
    assert (len(faults.errors), faults.count, faults.full) == (100, 12_000, True)
    assert sum(faults.more.values()) == 9_900


def test_whoever_must_search_for_a_line_need_not_for_a_hundred_alike() -> None:
    faults = Faults()
    for line in range(109):
        assert not faults.full, line
        faults.note("a.csv", line + 1, 1, f"1390000{line:04} is no subscriber here")
    faults.note("a.csv", 110, 1, "13900009999 is no subscriber here")
    assert faults.full
    faults.note("b.csv", 1, 1, "the file is empty")
    assert (faults.errors[-1].file, faults.full) == ("b.csv", False)


@pytest.mark.parametrize(("option", "wrong"), [("", True), ("number", True), ("threshold", False)])
def test_a_reminder_without_a_threshold_is_a_mistake(tmp_path: Path, option: str, wrong: bool) -> None:
    path = tmp_path / "products.csv"
    path.write_text(f"id,title,fee,option\ncrbt,x,5,\nbalance_remind,y,0,{option}\n")
    told = ["3:1: balance_remind reminds below an amount: option is threshold"] if wrong else []
    assert mistakes(path) == told


def test_a_reminder_needs_the_column_too(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("id,title,fee\nbalance_remind,y,0\n")
    assert len(mistakes(path)) == 1


def test_no_message_repeats_a_secret(tmp_path: Path) -> None:
    (tmp_path / "subscribers.csv").write_text(
        f"{HEADER},password,id number,puk,name\n{LINE},12345,4301021990,777,{'赵' * 81}\n"
        f"{LINE},121212121212,,,\n"
    )
    (tmp_path / "cards.csv").write_text("card,face\n50100000000000001,50\n")
    told = " ".join(mistakes(tmp_path / "subscribers.csv") + mistakes(tmp_path / "cards.csv"))
    assert told.count("wanted") == 6
    for private in ("12345", "4301021990", "777", "赵", "1212", "5010"):
        assert private not in told.replace("13900000001", "")


def test_no_message_is_longer_than_a_line(tmp_path: Path) -> None:
    long = "长" * 9_000
    (tmp_path / "subscribers.csv").write_text(
        f"{HEADER},vip,points\n{','.join([long] * 7)}\n", encoding="utf-8"
    )
    (tmp_path / "products.csv").write_text(f"id,title,fee,brands,{long}\n", encoding="utf-8")
    (tmp_path / "holdings.csv").write_text(f"number,product\n{long},{long}\n", encoding="utf-8")
    told = [
        each
        for name in ("subscribers", "products", "holdings")
        for each in mistakes(tmp_path / f"{name}.csv")
    ]
    assert len(told) >= 9
    assert max(map(len, told)) < 300


def test_secrets_become_hashes_and_an_x_counts_as_0(file: Path) -> None:
    file.write_text(f"{HEADER},password,id number\n{LINE},258036,43010219900101123x\n")
    (row,) = rows(file)
    assert password_fits("258036", bytes(row["password"]))  # type: ignore[call-overload]
    assert password_fits("430102199001011230", bytes(row["id_number"]))  # type: ignore[call-overload]


def test_who_is_there_already_is_not_hashed_again_and_a_hash_may_be_brought(file: Path) -> None:
    given = "ab" * 48
    file.write_text(
        f"{HEADER},password,password hash\n{LINE},258036,\n13900000002,神州行,株洲,after,-5,,{given}\n"
    )
    (batch,) = read(file, known=["13900000001"])[0]
    place = batch.names.index("password")
    assert [row[place] for row in batch.rows] == [None, bytes.fromhex(given)]
    assert "password_hash" not in batch.names


def test_what_is_opened_stands_with_its_subscriber(file: Path) -> None:
    file.write_text(f"{HEADER},opened\n{LINE},crbt gprs\n13900000002,神州行,株洲,after,-5,\n")
    opened = [row for row in rows(file) if "product" in row]
    assert [(row["msisdn"], row["product"], row["paid"]) for row in opened] == [
        ("13900000001", "crbt", "2026-11-01"),
        ("13900000001", "gprs", "2026-11-01"),
    ]


def test_months_are_counted_back_or_named(tmp_path: Path) -> None:
    file = tmp_path / "usage.csv"
    file.write_text(
        "number,month,voice\n13900000001,0,1\n13900000001,5,1.5\n13900000001,2026-07,2\n"
        "13900000001,6,2\n13900000001,2026-05,2\n13900000001,2026-12,2\n"
    )
    found = [row for batch in read(file)[0] for row in batch.rows]
    assert found == [("13900000001", month, fee) for month, fee in
                     (("2026-11-01", 100), ("2026-06-01", 150), ("2026-07-01", 200))]  # fmt: skip
    assert [told.split(":")[0] for told in mistakes(file)] == ["5", "6", "7"]


def test_moments_are_those_of_clocks_in_china(tmp_path: Path) -> None:
    file = tmp_path / "payments.csv"
    file.write_text("number,at,amount,way\n13900000001,2026/11/2 7:05,50,营业厅\n")
    assert rows(file)[0]["at"] == "2026-11-01 23:05:00.000000"


def test_a_tariff_and_a_card(tmp_path: Path) -> None:
    products = tmp_path / "products.csv"
    products.write_text("id,title,fee,fee 神州行,charged,brands,option\ncrbt,彩铃,5,1.50,at once,全球通,\n")
    (tariff,) = rows(products)
    assert (tariff["fee"], tariff["fees"], tariff["charged_at_once"]) == (500, "神州行=150", 1)
    assert (tariff["brands"], tariff["cities"], tariff["next_month"]) == ("全球通", "", 0)
    products.write_text("id,title,fee,option,option default\nremind,余额提醒,0,threshold,10\n")
    (reminder,) = rows(products)
    assert (reminder["option"], reminder["option_default"]) == ("threshold", 1000)
    cards = tmp_path / "cards.csv"
    cards.write_text(f"card,digest,face\n501000000000000014,,50\n,{'0' * 64},100\n,,50\n")
    batches, faults, _ = read(cards)
    assert batches[0].rows == [(card_digest("501000000000000014"), 5000), ("0" * 64, 10000)]
    assert [str(error.line) for error in faults.errors] == ["4"]


@given(st.integers(-(10**9), 10**9).filter(lambda n: abs(n) < 10**9))
def test_fen_and_yuan(amount: int) -> None:
    sign = "-" if amount < 0 else ""
    assert fen(f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02}") == amount


def test_the_page_names_every_table_and_every_column() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for table in tables(date(2026, 11, 22)).values():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{table.name}` |")]
        named = [name.replace("BRAND", brand) for name in re.findall(r"`([^`]+)`", line)[1:] for brand in
                 (("全球通", "动感地带", "神州行") if "BRAND" in name else ("",))]  # fmt: skip
        assert sorted(named) == sorted(column.name for column in table.columns), table.name
        must: list[str] = re.findall(r"\*\*`([^`]+)`\*\*", line)
        assert sorted(must) == sorted(table.must), table.name


@pytest.mark.parametrize("at", ["0001-01-01 00:00", "9999-12-31 23:59"])
def test_a_moment_outside_the_calendar_is_a_mistake_and_no_crash(tmp_path: Path, at: str) -> None:
    file = tmp_path / "payments.csv"
    file.write_text(f"number,at,amount,way\n13900000001,{at},50,营业厅\n", encoding="utf-8")
    assert mistakes(file) == [f"2:2: at: a moment is wanted, like 2026-11-22 18:30, not {at!r}"]
