"""README's business in nine lines, done to the letter: its code, words, question, fee and promo;
and the commands that load its product and have a hall that runs take it up."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import handlers
from boss.data import demo_text, read_data
from boss.memory import MemoryBusiness
from counter.children import PYTHON
from counter.testing.house import NOW, POSTPAID
from menus import read_file
from server.simulate import simulate_sms
from server.testing.page import DocsPage, run
from server.testing.running import HOST, HallProcess

PAGE = DocsPage("../README.md")
SECTION = PAGE.text.partition("## Add a business")[2].partition("\n## ")[0]
SHELL = re.findall(r"^```sh\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
PRODUCT = "products:\n  night_news:\n    title: 夜间新闻\n    fee: 3\n"


def back_office() -> MemoryBusiness:
    """The demo's, and the product."""
    data = read_data(demo_text().replace("products:\n", PRODUCT, 1), "demo.yaml", NOW)
    return MemoryBusiness(data, lambda: NOW)


def test_nine_lines_add_a_business(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    assert PAGE.follow(tree) == (set(), {"menus.yaml"})
    before, after = (Path(each).read_text(encoding="utf-8") for each in ("menus.yaml", tree / "menus.yaml"))
    assert after.count("\n") - before.count("\n") == 9
    run(tree, "-c", "from server.cli import main; main()", "check", "menus.yaml")
    hall = read_file(tree / "menus.yaml", handlers.SPECS).hall
    assert hall is not None
    business = back_office()
    texts = ["0228", "0", "睡前新闻", "开通夜间新闻", "Y", "0112", "0205", "0", "HF"]
    answers = list(simulate_sms(texts, hall=hall, business=business, now=lambda: NOW, caller=POSTPAID))
    said = ["".join(reply.text for reply in each.replies) for each in answers]
    assert "夜间新闻：功能费3元/月" in said[0]
    assert said[0] == said[2]
    assert "您将开通夜间新闻，3元/月" in said[3]
    assert "确认回复Y或1" in said[3]
    assert "夜间新闻已开通，3元/月" in said[4]
    assert "夜间新闻" in said[5]
    promos = [reply.text for each in answers for reply in each.replies if reply.kind == "promo"]
    assert not any("夜间新闻" in text for text in promos), "it is open by then"
    business = back_office()
    more = simulate_sms(["0101"] * 9, hall=hall, business=business, now=lambda: NOW, caller=POSTPAID)
    assert any("睡前看一条" in reply.text for each in more for reply in each.replies)


# ---- in a hall that runs -----------------------------------------------------------------------------------
@pytest.fixture
def hall() -> Iterator[HallProcess]:
    """The hall of a fresh copy of the tree, as ``make serve`` runs it; nothing of the page is done yet."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        PAGE.follow(tree / "done")
        (tree / "menus.yaml").write_bytes(Path("menus.yaml").read_bytes())
        (tree / "knowledge.yaml").write_bytes(Path("knowledge.yaml").read_bytes())
        running = HallProcess(tree / "var", menus=tree / "menus.yaml")
        try:
            yield running
            assert running.failures() == []
        finally:
            running.stop()


def shell(tree: Path, handsets: int, script: str) -> str:
    """What the commands of a block say, as they are typed in the project's folder. Raises AssertionError."""
    program = tree / ".venv" / "bin" / "hall10086"
    program.parent.mkdir(parents=True, exist_ok=True)
    start = shlex.join([PYTHON, "-P", "-c", "from server.cli import main; main()"])
    program.write_text(
        f'#!/bin/sh\n[ "$1" = text ] && set -- "$@" --demo-console {HOST}:{handsets}\nexec {start} "$@"\n'
    )
    program.chmod(0o700)
    done = subprocess.run(
        ["sh", "-ec", script], cwd=tree, capture_output=True, check=False, text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd(), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_commands_end_in_a_service_that_is_open(hall: HallProcess) -> None:
    tree = hall.folder.parent
    (tree / "menus.yaml").write_bytes((tree / "done" / "menus.yaml").read_bytes())
    load_and_reload, ask_and_open = SHELL
    assert "products: 1 new" in shell(tree, hall.handsets, load_and_reload)
    hall.wait_log("is in use from now on")
    answered = shell(tree, hall.handsets, ask_and_open)
    assert "夜间新闻：功能费3元/月" in answered
    assert "夜间新闻已开通，3元/月" in answered
    held = hall.rows("business", "SELECT product FROM bo_holding WHERE msisdn = ?", POSTPAID)
    assert ("night_news",) in held
