"""A channel is what its traits say: how one answers, by whose wordings it speaks, and what it can take."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from handlers import SPECS
from menus import Reading, Severity, read
from menus.dialogue.session import AtChoice, AtInput, Session
from menus.model.asked import SECRET_INPUTS, WRITTEN
from menus.model.channels import CHANNELS, SMS, VOICE, WEB, By, Channel, Where
from menus.model.events import Answered, Do, End, Say, Transfer
from menus.model.hall import Hall, Template, Wording
from menus.model.specs import Action
from menus.testing.small_hall import HERE, small_hall
from menus.testing.talk import Office, Talk

PROVINCE = (Path(__file__).parents[2] / "menus.yaml").read_text(encoding="utf-8").split("\n---\n")[0]
KIOSK = Channel("kiosk", "自助机", ("kiosk",), By.LINE, timed=True, refuses=SECRET_INPUTS, page=3)
"""Somebody stands before it, in a hall full of people."""
PAD = Channel("pad", "平板", ("pad", "voice"), By.KEY, refuses=WRITTEN)
"""Keys on a screen that shows what the telephone says."""
OURS = tuple(CHANNELS.values())
ALL = (*OURS, KIOSK, PAD)


def reading(old: str = "", new: str = "", channels: tuple[Channel, ...] = ALL) -> Reading:
    """The shipped province met on ``channels``, with one place changed."""
    assert not old or PROVINCE.count(old) == 1
    return read(PROVINCE.replace(old, new) if old else PROVINCE, SPECS, channels=channels)


def hall(old: str, new: str, channels: tuple[Channel, ...]) -> Hall:
    found = reading(old, new, channels)
    assert found.hall is not None, [f for f in found.findings if f.severity is Severity.ERROR][:3]
    return found.hall


def said(found: Hall, name: str, channel: Channel) -> str | None:
    template = found.texts[name].on(channel)
    return None if template is None else template.source


# ---- wordings ----------------------------------------------------------------------------------------------
def test_a_channel_takes_the_wordings_that_it_declares_and_nobody_else_s() -> None:
    sms, web = Template(("短信",), HERE), Template(("网页",), HERE)
    both, texted = Wording({"sms": sms, "web": web}), Wording({"sms": sms})
    assert (both.on(WEB), both.on(SMS), both.on(VOICE)) == (web, sms, None)
    assert texted.on(WEB) is sms  # declared: "web", else "sms"
    assert texted.on(KIOSK) is None
    assert Wording({"voice": sms}).on(PAD) is sms
    assert Wording({"web": web}).on(SMS) is None


def test_the_check_names_a_channel_that_lacks_a_wording_where_it_is_reached() -> None:
    found = reading(channels=(VOICE, SMS, KIOSK))
    assert found.hall is None
    lacking = [f for f in found.findings if f.rule == "missing-wording"]
    none = next(f for f in lacking if "“none”" in f.message)
    assert none.message == "texts 里缺少自助机话术“none”（没看懂）。"
    assert none.hint == "写上：none kiosk: |，话术写在下一行。"
    assert any("“彩铃”缺少自助机话术 open 里的 answer" in f.message for f in lacking)
    assert any("自助机的确认话术" in f.message for f in found.findings if f.rule == "no-confirm")
    assert all("自助机" in f.message for f in lacking)
    assert not any("noinput" in f.message for f in lacking)  # nobody is told of keys who answers by lines


def test_what_the_web_takes_from_the_texts_is_missed_once_and_there() -> None:
    bare = re.sub(r"  none sms: \|\n    .*\n", "", PROVINCE)
    assert bare != PROVINCE
    lacking = [f.message for f in read(bare, SPECS).findings if f.rule == "missing-wording"]
    assert lacking == ["texts 里缺少短信话术“none”（没看懂）。"]


def test_the_shipped_hall_lacks_nothing_on_the_web() -> None:
    assert reading(channels=(VOICE, SMS, WEB)).hall is not None
    assert reading(channels=(VOICE, WEB)).hall is not None


def test_a_wording_may_be_written_for_any_channel_by_its_name() -> None:
    found = hall(
        "  none sms: |\n", "  none web: |\n    请点菜单。\n  none sms: |\n", tuple(CHANNELS.values())
    )
    assert said(found, "none", WEB) == "请点菜单。"
    assert said(found, "none", SMS) != "请点菜单。"
    assert said(found, "none", VOICE) is None


def test_a_wording_without_a_name_is_for_all() -> None:
    found = hall("  bye voice: |\n", "  bye: |\n", OURS)
    assert {said(found, "bye", each) for each in OURS} == {"感谢来电，再见。"}
    kiosk = read("texts:\n  none: |\n    没看懂。\n", SPECS, channels=(KIOSK,))
    missed = [f.message for f in kiosk.findings if f.rule == "missing-wording"]
    assert any("“menu head”" in each for each in missed)
    assert not any("“none”" in each for each in missed)


def test_what_is_for_all_leaves_a_channel_with_what_is_written_for_it_or_for_whom_it_follows() -> None:
    lines = "  none: |\n    都一样。\n  none sms: |\n    短信说。\n"
    found = hall(
        re.search(r"  none sms: \|\n    .*\n", PROVINCE)[0],  # type: ignore[index]
        lines,
        OURS,
    )
    assert [said(found, "none", each) for each in (VOICE, SMS, WEB)] == ["都一样。", "短信说。", "短信说。"]


def test_a_service_s_own_wording_for_all_wins_over_what_its_family_says_on_one() -> None:
    family = "  products.manage:\n"
    assert PROVINCE.count(family) == 1
    shared = f"{family}    again web: |\n      网页：已办过。\n"
    own = "    title: 号簿管家\n"
    text = PROVINCE.replace(family, shared)
    for more, expected in (("", "网页：已办过。"), ("    again: |\n      早办过了。\n", "早办过了。")):
        found = read(text.replace(own, own + more), SPECS).hall
        assert found is not None
        wording = found.services["phonebook"].wording(Action.OPEN, "again")
        template = wording.on(WEB) if wording else None
        assert template is not None
        assert template.source == expected


def test_a_city_s_wording_for_all_wins_over_the_province_s_on_one() -> None:
    text = PROVINCE.replace("  none sms: |\n", "  none web: |\n    请点菜单。\n  none sms: |\n")
    found = read(f"{text}\n---\ncity: 长沙\ntexts:\n  none: |\n    长沙也没看懂。\n", SPECS).hall
    assert found is not None
    assert said(found, "none", WEB) == "请点菜单。"
    assert said(found.of_city("长沙"), "none", WEB) == "长沙也没看懂。"


# ---- the dialogue ------------------------------------------------------------------------------------------
def with_kiosk() -> Hall:
    """The small hall, with words of the kiosk's own beside those of the others."""
    found = small_hall()

    def more(wording: Wording) -> Wording:
        theirs = wording.by["sms"]
        return Wording({**wording.by, "kiosk": replace(theirs, pieces=("自助：", *theirs.pieces))})

    services = {
        each.id: replace(each, wordings={key: more(w) for key, w in each.wordings.items()})
        for each in found.services.values()
    }
    return replace(found, services=services, texts={key: more(w) for key, w in found.texts.items()})


