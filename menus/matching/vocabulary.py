"""The words that matching goes by: verbs, negations, and what is too uncertain to act on.

These are properties of the language and of the service catalogue (its ids), not of one hall's menu: what a
hall calls its services stands in ``menus.yaml``. Everything here is in normal form
(:mod:`menus.matching.normal`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from menus.model.specs import Action

CANCEL = re.compile(
    "取消|退订|退定|关闭|关掉|关了|停用|停掉|停止|停了|退掉|去掉|删掉|删除|注销|销掉|不要|不用|不想用|不想要"
    "|不再|不需要|终止|解除|撤销|撤消|屏蔽|退(?!款|费|钱|货)|(?<![开是没])[关停]$"
    "|^(?:我要|帮我|给我|请)?[关停](?=[A-Z]|彩铃|来电|手机报|飞信|上网|流量|短信|无线)"
)
OPEN = re.compile(
    "开通|办理|办个|办一个|办下|申请|订购|订制|定制|开启|激活|启用|开一个|开个|加个|装个|添加|重开"
    "|注册(?!地|资|过)|每个?月.{0,4}发(?!现)|设(?:置|定|个|一下)?(?=呼|来电|彩铃|转|余额|提醒)"
    "|[弄搞整来装安要]一?个|[加买](?=点|些|[0-9]|流量|短信|套餐|彩信)|^(?:我要|我想|帮我|给我"
    "|请)?定(?=[彩短手早华潇份]|三湘|新闻|一份)"
    "|(?<!怎么)办(?!法|事|公)|订(?!单|了)|开(?!机|户|始|心|放|会|了|发|过)"
)
_WHY = "回事|乱|又|还|会|老|总|没|不|这|那|扣|多|就|办(?!理)"  # 怎么还扣钱 asks why, 怎么办 asks for help
_HOW = f"(?:怎么|咋)(?!{_WHY})|怎样|如何"
INFO = re.compile(
    f"{_HOW}|资费|多少钱|是什么|什么是|啥是|是啥|介绍|收费|价格|费用|收钱|几块|几元|要钱|贵不贵"
    "|什么意思|有什么用|干什么|干嘛|说明|什么业务|月租|有哪些|哪几种|免费吗|免不免费|收不收|要不要钱"
)
HOW = re.compile(_HOW)
STATUS = "complaint_status"
TICKET = re.compile("TS[0-9]{8,14}")
"""A complaint's number alone asks how far it is."""
OURS = re.compile(
    "移动|信号|营业|短信|彩信|话费|套餐|资费|收费|扣费|网|客服|你们|贵|公司|服务|10086|流量|业务|彩铃"
    "|飞信|积分"
    "|充值|菜单|优惠|基站|人工|热线|漫游|手机报|账单|窗口|排队|增加|改进|提高|加强|降|[0-9]{7}"
)
"""What a suggestion to this hall, or a report, is about: 建议你早点睡 is none, 举报 10655… is one."""
ASKS_ABOUT = re.compile(
    f"{_HOW}|还没|电话|热线|方式|渠道|进度|结果|状态|记录|查询|查一下|撤|取消|多久|多少|哪|吗|么$"
)
"""Behind 投诉: something is asked about it, these are no words of complaint."""
QUERY = re.compile("查询|查看|查|还剩|还有多少|多少|剩余|看看|看下|有没有|是否|开了没|开没|开通了没|状态|几")
_TO = "(?:再|给我|帮我|替我|给|帮|要|想|经同意|就|让)*(?:[一-鿿]{0,3})?"
_OPENED = "(?:开通|办理|订购|订制|定制|申请|开启|激活|启用|开|办|订)"
NEVER_OPEN = re.compile(
    f"(?:不要|别|不想|(?<!是)不|不(?!是)|勿|莫|甭|无需|不用|拒绝|禁止|停止){_TO}{_OPENED}"
)
"""不要开通, 别开: whoever writes this wants it closed, never opened."""
NOT_MINE = re.compile(
    f"(?:没有|没|未|谁|乱|私自|擅自|自动|被|强制|误|是不是){_TO}{_OPENED}|{_OPENED}了(?:吗|么|没)"
)
"""我没订过, 谁开的, 乱开, 是不是开了: neither opened nor closed on such a word; its state is told, and how to
cancel."""
CANCEL_BY_NAME = re.compile(
    "(?:帮我|帮忙|给我|我要|我想|想|请|麻烦你|麻烦您|麻烦|你好|您好|能不能|能|可不可以|可以)*"
    "(?:取消|退订|退掉|关闭|停用|停掉|不要)(?:了|掉|一下)?(?:那个|这个|的|我的|订的)?(?P<name>[^0-9]{2,24}?)"
    "(?:业务|服务|功能|吧|了|好吗|好不好|可以吗|行吗|行不行|能吗|吗|啊|呀|哦|谢谢你|谢谢您|谢谢|谢了|多谢|一下)*"
)
"""What is to be cancelled and no keyword names: perhaps the customer's own list has it."""
NO_SERVICE = re.compile(
    "明天|今天|今晚|后天|下午|上午|早上|晚上|星期|周[一二三四五六日末]|会议|开会|约|订单|预订|预约|航班"
    "|机票|车票|火车"
    "|停机|报停|挂失|酒店|房间|课|聚|见面|比赛|行程|婚|旅|关注|收藏|饭|他|她|你|我们|大家|快递|外卖"
    "|拉黑|闹钟|计划|活动|资格"
)
"""What people cancel among themselves."""
OPENED = "opened_services"
NEVER_CANCEL = re.compile(
    "(?:不要|别|不想|不|勿|没有|没|未|莫|甭)(?:再|给我|帮我|替我|给|帮|要|想)*(?:取消|退订|关闭|关掉|关)"
)
CODE_VERBS: Mapping[str, Action] = {
    "KT": Action.OPEN,
    "QX": Action.CANCEL,
    "TD": Action.CANCEL,
    "CX": Action.QUERY,
}
"""The first letters of a Latin command: KTCL opens, QXCL and TDCL cancel, CX… is only ever a query."""
CANCEL_TOKENS = frozenset({"QX", "TD", "NO", "STOP", "CANCEL"})
"""Words of their own that never open: QX KTCL, 0204 TD."""
CODE_VERB = re.compile("^(?:KT|QX|TD|CX)(?![A-Z])")
WILL = re.compile(
    "(?:不想要|不要|不想用|不用|不需要|用不[着上]).{0,8}(?:(?:怎么|咋|如何|怎样|哪里|在哪)(?:才能|可以"
    "|能)?(?:取消|退|关|停|销)"
    "|是?(?:谁|哪个)(?:给我|帮我)?(?:开|订|定|办))"
)
"""不想要彩铃了怎么取消: who says what he wants does not ask how alone."""
BY_STRENGTH: tuple[tuple[re.Pattern[str], Action], ...] = (
    (WILL, Action.CANCEL),
    (HOW, Action.INFO),
    (NEVER_CANCEL, Action.QUERY),
    (NEVER_OPEN, Action.CANCEL),
    (CANCEL, Action.CANCEL),
    (NOT_MINE, Action.QUERY),
    *((re.compile(f"^{verb}(?![A-Z])"), action) for verb, action in CODE_VERBS.items()),
    (INFO, Action.INFO),
    (OPEN, Action.OPEN),
    (QUERY, Action.QUERY),
)
"""Which verb wins where there are several: 怎么取消彩铃 asks how, 我没开彩铃，给我取消 cancels."""


