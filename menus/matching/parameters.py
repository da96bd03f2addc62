"""The parameters that a command carries: ``0109 13674301528``, ``0109#…``, ``CZ`` + 18 digits,
``0102 201009``, ``BGMM#old#new#new``, ``0110 number password``; also those in a sentence (``9月账单``)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from menus.matching.freetext import aside
from menus.matching.inputs import CALLS
from menus.matching.normal import digits
from menus.model import numbers
from menus.model.asked import InputKind
from menus.model.specs import InputSpec

_HEAD = re.compile("([A-Z]+|[0-9OIL]{2,7}(?![0-9]))[ #*+]+(.+)")
_GLUED = re.compile(
    "([A-Z]{2,})([0-9][0-9 ]*(?:月份?|元|块)?)|(0[0-9]{3})([0-9]{6}|[0-9]{7}|[0-9]{11}|[0-9]{17})"
)
_NAMED = re.compile("([^ #*+A-Z0-9]+)[ #*+]*([0-9][0-9 #*+]*)(?:元|块|块钱)?")
_NOT_NUMBER = "(?<![0-9])(?:{})(?![0-9])"
OWN_NUMBER = re.compile("本机(?:号码?)?|我(?:的|是什么)?(?:这个)?(?:手机|电话)?号码?")
"""Whoever asks about his own number need not know it."""
_KINDS: Mapping[InputKind, re.Pattern[str]] = {
    InputKind.CARD: re.compile(
        _NOT_NUMBER.format("[0-9]{18}|[0-9]{4,6}(?: [0-9]{4,6}){2,3}(?: [0-9]{1,4})?")
    ),
    InputKind.MOBILE: re.compile(_NOT_NUMBER.format(f"{numbers.MOBILE}|1[3-9][0-9] [0-9]{{4}} [0-9]{{4}}")),
    InputKind.FORWARD: re.compile(
        f"(?:(?:{'|'.join(CALLS.values())})[ #*+]*)?" + _NOT_NUMBER.format(numbers.LINE)
    ),
    InputKind.MONTH: re.compile(
        _NOT_NUMBER.format(
            "20[0-9]{2} ?年? ?(?:1[0-2]|0?[1-9]) ?月?|(?:1[0-2]|0?[1-9]) ?月|上?上个?月|前个?月"
        )
    ),
    InputKind.PASSWORD: re.compile(_NOT_NUMBER.format("[0-9]{6}")),
    InputKind.NEW_PASSWORD: re.compile(_NOT_NUMBER.format("[0-9]{6}")),
    InputKind.ID_NUMBER: re.compile(_NOT_NUMBER.format("[0-9]{17}[0-9X]")),
    InputKind.NAME: re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]{2,20}"),
    InputKind.AMOUNT: re.compile(_NOT_NUMBER.format("[0-9]{1,6}")),
    InputKind.SEGMENT: re.compile(f"{_NOT_NUMBER.format(numbers.SEGMENT)}|{OWN_NUMBER.pattern}"),
    InputKind.TICKET: re.compile("(?<![A-Z0-9])[A-Z]{0,4}[0-9]{4,20}(?![0-9])"),
}
_PRICE = re.compile("(?<![0-9])(?<![0-9] )([0-9]{1,3}) ?(?:元|块)")
_FIRST = frozenset({InputKind.MOBILE, InputKind.FORWARD})
_WORDLESS = re.compile("[ #*]*(?:[0-9]{1,4} ?(?:元|块|号)?)?[ #*]*")
"""A slip, or the number of something: nobody's own words (TS3, TS 10元)."""
_RUNNING = re.compile("本月|这个月|当月")


def parts(tokens: str) -> tuple[str, str]:
    """The head of a command and what follows it, which is empty for a text that is no command with
    parameters. ``tokens`` is cleaned text."""
    found = _HEAD.fullmatch(tokens.strip("#*+ "))
    if found is not None:
        return found.group(1), found.group(2)
    glued = _GLUED.fullmatch(tokens)
    if glued is None:
        return tokens, ""
    head, rest = (glued.group(1), glued.group(2)) if glued.group(1) else (glued.group(3), glued.group(4))
    return head, rest


def named(tokens: str) -> tuple[str, str]:
    """The same of a Chinese word and the numbers behind it, parted or glued on: 余额提醒 20元."""
    found = _NAMED.fullmatch(tokens)
    return (found.group(1), found.group(2)) if found else (tokens, "")


def given(inputs: tuple[InputSpec, ...], text: str, words: bool = True) -> dict[str, str]:
    """The values of those inputs that the text names, by name, each piece of the text used once. What is not
    named is left to be asked. ``words``: what is a TEXT may be taken from it."""
    rest = " ".join(digits(token) for token in re.split("[ #*+]+", text))
    found: dict[str, str] = {}
    for each in sorted(inputs, key=lambda each: each.kind not in _FIRST):  # no piece of a card
        if each.kind is InputKind.TEXT and words and not _WORDLESS.fullmatch(rest) and not _idle(each, rest):
            found[each.name] = rest.strip()
        pattern = _KINDS.get(each.kind)
        hit = pattern.search(rest) if pattern else None
        if hit is None and each.running:
            hit = _RUNNING.search(rest)
        if hit is not None:
            found[each.name] = hit.group().replace(" ", "").removeprefix("+")
            rest = rest[: hit.start()] + " " + rest[hit.end() :]
    return found or _no_month(inputs, rest.strip())


def _idle(spec: InputSpec, rest: str) -> bool:
    """Whether nothing stands there that could be filed: 0702 取消."""
    return not spec.topics and not spec.optional and aside(rest) is not None


def own_number(written: str, caller: str | None) -> str | None:
    """The caller's number, where he writes that he means his own."""
    return caller if OWN_NUMBER.fullmatch(written) else None


def price(text: str) -> str:
    """The yuan that a sentence names, as digits; empty: none, or several."""
    found = _PRICE.findall(text)
    return found[0] if len(found) == 1 else ""


def all_told(text: str, inputs: Mapping[str, str]) -> bool:
    """Whether no number of the text is left over: one with a digit too few, or too many, is still meant."""
    told = "".join(inputs.values())
    return sum(map(str.isdecimal, digits(text))) <= sum(map(str.isdecimal, told))


def _no_month(inputs: tuple[InputSpec, ...], rest: str) -> dict[str, str]:
    """A bare number that is no month (``0102 13``) was meant as one: it is told, not passed over."""
    if len(inputs) == 1 and inputs[0].kind is InputKind.MONTH and rest.isdecimal():
        return {inputs[0].name: rest}
    return {}
