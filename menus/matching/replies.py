"""What a short reply says to something that is open, however people write it: ``1.`` ``（1）`` ``回复1``
``第1项``, ``Y。`` ``好的`` ``OK``, ``不用了``, ``下一页`` ``返回`` ``全部``. Pure.

Public: :func:`reply_of`, :class:`Reply`, :class:`Way`, :func:`agrees`, :func:`declines`, :func:`inquires`,
:func:`names_one`.
A yes is one only if the whole reply says so: 好不好, 可以吗, 开通了 and 好了 are none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from menus.matching.normal import DOUBT, LONGEST, clean
from menus.model.specs import Action


class Way(StrEnum):
    """Where a reply leads within what is open."""

    MAIN = "main"
    BACK = "back"
    NEXT = "next"
    PREVIOUS = "previous"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Reply:
    """``word``: the reply in capitals, without blanks, signs and the frame around it. ``number``: the one
    that it is; None: it is none, or several. ``way``: where it leads. ``asks``: a question mark stands in
    it, so that 嗯？ and 1？ are no yes."""

    word: str
    number: int | None = None
    way: Way | None = None
    asks: bool = False


_WAYS = {
    **dict.fromkeys(("#", "##", "下一页", "下页", "翻页", "后一页", "往下", "更多", "NEXT"), Way.NEXT),
    **dict.fromkeys(("上一页", "上页", "前一页", "往上", "PREV"), Way.PREVIOUS),
    **dict.fromkeys(("*", "**", "返回", "后退", "退回", "上一级", "返回上一级", "上一层", "BACK"), Way.BACK),
    **dict.fromkeys(
        ("0", "00", "主菜单", "返回主菜单", "回主菜单", "首页", "返回首页", "都不是", "零"), Way.MAIN
    ),
    **dict.fromkeys(("全部", "所有", "全都", "全选", "都要", "全要", "全部都要", "ALL"), Way.ALL),
    **dict.fromkeys(
        (
            "全部退订", "全部退", "全退", "都退", "都退订", "全部取消", "都取消",
            "全都退", "都不要", "全部不要", "所有都退", "统统退", "全退订",
            "退订全部", "取消全部", "退全部", "取消所有", "退订所有", "一起退",
        ),
        Way.ALL,
    ),
}  # fmt: skip
_ENDING = "(?:了|掉|吧|啊|呀|哦|啦|谢谢|谢谢你|谢谢您|多谢)"
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_COUNTED = re.compile("(?P<tens>[一二三四五六七八九]?十)?(?P<ones>[零〇一二两三四五六七八九])?")
_NUMBER = "[0-9]{1,3}|[零〇一二两三四五六七八九十]{1,3}"
_FRAME = re.compile(
    "我?(?:回复|回|发送|发|选择|选|按|输入|就)?(?:(?:序号|编号|数字|键)(?:是|为)?)? ?"
    f"(?:(?P<number>{_NUMBER}) ?(?:号键|号|键)?|第 ?(?P<nth>{_NUMBER}) ?(?:项|个|条|号|种)?)"
    "(?:吧|谢谢|谢谢你|谢谢您)?"
)
"""第2个 is one of what was shown, 2个 says how many."""


def reply_of(text: str) -> Reply:
    """``text`` as a reply. Any text is allowed."""
    cleaned = clean(text)
    word = cleaned.replace(" ", "")
    if DOUBT.search(text) or len(text) > LONGEST:
        return Reply(word, asks=True)
    return Reply(word, _number(cleaned), _WAYS.get(re.sub(f"{_ENDING}+$", "", word)) or _WAYS.get(word))


def _number(cleaned: str) -> int | None:
    found = _FRAME.fullmatch(cleaned)
    if found is None:
        return None
    written = found["number"] or found["nth"]
    return int(written) if written.isdecimal() else _counted(written)


def _counted(written: str) -> int | None:
    found = _COUNTED.fullmatch(written)
    if found is None:
        return None
    tens, ones = found["tens"], found["ones"]
    ten = 0 if not tens else 10 * (_DIGITS[tens[0]] if len(tens) > 1 else 1)
    return ten + (_DIGITS[ones] if ones else 0)


# ---- yes and no --------------------------------------------------------------------------------------------
_LATIN_YES = "OKAY|OK|YES|YEAH|YEP|HAODE|HAO|KEYI|SHIDE|SHI|QUEREN|TONGYI|XING|Y"
_YES = (
    "(?:没有问题|没问题|没错|要得|好滴|好哒|好咧|好嘞|好|是|对头|对|行|可以|嗯哼|嗯|恩|唔|确认|确定|同意|愿意"
    f"|{_LATIN_YES})"
)
_KIND = "(?:的话|的|滴|哒|啊|呀|吧|哦|喔|噢|哈|啦|嘛|呗|哟|呢|谢谢你|谢谢您|谢谢|多谢|麻烦了|麻烦你了|辛苦了)"
_BEFORE = "(?:本人|我们|我|请|回复|回|发送|发|选择|选|按|那就|那|就|嗯|哦|喔|噢)"
_DOES = {True: "开通|办理|受理|订购|开|办|要|订", False: "办理|受理|办"}
_ENDS = "取消|退订|退掉|退"


@lru_cache(maxsize=8)
def _agreeing(action: Action | None, product: bool) -> re.Pattern[str]:
    does = _ENDS if action is Action.CANCEL else _DOES[product]
    plain = "退订|退掉|退" if action is Action.CANCEL else does
    said = f"(?:{_YES}{_KIND}?)+(?:1|一)?"
    return re.compile(
        f"(?:{_BEFORE})*(?:(?:1|一)?{said}(?:我|就|给我|帮我|请)*(?:{does})?|(?:1|一)(?:{does})?|(?:要|想|就)?(?:{plain}))"
        f"{_KIND}*"
    )


_NOT = "(?:不|别|勿|莫|无需|无须)"
_DECLINING = re.compile(
    "(?:我们|我|那就|那|就|先|暂时|暂|还是|现在|目前|都|回复|回|请|哦|嗯)*"
    f"(?:{_NOT}(?:是|对|行|好|可以|同意|确认|想要|想|要|用|必|需要|需|愿意|了)?"
    "(?:办理|办|开通|开|订购|订|兑换|兑|换|充值|充|取消|退订|退|停机|停|转|改|要)?"
    "|NOPE|NO|N|否|2|二|算了|罢了|放弃|BUYAO|BUYONG|BUXING|BUBAN|BU|SUANLE)"
    f"(?:了|{_KIND})*"
)
_GIVEN_UP = re.compile(f"(?:我|先|还是|那|就|请)*取消(?:办理|操作|申请)?(?:了|{_KIND})*")
_INQUIRING = re.compile(
    "(?:请问|那|这个|这|你好)*(?:要|是)?(?:多少钱|几块钱|几元|怎么收费|如何收费|收费吗|收钱吗|要钱吗|免费吗|贵吗|什么意思|啥意思"
    "|什么|啥|怎么回事|哪个|是什么|干嘛的|干什么的|有什么用)(?:啊|呀|呢|的|一个月|每月)*"
)


def agrees(reply: Reply, action: Action | None, product: bool = True, verb: bool = False) -> bool:
    """Whether the reply is a yes to a question for this action, and nothing else. ``product``: it is opened
    and closed, so that 开通 is the same wish. ``verb``: 取消 is what a yes is called there; else it may mean
    either."""
    if reply.asks:
        return False
    if verb and action is Action.CANCEL and _GIVEN_UP.fullmatch(reply.word):
        return True
    return _agreeing(action, product).fullmatch(reply.word) is not None


def declines(reply: Reply, action: Action | None) -> bool:
    """Whether it is a no. 取消 gives an opening up, and 不取消 a cancelling; the other way round they say
    nothing for certain."""
    if action is not Action.CANCEL and _GIVEN_UP.fullmatch(reply.word):
        return True
    if _DECLINING.fullmatch(reply.word) is None:
        return False
    ends = re.search(_ENDS, reply.word) is not None
    return action is Action.CANCEL or not ends


def inquires(reply: Reply) -> bool:
    """Whether it asks about the very thing that was shown: 多少钱, 什么意思."""
    return _INQUIRING.fullmatch(reply.word) is not None


def names_one(text: str, spoken: str) -> bool:
    """Whether the reply is what was shown beside a number (``查询``), with a number before it or alone."""
    word, said = clean(text).replace(" ", ""), clean(spoken).replace(" ", "")
    return bool(said) and re.fullmatch(f"(?:[0-9]{{1,3}})?{re.escape(said)}", word) is not None