def verb(text: str) -> Action | None:
    """What is to be done, by the strongest verb in the text."""
    return next((action for pattern, action in BY_STRENGTH if pattern.search(text)), None)


EXACT_ONLY = frozenset({"停机", "开机", "建议", "复机", "举报", "怎么用", "优惠"})
"""Words that count only when they are all that was said, as the hall's own number does: 我的手机停机了 wants
nothing suspended."""

WEAK = re.compile("(?:怎么用|还|剩余|剩|有|用了|用|多少|几|钱|消费|查|查询|退订|TD|取消)+")
"""Keywords that name no thing: 还剩多少, 用了多少钱, 退订. They give way to any that does (流量还剩多少)."""
BESIDE_WEAK = re.compile(
    ".*(?:退订|TD).*"
    "|[我的了吗呢啊吧呀么没手机卡里上面还有现在今天这个月本请问查询看一下帮钱话费元块多少几剩余电号码用打花消费总共]*"
)
"""What else is said where only such a word is hit: 还剩多少饭 is no balance."""

_PASSWORD = ("pwd_change", "pwd_reset", "pwd_unlock")
_PAY = ("recharge", "pay_howto", "pay_records")
ASK: Mapping[str, tuple[str, ...]] = {
    "服务密码": _PASSWORD,
    "密码": _PASSWORD,
    "套餐": ("plan_remain", "plan_change", "gprs_plan"),
    "漫游": ("mzone_roam_cs", "brand_tariff"),
    "交费": _PAY,
    "缴费": _PAY,
    "交钱": _PAY,
    "TD": ("sp_item", "g3_consult"),
}
"""Bare words with more than one meaning: asked, never guessed."""
ASK_PATTERNS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile("HF ?[#*+]? ?[0-9]{2,3}"), ("fee_realtime", "points_exchange")),
)
"""HF10 is the fee here, and ten yuan for points elsewhere."""
SETTLED: Mapping[tuple[str, Action], str] = {
    ("套餐", Action.QUERY): "plan_remain",
    ("套餐", Action.INFO): "brand_tariff",
    ("漫游", Action.INFO): "brand_tariff",
    ("交费", Action.INFO): "pay_howto",
    ("缴费", Action.INFO): "pay_howto",
    ("交钱", Action.INFO): "pay_howto",
}
"""With such a verb the bare word has only one meaning left."""
HINTS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("密码", re.compile("忘|丢|不记得|记不|找回|想不起"), "pwd_reset"),
    ("密码", re.compile("锁"), "pwd_unlock"),
    ("密码", re.compile("改|换|变更|设"), "pwd_change"),
    ("套餐", re.compile("改|换|变更|转"), "plan_change"),
    ("套餐", re.compile("剩|余|用了|用完|用掉"), "plan_remain"),
    ("套餐", re.compile("GPRS|上网|流量"), "gprs_plan"),
)
"""What else in the text leaves such a word only one meaning."""
PRICED: Mapping[str, str] = {"gprs": "gprs_plan"}
"""Services that cost nothing by themselves, and the plans that are meant where a price is named: KTGPRS10."""
CHANGED: Mapping[str, str] = {"gprs_usage": "gprs_plan", "bill_month": "sms_bill"}
"""Services that only tell, and those that are meant where such a thing is opened or cancelled: 加流量."""
SWITCHED: Mapping[str, str] = {"gprs_usage": "gprs"}
SWITCHES = re.compile("^(?!.*(?:[0-9]元|包)).*[关停]")
"""The same where it is turned off as a whole: 关流量."""
OPPOSITE: Mapping[str, str] = {"suspend": "resume"}
"""Services that stop something, and what undoes them: 取消挂失 never bars a phone."""
UNDOES = re.compile("取消|撤销|撤消|撤回|解除|终止|退掉")
"""不要停机 undoes nothing: nothing was done."""
HOW_TO: Mapping[str, str] = {
    "recharge": "pay_howto",
    "sp_item": "sp_howto",
    "sp_category": "sp_howto",
    "sp_all": "sp_howto",
}
"""Services whose 怎么… is a service of its own."""
TO_SOMEBODY = re.compile(
    "(?<![烦请谢])你(?!们|好|给我|帮我|告诉|跟我说|能|可以|这里|那里|在(?:吗|不))|[他她]|好[听看玩]"
    "|看了[吗没]|看新闻|聊天"
    "|^我们?(?:正)?(?:在|刚|到)(?!哪|什么).{0,6}(?:营业厅|移动)"
)
"""Without any verb of ours it is said to a friend: 你的彩铃好好听, 我没话费了，你打给我."""
