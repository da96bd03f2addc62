"""Whom a front end names as a customer's address is counted as every channel counts addresses."""

from __future__ import annotations

import pytest

from server.web import _address
from web.hall import RequestRefused


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:0db8:0001:0002:ffff::1", "2001:db8:1:2::/64"),
    ],
)
def test_one_customer_is_one(written: str, source: str) -> None:
    assert _address(written) == source


@pytest.mark.parametrize("written", ["", "203.0.113.9:80", "fe80::1%eth0", "localhost", "2001:db8::/64"])
def test_what_is_no_address(written: str) -> None:
    with pytest.raises(RequestRefused):
        _address(written)
