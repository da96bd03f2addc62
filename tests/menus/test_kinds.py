"""Kinds of texts that people write and no configuration names: each with its neighbours."""

from __future__ import annotations

import pytest

from counter.testing.house import the_hall
from menus.matching.matcher import recognise
from menus.model.specs import Action

HALL = the_hall()
MEANT = """
other_fee: 帮我查一下13874801234的话费 查询13900000002余额 我想查我妈手机的话费 我爸的话费还有多少
other_fee: 老公手机欠了多少钱
gprs_plan open: 我要加流量 加点流量 买个10块钱的流量包 开个30块500M的流量 办流量 30元包500M
gprs_plan open: 订10元流量
gprs_plan cancel: 取消10元流量 退10元流量 流量包退了下月不要
gprs cancel: 关闭流量 把流量关了 关gprs GPRS我不用了,关了 平时不上网,把gprs退了
gprs_usage: 流量怎么用得那么快 流量套餐用了多少 流量够不够
resume open: 取消挂失 撤销挂失 取消停机 解除停机 我不停机了 手机找到了帮我开机 申请开机
resume open: 开机13874123456 恢复我的号码
suspend open: 帮我把15973100000停了 申请停机 手机被偷了赶快停机 停机13874123456
suspend open: 手机落在出租车上了快帮我停掉
crbt cancel: 不想要彩铃了怎么取消 彩铃不想用了怎么退 我不要彩铃,是哪个给我开的
crbt info: 怎么取消彩铃
sp_all cancel: 把增值业务都取消了 收费的服务都给我停了 什么业务都不要了全部取消 增值业务都给我退了吧
sp_all cancel: 全部退掉
sms_bill open: 每个月发短信账单给我
fetion open: 注册飞信 我要注册飞信
balance_remind open: 话费不足20块的时候发短信告诉我 余额不到10块的时候短信通知我
complaint open: 你们营业厅的服务态度太差了,我要投诉 我要投诉你们营业厅 你们服务态度太恶劣
complaint_status: 我投诉的怎么还没处理 催一下我的投诉 查投诉20130508001
agent: 叫你们的人来跟我讲 找你们经理 找个真人来 我要跟人说话 human_agent talk_to_human
fee_realtime: how_much_is_my_bill 这月hua费 hua费
balance: check_my_balance balance
plan_remain: taocan_shengyu 我还能发多少条短信 本月免费分钟用完没
bill_month: 七月份话费是多少 查十月份话费 最近几个月的话费 前三个月的账单
opened_services: 看一下我手机有些么子业务 我的手机都办了什么 看看我定了什么业务
points_exchange: 积分换购 我要把积分都换成流量
points_query: 查一下我的积分够不够换东西
pay_howto: 怎么交电话费 话费在哪里充呢 怎么交手机费
pay_records: 上月充了几次话费
recharge: 帮我充100 交50块钱话费 给13800138000充50
promo_latest: 元旦有活动吗 国庆有活动没
promo_stop: 以后活动短信不要发给我 别再发促销短信了
spam_report: 举报_106551234567*恭喜您中奖了 这个号码13655551234天天给我发广告,举报 jubao_13800001111_卖发票的
hall_address: 株洲的移动公司在哪里 湘潭哪里有移动厅
knowledge: 手机号码怎么注销 手机卡怎么注销
sp_item: OOOO 我手机被定了什么收费的东西 乱七八糟的业务都是谁给我开的
main_menu: 菜単
hall_address: ying_ye_ting
pay_records: 刚刚充的话费怎么没有到
brand_tariff: 打一分钟电话多少钱
crbt_box: 彩铃和子 音乐和子
call_forward open: 把我的电话转到15874100002 电话转接到我老婆手机13548671234
"""
"""A service, what is done with it if that matters, and texts; _ is a blank."""
BARE = {
    "申请停机",
    "申请开机",
    "关gprs",
    "停机13874123456",
    "开机13874123456",
    "jubao 13800001111 卖发票的",
    "举报 106551234567*恭喜您中奖了",
}
LISTED = {"gprs_plan"}
"""Opening begins with the list, where nothing says which one."""


def rows() -> list[tuple[str, str]]:
    lines = (line.split(": ") for line in MEANT.strip().splitlines())
    return [(meaning, text.replace("_", " ")) for meaning, said in lines for text in said.split()]


@pytest.mark.parametrize(("meaning", "text"), rows())
def test_a_kind_is_understood(meaning: str, text: str) -> None:
    service, _, action = meaning.partition(" ")
    found = recognise(HALL, text)
    assert service in (found.service, *found.candidates)
    begins = service in LISTED and action == Action.OPEN and found.action is None
    assert not action or found.action == action or begins


@pytest.mark.parametrize("text", [text for _, text in rows()])
def test_only_bare_commands_among_them_change_anything_unasked(text: str) -> None:
    found = recognise(HALL, text)
    assert not (found.changes and found.sure) or text in BARE


@pytest.mark.parametrize("text", ["fuwu mima", "fuwumima", "tao can", "jiao fei"])
def test_words_of_several_meanings_are_asked_about_in_pinyin_too(text: str) -> None:
    assert recognise(HALL, text).how == "ask"


@pytest.mark.parametrize("text", ["不要停机", "别停机", "谁给我停机的"])
def test_a_stopping_that_is_not_wished_for_is_none(text: str) -> None:
    assert recognise(HALL, text).service not in ("suspend", "opened_services")
