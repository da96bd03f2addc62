"""docs/menu-rules.md describes every rule, and its examples fail and pass as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handlers import SPECS
from menus import read
from menus.model.findings import RULES, Severity

ROOT = Path(__file__).parents[2]
PROVINCE = (ROOT / "menus.yaml").read_text(encoding="utf-8").split("\n---\n")[0]
PAGE = (ROOT / "docs" / "menu-rules.md").read_text(encoding="utf-8")
NOTES = set(read(PROVINCE, SPECS).findings)
"""What the shipped file itself is told; none of it is worse than a hint."""
SECTIONS = dict(re.findall(r"^### ([a-z-]+)\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S))
WITHOUT_EXAMPLES = {"encoding", "too-big"}  # cannot be shown on a page; tested in test_traps.py
WORDS = {Severity.ERROR: "错误。", Severity.WARNING: "警告。", Severity.INFO: "提示。"}


def rules_of(kind: str, example: str) -> set[str]:
    """The rules that the example breaks, laid over the shipped province where it is a city's part."""
    if "whole" in kind:
        return {finding.rule for finding in read(example, SPECS).findings}
    reading = read(f"{PROVINCE}\n---\ncity: 长沙\n{example}", SPECS)
    return {finding.rule for finding in reading.findings if finding not in NOTES}


def test_every_rule_is_described_with_its_severity() -> None:
    assert set(SECTIONS) == set(RULES)
    for rule, section in SECTIONS.items():
        assert section.startswith(WORDS[RULES[rule]]), rule


@pytest.mark.parametrize("rule", sorted(set(RULES) - WITHOUT_EXAMPLES))
def test_the_first_example_breaks_the_rule_and_the_second_keeps_it(rule: str) -> None:
    examples = re.findall(r"```(yaml[^\n]*)\n(.*?)```", SECTIONS[rule], re.S)
    assert len(examples) == 2, f"{rule} needs two examples"
    (bad_kind, bad), (good_kind, good) = examples
    assert rule in rules_of(bad_kind, bad)
    assert rule not in rules_of(good_kind, good)
