"""``hall10086 unmatched --keyword``: what is checked first, and what is written into the editor's menu."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import handlers
from menus import read_file
from menus.matching.matcher import recognise
from menus.model.specs import Action
from server.commands.unmatched import command

HERE = Path(__file__).resolve().parents[2]


@pytest.fixture
def menu(tmp_path: Path) -> Path:
    for name in ("menus.yaml", "knowledge.yaml"):
        shutil.copyfile(HERE / name, tmp_path / name)
    return tmp_path / "menus.yaml"


def made(menu: Path, keyword: str, code: str) -> Result:
    return CliRunner().invoke(command, ["--menus", str(menu), "--keyword", keyword, "--of", code])


def lines_changed(before: str, after: str) -> list[str]:
    old = before.splitlines(keepends=True)
    return [line for line in after.splitlines(keepends=True) if line not in old]


@pytest.mark.parametrize(
    ("keyword", "code", "service", "action"),
    [
        ("炫音", "0204", "crbt", None),
        ("音乐来电", "彩铃", "crbt", None),
        ("没钱了没", "balance", "balance", Action.QUERY),
        ("KTXUANYIN", "KTCL", "crbt", Action.OPEN),
        ("莫发宣传", "0706", "promo_stop", Action.CANCEL),
    ],
)
def test_it_is_understood_from_then_on(
    menu: Path, keyword: str, code: str, service: str, action: Action | None
) -> None:
    before = menu.read_text(encoding="utf-8")
    result = made(menu, keyword, code)
    assert result.exit_code == 0, result.output
    hall = read_file(menu, handlers.SPECS).hall
    assert hall is not None
    found = recognise(hall, keyword)
    assert (found.how, found.service, found.action) == ("keyword", service, action)
    after = menu.read_text(encoding="utf-8")
    (line,) = lines_changed(before, after)
    assert line.rstrip().endswith(keyword)
    assert len(after) == len(before) + len(keyword) + 1
    assert list(menu.parent.glob(".*")) == []


@pytest.mark.parametrize(
    ("keyword", "code", "why"),
    [
        ("余额", "0204", "已经是账户余额查询的说法"),
        ("0101", "0204", "会和业务编号"),
        ("密码", "0204", "反问"),
        ("铃", "0204", "太短"),
        ("取消", "0204", "反问"),
        ("手机彩铃", "飞到哪里", "不是业务编号"),
        ("信号", "0204", "意思就变了"),
    ],
)
def test_what_clashes_is_told_and_nothing_is_written(menu: Path, keyword: str, code: str, why: str) -> None:
    before = menu.read_bytes()
    result = made(menu, keyword, code)
    assert result.exit_code == 1, result.output
    assert menu.read_bytes() == before
    assert "Error: " in result.output or "没有改动" in result.output
    assert why in result.output or why == "反问"


def test_what_is_one_already_stays(menu: Path) -> None:
    before = menu.read_bytes()
    result = made(menu, "炫铃", "0204")
    assert (result.exit_code, menu.read_bytes()) == (0, before)
    assert "已经是彩铃的关键词" in result.output


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_comments_marks_and_line_ends_stay(menu: Path, end: str) -> None:
    text = menu.read_text(encoding="utf-8").replace(
        "    keywords: CL 彩铃 炫铃\n", "    keywords: CL 彩铃 炫铃   # 彩铃的叫法\n"
    )
    before = ("\ufeff" + text.replace("\n", end)).encode()
    menu.write_bytes(before)
    assert made(menu, "炫音", "0204").exit_code == 0
    after = menu.read_bytes()
    assert after == before.replace("彩铃 炫铃   # 彩".encode(), "彩铃 炫铃 炫音   # 彩".encode())


def test_a_service_without_any_gets_a_line(menu: Path) -> None:
    text = menu.read_text(encoding="utf-8").replace("    keywords: CL 彩铃 炫铃\n", "")
    menu.write_text(text, encoding="utf-8")
    result = made(menu, "炫音", "crbt")
    assert result.exit_code == 0, result.output
    assert "    keywords: 炫音\n" in menu.read_text(encoding="utf-8")


@pytest.mark.parametrize("written", ["    keywords: |\n      CL 彩铃\n", "    keywords: [CL, 彩铃]\n"])
def test_what_cannot_be_written_safely_is_told(menu: Path, written: str) -> None:
    text = menu.read_text(encoding="utf-8").replace("    keywords: CL 彩铃 炫铃\n", written)
    menu.write_text(text, encoding="utf-8")
    result = made(menu, "炫音", "crbt")
    assert result.exit_code == 1
    assert menu.read_text(encoding="utf-8") == text
    assert "炫音" in result.output or "有错误" in result.output


def test_one_without_the_other_is_no_command() -> None:
    assert CliRunner().invoke(command, ["--keyword", "炫音"]).exit_code == 2
    assert CliRunner().invoke(command, ["--day", "昨天"]).exit_code == 2
