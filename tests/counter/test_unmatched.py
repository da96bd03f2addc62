"""What was not understood is kept, masked and bounded, and nothing of what was asked for."""

from __future__ import annotations

import json
from typing import ClassVar

import pytest
from click.testing import CliRunner
from twisted.internet.defer import gatherResults

from counter.unmatched import LONGEST, OTHERS, UnmatchedTexts, mask
from server.commands.unmatched import command
from sms.testing.cases import GatewayCase
from store import Conclusion, UnmatchedRow

NOON = 1_795_752_000.0  # 2026-11-27 12:00 in China
DAY = "2026-11-27"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("充的50到账没", "充的50到账没"),
        ("0299", "0299"),
        ("我的密码是741963", "我的密码是*"),
        ("13900000002 转给他", "* 转给他"),
        ("139 0000 0002", ""),
        ("139-0000-0002转", "*转"),
        ("身份证43010219850101123X", "身份证*"),
        ("卡号６２２２０２１９０１０００００００１２", "卡号*"),
        ("密码是258/036", "密码是*"),
        ("pw 258,036 ok", "pw * ok"),
        ("pw 2_5_8_0_3_6", "pw *"),
        ("密码2，5，8，0，3，6", "密码*"),
        ("密码2👍5👍8👍0👍3👍6", "密码*"),
        ("密码258和036", "密码*和*"),
        ("密码2a5b8c0d3e6f", "密码*a*b*c*d*e*f"),
        ("我密码二五八零三六啊", "我密码*啊"),
        ("密码两五八〇三幺", "密码*"),
        ("密码贰伍捌零叁陆", "密码*"),
        ("密码二 五 八 零 三 六", "密码*"),
        ("密码二5八0三6", "密码*"),
        ("密码２５８０３６", "密码*"),
        ("密码②⑤⑧⓪③⑥", "密码*"),
        ("密码٢٥٨٠٣٦", "密码*"),
        ("查一下一共三个人两天的", "查一下一共三个人两天的"),
        ("发0299开通10元的", "发*开通*元的"),  # six digits could be the pieces of a password
        ("  好\n的  吧 ", "好 的 吧"),
        ("长" * 90, "长" * LONGEST),
        ("1", ""),
        ("y", ""),
        ("。。", ""),
        ("*", ""),
        ("", ""),
    ],
)
def test_masked(text: str, kept: str) -> None:
    assert mask(text) == kept


@pytest.mark.parametrize(
    ("how", "kept"), [("none", True), ("ask", True), ("keyword", False), ("code", False), ("dialogue", False)]
)
def test_only_what_was_not_understood(how: str, kept: bool) -> None:
    row = UnmatchedTexts().row("花花草草", how, NOON)
    assert row == (UnmatchedRow(DAY, "花花草草", how) if kept else None)


def test_a_day_has_a_bound_and_ends_at_midnight_in_china() -> None:
    kept = UnmatchedTexts(most=2)
    texts = [row.text for each in "甲乙丙甲" if (row := kept.row(each * 4, "none", NOON)) is not None]
    assert texts == ["甲甲甲甲", "乙乙乙乙", OTHERS, "甲甲甲甲"]
    later = kept.row("丙丙丙丙", "none", NOON + 12 * 3600)
    assert later == UnmatchedRow("2026-11-28", "丙丙丙丙", "none")


class OnTheDisk(GatewayCase):
    config: ClassVar[dict[str, object]] = {"promos_a_day": 0}

    def listed(self, *words: str) -> str:
        url = f"sqlite:///{self.house.directory}/hall.db"
        result = CliRunner().invoke(command, ["--database", url, *words])
        self.assertEqual(result.exit_code, 0, result.output)
        return result.output

    async def test_the_list_has_what_was_written_the_most_frequent_first(self) -> None:
        self.assertIn("没有看不懂的短信", self.listed())
        for text in ("套餐", "花花草草741963", "花花草草852741", "HF", "0501", "是我老婆生日"):
            await self.house.says(text)
        rows = [json.loads(line) for line in self.listed("--json").splitlines()]
        self.assertEqual(
            [(row["text"], row["how"], row["times"]) for row in rows],
            [("花花草草*", "none", 2), ("套餐", "ask", 1)],
        )
        self.assertIn("2  没看懂  花花草草*", self.listed())
        self.assertIn("还有1种", self.listed("--most", "1"))
        self.assertIn(rows[0]["day"], self.listed("--day", "2020-01-01"))  # a day that has some

    async def test_equal_texts_of_one_batch_are_counted_each_and_all_are_purged_in_time(self) -> None:
        row = UnmatchedRow("2026-11-27", "花花草草", "none")
        store = self.house.store
        await gatherResults([store.conclude(Conclusion(unmatched=row)) for _ in range(3)])
        self.assertIn("3  没看懂  花花草草", self.listed("--day", "2026-11-27"))
        await store.purge(NOON + 29 * 86_400.0)
        self.assertIn("花花草草", self.listed("--day", "2026-11-27"))
        await store.purge(NOON + 32 * 86_400.0)
        self.assertNotIn("花花草草", self.listed("--day", "2026-11-27"))
