"""The same few hundred dialogues texted over a real link, given to the web hall of the same server, and to
the simulator: they are answered alike, word for word."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks.bench_understanding import labelled
from benchmarks.labelled_acts import labelled_acts
from boss.data import demo_text, read_data
from boss.data.numbering import Numbering
from boss.memory import MemoryBusiness
from business.port.days import SHANGHAI
from counter.testing.house import the_hall
from menus.model.numbers import SERVICE_NUMBER
from server.simulate import TextResult, simulate_sms
from server.testing.crowd import CrowdSmsc
from server.testing.ports import HOST
from server.testing.running import HallProcess
from server.web import TOKEN
from tests.golden.conversations import FILES, read, worded_for_the_web

DIALOGUES, LENGTH, PATIENCE = 300, 4, 90.0
LINK, WEB = "13900001{:03}", "13900002{:03}"
"""Copies of the demo's subscribers, so that no door finds what was done through another."""
REPLIES = ("1", "2", "3", "0", "Y", "N", "#", "*", "好的", "不用了", "下一页", "返回", "1,2", "全部", "20元")
COMMON = re.compile(r"[0-9]{18}|\b1[0-9]{10}\W+[0-9]{6}\b")
"""Cards are used up once, and everybody's tries at another's password count together."""
VARIES = (
    (re.compile("[0-9]{1,2}:[0-9]{2}"), "时刻"),
    (re.compile("(?<=[A-Z]{2})[0-9]{6,}"), "编号"),
    (re.compile("(?<=密码)[0-9]{6}"), "******"),
)
"""What is another one each time."""
JOINS_NOTHING = "13900000009"
"""Whose handset gets long answers in pieces, each one a message."""
APART = frozenset({"pwd_reset", "records"})
"""A temporary password goes by SMS alone (R063); what was done is recorded with the channel (R001)."""


@dataclass(frozen=True)
class Dialogue:
    """``like``: the demo's subscriber whose copies its subscribers are."""

    number: int
    like: str
    texts: tuple[str, ...]

    @property
    def link(self) -> str:
        return LINK.format(self.number)

    @property
    def web(self) -> str:
        return WEB.format(self.number)


def texts_of_people() -> list[str]:
    """Ours, others', replies."""
    ours = [each.text for each in (*labelled()["tried"], *labelled_acts())]
    golden = [read(file.read_text(encoding="utf-8")).inputs for file in FILES if file.stem.startswith("sms_")]
    texts = [*ours, *chain(*golden), *REPLIES * 30]
    return [text for text in texts if text.strip() and not COMMON.search(text)]


def dialogues(seed: int) -> list[Dialogue]:
    """The same ones each time of a ``seed``, each beginning at the main menu, as over the web."""
    chance, texts, people = Random(seed), texts_of_people(), demo_subscribers()
    return [
        Dialogue(each, chance.choice(people), (SERVICE_NUMBER, *chance.sample(texts, LENGTH)))
        for each in range(DIALOGUES)
    ]


def demo_subscribers() -> list[str]:
    found: list[str] = re.findall(r"^  (1[0-9]{10}):", demo_text(), re.MULTILINE)
    return [number for number in found if number != JOINS_NOTHING]


def data_with(copies: dict[str, str]) -> str:
    """The demo's data and copies of its subscribers, by their numbers."""
    head, subscribers, rest = re.split(r"\n(?:subscribers|cards):\n", demo_text())
    each = dict(re.findall(r"^  (1[0-9]{10}):(.*?)(?=^  1|\Z)", subscribers + "\n", re.MULTILINE | re.DOTALL))
    more = "".join(f"  {number}:{each[like]}" for number, like in copies.items())
    return f"{head}\nsubscribers:\n{subscribers}\n{more}\ncards:\n{rest}"


def alike(text: str, number: str) -> str:
    """Without what is another's, or another time's."""
    text = text.replace(number, "本机").replace(f"{number[:3]}****{number[-4:]}", "本机")
    for pattern, word in VARIES:
        text = pattern.sub(word, text)
    return text


