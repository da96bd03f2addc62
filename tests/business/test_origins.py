"""What a change is recorded as."""

from __future__ import annotations

import pytest

from business.port import Origin


@pytest.mark.parametrize("origin", Origin)
def test_a_channel_that_is_called_as_an_origin_is_that_one(origin: Origin) -> None:
    assert Origin.of(origin.value) is origin


def test_a_channel_of_which_nobody_knew_is_another_one() -> None:
    assert Origin.of("pigeon") is Origin.OTHER
