"""The sentence that the hall stands on: press 1 at once and 1 again, hear your own balance, get it by SMS."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from server.testing.ear import Ear, keys_pcap
from server.testing.running import HallProcess, Handset, ended, named, said
from server.testing.sipp import Scenario, Sipp
from tests.peers import needs_peer

BALANCES = {"13900000002": "36.80元", "13900000009": "64.20元"}


@needs_peer("sipp with raw sockets")
def test_two_who_press_1_1_at_once_hear_each_their_own_balance(hall: HallProcess, tmp_path: Path) -> None:
    callers = ("13900000002", "13900000009")
    handsets = [Handset(hall, number) for number in callers]
    keys = keys_pcap(tmp_path, "11", hold=60, gap=40)
    calls = [Sipp(hall, Scenario(n).invite().answered().play(keys).hold().bye(), tmp_path) for n in callers]
    for number, call, handset in zip(callers, calls, handsets, strict=True):
        with call:
            hall.wait_line(call.call_id, said(BALANCES[number]))
            assert hall.keys(call.call_id) == "11"
            assert BALANCES[number].removesuffix("元") in handset.message()  # while the call is still up
            assert not any(map(ended, hall.transcript(call.call_id)))
            others = set(BALANCES.values()) - {BALANCES[number]}
            assert not any(other in what for other in others for what in hall.says(call.call_id))
            call.go_on()
            call.finish()
            hall.wait_line(call.call_id, ended)
        handset.close()


@needs_peer("sipp")
@pytest.mark.parametrize("number", ["13900000002", "13900000009"])
def test_keys_by_info(hall: HallProcess, tmp_path: Path, number: str) -> None:
    with Sipp(hall, Scenario(number).invite().answered().info("11").hold().bye(), tmp_path) as call:
        hall.wait_line(call.call_id, said(BALANCES[number]))
        assert hall.keys(call.call_id) == "11"
        call.go_on()
        call.finish()


@needs_peer("sipp")
@pytest.mark.parametrize(
    ("number", "by_info"), [("13900000003", True), ("13900000001", False)], ids=["info", "rtp"]
)
def test_keys_pressed_at_once_open_nothing_unheard(
    hall: HallProcess, tmp_path: Path, number: str, by_info: bool
) -> None:
    """3 2 1 1 leads to the tariff and no further; a 1 after the tariff opens it, once."""
    product = "crbt"
    with closing(Ear()) as ear:
        caller = Scenario(number, port=ear.port).invite().answered()
        caller = caller.info("3211") if by_info else caller
        with Sipp(hall, caller.hold().info("1").hold().info("1").hold().bye(), tmp_path) as call:
            if not by_info:
                assert ear.listen(5.0, packets=5) == 5
                ear.press("3211")
            hall.wait_line(call.call_id, said("您要开通彩铃，每月5元"))
            assert hall.movements(number, product) == []
            ear.until_quiet()
            assert not any(named("crbt.open.answer")(line) for line in hall.transcript(call.call_id))
            call.go_on()
            at = hall.wait_line(call.call_id, said("彩铃已开通"))
            assert hall.movements(number, product) == [-500]
            call.go_on()  # and once more: that 1 is for something else
            hall.wait_line(call.call_id, lambda line: line.get("key") == "1", after=at)
            call.go_on()
            call.finish()
    assert hall.movements(number, product) == [-500]
