"""The knowledge base (R084): what its entries answer, when they open and retire (R104), and what is wrong
with one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from counter.testing.house import House, the_hall
from handlers import SPECS
from menus import Severity, as_json, as_text, content, read, read_file
from menus.matching.matcher import recognise
from menus.model.specs import Action
from server.simulate import simulate_sms

HALL = the_hall()
MENU = Path(__file__).parents[2] / "menus.yaml"
PROVINCE = MENU.read_text(encoding="utf-8").split("\n---\n")[0]
ENTRY = """
knowledge:
  no_signal:
    title: 手机没有信号
    asks: 没信号
    answer: |
      请重新启动手机。
"""


def answers(*texts: str, now: datetime | None = None, caller: str = "13900000001") -> list[str]:
    house = House()
    told = simulate_sms(
        texts, hall=HALL, business=house.memory, now=lambda: now or house.now, caller=caller, fresh=True
    )
    return [result.replies[0].text for result in told]


@pytest.mark.parametrize(
    ("text", "service", "told"),
    [
        ("手机没信号怎么办", "knowledge", "重启手机"),
        ("我的手机信号太差了", "knowledge", "重启手机"),
        ("移动400怎么收费", "group_consult", "开户费"),
        ("移动总机和移动400有什么区别", "group_consult", "11位手机号"),
        ("谁能办移动400", "group_consult", "限单位办理"),
        ("全球通资费", "brand_tariff", "全球通："),
        ("神州行怎么收费", "brand_tariff", "神州行："),
        ("国内漫游怎么收费", "brand_tariff", "自动开通"),
        ("国际漫游怎么收费", "knowledge", "国际及港澳台漫游"),
        ("MM客户端下载要流量费吗", "mm_consult", "不收流量费"),
        ("用CMNET下载不了MM", "mm_consult", "CMWAP"),
        ("3G要换号吗", "g3_consult", "不换号"),
        ("怎么补卡", "knowledge", "身份证"),
        ("停机保号多少钱", "knowledge", "保号费"),
        ("积分有效期多久", "points_plan", "清理"),
    ],
)
def test_a_question_is_answered_by_its_entry(text: str, service: str, told: str) -> None:
    found = recognise(HALL, text)
    assert (found.service, found.action) == (service, Action.INFO)
    assert told in answers(text)[0]


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("停机保号", "suspend"),
        ("开通动感地带漫游", "mzone_roam_cs"),
        ("HF", "fee_realtime"),
        ("查一下积分", "points_query"),
        ("CZ", "recharge"),
    ],
)
def test_it_takes_nothing_from_the_services(text: str, service: str) -> None:
    assert recognise(HALL, text).service == service


@pytest.mark.parametrize("text", ["漫游", "套餐", "密码"])
def test_words_with_more_than_one_meaning_are_still_asked(text: str) -> None:
    assert recognise(HALL, text).how == "ask"


@pytest.mark.parametrize("text", ["今天天气怎么样", "低价代开发票联系小王", "你吃饭了吗", "周末一起打球"])
def test_chat_and_spam_find_nothing(text: str) -> None:
    assert recognise(HALL, text).how == "none"


def test_a_general_question_gets_the_services_own_answer() -> None:
    assert "商务出行" in answers("资费")[0]


def test_the_code_asks_for_a_question_and_takes_it_at_once() -> None:
    asked, told = answers("0612", "0612 出国能用手机吗")
    assert "您想问什么" in asked
    assert "国际及港澳台漫游" in told


def test_entries_open_and_retire_by_date() -> None:
    text = "志愿者报名条件"
    assert "普通话" in answers(text, now=datetime(2008, 3, 31, 4, tzinfo=UTC))[0]
    for day in (datetime(2007, 8, 27, 4, tzinfo=UTC), datetime(2008, 4, 1, 4, tzinfo=UTC)):
        assert "过期不再受理" in answers(text, now=day)[0]


def test_the_code_alone_tells_what_is_on() -> None:
    """One is told at once, several are listed; by city and brand as their ``when:`` says (R028)."""
    on, over = datetime(2026, 10, 1, 4, tzinfo=UTC), datetime(2028, 1, 1, 4, tzinfo=UTC)
    assert "设三个奖项" in answers("0601", now=on)[0]
    assert "1.满意100有奖答题\n2.长沙动感地带漫游优惠" in answers("0601", now=on, caller="13900000002")[0]
    assert "设三个奖项" not in answers("0601", now=over)[0]
    recruiting = answers("0609", now=datetime(2008, 1, 1, 4, tzinfo=UTC))[0]
    assert "1.志愿者报名条件\n2.志愿者报名时间\n3.志愿者报名方式" in recruiting


def test_entries_are_for_those_whom_they_name() -> None:
    """Changsha M-Zone only: the demo's 13900000002 is of that city and brand, 13900000001 is not."""
    assert "0304看资费，办前" in answers("长沙动感地带有什么优惠", caller="13900000002")[0]
    assert "办前" not in answers("长沙动感地带有什么优惠", caller="13900000001")[0]


