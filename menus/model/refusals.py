"""The reasons for which something is refused, what each may name, and what each is for.

Every hall words them all, as defaults (``refused REASON``) that a service may override. Each may also name
:data:`menus.model.phrases.COMMON`. A refusal whose values do not fill its wording, or which has none, is
``refused other``. After those in :data:`REASKED` the input that was wrong is asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping

from menus.model.asked import InputKind
from menus.model.values import Kind

REFUSALS: Mapping[str, Mapping[str, Kind]] = {
    "already": {},
    "not open": {},
    "ending": {"until": Kind.DATE},
    "arrears": {"owed": Kind.MONEY},
    "balance": {"balance": Kind.MONEY, "fee": Kind.MONEY},
    "suspended": {},
    "stopped by owner": {},
    "brand": {"brands": Kind.LIST},
    "city": {"cities": Kind.LIST},
    "need": {"need": Kind.TEXT},
    "busy": {},
    "hours": {"from": Kind.TIME, "to": Kind.TIME},
    "resting": {"from": Kind.TIME, "to": Kind.TIME},
    "offer changed": {},
    "unknown product": {},
    "unknown target": {},
    "bad card": {"left": Kind.COUNT},
    "card locked": {},
    "nothing": {},
    "too many": {"limit": Kind.COUNT},
    "option": {"low": Kind.MONEY, "high": Kind.MONEY},
    "points": {"points": Kind.COUNT, "needed": Kind.COUNT},
    "points frozen": {},
    "weak password": {},
    "passwords differ": {},
    "wrong id": {"left": Kind.COUNT},
    "id locked": {},
    "not locked": {},
    "stopped": {},
    "not stopped": {},
    "no complaint": {},
    "urged": {"due": Kind.TIME},
    "password wrong": {"left": Kind.COUNT},
    "password locked": {},
    "password temporary": {},
    "password mismatch": {},
    "id mismatch": {},
    "password limit": {},
    "unknown caller": {},
}

PURPOSES: Mapping[str, str] = {
    "already": "已经开通，没有重复收费",
    "not open": "没有开通，不用取消",
    "ending": "已经取消，付过的用到月底",
    "arrears": "欠费",
    "balance": "余额不够",
    "suspended": "已停机",
    "stopped by owner": "客户自己申请停机了",
    "brand": "品牌不符",
    "city": "地市不符",
    "need": "要先开通另一项",
    "busy": "上一笔还在处理",
    "hours": "这个时段不能办",
    "resting": "这个时段不能查",
    "offer changed": "资费刚刚变了，没有办理",
    "unknown product": "没有这项产品",
    "unknown target": "对方号码不对",
    "bad card": "卡密不对",
    "card locked": "卡密错得太多，今天不能再充",
    "nothing": "没有可办的",
    "too many": "今天办得太多",
    "option": "选的金额不对",
    "points": "积分不够",
    "points frozen": "欠费或停机，积分不能用",
    "weak password": "新密码太简单",
    "passwords differ": "两次新密码不一样",
    "wrong id": "身份证号码不对，还可再试",
    "id locked": "身份证号码错得太多，今天不能再试",
    "not locked": "密码没有锁，不用解锁",
    "stopped": "已经停机",
    "not stopped": "没有停机，不用开机",
    "no complaint": "没有办理中的投诉",
    "urged": "刚刚催办过",
    "password wrong": "服务密码不对，还可再试",
    "password locked": "服务密码已锁",
    "password temporary": "临时密码只能用来改密码",
    "password mismatch": "别人的号码和服务密码不符，或没有这个号码",
    "id mismatch": "别人的号码和身份证号码不符，或这个号码不能办",
    "password limit": "别人的密码试得太多，先不能再试",
    "unknown caller": "不是本省移动号码",
}

REASKED: Mapping[str, tuple[InputKind, ...]] = {
    "password wrong": (InputKind.PASSWORD,),
    "bad card": (InputKind.CARD,),
    "unknown target": (InputKind.MOBILE, InputKind.FORWARD),
    "password mismatch": (InputKind.MOBILE,),
    "id mismatch": (InputKind.MOBILE,),
    "weak password": (InputKind.NEW_PASSWORD,),
    "passwords differ": (InputKind.NEW_PASSWORD,),
    "wrong id": (InputKind.ID_NUMBER,),
    "option": (InputKind.AMOUNT,),
    "no sender": (InputKind.TEXT,),
}