def simulated(spoken: list[Dialogue], text: str) -> dict[str, list[TextResult]]:
    """Each with a back office of its own, as ``hall10086 simulate`` has it."""

    def now() -> datetime:
        return datetime.now(SHANGHAI)

    data, hall, demo = read_data(text, "data.yaml", now()), the_hall(), {*demo_subscribers(), JOINS_NOTHING}

    def told(each: Dialogue) -> list[TextResult]:
        own = tuple(account for account in data.accounts if account.msisdn in {*demo, each.link})
        business = MemoryBusiness(deepcopy(replace(data, accounts=own)), now, known=Numbering().find)
        return list(
            simulate_sms(each.texts, hall=hall, business=business, now=now, caller=each.link, promos_a_day=0)
        )

    return {each.link: told(each) for each in spoken}


def over_the_link(smsc: CrowdSmsc, spoken: list[Dialogue], expected: dict[str, list[list[str]]]) -> None:
    """All dialogues side by side, a text of each at a time; returns when as much has come as is expected."""
    for step in range(LENGTH + 1):
        smsc.bring({each.link: each.texts[step] for each in spoken})
        due = {number: sum(map(len, told[: step + 1])) for number, told in expected.items()}
        smsc.wait(lambda due=due: all(len(smsc.replies[n]) >= many for n, many in due.items()), PATIENCE)


def over_the_web(hall: HallProcess, each: Dialogue) -> list[dict[str, Any]]:
    token = (hall.folder / TOKEN).read_text(encoding="ascii").strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(HOST, hall.http, timeout=30)

    def told(path: str, **body: str) -> dict[str, Any]:
        connection.request("POST", path, json.dumps(body), headers)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        return answer

    opened = told("/hall/sessions", number=each.web)
    inputs = f"/hall/sessions/{opened['session']}/inputs"
    return [opened, *(told(inputs, text=text) for text in each.texts[1:])]


@pytest.mark.parametrize(
    "seed", [10086, *(pytest.param(each, marks=pytest.mark.soak) for each in range(1, 6))]
)
def test_a_few_hundred_dialogues_are_answered_alike_through_every_door(tmp_path: Path, seed: int) -> None:
    spoken = dialogues(seed)
    copies = {number: each.like for each in spoken for number in (each.link, each.web)}
    text = data_with(copies)
    data = tmp_path / "data.yaml"
    data.write_text(text, encoding="utf-8")
    results = simulated(spoken, text)
    expected = {number: [[r.text for r in one.replies] for one in told] for number, told in results.items()}
    with CrowdSmsc() as smsc:
        settings = f'{smsc.settings}[business]\ndata = "{data}"\n[sms]\npromos_a_day = 0\n'
        hall = HallProcess(tmp_path / "hall", settings=settings)
        try:
            smsc.wait(lambda: smsc.bound, PATIENCE)
            over_the_link(smsc, spoken, expected)
            web = {each.link: over_the_web(hall, each) for each in spoken}
        finally:
            assert hall.stop() == 0
        assert hall.failures() == []
    for each in spoken:
        flat = [alike(reply, each.link) for told in expected[each.link] for reply in told]
        assert [alike(reply, each.link) for reply in smsc.replies[each.link]] == flat, each
    differ = [found for each in spoken for found in _differ(each, results[each.link], web[each.link])]
    assert not differ, f"{len(differ)}: {differ[:5]}"


def _differ(
    each: Dialogue, sms: list[TextResult], web: list[dict[str, Any]]
) -> Iterator[tuple[str, str, str]]:
    """Answers over the web that are others. A menu's pages are longer there, and some is said in other
    words; what is meant is the same."""
    hall = the_hall()
    for by_sms, by_web in zip(sms[1:], web[1:], strict=True):
        if APART & {by_sms.service, by_web["service"]}:
            return
        by_text = alike(by_sms.replies[0].text, each.link) if by_sms.replies else ""
        shown = "\n".join(event["text"] for event in by_web["events"] if "text" in event)
        apart = by_web["waits"] == "menu" or worded_for_the_web(hall, by_web)
        shown = "" if apart else alike(shown, each.web)
        if (by_sms.service, by_sms.action) != (by_web["service"], by_web["action"]) or (
            shown and shown != by_text
        ):
            yield f"{each.texts} as {each.like}: {by_sms.text}", by_text, shown
