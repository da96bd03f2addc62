"""A key told twice is one press; two presses are two, whichever way they are told."""

from __future__ import annotations

from ivr.presses import TWINS, Presses


def counted(*told: tuple[float, str, str]) -> str:
    presses = Presses()
    return "".join(digit for when, way, digit in told if presses.counts(digit, way, when))


def test_a_key_in_rtp_and_by_info_counts_once() -> None:
    assert counted((0.0, "rtp", "1"), (0.1, "info", "1")) == "1"
    assert counted((0.0, "info", "1"), (0.1, "rtp", "1")) == "1"


def test_two_equal_keys_told_twice_each_are_two() -> None:
    once = ((0.0, "rtp", "1"), (0.1, "rtp", "1"), (0.15, "info", "1"), (0.3, "info", "1"))
    assert counted(*once) == "11"
    assert counted(*sorted(once, key=lambda each: each[1])) == "11"


def test_keys_of_one_way_are_never_twins() -> None:
    assert counted(*((n * 0.04, "rtp", "1") for n in range(5))) == "11111"


def test_another_digit_and_a_later_press_are_their_own() -> None:
    assert counted((0.0, "rtp", "1"), (0.1, "info", "2")) == "12"
    assert counted((0.0, "rtp", "1"), (TWINS, "info", "1")) == "11"
