"""What a text may do at once: only a bare command changes anything unasked. Pure.

**The rule.** A change runs without a question only on a *bare command*:

1. an exact code or keyword (``0204``, ``QXCL``, 停机), or
2. one verb and one product or code, in either order (开通彩铃, 彩铃取消, QX0205), or
3. a command with its parameters (``0209 20``, 余额提醒 20元), every number of which is one of its inputs,

with nothing around it but politeness (帮我开通彩铃，谢谢), and no question mark behind it. Politeness is a
closed list; a word that is not in it makes the text something else, whatever it says. So questions
(可以开通彩铃吗), complaints (谁取消了我的彩铃), denial, hearsay, other people, past, future, conditions and
failure change nothing, whether it would cost anything or not: they inform, show the state, or ask first
(:mod:`menus.matching.spoken`). What makes a question or a past of a verb (吗, 了, 能, 可以, 请问) is no
politeness here, though :mod:`menus.matching.normal` takes it off to find out what is spoken of. What also
needs the confirmation (design.md §4.4) is asked even so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from menus.matching.keywords import KeywordIndex
from menus.matching.match import Match
from menus.matching.normal import DOUBT, LONGEST, clean, compact, digits
from menus.matching.parameters import all_told, named, parts
from menus.model.hall import Goal
from menus.model.specs import Action

_BEFORE = (
    "你好|您好|麻烦(?:你|您)?|谢谢|请(?!问)|我要|我想要|我想|我要想|想要|要|帮我|帮忙|给我|替我|就|那|嗯|哦|啊|喂|亲"
    "|编辑短信|编辑|发送短信|发送|发|回复|输入|把(?:我的)?"
)
_AFTER = (
    "谢谢(?:你|您)?|多谢|谢了|啊|呀|吧|哦|喔|哈|一下|业务|服务|功能"
    "|(?:发送|发|编辑|回复)?(?:短信)?(?:到|至|给)?{number}"
)
_OPENS = (
    "开通|办理|办个|办一个|办下|申请|订购|订制|定制|开启|激活|启用|开一个|开个|加个|装个|添加|重开"
    "|办|订|开|KT"
)
_ENDS = (
    "取消|退订|退定|关闭|关掉|停用|停掉|停止|退掉|去掉|删掉|删除|注销|销掉|终止|解除|撤销|撤消|屏蔽"
    "|退|关|停|QX|TD"
)
_REFUSES = "不要|不用|不想用|不想要|不再|不需要"
_UNSAYS = re.compile(f"{_REFUSES}|NO|STOP|别|勿")
_VERBS = (
    (re.compile(f"^(?:{_OPENS})(?:一下|下)?(?:我的)?(?=.)"), Action.OPEN),
    (re.compile(f"^(?:{_ENDS}|{_REFUSES})(?:一下|下)?(?:我的)?(?=.)"), Action.CANCEL),
    (re.compile(f"(?<=.)(?:帮我|给我)?(?:{_OPENS})$"), Action.OPEN),
    (re.compile(f"(?<=.)(?:帮我|给我)?(?:{_ENDS})$"), Action.CANCEL),
)
_UNITS = "(?:元|块|块钱)?"
_BEHIND = re.compile(f"{_UNITS}(?:{_OPENS}|{_ENDS}|{_REFUSES}|NO|STOP|CANCEL)?{_UNITS}")
"""What may stand behind a command besides its parameters."""
_NUMBERS = re.compile("[0-9#*+ ]|(?<=[0-9])X$")
_MOST = 12
"""Pieces of politeness around one wish."""
_SHORT = 4
"""Digits that may stay beside a wish to cancel (取消余额提醒 20); more are somebody's number."""


@lru_cache(maxsize=8)
def _polite(number: str) -> tuple[re.Pattern[str], ...]:
    return re.compile(f"^(?:{_BEFORE})(?=.)"), re.compile(f"(?<=.)(?:{_AFTER.format(number=number)})$")


def is_bare(index: KeywordIndex, text: str, found: Match) -> bool:
    """Whether a text is a command and nothing else, which means ``found`` (a service and an action)."""
    opened = index.openings.find(text)
    if opened is not None and opened.service == found.service and (opened.parted or opened.head.isascii()):
        return True  # behind it stand the customer's own words
    if DOUBT.search(text) or len(text) > LONGEST:
        return False
    tokens = clean(text)
    head, rest = parts(tokens)
    if not rest:
        head, rest = named(tokens)
    unsaid = _UNSAYS.search(rest) is not None and _negates(index, digits(head))  # QXFX 不要
    if rest and not unsaid and _means(index, digits(head), found) and _only_parameters(rest, found):
        return True
    return any(_is_wish(index, stage, found) for stage in _stages(compact(tokens), index.hall.number))


def _is_wish(index: KeywordIndex, stage: str, found: Match) -> bool:
    if stage in index.exact or stage in index.hall.codes:
        return True
    able = found.action is Action.OPEN or index.can(found.service or "", Action.OPEN)  # 不要停机 is none
    taken = (rest for rest, action in _without_verb(stage) if action is found.action and able)
    return any(_means(index, rest, found) and not _negates(index, rest) for rest in taken)


def _negates(index: KeywordIndex, word: str) -> bool:
    """A word that cancels by itself: 不用QXCL is nobody's wish to cancel."""
    return index.exact.get(word, ("", None))[1] is Action.CANCEL


def _means(index: KeywordIndex, word: str, found: Match) -> bool:
    """Whether a code or keyword names the service and says nothing itself of what is done with it."""
    target = index.hall.codes.get(word)
    if target is not None and len(word) > 1:
        return target.goal is Goal.SERVICE and target.name == found.service
    service, action = index.exact.get(word, (None, None))
    return service == found.service and action in (None, found.action)


def _only_parameters(rest: str, found: Match) -> bool:
    left = _NUMBERS.sub("", rest)
    for value in found.inputs.values():
        left = left.replace(value, "", 1)
    told = all_told(rest, found.inputs)
    few = found.action is Action.CANCEL and sum(map(str.isdecimal, rest)) <= _SHORT
    return (told or few) and _BEHIND.fullmatch(left) is not None


def _stages(word: str, number: str) -> Iterator[str]:
    """The text, then with one more piece of politeness off at a time."""
    yield word
    for _ in range(_MOST):
        inner = next((less for frame in _polite(number) if (less := frame.sub("", word)) != word), word)
        if inner == word:
            return
        word = inner
        yield digits(word)


def _without_verb(word: str) -> Iterator[tuple[str, Action]]:
    for verb, action in _VERBS:
        for found in verb.finditer(word):
            yield word[: found.start()] + word[found.end() :], action
