"""One subscriber, however his number is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.numbers import national, written


@pytest.mark.parametrize(
    "address", ["13900000001", "8613900000001", "+8613900000001", "008613900000001", "013900000001"]
)
def test_a_mobile_is_its_eleven_digits(address: str) -> None:
    assert national(address) == "13900000001"


@pytest.mark.parametrize(
    "address", ["", "10086", "106600110", "+85298765432", "86", "1390000000", "bank", "８６"]
)
def test_anything_else_stays_as_it_is(address: str) -> None:
    assert national(address) == address
    assert written(address, "86") == address


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "86", "+86", "0086"]))
def test_what_is_written_is_understood(number: str, prefix: str) -> None:
    assert national(written(number, prefix)) == number
