"""README's business in nine lines, done to the letter: its code, words, question, fee and promo."""

from __future__ import annotations

from pathlib import Path

import handlers
from boss.data import demo_text, read_data
from boss.memory import MemoryBusiness
from counter.testing.house import NOW, POSTPAID
from menus import read_file
from server.simulate import simulate_sms
from server.testing.page import DocsPage, run

PRODUCT = "products:\n  night_news:\n    title: 夜间新闻\n    fee: 3\n    charged: at once\n"


def back_office() -> MemoryBusiness:
    """The demo's, and the product."""
    data = read_data(demo_text().replace("products:\n", PRODUCT, 1), "demo.yaml", NOW)
    return MemoryBusiness(data, lambda: NOW)


def test_nine_lines_add_a_business(tmp_path: Path) -> None:
    page, tree = DocsPage("../README.md"), tmp_path / "tree"
    assert page.follow(tree) == (set(), {"menus.yaml"})
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
