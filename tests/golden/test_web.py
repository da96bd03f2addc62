"""The golden conversations of the other two halls, held over the web: the same services, results, words."""

from __future__ import annotations

import pytest

from counter.testing.house import House, the_hall
from menus.model.numbers import SERVICE_NUMBER
from server.simulate import simulate_sms, simulate_voice
from tests.golden.conversations import FILES, Golden, read, worded_for_the_web
from web.testing.rig import WebRig, words

APART = {
    "sms_password_reset": "the temporary password goes by SMS alone, and there it is gone on with (R063)",
    "sms_lost": "a page of a menu holds what a screen shows, and not what fits into one short message",
    "sms_records": "what was done over the web is recorded as that (R001)",
}
"""What differs over the web, and why: its traits."""
SMS_FILES = [file for file in FILES if file.stem.startswith("sms_")]
VOICE_FILES = [file for file in FILES if file.stem.startswith("voice_")]


def conversation(stem: str) -> Golden:
    return next(read(file.read_text(encoding="utf-8")) for file in FILES if file.stem == stem)


@pytest.mark.parametrize("stem", [file.stem for file in SMS_FILES])
def test_what_is_texted_means_the_same_over_the_web(stem: str) -> None:
    golden, house = conversation(stem), House()
    _menu, *texted = simulate_sms(
        [SERVICE_NUMBER, *golden.inputs],  # a session over the web begins at the main menu
        hall=the_hall(),
        business=house.memory,
        now=lambda: house.now,
        caller=golden.caller or "",
    )
    rig = WebRig()
    name = rig.open(golden.caller)["session"]
    differ = []
    for answer in texted:
        told = rig.take(name, answer.text)
        replies = [reply.text for reply in answer.replies if reply.kind != "promo"][:1]
        said = replies if worded_for_the_web(the_hall(), told) else [words(told)]
        if (said, told["service"], told["action"]) != (replies, answer.service, answer.action):
            differ.append((answer.text, replies, words(told)))
    assert len(differ) < (len(golden.inputs) if stem in APART else 1), differ
    assert bool(differ) is (stem in APART)


@pytest.mark.parametrize("stem", [file.stem for file in VOICE_FILES])
def test_what_a_call_asks_is_answered_over_the_web_as_its_copy_says(stem: str) -> None:
    """Keys lead to services; asked for by their codes, the same people get the same values."""
    golden, house = conversation(stem), House()
    heard = simulate_voice(
        " ".join(golden.inputs),
        hall=the_hall(),
        business=house.memory,
        now=lambda: house.now,
        caller=golden.caller,
    )
    asked = [each for each in heard if each.service and each.sends and each.action in {"query", "info"}]
    for each in asked:
        rig = WebRig()
        told = rig.take(rig.open(golden.caller)["session"], the_hall().service_codes[each.service or ""])
        assert told["service"] == each.service
        if told["waits"] == "nothing":
            _, *rows = each.sends[0].splitlines()  # the first line of a list is its channel's own
            assert set(rows or each.sends) <= set(words(told).splitlines())
