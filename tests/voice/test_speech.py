"""An utterance is joined from the best recordings that there are."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.testing.clips import NamedClips, both, template
from ivr.voice.clips import Clip, Ending
from ivr.voice.inventory import closed_set
from ivr.voice.reading import ValueReader
from ivr.voice.script import needs
from ivr.voice.speech import Missing, Voice
from menus.model.values import Kind, Raw, Value

FIGURES = NamedClips(closed_set())


def test_the_balance_is_wording_and_whole_phrases_of_figures() -> None:
    fee = template(
        "截至{now}，您本月已消费{spent}，账户余额{balance}。",
        now=Kind.TIME,
        spent=Kind.MONEY,
        balance=Kind.MONEY,
    )
    clips = NamedClips([*closed_set(), *both("截至", "您本月已消费", "账户余额")])
    values = {
        "now": Value(Kind.TIME, datetime(2026, 11, 22, 9, 5)),
        "spent": Value(Kind.MONEY, 5235),
        "balance": Value(Kind.MONEY, 1005),
    }
    said = Voice([clips]).segments(fee, values)
    assert clips.heard(said) == (
        "截至|十一月|二十二日|九点|零五分|[180]|您本月已消费|五十二元|三角五分|[180]|账户余额|十元|零五分"
    )
    *joined, last = clips.endings(said)
    assert set(joined) == {Ending.JOIN}
    assert last is Ending.STOP


def test_a_sentence_recorded_whole_is_played_whole() -> None:
    clips = NamedClips([*both("话费", "请按", "话费，请按一"), *closed_set()])
    item = template("{label}，请按{key}。", label=Kind.TEXT, key=Kind.CODE)
    values = {"label": Value(Kind.TEXT, "话费"), "key": Value(Kind.CODE, "1")}
    voice = Voice([clips])
    assert clips.heard(voice.segments(item, values)) == "话费，请按一"
    two = {**values, "key": Value(Kind.CODE, "2")}
    assert clips.heard(voice.segments(item, two)) == "话费|[180]|请按|二"


def test_a_whole_wording_recorded_by_a_person_wins_over_its_sentences() -> None:
    clips = NamedClips(both("您好", "请稍候", "您好。请稍候"))
    assert clips.heard(Voice([clips]).text_segments("您好。请稍候。")) == "您好。请稍候"


def test_sentences_stand_apart_and_nothing_trails_the_last() -> None:
    clips = NamedClips(both("您好", "请稍候"))
    assert clips.heard(Voice([clips]).text_segments("您好！\n请稍候。")) == "您好|[380]|请稍候"


def test_two_of_a_thing_are_liang() -> None:
    clips = NamedClips([*closed_set(), *both("您订有", "项梦网业务")])
    listed = template("您订有{n}项梦网业务。", n=Kind.COUNT)
    assert clips.heard(Voice([clips]).segments(listed, {"n": Value(Kind.COUNT, 2)})) == "您订有|两|项梦网业务"


def test_what_has_no_audio_is_named() -> None:
    listed = template("您订有{name}。", name=Kind.TEXT)
    values = {"name": Value(Kind.TEXT, "甲乙丙")}
    voice = Voice([FIGURES])
    assert not voice.can_say(listed, values)
    with pytest.raises(Missing, match="甲乙丙") as caught:
        voice.segments(listed, values)
    assert [clip.text for clip in caught.value.clips] == ["您订有", "甲乙丙"]


def test_a_password_that_cannot_be_said_is_not_named_whole() -> None:
    code = template("{pin}", pin=Kind.SECRET)
    with pytest.raises(Missing) as caught:
        Voice([NamedClips(both("一", "二"))]).segments(code, {"pin": Value(Kind.SECRET, "1239")})
    assert [clip.text for clip in caught.value.clips] == ["三", "九"]


def test_a_name_with_rests_inside_is_said_in_parts() -> None:
    clips = NamedClips(both("话费", "积分查询"))
    label = template("{label}", label=Kind.TEXT)
    said = Voice([clips]).segments(label, {"label": Value(Kind.TEXT, "话费、积分查询")})
    assert clips.heard(said) == "话费|[90]|积分查询"


def test_what_the_worker_spoke_fills_what_was_shipped() -> None:
    shipped, spoken = NamedClips(both("您好")), NamedClips(both("请稍候"))
    assert Voice([shipped]).can_say(template("您好。请稍候。"), {}) is False
    assert Voice([shipped, spoken]).can_say(template("您好。请稍候。"), {}) is True


def test_what_a_wording_needs_is_what_it_then_finds() -> None:
    wording = template("{title}已开通，每月{fee}。没有重复收费，请放心。", title=Kind.TEXT, fee=Kind.MONEY)
    clips = NamedClips([*needs(wording, ValueReader()), *both("彩铃"), *closed_set()])
    values = {"title": Value(Kind.TEXT, "彩铃"), "fee": Value(Kind.MONEY, 500)}
    said = Voice([clips]).segments(wording, values)
    assert clips.heard(said) == "彩铃|已开通|[180]|每月|五元|[380]|没有重复收费，请放心"


KINDS: dict[Kind, st.SearchStrategy[Raw]] = {
    Kind.MONEY: st.integers(-(10**12), 10**12),
    Kind.COUNT: st.integers(0, 10**9),
    Kind.TIME: st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)),
    Kind.MONTH: st.dates(datetime(2000, 1, 1).date(), datetime(2090, 1, 1).date()),
    Kind.DURATION: st.integers(0, 10**7),
    Kind.PHONE: st.text("0123456789", min_size=1, max_size=15),
    Kind.CODE: st.text("0123456789ABCXYZ*#", min_size=1, max_size=20),
    Kind.SECRET: st.text("0123456789", min_size=6, max_size=18),
}


@given(st.data(), st.sampled_from(list(KINDS)))
def test_no_figure_is_ever_without_audio(data: st.DataObject, kind: Kind) -> None:
    raw = data.draw(KINDS[kind])
    said = Voice([FIGURES]).segments(template("{it}", it=kind), {"it": Value(kind, raw)})
    spoken = "".join(part for part in FIGURES.heard(said).split("|") if not part.startswith("["))
    assert spoken == ValueReader().read(Value(kind, raw)).replace("、", "")


@given(st.integers(0, 99_99))
def test_an_amount_below_a_hundred_is_two_clips_at_the_most(fen: int) -> None:
    said = Voice([FIGURES]).segments(template("{it}", it=Kind.MONEY), {"it": Value(Kind.MONEY, fen)})
    assert len(said) <= 2


def test_clips_with_the_other_ending_are_better_than_silence() -> None:
    clips = NamedClips([Clip("您好", Ending.JOIN)])
    assert clips.heard(Voice([clips]).text_segments("您好。")) == "您好"