def test_the_file_beside_the_menu_is_read_with_it_and_its_mistakes_are_named_by_its_own_lines(
    tmp_path: Path,
) -> None:
    (tmp_path / "menus.yaml").write_text(PROVINCE, encoding="utf-8")
    (tmp_path / "knowledge.yaml").write_text(ENTRY.replace("没信号", "断"), encoding="utf-8")
    menu = tmp_path / "menus.yaml"
    text = content(menu).decode("utf-8")
    findings = [f for f in read_file(menu, SPECS).findings if f.rule == "bad-topic"]
    assert f"\n{'knowledge.yaml'}:5:11: 错误 “断”太短" in "\n" + as_text(findings, text)
    assert '"file": "knowledge.yaml"' in as_json(findings, text)
    (tmp_path / "knowledge.yaml").write_text(ENTRY, encoding="utf-8")
    hall = read_file(menu, SPECS).hall
    assert hall is not None
    assert list(hall.topics) == ["no_signal"]
    assert hall.version != read(PROVINCE, SPECS).hall.version  # type: ignore[union-attr]


EMPTY = {
    "nothing": "",
    "a comment": "# 还没有写\n",
    "a text": "您好\n",
    "a list": "- a\n- b\n",
    "braces": "{a: b}\n",
    "a mark": "---\n",
}


@pytest.mark.parametrize("menu", EMPTY.values(), ids=EMPTY.keys())
def test_a_menu_that_cannot_be_read_is_one_finding_whatever_lies_beside_it(menu: str, tmp_path: Path) -> None:
    file = tmp_path / "menus.yaml"
    file.write_text(menu, encoding="utf-8")
    alone = read_file(file, SPECS).findings
    (tmp_path / "knowledge.yaml").write_bytes(MENU.with_name("knowledge.yaml").read_bytes())
    assert read_file(file, SPECS).findings == alone
    assert len(alone) == 1


def test_a_knowledge_base_alone_is_no_menu() -> None:
    (found,) = read(ENTRY, SPECS).findings
    assert (found.rule, found.message) == ("empty-file", "这里只有知识库，没有菜单。")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("does: info.search", "does: info.serch"),
        ("does: info.topics", "does: info.topic"),
        ("\nservices:", "\nservice:"),
    ],
)
def test_a_mistake_of_the_menu_is_not_told_again_of_each_entry(
    right: str, wrong: str, tmp_path: Path
) -> None:
    file = tmp_path / "menus.yaml"
    file.write_text(MENU.read_text(encoding="utf-8").replace(right, wrong), encoding="utf-8")
    alone = [f for f in read_file(file, SPECS).findings if f.severity is Severity.ERROR]
    (tmp_path / "knowledge.yaml").write_bytes(MENU.with_name("knowledge.yaml").read_bytes())
    beside = [f for f in read_file(file, SPECS).findings if f.severity is Severity.ERROR]
    assert beside == alone
    assert alone


def test_an_entry_of_a_service_that_is_not_there_is_still_told_beside_one_that_cannot_be_read() -> None:
    wrong = PROVINCE.replace("does: info.search", "does: info.serch", 1)
    found = read(wrong + ENTRY.replace("    title", "    of: nobody\n    title"), SPECS).findings
    assert ["“nobody”" in f.message for f in found if f.rule == "bad-topic"] == [True]


def test_a_version_that_was_kept_reads_the_same_again() -> None:
    """A session stays on its version over a restart: the text holds the knowledge, too."""
    text = content(MENU).decode("utf-8")
    again = read(text, SPECS).hall
    assert again is not None
    assert (again.version, again.topics.keys()) == (HALL.version, HALL.topics.keys())


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (ENTRY.replace("    asks: 没信号\n", ""), "bad-topic"),
        (ENTRY.replace("asks:", "of: crbt\n    asks:"), "bad-topic"),
        (ENTRY.replace("asks:", "of: group_consul\n    asks:"), "bad-topic"),
        (ENTRY.replace("    title: 手机没有信号\n", ""), "missing-title"),
        (ENTRY.partition("    answer")[0], "missing-wording"),
        (ENTRY.replace("重新启动手机", "{balance}"), "unknown-value"),
        (ENTRY.replace("重新启动手机", "发0999"), "unknown-code"),
        (ENTRY.replace("asks:", "when: 星期八\n    asks:"), "bad-condition"),
        (ENTRY.replace("asks:", "ask:"), "unknown-field"),
        (ENTRY + "---" + ENTRY, "duplicate-key"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said(wrong: str, rule: str) -> None:
    findings = read(f"{PROVINCE}\n---{wrong}", SPECS).findings
    assert rule in {finding.rule for finding in findings}
    assert "bad-topic" not in {f.rule for f in read(f"{PROVINCE}\n---{ENTRY}", SPECS).findings}


def test_a_handset_that_joins_no_long_messages_gets_the_short_answer() -> None:
    """R115."""
    house = House()
    long, short = (_told(house, joins) for joins in (True, False))
    assert "换个地方试试" in long
    assert "换个地方试试" not in short
    assert len(short) <= 70


def _told(house: House, joins: bool) -> str:
    account = house.memory._accounts["13900000001"]
    house.memory._accounts["13900000001"] = replace(account, long_sms=joins)
    told = simulate_sms(
        ["手机没信号"], hall=HALL, business=house.memory, now=lambda: house.now, caller="13900000001"
    )
    return next(iter(told)).replies[0].text
