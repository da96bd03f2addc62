"""Texts that carry the customer's own words behind a code or a keyword. Pure.

``0702 总是扣错钱``, ``投诉 …``, ``TS…``, ``JB 号码*内容``: the words are handed on as they were written. Only
for what takes one text and nothing else. Behind a sign or a blank, anything is the customer's words; glued to
a Chinese keyword only what reads like them: 投诉电话多少 and 投诉进度 ask something. Digits alone are none,
nor what only gives up, thanks, asks about the complaint itself, or is a command (投诉 算了, TS HF).

Public: :class:`Openings`, :class:`Aside`, :func:`aside`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from menus.matching.inputs import TEXT_LIMIT, plain
from menus.matching.normal import clean, compact, simplified, stages
from menus.matching.vocabulary import ASKS_ABOUT, EXACT_ONLY, OURS, STATUS
from menus.model.asked import InputKind
from menus.model.channels import Where
from menus.model.hall import Goal, Hall
from menus.model.specs import Action

_POLITE = "(?:我要|我想要|我想|请|我)?"
_SIGNS = r"[\s#*+:：,，.。;；!！、\-]*"
_LONGER_CODE = re.compile("[0-9]")
_LONGER_WORD = re.compile("[A-Za-z]|[0-9]{1,2}(?![0-9\u4e00-\u9fff])")  # TS3 is no command; JB10661234*… is
_WRITTEN = re.compile("[0-9]{0,4}[\u4e00-\u9fff]{3}|[0-9]{5}")
"""What behind letters (TS乱扣费, JB10661234…) is no slip of another command: 没CX, 不CX."""
SHORTEST = 4
"""Characters that are words of their own when they are glued to a keyword."""
LOOKED_AT = 8
"""Characters behind the keyword that say whether something is asked about it."""


class Aside(StrEnum):
    """What a text is that has no words of its own to file."""

    LEAVES = "leaves"
    """It gives up: 我不投诉了, 打错了谢谢."""
    ASKS = "asks"
    """It asks about complaining itself: 怎么写, 要钱吗, 多久回复."""
    NOTHING = "nothing"
    """Signs alone, thanks, 等一下."""


_POLITELY = (
    "(?:谢谢你们|谢谢你|谢谢您|谢谢|谢了|多谢|感谢|不好意思|对不起|抱歉|麻烦你了|麻烦您了|麻烦了|辛苦了|再见|拜拜|你好|您好"
    "|啊|呀|吧|呢|哦|喔|噢|哈|啦|嘛|嗯|喂|亲|了|的)"
)
_FIRST = "(?:我们|我|本人|先|还是|那么|那|就|请问|请|帮我|给我|现在|已经|已|都|也|是|要|想|问一下|问下)"
_FILED = "(?:投诉|建议|举报|意见|反映|反馈|工单|内容|短信|这次|本次|这个|这|那个)"
_LEAVING = (
    f"不(?:想|要|用|需要|必|再|打算)*(?:说|{_FILED}|写|讲|提|查|问|办|填|继续|麻烦你们|(?=了))+"
    "|算了|罢了|放弃|作罢|拉倒|退出|返回|后退|结束"
    f"|(?:取消|撤销|撤消|撤回|撤掉)(?:{_FILED}|办理|操作|申请)*|{_FILED}(?:取消|撤销|撤消|撤回|作废)"
    "|(?:问题|事情|自己)*(?:解决|处理好|弄好|搞定|搞好|好|恢复|正常)了"
    "|没有?(?:事|什么事|啥事|问题|什么|内容|什么好说|什么要说|了)"
    "|(?:打|发|按|点|选|写|输|弄|搞)错|误(?:发|按|操作|会)|手误|不小心(?:发|按|点)(?:错|到)?"
)
_ASKING = (
    f"(?:{_FILED}|的|该|应该|能|可以|会)*(?:怎么|如何|咋|怎样)(?:样|写|说|发|填|弄|用|操作|处理|办理|办|回复|查|回事|屏蔽|拦截|{_FILED})*"
    f"|(?:{_FILED}|需要|会|收|另外|要不|不)*(?:钱|收费|扣费|扣钱|花钱|费用|免费)(?:吗|么|不)"
    f"|{_FILED}?(?:收)?(?:多少钱|几块钱|多少字)"
    f"|{_FILED}的?(?:电话|热线|号码|地址|邮箱|渠道|方式|网址)(?:号码)?(?:是|有)?(?:多少|什么|哪些|哪个|在哪里?)?"
    "|(?:电话|热线|号码|地址|邮箱|网址)(?:号码)?(?:是|有)?(?:多少|什么|哪些|哪个|在哪里?)"
    f"|(?:{_FILED}|的)*(?:进度|结果|进展|状态)(?:查询|怎么样|怎样|如何|是什么|到哪)*"
    f"|(?:{_FILED}|要)*(?:多久|多长时间|几天|什么时候|何时)(?:能|会|可以|才|给)*(?:有)?(?:回复|答复|处理|解决|回话|回电|结果|好)?"
    f"|(?:{_FILED})?(?:是|有)(?:什么|啥)(?:意思|用|内容|东西)?|(?:什么|啥)(?:意思|内容|是{_FILED})"
    f"|(?:写|说|发|填|回复|{_FILED})(?:些)?(?:什么|啥|哪些)(?:内容)?"
    f"|{_FILED}?(?:有用|管用)吗|有人(?:看|处理|在)?吗|在吗|(?:能|可以|会){_FILED}?(?:回复|处理|答复)?吗"
)
_WAITING = "等一下|等一等|等等|等会儿?|稍等|等下|我?想想|我?想一下"
_ASIDES = (
    (Aside.NOTHING, re.compile(f"(?:{_POLITELY}|{_FIRST}|{_WAITING}|[#*+])*")),
    (Aside.LEAVES, re.compile(f"(?:(?:{_FIRST}|{_POLITELY})*(?:{_LEAVING}){_POLITELY}*)+")),
    (Aside.ASKS, re.compile(f"(?:{_FIRST}|{_POLITELY})*(?:{_ASKING}){_POLITELY}*")),
)
_ASIDE_LENGTH = 24
"""Characters; whoever writes more has something to say."""
_PROGRESS = re.compile("进度|进展|结果")
_DESKS = frozenset({"agent", "main_menu"})
_SERVED = re.compile("(?:服务|客服|坐席|座席)$")


def aside(text: str) -> Aside | None:
    """What a text is instead of words to file; None: these are words. Any text is allowed."""
    word = clean(text).replace(" ", "")
    if len(word) > _ASIDE_LENGTH:
        return None
    return next((what for what, pattern in _ASIDES if pattern.fullmatch(word)), None)


@dataclass(frozen=True, slots=True)
class FreeText:
    """``head``: the code or keyword; ``parted``: a sign or blank stood behind it. ``words`` are personal.
    ``input`` "": no words to file stood there, but the command ``head``, and that is meant."""

    head: str
    parted: bool
    service: str
    action: Action | None
    input: str
    words: str = field(repr=False)


def _are_words(rest: str) -> bool:
    """Whether what stands behind letters, without a sign between, is the customer's own words."""
    asks = ASKS_ABOUT.search(rest[:LOOKED_AT]) is not None
    return not asks and _LONGER_WORD.match(rest) is None and _WRITTEN.match(rest) is not None


