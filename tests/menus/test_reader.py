"""What the lines of a menu file become."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

from handlers import SPECS
from menus import Reading, Severity, as_json, as_text, exit_status, read
from menus.model.channels import SMS, VOICE
from menus.model.hall import Goal, Hall, Service, Slot, Target
from menus.model.specs import Action
from menus.model.values import Kind

SHIPPED = (Path(__file__).parents[2] / "menus.yaml").read_text(encoding="utf-8")
PROVINCE = SHIPPED.split("\n---\n")[0]


def with_city(part: str, name: str = "长沙") -> Reading:
    return read(f"{PROVINCE}\n---\ncity: {name}\n{part}", SPECS)


def changed(old: str, new: str) -> Hall:
    """The shipped hall with one place changed."""
    assert PROVINCE.count(old) == 1
    return hall_of(read(PROVINCE.replace(old, new), SPECS))


def hall_of(reading: Reading) -> Hall:
    assert reading.hall is not None, [f for f in reading.findings if f.severity is Severity.ERROR]
    return reading.hall


def rules(reading: Reading) -> set[str]:
    return {f.rule for f in reading.findings if f.severity is not Severity.INFO}


def said(service: Service, action: Action | None, name: str) -> tuple[str | None, str | None]:
    wording = service.wording(action, name)
    assert wording is not None
    voice, sms = wording.by.get("voice"), wording.by.get("sms")
    return voice.source if voice else None, sms.source if sms else None


HALL = hall_of(read(PROVINCE, SPECS))


def test_the_version_is_the_texts() -> None:
    assert HALL.version == hall_of(read(PROVINCE, SPECS)).version
    assert len(HALL.version) == 16
    assert int(HALL.version, 16)
    assert changed("感谢来电，再见。", "再见。").version != HALL.version


def test_a_slot_knows_its_kind() -> None:
    wording = HALL.services["fee_realtime"].wording(Action.QUERY, "answer credit")
    assert wording is not None
    assert [p for p in wording.by["sms"].pieces if isinstance(p, Slot)] == [
        Slot("now", Kind.TIME),
        Slot("spent", Kind.MONEY),
        Slot("balance", Kind.MONEY),
    ]


def test_every_thing_knows_where_it_stands() -> None:
    lines = PROVINCE.splitlines()
    crbt = HALL.services["crbt"]
    assert lines[crbt.place.line - 1][crbt.place.column - 1 :] == "crbt:"
    entry = HALL.telephone["1"].entry("1")
    assert entry is not None
    assert lines[entry.place.line - 1][entry.place.column - 1 :].startswith("按1-1:")
    for promo in HALL.promos:
        assert lines[promo.text.place.line].strip() == promo.text.source


def test_a_label_is_the_lines_own_else_the_spoken_title_else_the_title() -> None:
    hall = changed("  按2-7: new_service 新业务\n", "  按2-7: new_service\n")
    labels = {e.key: e.label for e in hall.telephone["2"].entries}
    assert labels["7"] == "新业务"  # spoken
    assert labels["1"] == "最新活动"
    assert hall.sms["06"].entries[6].label == "新业务"


def test_entries_stand_in_the_order_of_their_keys_and_zero_last() -> None:
    assert [e.key for e in HALL.telephone[""].entries] == ["1", "2", "3", "4", "5", "8", "0"]
    assert [e.key for e in HALL.telephone["4-0"].entries] == ["1", "2", "0"]


def test_a_line_may_name_an_action_and_a_label() -> None:
    hall = changed("  按3-2: crbt 彩铃\n", "  按3-2: crbt cancel 取消彩铃\n")
    entry = hall.telephone["3"].entry("2")
    assert entry is not None
    assert entry.target == Target(Goal.SERVICE, "crbt", Action.CANCEL)
    assert entry.label == "取消彩铃"


def test_a_line_may_point_to_another_key() -> None:
    more = "  按6: 按7\n  按7: 按1-5 充值\n  按2-9: 按3\n"
    hall = changed("  按0: agent 人工服务\n", f"  按0: agent 人工服务\n{more}")
    found = {e.key: (e.target, e.label) for e in hall.telephone[""].entries}
    assert found["6"] == (Target(Goal.SERVICE, "recharge"), "充值")
    assert found["7"] == found["6"]
    back = hall.telephone["2"].entry("9")
    assert back is not None
    assert (back.target, back.label) == (Target(Goal.MENU, "3"), "业务办理")


def test_full_width_keys_are_keys() -> None:
    hall = changed("  按8-1: group_consult 集团业务咨询\n", "  按８－１: group_consult 集团业务咨询\n")
    entry = hall.telephone["8"].entry("1")
    assert entry is not None
    assert entry.target.name == "group_consult"


def test_shared_wordings_serve_where_a_service_has_none() -> None:
    voice, sms = said(HALL.services["phonebook"], Action.OPEN, "answer")
    assert voice == "{title}已开通，每月{fee}，{start}生效。"
    assert sms == "{title}已开通，{fee}/月，{start}生效。取消发{off}。"
    _, own = said(HALL.services["crbt"], Action.OPEN, "answer")
    assert own == "彩铃已开通，功能费{fee}/月，即时生效。取消发{off}。"


def test_a_services_own_general_wording_wins_over_the_shared_one_of_an_action() -> None:
    hall = changed("    title: 号簿管家\n", "    title: 号簿管家\n    answer sms: |\n      已办好。\n")
    voice, sms = said(hall.services["phonebook"], Action.OPEN, "answer")
    assert (voice, sms) == ("{title}已开通，每月{fee}，{start}生效。", "已办好。")


def test_one_wording_for_both_and_another_for_one() -> None:
    text = "    again: |\n      已经办过。\n    again voice: |\n      您已经办过了。\n"
    both, voice = text[: text.index("    again voice")], text[text.index("    again voice") :]
    for lines in (both + voice, voice + both):
        hall = changed("    title: 号簿管家\n", f"    title: 号簿管家\n{lines}")
        assert said(hall.services["phonebook"], Action.OPEN, "again") == ("您已经办过了。", "已经办过。")


def test_a_wording_may_stand_over_its_channels() -> None:
    nested = "  bye:\n    voice: |\n      再会。\n    sms: |\n      再会。\n"
    hall = changed("  bye voice: |\n    感谢来电，再见。\n", nested)
    bye = hall.texts["bye"]
    assert bye.on(VOICE) != bye.on(SMS)
    assert {t.source for t in bye.by.values()} == {"再会。"}


def test_lines_of_a_wording_stay_lines() -> None:
    _, screen = said(HALL.services["crbt"], None, "screen")
    assert screen is not None
    assert screen.splitlines()[1:4] == ["1.确认开通", "2.取消彩铃", "0.主菜单"]


# ---- cities ------------------------------------------------------------------------------------------------
def test_a_city_changes_one_wording_and_keeps_the_other_channels() -> None:
    part = "services:\n  sp_howto:\n    answer sms: |\n      长沙退订发0000。\n"
    hall = hall_of(with_city(part)).cities["长沙"]
    voice, sms = said(hall.services["sp_howto"], Action.INFO, "answer")
    assert sms == "长沙退订发0000。"
    assert voice == said(HALL.services["sp_howto"], Action.INFO, "answer")[0]


def test_a_citys_wording_for_both_replaces_both() -> None:
    hall = hall_of(with_city("services:\n  sp_howto:\n    answer: |\n      发0000退订。\n")).cities["长沙"]
    assert said(hall.services["sp_howto"], Action.INFO, "answer") == ("发0000退订。", "发0000退订。")


def test_a_citys_wording_over_its_channels_changes_only_those() -> None:
    part = "services:\n  sp_howto:\n    answer:\n      sms: |\n        长沙退订发0000。\n"
    hall = hall_of(with_city(part)).cities["长沙"]
    voice, sms = said(hall.services["sp_howto"], Action.INFO, "answer")
    assert sms == "长沙退订发0000。"
    assert voice == said(HALL.services["sp_howto"], Action.INFO, "answer")[0]


def test_a_city_replaces_a_menu_by_a_service_and_what_hung_below_goes() -> None:
    hall = hall_of(with_city("telephone:\n  按3-6: gprs_plan\n")).cities["长沙"]
    entry = hall.telephone["3"].entry("6")
    assert entry is not None
    assert entry.target.name == "gprs_plan"
    assert "3-6" not in hall.telephone


def test_a_city_removes_and_adds_keys() -> None:
    hall = hall_of(with_city("telephone:\n  按3-8: none\n  按6: crbt\nsms:\n  发0227: none\n")).cities["长沙"]
    assert hall.telephone["3"].entry("8") is None
    assert "3-8" not in hall.telephone
    assert [e.key for e in hall.telephone[""].entries] == ["1", "2", "3", "4", "5", "6", "8", "0"]
    assert "0227" not in hall.codes


def test_a_city_ends_a_campaign_and_a_promo() -> None:
    reading = with_city("telephone:\n  按5: none\npromos:\n  fetion_free: none\n")
    hall = hall_of(reading).cities["长沙"]
    assert hall.telephone[""].entry("5") is None
    assert "fetion_free" not in {p.id for p in hall.promos}
    assert "fetion_free" in {p.id for p in HALL.promos}


def test_what_a_city_breaks_is_said_to_be_the_citys() -> None:
    reading = with_city("texts:\n  soon voice: none\n")
    assert [f.message for f in reading.findings if f.rule == "missing-wording"] == [
        "（长沙）texts 里缺少语音话术“soon”（业务还没有开放）。"
    ]


def test_what_the_province_does_wrong_is_said_once() -> None:
    broken = SHIPPED.replace("  soon voice: |\n    这项业务还没有开放，敬请期待。\n", "")
    errors = [f.rule for f in read(broken, SPECS).findings if f.severity is Severity.ERROR]
    assert errors == ["missing-wording"]


# ---- findings ----------------------------------------------------------------------------------------------
WRONG = "services:\n  crbt:\n    titel: 彩铃\n    title: 彩铃\n"


def test_a_finding_shows_the_line_and_points_at_the_place() -> None:
    findings = [f for f in read(WRONG, SPECS, "hall.yaml").findings if f.rule == "unknown-field"]
    assert as_text(findings, WRONG) == (
        "hall.yaml:3:5: 错误 业务“crbt”没有“titel”这一项。 [unknown-field]\n"
        "        titel: 彩铃\n"
        "        ^\n"
        "    是不是想写 title？\n"
        "1 个错误，0 个警告，0 个提示。"
    )


def test_the_caret_counts_chinese_characters_double() -> None:
    text = "telephone:\n  按1-1: crtb\n"
    findings = [f for f in read(text, SPECS).findings if f.rule == "unknown-service"]
    line, caret = as_text(findings, text).splitlines()[1:3]
    assert line == "      按1-1: crtb"
    assert len(caret) == len("      按1-1: ") + 1 + 1  # one character of it is two columns wide


def test_findings_as_json_are_their_fields() -> None:
    (found, *_) = json.loads(as_json([f for f in read(WRONG, SPECS).findings if f.rule == "unknown-field"]))
    assert found["rule"] == "unknown-field"
    assert found["severity"] == "error"
    assert (found["file"], found["line"], found["column"]) == ("menus.yaml", 3, 5)
    assert found["hint"] == "是不是想写 title？"


def test_the_exit_status_is_zero_with_notes_and_one_with_anything_to_mend() -> None:
    assert exit_status(read(PROVINCE, SPECS).findings) == 0
    assert any(f.severity is Severity.INFO for f in read(PROVINCE, SPECS).findings)
    assert exit_status(read(WRONG, SPECS).findings) == 1
    warned = with_city("texts:\n  noinput 9 voice: |\n    再见。\n")
    assert rules(warned) == {"unknown-text"}
    assert warned.hall is not None
    assert exit_status(warned.findings) == 1


def test_eight_times_the_lines_take_eight_times_as_long_and_no_more() -> None:
    service = (
        "  extra_{n}:\n    title: 业务{n}\n    does: products.manage p{n}\n    keywords: X{n}Y 词语{n}号\n"
        "    open:\n      confirm: |\n        您要开通{{title}}，{{fee}}每月。\n"
        "    cancel:\n      keywords: QX{n}Y\n"
    )

    def took(services: int) -> float:
        extra = "".join(service.format(n=n) for n in range(1, services))
        text = PROVINCE.replace("\nservices:\n", f"\nservices:\n{extra}")
        before = time.process_time()
        reading = read(text, SPECS)
        spent = time.process_time() - before
        last = services - 1
        assert hall_of(reading).services[f"extra_{last}"].title == f"业务{last}"
        return spent

    assert took(1600) < 20 * min(took(200), took(200))


def test_of_a_line_of_megabytes_only_the_place_is_shown() -> None:
    text = "telephone: " + "x" * 1_000_000 + " [" * 1_000_000
    findings = read(text, SPECS, file="menus.yaml").findings
    assert findings
    assert len(as_text(findings, text)) < 1000 * len(findings)
    findings = (replace(findings[0], line=1, column=500_000),)
    line, caret = as_text(findings, text).splitlines()[1:3]
    assert len(line) < 200
    assert line[len(caret) - 1] == "x"
