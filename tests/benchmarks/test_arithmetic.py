"""The benchmarks' own reading and reckoning; what they measure is measured by running them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from benchmarks.callers import Response, read_response
from benchmarks.figures import Row, hall_rows, median_of, table
from benchmarks.hall_process import Spent, msisdn, subscribers
from benchmarks.machine import TICKS, Process, others, process_of
from boss.data import read_data

ANSWER = (
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:4;branch=z9hG4bK-1\r\nFrom: <sip:1@h>;tag=7\r\n"
    b"To: <sip:10086@h>;tag=ab.12\r\nCall-ID: 7@bench-4\r\nCSeq: 1 INVITE\r\nContent-Length: 9\r\n\r\n"
    b"v=0\r\nm=audio 10042 RTP/AVP 8 101\r\n"
)


def test_a_callers_answer_is_read() -> None:
    assert read_response(ANSWER) == Response(200, 7, "INVITE", "ab.12", 10042)


@pytest.mark.parametrize(
    "octets", [b"", b"BYE sip:1@h SIP/2.0\r\nCall-ID: 7@b\r\nCSeq: 1 BYE\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n"]
)
def test_what_is_no_answer_to_a_call_is_none(octets: bytes) -> None:
    assert read_response(octets) is None


def test_a_process_is_read_whatever_its_name_is() -> None:
    fields = ["S", *("0" for _ in range(51))]
    fields[11], fields[12], fields[16], fields[36] = "250", "50", "10", "1"
    assert process_of(f"42 (a) b) {' '.join(fields)}") == Process(300 / TICKS, True, 1)


def test_others_are_who_ran_on_that_core_and_is_not_ours() -> None:
    before = {
        1: Process(5, False, 0),
        2: Process(1, False, 0),
        3: Process(0, True, 0),
        4: Process(9, False, 1),
    }
    after = {
        1: Process(7, False, 0),  # ours
        2: Process(4, False, 0),
        3: Process(2, True, 0),
        4: Process(99, False, 1),  # on the other core
        5: Process(0.5, False, 0),  # began meanwhile
    }
    assert others(before, after, 0, (1,)) == (3.5, 2)


def test_a_median_leaves_out_runs_without_a_verdict() -> None:
    runs = [[Row("p99", value, "ms", 5.0, no_verdict=why)] for value, why in ((4, ""), (90, "busy"), (6, ""))]
    (row,) = median_of(runs)
    assert (row.value, row.verdict) == (5, "reached")


def test_if_no_run_has_a_verdict_there_is_none() -> None:
    (row,) = median_of([[Row("p99", 1, "ms", 5.0, no_verdict="busy")]] * 3)
    assert row.verdict == "no verdict: busy"


@pytest.mark.parametrize(("value", "verdict"), [(4.9, "reached"), (5.1, "not reached"), (-1, "not reached")])
def test_a_goal_is_reached_at_or_below_it_and_never_without_a_measurement(value: float, verdict: str) -> None:
    assert Row("p99", value, "ms", 5.0).verdict == verdict
    assert verdict in table("title", [Row("p99", value, "ms", 5.0)])


def test_set_ups_stand_beside_the_goal() -> None:
    figures = {"setup_ms": 0.4, "rate": 399.6, "answer_p99_ms": 3.0, "no_verdict": ""}
    setup, _ = hall_rows({"windows": [], "set_ups": figures})
    assert (setup.goal, setup.verdict) == (0.35, "not reached")
    assert "400 set-ups" in setup.what


def test_the_hall_is_given_as_many_subscribers_as_call() -> None:
    data = read_data(subscribers(3), "data.yaml", datetime.now(UTC))
    assert [account.msisdn for account in data.accounts] == [msisdn(n) for n in range(3)]
    assert all(account.balance == data.accounts[0].balance for account in data.accounts)


def test_what_was_spent_since() -> None:
    assert Spent(3, 5, 70, 80).since(Spent(1, 2, 30, 50)) == Spent(2, 3, 40, 30)