def at_kiosk(**office: int) -> Talk:
    return Talk(KIOSK, with_kiosk(), Office(**office))  # type: ignore[arg-type]


def at_kiosk_without(text: str) -> Talk:
    found = with_kiosk()
    return Talk(KIOSK, replace(found, texts={name: w for name, w in found.texts.items() if name != text}))


def test_a_change_is_shown_confirmed_and_told_on_a_made_up_channel() -> None:
    she = at_kiosk()
    assert she.text("10086")[0] == "menu."
    assert she.text("0204") == ["crbt.open.screen"]
    assert she.text("1") == ["crbt.open.answer"]
    assert she.office.opened == {"crbt"}
    assert she.read().startswith("自助：<")
    assert [text[:1] for text in she.sent()] == ["<"]  # by SMS, too, in that one's words
    assert she.text("1") == ["crbt.open.again"]
    assert len(she.office.done) == 1


def test_waits_are_timed_where_somebody_stands_and_pages_are_as_long_as_it_shows() -> None:
    she = at_kiosk(rows=5)
    she.text("0000")
    assert she.awaited().seconds == pytest.approx(8.0)
    rows = [e.name for e in she.events if isinstance(e, Say) and e.name.endswith(".item")]
    assert len(rows) == 3
    she.text("#")
    numbers = [e.values["i"].raw for e in she.events if isinstance(e, Say) and e.name.endswith(".item")]
    assert numbers == [4, 5]
    assert she.text("4") == ["sp.cancel.answer"]


