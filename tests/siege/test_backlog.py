"""A backlog: more texts at once than the back office takes. All of them wait, and all are answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.running import House
from tests.siege.crowd import CrowdSmsc, Texter, back_office, some_crowd

BUSY = "系统忙"
CALLER = some_crowd(1, first=5_000_000)[0]


def a_house(folder: Path, smsc: CrowdSmsc, crowd: list[Texter], more: str = "") -> House:
    data = folder / "data.yaml"
    data.write_text(back_office([*crowd, CALLER]), encoding="utf-8")
    business = f'[business]\ndata = "{data}"\n{more}'
    return House(folder / "house", settings=f"{smsc.settings}{business}")


def everybody_got_his_own(smsc: CrowdSmsc, crowd: list[Texter]) -> None:
    """Each one answer, with his balance in it."""
    wrong = {
        each.number: smsc.replies[each.number]
        for each in crowd
        if len([text for text in smsc.replies[each.number] if each.yuan in text]) != 1
    }
    busy = sum(BUSY in text for got in smsc.replies.values() for text in got)
    assert not wrong, f"{len(wrong)} of {len(crowd)} wrong, {busy} times {BUSY}: {list(wrong.items())[:3]}"


@pytest.mark.parametrize("count", [300, 3000])
def test_everybody_who_texts_at_once_gets_the_balance(tmp_path: Path, count: int) -> None:
    crowd = some_crowd(count)
    with CrowdSmsc() as smsc:
        house = a_house(tmp_path, smsc, crowd)
        try:
            smsc.wait(lambda: smsc.bound, 10.0)
            smsc.bring({each.number: "0101" for each in crowd})
            smsc.wait(lambda: len(smsc.replies) == count, 60.0)
            everybody_got_his_own(smsc, crowd)
            assert house.metric("hall_business_breaks_total") == 0
            assert house.failures() == []
        finally:
            house.stop()
