"""The web hall's sessions: what is asked, confirmed, repeated, over, or too much."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from counter.sessions import LIFE, address_of
from counter.testing.house import CARD, MZONE, PASSWORDS, POSTPAID, at_once, now_of
from store import Conclusion, StoreRefused
from web.hall import UNKNOWN, RequestRefused
from web.testing.rig import WebRig, words


def refused(rig: WebRig, name: str, text: str, key: str = "") -> int:
    with pytest.raises(RequestRefused) as why:
        rig.take(name, text, key)
    return why.value.status


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        (" \n", "", "text: it is empty; a code, a word or the number of what was shown"),
        ("话" * 1001, "", "text: it has 1001 characters; 1000 are the most"),
        ("0101", "k" * 101, "Idempotency-Key: it has 101 characters; 100 are the most"),
    ],
)
def test_what_does_not_fit_is_told_by_its_own_name(text: str, key: str, told: str) -> None:
    rig = WebRig()
    name = rig.open(POSTPAID)["session"]
    with pytest.raises(RequestRefused) as why:
        rig.take(name, text, key)
    assert (why.value.status, str(why.value)) == (422, told)
    assert "余额" in words(rig.take(name, "0101", "k" * 100))


def test_it_opens_at_the_main_menu_and_answers_by_code_word_and_number() -> None:
    rig = WebRig()
    opened = rig.open(POSTPAID)
    assert opened["waits"] == "menu"
    assert "请回复序号" in words(opened)
    by_code = rig.take(opened["session"], "0101")
    assert (by_code["service"], by_code["action"]) == ("fee_realtime", "query")
    assert "余额52.35元" in words(by_code)
    assert words(rig.take(opened["session"], "话费")) == words(by_code)
    assert rig.take(opened["session"], "10086")["waits"] == "menu"


def test_a_change_is_asked_about_done_once_and_told_by_sms_too() -> None:
    rig = WebRig()
    name = rig.open(POSTPAID)["session"]
    assert rig.take(name, "0204")["waits"] == "screen"
    done = rig.take(name, "1", "key-1")
    assert "开通" in words(done)
    assert [row for row in done["events"] if "sms" in row]
    charged = rig.house.charges(POSTPAID)
    assert charged > 0
    for _ in range(3):
        assert rig.take(name, "1", "key-1") == done
    rig.restart()
    assert rig.take(name, "1", "key-1") == done
    assert rig.house.charges(POSTPAID) == charged
    assert len(rig.handsets.sent) == 1


@pytest.mark.parametrize("asks", ["KTCL", "0204"])
def test_what_is_done_waits_for_nothing(asks: str) -> None:
    rig = WebRig()
    name = rig.open(POSTPAID)["session"]
    assert rig.take(name, asks)["waits"] in {"confirm", "screen"}
    assert rig.take(name, "1")["waits"] == "nothing"
    assert rig.take(name, "不用了")["waits"] == "screen"  # how it stands now


def test_what_was_not_understood_is_kept_for_editors_and_no_secret() -> None:
    rig = WebRig()
    name = rig.open(POSTPAID)["session"]
    for text in ("胡说八道啦啦", "胡说八道啦啦", "0101", "0501", "我的密码呢"):
        rig.take(name, text)
    assert {row.text: many for row, many in rig.store.unmatched.items()} == {"胡说八道啦啦": 2}


def test_one_that_was_broken_off_is_never_done_again() -> None:
    """As after a kill between the commit before the change and the one after it."""
    rig = WebRig()
    name = rig.open(POSTPAID)["session"]
    rig.take(name, "0204")
    rows: dict[tuple[str, str], object] = {}
    conclude = rig.store.conclude

    def dies(conclusion: object) -> Deferred[None]:
        rows.update(rig.store.sessions)
        raise KeyboardInterrupt

    rig.store.conclude = dies  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        rig.take(name, "1", "key-1")
    rig.store.conclude = conclude  # type: ignore[method-assign]
    rig.store.sessions = rows  # type: ignore[assignment]
    rig.restart()
    charged = rig.house.charges(POSTPAID)
    told = rig.take(name, "1", "key-1")
    assert rig.house.charges(POSTPAID) == charged
    assert "不要重发" in words(told) or "正在办理" in words(told), told


@pytest.mark.parametrize("text", ["0101", "1"])
def test_what_the_store_refuses_is_no_answer_and_is_done_once(text: str) -> None:
    rig = WebRig()
    name = rig.open(POSTPAID)["session"]
    rig.take(name, "0204")
    conclude, before = rig.store.conclude, rig.house.charges(POSTPAID)

    def refuses(conclusion: Conclusion) -> Deferred[None]:
        return (
            fail(StoreRefused("it has no place for this session"))
            if conclusion.session
            else conclude(conclusion)
        )

    rig.store.conclude = refuses  # type: ignore[method-assign]
    for _ in range(3):
        with pytest.raises(StoreRefused):
            rig.take(name, text, "key-1")
    rig.store.conclude = conclude  # type: ignore[method-assign]
    charged = rig.house.charges(POSTPAID) - before
    assert (charged > 0) is (text == "1")
    assert words(rig.take(name, text, "key-1"))
    assert rig.house.charges(POSTPAID) - before == charged


def test_who_reads_the_store_learns_no_sessions_name() -> None:
    rig = WebRig()
    name = rig.open(POSTPAID)["session"]
    ((channel, address), row), *_ = rig.store.sessions.items()
    assert channel == "web"
    assert name not in address + row.state
    assert refused(rig, address, "0101") == 404


def test_each_of_several_lost_answers_is_given_again_and_nothing_is_done_twice() -> None:
    rig = WebRig()
    name = rig.open(POSTPAID)["session"]
    keyed = [("0204", "a"), ("1", "b"), ("0204", "c"), ("2", "d"), ("0101", "e")]
    told = [rig.take(name, text, key) for text, key in keyed]
    charged, sent = rig.house.charges(POSTPAID), len(rig.handsets.sent)
    rig.restart()
    assert [rig.take(name, text, key) for text, key in keyed] == told
    assert [rig.take(name, text, key) for text, key in reversed(keyed)] == told[::-1]
    assert (rig.house.charges(POSTPAID), len(rig.handsets.sent)) == (charged, sent)


def test_a_key_that_was_another_inputs_is_refused() -> None:
    rig = WebRig()
    name = rig.open(POSTPAID)["session"]
    rig.take(name, "0204", "a")
    assert refused(rig, name, "1", "a") == 422
    assert rig.house.charges(POSTPAID) == 0
    assert rig.take(name, "1", "b")["service"] == "crbt"


def test_one_address_takes_no_more_than_its_share_of_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.hall.SHARE", 3)
    monkeypatch.setattr("web.hall.MOST", 6)
    rig = WebRig()
    for _ in range(3):
        rig.open(POSTPAID)
    with pytest.raises(RequestRefused) as why:
        rig.open(POSTPAID)
    assert why.value.status == 503
    for _ in range(3):
        at_once(rig.hall.open(MZONE, UNKNOWN))
    with pytest.raises(RequestRefused):
        at_once(rig.hall.open(MZONE, "192.0.2.1"))
    rig.house.timers.advance(LIFE + 1)
    rig.restart()
    assert rig.open(POSTPAID)["waits"] == "menu"
    at_once(rig.hall.sessions.purge())
    assert len(rig.store.sessions) == 1


def test_those_that_are_being_opened_count_in_the_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.hall.SHARE", 3)
    rig = WebRig()
    conclude, slow = rig.store.conclude, Deferred[None]()

    async def written(conclusion: Conclusion) -> None:
        await slow
        await conclude(conclusion)

    rig.store.conclude = lambda conclusion: Deferred.fromCoroutine(written(conclusion))  # type: ignore[method-assign]
    opening = [Deferred.fromCoroutine(rig.hall.open(POSTPAID, "203.0.113.9")) for _ in range(3)]
    with pytest.raises(RequestRefused):
        rig.open(POSTPAID)
    other = Deferred.fromCoroutine(rig.hall.open(POSTPAID, "203.0.113.10"))
    slow.callback(None)
    assert [now_of(each)["waits"] for each in [*opening, other]] == ["menu"] * 4


def test_one_that_is_closed_while_an_input_is_under_way_is_over_after_it() -> None:
    rig = WebRig()
    name = rig.open(POSTPAID)["session"]
    read, slow = rig.store.session, Deferred()
    rig.store.session = lambda channel, address: slow  # type: ignore[method-assign]
    taken = Deferred.fromCoroutine(rig.hall.take(name, "0101"))
    closed = Deferred.fromCoroutine(rig.hall.close(name))
    rig.store.session = read  # type: ignore[method-assign]
    slow.callback(rig.store.sessions["web", address_of(name)])
    assert now_of(taken)["service"] == "fee_realtime"
    now_of(closed.addCallback(lambda _: "closed"))
    assert refused(rig, name, "0101") == 404


def test_what_is_typed_in_secret_is_said_to_be_so_and_lies_in_no_answer() -> None:
    rig = WebRig()
    name = rig.open(POSTPAID)["session"]
    asked = rig.take(name, f"0110 {MZONE}")
    assert (asked["waits"], asked["secret"]) == ("input", True)
    assert "M值" not in words(asked)
    answered = rig.take(name, PASSWORDS[MZONE])
    assert PASSWORDS[MZONE] not in str(answered)
    assert answered["secret"] is False
    card = rig.take(name, "充值")
    assert card["waits"] == "input"
    assert CARD not in str(rig.take(name, CARD))


def test_without_a_number_one_is_asked_for_it() -> None:
    rig = WebRig()
    name = rig.open(None)["session"]
    asked = rig.take(name, "0101")
    assert asked["waits"] == "input"
    rig.take(name, POSTPAID)
    assert "余额52.35元" in words(rig.take(name, PASSWORDS[POSTPAID]))


@pytest.mark.parametrize("dress", ["{}", "＋86 {}", " +86-{}\u200b", "0086{}"])
def test_a_number_is_read_as_people_write_it(dress: str) -> None:
    rig = WebRig()
    wide = POSTPAID.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    for number in (POSTPAID, wide):
        name = rig.open(dress.format(number))["session"]
        assert "余额52.35元" in words(rig.take(name, "0101"))


@pytest.mark.parametrize("number", ["", "1390000000", "139000000011", "10086", "+86 0731 84001234", "abc"])
def test_a_number_that_is_none_opens_nothing(number: str) -> None:
    rig = WebRig()
    with pytest.raises(RequestRefused) as why:
        rig.open(number)
    assert why.value.status == 422
    assert rig.store.sessions == {}


def test_it_is_over_after_its_life_or_when_it_is_closed() -> None:
    rig = WebRig()
    first, second = rig.open(POSTPAID)["session"], rig.open(MZONE)["session"]
    assert len(rig.hall.sessions) == 2
    at_once(rig.hall.close(first))
    assert refused(rig, first, "0101") == 404
    rig.house.timers.advance(LIFE + 1)
    assert refused(rig, second, "0101") == 404
    assert len(rig.hall.sessions) == 0
    assert refused(rig, "nobody's", "0101") == 404


@pytest.mark.parametrize("text", ["", "  ", "话" * 1001])
def test_an_input_that_is_none_is_refused(text: str) -> None:
    rig = WebRig()
    assert refused(rig, rig.open(POSTPAID)["session"], text) == 422


def test_inputs_of_one_session_come_one_after_the_other_and_not_without_end() -> None:
    rig = WebRig()
    name = rig.open(POSTPAID)["session"]
    read, slow = rig.store.session, Deferred()
    rig.store.session = lambda channel, address: slow  # type: ignore[method-assign]
    told: dict[str, str] = {}
    late: list[Failure] = []
    for text in ("0204", "1", "0101", "0102", "0103"):
        taken = Deferred.fromCoroutine(rig.hall.take(name, text))
        taken.addCallbacks(lambda each, text=text: told.update({text: each["service"]}), late.append)
    assert told == {}
    assert [each.value.status for each in late] == [429]
    rig.store.session = read  # type: ignore[method-assign]
    slow.callback(rig.store.sessions["web", address_of(name)])
    assert told == {"0204": "crbt", "1": "crbt", "0101": "fee_realtime", "0102": "bill_month"}
    assert rig.house.charges(POSTPAID) > 0
    assert rig.take(name, "0101")["service"] == "fee_realtime"