def test_whoever_goes_away_leaves_nothing_open_to_the_next() -> None:
    she = at_kiosk()
    she.text("0204")
    she.silence()
    assert she.last() == End("no_input")
    she.text("1")
    assert she.office.opened == set()
    her = Talk(SMS)
    her.text("0204")
    her.silence()  # of which a text knows nothing
    assert her.text("1") == ["crbt.open.answer"]


def test_a_secret_is_not_asked_for_where_it_may_not_be_given() -> None:
    she = at_kiosk()
    assert she.text("0107") == ["elsewhere"]
    assert she.office.works == []
    assert "soon" in at_kiosk_without("elsewhere").text("0107")
    assert she.text("QD") == ["soon"], "which is served nowhere"


def test_what_cannot_be_given_is_told_before_anything_else_is_asked_for() -> None:
    unknown = Talk(KIOSK, with_kiosk(), caller=None)
    assert unknown.text("0101") == ["elsewhere"], (
        "a number is asked for in vain, for its password may not be given"
    )
    assert not isinstance(unknown.session.waiting, AtInput)
    assert Talk(WEB, caller=None).text("0101") == ["ask caller"]
    assert unknown.text("HD") == ["news.info.answer"]


def test_an_agent_calls_where_none_can_be_put_through() -> None:
    she = at_kiosk()
    assert she.text("0701") == ["transfer"]
    assert isinstance(she.last(), Transfer)
    assert she.text("0101") == ["fee.query.answer"]  # nobody holds the line meanwhile


def test_a_session_is_of_its_channel_and_of_no_unknown_one() -> None:
    session = replace(Session.new("h", KIOSK, None, "s"), waiting=AtChoice(("crbt",)))
    kept = session.to_json()
    assert Session.from_json(kept, {KIOSK.name: KIOSK}) == session
    with pytest.raises(ValueError, match="kiosk"):
        Session.from_json(kept)


def test_keys_on_a_screen_are_keys_but_nothing_is_read_back_timed_or_copied() -> None:
    he = Talk(PAD)
    he.call()
    assert he.awaited().seconds is None
    he.press("1 1")
    assert he.said()[0] == "fee.query.answer"
    assert he.sent() == []  # what is read needs no copy
    he.press("* * 4 1")
    assert "sp.query.item" in he.said()
    he.press("1")
    assert "sp.cancel.answer" in he.said()  # picked before his eyes
    assert len(he.sent()) == 1


def test_what_nothing_is_said_of_is_on_no_key() -> None:
    he = Talk(PAD, busy=True)
    assert he.call()[1:2] == ["guidance.fees"]
    he.press("9")
    assert he.said()[0] == "fee.query.answer"
    silent = Talk(replace(PAD, wordings=("pad",)), busy=True)
    assert "guidance.fees" not in silent.call()
    silent.press("9")
    assert silent.office.works == []


def test_the_web_tells_changes_by_sms_as_well_and_answers_here_alone() -> None:
    her = Talk(WEB)
    assert her.text("0101") == ["fee.query.answer"]
    assert her.sent() == []
    her.text("0204", "1")
    assert her.said() == ["crbt.open.answer"]
    assert len(her.sent()) == 1
    text = Talk(SMS)
    text.text("0204", "1")
    assert text.said() == ["crbt.open.answer"]
    assert text.sent() == []


def test_a_variant_that_is_worded_elsewhere_alone_is_told_in_the_plain_words() -> None:
    her = Talk(SMS)
    news = her.hall.services["news"]
    spoken = {(Action.INFO, "answer spoken"): Wording({"voice": Template(("只有语音",), HERE)})}
    worded = replace(news, wordings={**news.wordings, **spoken})
    her.hall = replace(her.hall, services={**her.hall.services, "news": worded})
    her.office.outcomes["news", Do.ASK] = Answered("spoken")
    assert her.text("HD") == ["news.info.answer"]


# ---- where -------------------------------------------------------------------------------------------------
def test_where_is_by_traits() -> None:
    found = {where: {each.name for each in ALL if where.includes(each)} for where in Where}
    everybody = {each.name for each in ALL}
    assert found[Where.EVERYWHERE] == everybody
    assert found[Where.NOWHERE] == set()
    assert found[Where.KEYS] == {"voice", "pad"} == everybody - found[Where.LINES]
    assert found[Where.HEARD] == {"voice"} == everybody - found[Where.READ]
    assert found[Where.WRITING] == {"sms", "web", "kiosk"} == everybody - found[Where.DIGITS]
    assert found[Where.TEXTED] == {"sms"}
