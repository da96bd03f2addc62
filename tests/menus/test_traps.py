"""What YAML would read otherwise than the editor meant, or not at all: each is said, at its place, in words
that name the editor's own line. Nothing that anybody can write ends in a traceback."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers import SPECS
from menus import Finding, read, read_bytes, read_file
from menus.reading.nodes import DEPTH, LIMIT

SHIPPED = Path(__file__).parents[2] / "menus.yaml"


def findings(text: str) -> list[Finding]:
    return list(read(text, SPECS).findings)


def placed(text: str, rule: str) -> list[tuple[int, int]]:
    return [(f.line, f.column) for f in findings(text) if f.rule == rule]


def crbt(*lines: str) -> str:
    return "services:\n  crbt:\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("rule", "text", "place"),
    [
        ("hash-key", "telephone:\n  #: menu 重听\n", (2, 3)),
        ("hash-key", "telephone:\n  #1: menu 重听\n", (2, 3)),
        ("star-key", "telephone:\n  *: menu 返回\n", (2, 3)),
        ("star-key", "telephone:\n  *1: menu 返回\n", (2, 3)),
        ("duplicate-key", crbt("title: 彩铃", "title: 炫铃"), (4, 5)),
        ("cut-at-hash", crbt("title: 请输入密码 #结束"), (3, 18)),
        ("cut-at-hash", crbt("answer: 请输入密码 # 结束"), (3, 19)),
        ("cut-at-hash", "telephone:\n  按1: menu 密码 #1\n", (2, 15)),
        ("flow", crbt("answer: {text: 您好,发送0101, until: 2010}"), (3, 13)),
        ("flow", crbt("answer: {brand}客户您好"), (3, 13)),
        ("flow", crbt("keywords: [CL, 彩铃]"), (3, 15)),
        ("wording-inline", crbt("answer: *请按1"), (3, 13)),
        ("wording-inline", crbt("answer: 您好。"), (3, 13)),
        ("wording-inline", crbt("answer: >", "  您好。"), (3, 13)),
        ("wording-inline", crbt("answer: '您好'"), (3, 13)),
        ("wording-inline", crbt("answer: |", "title: 彩铃"), (3, 13)),
        ("chinese-colon", crbt("title：彩铃"), (3, 10)),
        ("chinese-colon", "telephone:\n  按1：menu 话费\n", (2, 5)),
        ("tab", "services:\n\tcrbt:\n", (2, 1)),
        ("tab", "services:\n  crbt:\n  \ttitle: 彩铃\n", (3, 3)),
        ("tab", "services:\n\u3000crbt:\n", (2, 1)),
        ("anchor", crbt("title: &name 彩铃"), (3, 12)),
        ("anchor", crbt("title: &name 彩铃", "spoken: *name"), (3, 12)),
        ("tag", crbt("title: !!python/object:os.system 彩铃"), (3, 12)),
        ("sequence", crbt("keywords:", "  - CL"), (4, 7)),
        ("sequence", "- 一\n- 二\n", (1, 1)),
        ("shape", crbt("title: 彩铃", "  和炫铃"), (4, 1)),
        ("yaml", crbt("title: 彩铃: 炫铃"), (3, 14)),
        ("yaml", crbt("title: 彩铃", " spoken: 炫铃"), (4, 12)),
        ("yaml", crbt("title: '彩铃"), (4, 1)),
        ("wording-inline", crbt("title: @彩铃"), (3, 12)),
        ("yaml", crbt("answer: |您好"), (3, 14)),
        ("empty-file", "", (1, 1)),
        ("empty-file", "# 还没有写\n", (1, 1)),
        ("encoding", "services:\n  a\x07b:\n", (2, 4)),
        ("encoding", "services:\n  a\ud83d:\n", (2, 4)),
        ("unknown-field", "servces:\n", (1, 1)),
    ],
)
def test_a_trap_is_found_at_its_place(rule: str, text: str, place: tuple[int, int]) -> None:
    assert place in placed(text, rule), findings(text)
    assert read(text, SPECS).hall is None


def test_digits_times_and_no_stay_what_the_editor_wrote() -> None:
    """0123 is no octal number, 9:30 no count of seconds, no is not false: all are services nobody has."""
    text = "telephone:\n  按1: 0123\n  按2: no\n  按3: 9:30\n"
    said = [f.message for f in findings(text) if f.rule == "unknown-service"]
    assert said == [f"没有编号是“{word}”的业务。" for word in ("0123", "no", "9:30")]


def test_under_the_bar_every_sign_is_harmless() -> None:
    wording = (
        "# 井号键",
        "*请按星号键: 返回",
        "{brand",
        "- 一",
        "&a *b !c",
        "title：彩铃",
        "0123 9:30 no",
        "'\"",
    )
    text = crbt("title: 彩铃", "answer: |", *("  " + line for line in wording))
    assert {f.rule for f in findings(text) if 5 <= f.line <= 12} <= {"bad-braces"}


def test_a_comment_behind_a_field_for_the_machine_is_allowed() -> None:
    assert placed(crbt("does: products.manage crbt   # 提供 {fee}"), "cut-at-hash") == []


def test_windows_line_ends_and_byte_order_mark_read_alike() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    plain = read(text, SPECS).hall
    windows = read_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(), SPECS).hall
    assert plain is not None
    assert windows is not None
    assert windows.texts == plain.texts
    assert windows.services == plain.services
    assert windows.telephone == plain.telephone


def test_a_place_in_a_windows_file_is_right() -> None:
    assert placed("\ufeffservices:\r\n  crbt:\r\n    titel: 彩铃\r\n", "unknown-field") == [(3, 5)]


@pytest.mark.parametrize(("codec", "hint"), [("gb18030", "GBK"), ("utf-16", "UTF-16"), ("utf-8-sig", "")])
def test_another_encoding_is_named(tmp_path: Path, codec: str, hint: str) -> None:
    path = tmp_path / "menus.yaml"
    path.write_bytes("services:\n  crbt:\n    title: 彩铃\n".encode(codec))
    found = [f for f in read_file(path, SPECS).findings if f.rule == "encoding"]
    assert [hint in f.message for f in found] == ([True] if hint else [])


def test_the_first_bad_byte_is_placed() -> None:
    data = "services:\n  彩".encode() + b"\xff\n"
    (found,) = read_bytes(data, SPECS).findings
    assert (found.rule, found.line, found.column) == ("encoding", 2, 4)


def test_a_file_that_is_too_large_is_refused_at_once() -> None:
    before = time.process_time()
    assert placed("#" * (LIMIT + 1), "too-big") == [(1, 1)]
    assert time.process_time() - before < 2


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "a: " * 100_000, "- " * 100_000, "? " * 50_000]
)
def test_deep_files_end_in_a_finding(text: str) -> None:
    assert read(text, SPECS).hall is None
    assert findings(text)


def test_depth_is_limited() -> None:
    nested = "".join("  " * level + f"k{level}:\n" for level in range(DEPTH + 3))
    assert [line for line, _ in placed(nested, "too-deep")] == [DEPTH + 1]


def test_one_mistake_is_said_once() -> None:
    """The line scan and the YAML parser both stumble over it."""
    on_line = [f.rule for f in findings(crbt("answer: {brand}客户您好")) if f.line == 3]
    assert on_line == ["flow"]


SCRAPS = st.sampled_from(
    [
        *(
            "services:",
            "sms:",
            "  ",
            "\n",
            "crbt",
            ": ",
            "：",
            "|",
            "|\n",
            "#",
            "*",
            "&a",
            "!",
            "{",
            "}",
            "[",
        ),
        *(
            "]",
            "- ",
            "按1",
            "发01",
            "menu ",
            "none",
            "city: 长沙",
            "\n---\n",
            "when: ",
            "忙时",
            "title: 彩铃",
        ),
        *("does: sp.all", "\t", "\r\n", "\x85", "\u2028", "'", '"', "{fee}", "?", "%", "@", "answer", "open"),
        *("\ufeff", "\x00"),
    ]
)


@given(st.lists(SCRAPS | st.text(max_size=5), max_size=40))
@example(["services:", "\n", "? "])
@example(["按1", ": ", "&a", "*"])
def test_no_text_at_all_makes_it_raise(scraps: list[str]) -> None:
    reading = read("".join(scraps), SPECS)
    assert (reading.hall is None) == any(f.severity == "error" for f in reading.findings)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_it_raise(data: bytes) -> None:
    read_bytes(data, SPECS)


_SOURCE = SHIPPED.read_text(encoding="utf-8").splitlines()


@settings(max_examples=60)
@given(
    st.integers(0, len(_SOURCE) - 1),
    st.sampled_from(["", "  x", "\t", "：", " #a", "*: b", "  - c", "{", "a: |"]),
)
def test_no_slip_in_the_shipped_file_makes_it_raise(number: int, slip: str) -> None:
    lines = list(_SOURCE)
    lines[number] = slip + lines[number] if len(slip) < 3 else slip
    for finding in findings("\n".join(lines)):
        assert 1 <= finding.line <= len(lines) + 1
