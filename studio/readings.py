"""Writes ``menus/matching/syllables.txt``: how each character of GB 2312 is read, without tones.

    python -m studio.readings          # after an update of pypinyin; needs the ``voice`` extra

One line a syllable, the characters behind it. Of several readings a character has the one that the hall's
words have (:data:`OURS`), else the commonest.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from pypinyin import Style, pinyin

FILE = Path(__file__).resolve().parents[1] / "menus" / "matching" / "syllables.txt"
ROWS, CELLS = range(0xB0, 0xF8), range(0xA1, 0xFF)  # of GB 2312: its characters
OURS = {
    "长": "chang",
    "重": "chong",
    "还": "hai",
    "查": "cha",
    "单": "dan",
    "行": "xing",
    "调": "diao",
    "乐": "le",
}


def characters() -> list[str]:
    """The 6,763 characters of GB 2312, in its order."""
    cells = (bytes((row, cell)).decode("gb2312", "ignore") for row in ROWS for cell in CELLS)
    return [each for each in cells if each]


def table() -> str:
    """The file's content."""
    readings: dict[str, list[str]] = defaultdict(list)
    for each in characters():
        (said,), *_ = pinyin(each, style=Style.NORMAL, v_to_u=False)
        readings[OURS.get(each, said)].append(each)
    return "".join(f"{syllable} {''.join(those)}\n" for syllable, those in sorted(readings.items()))


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
