"""What a text is told that speaks of a change and is no bare command (:mod:`menus.matching.bare`). Pure.

    asked("彩铃怎么取消")       -> INFO     how, when, where, for how much: the service's information
    asked("谁取消了我的彩铃")    -> QUERY    a complaint, a past, a doubt: its state
    asked("我朋友要开通彩铃")    -> None     all else: it is asked first, and a yes does it

A service that has no such answer gives another's: who asks why his phone is barred hears what he owes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from menus.matching import vocabulary as words
from menus.matching.keywords import KeywordIndex
from menus.matching.match import Match
from menus.model.specs import Action

_COMPLAINS = (
    "谁(?!打|来|找|呼)|为什么|为啥|为何|凭什么|干嘛|(?:怎么|咋)(?:把|给|又|还|就|会|没|不|突然|自己|自动|老|总)|被(?!.{0,2}[偷抢盗扒])"
    "|擅自|私自|自动|偷偷|乱|莫名|没经|未经|不经|失败|不了|[开充登连打订接上]不上|不掉|不出|不成|没成|没反应|没用|没有用|没效|无效|错误"
    "|老是|总是|一直|还在|还扣|还收|还有费|明明|不是我|发了.*没"
)
_DOUBTS = (
    "(?:了|好|成功|完)(?:吗|么|没|没有)|(?:已经?|都|好|成功|完)(?:[开关退停取消通订]*了)?吧$|没有?$|是否|是不是|有没有|有无|成功|状态|查|看看|已经|已|刚|早就|之前|以前"
    "|曾经|昨天|前天|上次|上周|去年|什么时候.*的|[^要办]过$"
)
_HOW = (
    "(?:怎么|咋)(?!办(?!理))|怎样|如何|什么时候|啥时候|何时|几时|几点|多久|多长时间|几天|哪里|哪儿|在哪|去哪|到哪|哪个|发什么|发啥|发哪"
    "|什么(?!业务都|服务都|功能都)|啥|多少|要钱|花钱|扣钱|收钱|收费(?!业务|项目|服务|的)|收不收|免费|费用|资费|价格|贵|条件|手续|流程|步骤|方法|方式|办法|好处"
    "|区别|代码|指令|用途|有用|值得|划算|材料|证件|介绍|咨询|了解"
)
_STATE = re.compile(f"{_COMPLAINS}|{_DOUBTS}")
_PLACE_IN_TIME = re.compile("(?:什么时候|何时|几时|多久|几天)(?!.*(?:的|了)$)")
"""什么时候生效 asks how it goes; 什么时候开通的 what has been."""
_INFORM = re.compile(_HOW)
_STATES: Mapping[str, str] = {
    "recharge": "pay_records",
    "suspend": "fee_realtime",
    "resume": "fee_realtime",
    "sp_all": "opened_services",
    "pwd_change": "records",
    "pwd_reset": "records",
    "pwd_unlock": "records",
}
"""Where a service cannot tell its own state, who tells what became of it."""
_PASSWORD = re.compile("谁|为什么|为啥|凭什么|被(?:人|改|换)|不是我|没有?[改换重]")
_BARRED = re.compile("停|开机|开不|复机|报开|打不")
_ABOUT: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("pwd_change", "pwd_reset", "pwd_unlock"), _PASSWORD),
    **dict.fromkeys(("suspend", "resume"), _BARRED),
}
"""What the complaint has to be about: whoever forgot his password, or lost his phone, wants the change."""


def asked(whole: str) -> Action | None:
    """What a text in normal form that speaks of a change asks for: INFO, QUERY, or None: neither."""
    if words.WILL.search(whole):
        return None
    if _PLACE_IN_TIME.search(whole):
        return Action.INFO
    if _STATE.search(whole):
        return Action.QUERY
    return Action.INFO if _INFORM.search(whole) else None


def _unsure(index: KeywordIndex, found: Match) -> Match:
    """The same, to be asked first: by its own question, or where it has none by its name."""
    service = index.hall.services.get(found.service or "")
    spec = service.spec.actions.get(found.action) if service and service.spec and found.action else None
    if service is None or spec is None or spec.changes:
        return replace(found, sure=False)
    return Match("ask", action=found.action, candidates=(service.id,))


def instead(index: KeywordIndex, whole: str, found: Match) -> Match:
    """What is told in the place of the change ``found``; the same, not sure, where only asking is left."""
    unsure = _unsure(index, found)
    wanted = asked(whole)
    if wanted is None or found.service is None:
        return unsure
    if wanted is Action.INFO and index.can(words.HOW_TO.get(found.service, ""), Action.INFO):
        return index.matched("contained", words.HOW_TO[found.service], Action.INFO)
    for action in (wanted, Action.QUERY):
        if index.can(found.service, action):
            return index.matched("contained", found.service, action)
    about = _ABOUT.get(found.service)
    if about is not None and not about.search(whole):
        return unsure
    told = _STATES.get(found.service, "") if wanted is Action.QUERY else ""
    return index.matched("contained", told, Action.QUERY) if index.can(told, Action.QUERY) else unsure
