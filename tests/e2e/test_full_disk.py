"""The disk of the hall's store is full: whoever calls is answered, told, and never dropped.

The kernel refuses every octet beyond those that the files have (``RLIMIT_FSIZE`` of the running hall: EFBIG,
where a full disk says ENOSPC), the log's too.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from server.testing.ear import Ear
from server.testing.running import HallProcess, Handset, ended, named, said
from server.testing.sipp import Scenario, Sipp
from tests.peers import needs_peer

pytestmark = needs_peer("sipp")
NUMBER, BALANCE = "13900000002", "36.80元"
OCTETS = 4096


@contextmanager
def full_disk(hall: HallProcess) -> Iterator[None]:
    """No file of the hall grows beyond what every file has anyway."""
    before = resource.prlimit(hall.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(hall.pid, resource.RLIMIT_FSIZE, (OCTETS, before[1]))
    try:
        yield
    finally:
        resource.prlimit(hall.pid, resource.RLIMIT_FSIZE, before)


def test_who_asks_for_the_balance_hears_it_and_no_copy_is_promised(
    own_hall: HallProcess, tmp_path: Path
) -> None:
    hall = own_hall
    with full_disk(hall):
        asks = Scenario(NUMBER).invite().answered().info("11").hold().info("*").hold().bye()
        with Sipp(hall, asks, tmp_path) as call:
            at = hall.wait_line(call.call_id, said(BALANCE))
            hall.wait_line(call.call_id, named("more"))
            assert "短信到您的手机" not in "".join(hall.says(call.call_id))
            call.go_on()
            hall.wait_line(call.call_id, named("menu foot"), after=at)  # and the call goes on
            call.go_on()
            call.finish()
        hall.wait_metric('hall_calls_unwritten{what="records"}', 1)
    hall.wait_metric('hall_calls_unwritten{what="records"}', 0)
    assert hall.rows("hall", "SELECT caller, outcome FROM calls") == [(NUMBER, "bye")]
    handset = Handset(hall, NUMBER)
    with Sipp(hall, Scenario(NUMBER).invite().answered().info("11").hold().bye(), tmp_path) as call:
        hall.wait_line(call.call_id, named("copied"))
        assert BALANCE.removesuffix("元") in handset.message()
        call.go_on()
        call.finish()
    handset.close()
    assert not any("Traceback" in each for each in hall.failures())


def test_a_change_is_not_begun_and_the_caller_is_told(own_hall: HallProcess, tmp_path: Path) -> None:
    """彩铃: 3 2, its screen, 1, the tariff, 1."""
    hall, number = own_hall, "13900000003"
    with full_disk(hall), closing(Ear()) as ear:
        opens = Scenario(number, port=ear.port).invite().answered().info("321").hold()
        with Sipp(hall, opens.info("1").hold().info("*").hold().bye(), tmp_path) as call:
            at = hall.wait_line(call.call_id, said("您要开通彩铃，每月5元"))
            ear.until_quiet()
            call.go_on()
            at = hall.wait_line(call.call_id, named("busy failed"), after=at)
            call.go_on()
            hall.wait_line(call.call_id, named("menu foot"), after=at)  # the call goes on
            call.go_on()
            call.finish()
            hall.wait_line(call.call_id, ended)
        assert hall.movements(number, "crbt") == []
    assert hall.rows("hall", "SELECT key FROM operations") == []
    assert not any("Traceback" in each for each in hall.failures())
