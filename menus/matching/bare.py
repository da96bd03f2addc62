"""What a text may do at once: only a bare command changes anything unasked. Pure.

That is a text which is nothing but an exact code or keyword, or a verb and a product, with nothing around it
but politeness (帮我开通彩铃，谢谢), or a command with its parameters (``0209 20``). Whatever else speaks of a
change (可以开通彩铃吗, 谁取消了我的彩铃, 飞信开通失败) informs, shows, or asks first, whether it would cost
anything or not. So what makes a question or a past of a verb (吗, 了, 能, 可以, 请问) is no politeness here,
though :mod:`menus.matching.normal` takes it off to find out what is spoken of.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from menus.matching.normal import digits
from menus.matching.parameters import named, parts

_BEFORE = (
    "你好|您好|麻烦(?:你|您)?|谢谢|请(?!问)|我要|我想要|我想|我要想|想要|要|帮我|帮忙|给我|替我|就|那|嗯|哦|啊|喂|亲"
    "|编辑短信|编辑|发送短信|发送|发|回复|输入"
)
_AFTER = (
    "谢谢(?:你|您)?|多谢|谢了|啊|呀|吧|哦|喔|哈|一下|业务|服务|功能|(?:好|行|可以)吗(?=谢|$)"
    "|(?:发送|发|编辑|回复)?(?:短信)?(?:到|至|给)?{number}"
)
_OPENS = (
    "开通|办理|办个|办一个|办下|申请|订购|订制|定制|开启|激活|启用|开一个|开个|加个|装个|添加|重开|办|订|开"
)
_CANCELS = (
    "取消|退订|退定|关闭|关掉|停用|停掉|停止|退掉|去掉|删掉|删除|注销|销掉|不要|不用|不想用|不想要|不再|不需要"
    "|终止|解除|撤销|撤消|屏蔽|退|关|停"
)
_VERB = re.compile(f"^(?:{_OPENS}|{_CANCELS}|KT|QX|TD)(?:我的)?(?=.)|(?<=.)(?:{_OPENS}|{_CANCELS}|KT|QX|TD)$")
_PARAMETERS = re.compile(f"[0-9A-Z#*+ ]*(?:元|块|块钱|月|{_OPENS}|{_CANCELS})?[0-9A-Z#*+ ]*")
_ASKS = re.compile("[吗么呢没谁被啥]|什么|为何|怎|多少|失败|是否|能不能|可不可以|如果|听说")
"""Behind a code, the customer's words are parameters: names, complaints; but not with these."""
_MOST = 12
"""Pieces of politeness around one wish."""


@lru_cache(maxsize=8)
def _polite(number: str) -> tuple[re.Pattern[str], ...]:
    return re.compile(f"^(?:{_BEFORE})(?=.)"), re.compile(f"(?<=.)(?:{_AFTER.format(number=number)})$")


def is_bare(tokens: str, whole: str, known: Collection[str], codes: Collection[str], number: str) -> bool:
    """Whether a cleaned text, ``whole`` its compact form, is a command and nothing else. ``known``: exact
    keywords; ``number``: the hall's own."""
    for stage in _stages(whole, number):
        if stage in known or stage in codes:
            return True
        for rest in _without_verb(stage):
            if rest in known or (rest in codes and len(rest) > 1):
                return True
    for head, rest in (parts(tokens), named(tokens)):
        if rest and digits(head) in codes:
            return _ASKS.search(rest) is None
        if rest and head in known:
            return _PARAMETERS.fullmatch(rest) is not None
    return False


def _stages(word: str, number: str) -> Iterator[str]:
    """The text, then with one more piece of politeness off at a time."""
    yield word
    for _ in range(_MOST):
        inner = next((less for frame in _polite(number) if (less := frame.sub("", word)) != word), word)
        if inner == word:
            return
        word = inner
        yield digits(word)


def _without_verb(word: str) -> Iterator[str]:
    for found in _VERB.finditer(word):
        yield word[: found.start()] + word[found.end() :]