class Openings:
    """The codes and keywords of one hall behind which words may stand. ``exact``: its normal keywords."""

    def __init__(self, hall: Hall, exact: Mapping[str, tuple[str, Action | None]]) -> None:
        self._hall, self._exact = hall, exact
        self._heads: dict[str, tuple[str, Action, str]] = {}
        for keyword, (service, action) in exact.items():
            self._add(hall, keyword, service, action)
        for code, target in hall.codes.items():
            if target.goal is Goal.SERVICE:
                self._add(hall, code, target.name, target.action)
        self._longer = tuple(k for k in exact if any(k != h and k.startswith(h) for h in self._heads))
        heads = "|".join(sorted(map(re.escape, self._heads), key=len, reverse=True))
        self._pattern = re.compile(f"{_POLITE}({heads})({_SIGNS})(.+)", re.IGNORECASE | re.DOTALL)

    def _add(self, hall: Hall, head: str, service: str, action: Action | None) -> None:
        found = hall.services.get(service)
        for does, spec in found.spec.actions.items() if found and found.spec else ():
            asked = [i for i in spec.inputs if i.where is not Where.DIGITS]
            only = len(asked) == 1 and asked[0].kind is InputKind.TEXT and spec.changes
            if only and action in (None, does):
                self._heads[head] = (service, does, asked[0].name)
                return

    def find(self, text: str) -> FreeText | None:
        """What the text opens with, and the words behind it; None: it is no such text."""
        written = plain(text)[:TEXT_LIMIT]
        found = self._pattern.match(simplified(written)) if self._heads else None
        if found is None:
            return None
        head, signs, words = found.group(1).upper(), found.group(2), written[found.start(3) :].strip()
        if not words or words.isdecimal() or not self._stands(head, signs, found.group(3)):
            return None
        if (command := self.command(words)) is not None:
            return self._meant(command, words)
        said = aside(words)
        if said is Aside.ASKS and _PROGRESS.search(words) and STATUS in self._hall.services:
            return FreeText(head, True, STATUS, Action.QUERY, "", words)
        return None if said else FreeText(head, bool(signs), *self._heads[head], words)

    def command(self, words: str) -> str | None:
        """The command that the words are, with politeness around it: a code, Latin letters, the agent."""
        for stage in stages(compact(clean(words)), self._hall.number):
            for word in (stage, _SERVED.sub("", stage)):
                if len(word) > 1 and word in self._hall.codes:
                    return word
                service, _ = self._exact.get(word, ("", None))
                if service in _DESKS or (service and word.isascii() and word.isalpha()):
                    return word
        return None

    def _meant(self, command: str, words: str) -> FreeText | None:
        """The command behind the head; what changes something is left to be asked about."""
        service, action = self._exact.get(command, ("", None))
        asks = service in _DESKS or action in (Action.QUERY, Action.INFO) or not self._changes(service)
        return FreeText(command, True, service, action, "", words) if service and asks else None

    def _changes(self, service: str) -> bool:
        found = self._hall.services.get(service)
        return bool(found and found.spec and any(each.changes for each in found.spec.actions.values()))

    def _stands(self, head: str, signs: str, rest: str) -> bool:
        if signs:
            return head not in EXACT_ONLY or OURS.search(rest) is not None
        if head.isascii():
            return _LONGER_CODE.match(rest) is None if head.isdecimal() else _are_words(rest)
        longer = any((head + rest).upper().startswith(each) for each in self._longer)
        if longer or len(rest) < SHORTEST or ASKS_ABOUT.search(rest[:LOOKED_AT]):
            return False
        return head not in EXACT_ONLY or OURS.search(rest) is not None
