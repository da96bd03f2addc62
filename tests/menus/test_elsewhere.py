"""What is another's is not understood as ours; what is ours beside it is. Kinds of texts, not single ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.testing.house import the_hall
from menus.matching.elsewhere import BLANK, ours
from menus.matching.matcher import recognise
from menus.matching.normal import normalise

HALL = the_hall()
_ANOTHERS = """
QQ充值 Q币充值 公交卡充值 充公交卡 饭卡余额 油卡还有多少余额 地铁卡怎么充值 微信零钱余额多少
支付宝账单 花呗账单 余额宝收益多少 工商银行卡余额 建行信用卡账单 怎么查银行卡余额 水卡没钱了
电卡怎么充值 社保怎么查 公交卡丢了怎么办 银行卡挂失 身份证丢了怎么挂失 联通流量怎么查 电信话费怎么查
查联通话费 联通怎么退订业务 联通有什么套餐 电信客服电话 我是联通的怎么查话费 10000号查话费
人工湖那边见 老板说人工费太高 人工智能 人工授粉 打110 餐厅菜单发我 菜单上没有这个 肯德基套餐多少钱
两个人的套餐 驾照积分查询 QQ密码忘了 开机密码忘了 银行密码忘了 家里wifi密码是多少 酒店有wifi吗
购物清单 淘宝客服在吗 投诉物业 我要投诉这个司机 客流量怎么样 看奥运了吗 感谢您的帮助 需要帮助吗
淘宝有什么优惠 优惠券怎么用 电脑上不了网 电视没信号了 三湘大市场见 您的工商银行卡余额为3500.21元
【招商银行】您的信用卡账单已出 尊敬的客户,您本月话费已出账 我流量用完了,没上微信
查电信余额 电费余额 来两份套餐 奥运会在哪里办 还剩多少人没来 你还有多少钱 上个月水费多少 彩铃真好听
你的彩铃好好听
我手机没话费了,你打给我 我刚充了话费你给我打过来 你流量用完了吗 你电话打不通 我在移动营业厅排队呢
"""
ANOTHERS = _ANOTHERS.split()
OURS = (
    ("微信能交话费吗", "pay_howto"),
    ("支付宝怎么交话费", "pay_howto"),
    ("用银行卡充话费", "recharge"),
    ("可以用银行卡交费吗", "pay_howto"),
    ("打联通电话多少钱", "brand_tariff"),
    ("呼叫转移到联通手机", "call_forward"),
    ("请人工", "agent"),
    ("人工服务多少钱", "agent"),
    ("看菜单", "main_menu"),
    ("投诉乱收流量费", "complaint"),
    ("你们的客服电话", "agent"),
    ("你帮我查一下话费", "fee_realtime"),
    ("过户要身份证吗", "knowledge"),
)
"""The words of others stand in them, too."""


@pytest.mark.parametrize("text", ANOTHERS)
def test_what_is_anothers_is_not_understood(text: str) -> None:
    assert recognise(HALL, text).how == "none"


@pytest.mark.parametrize(("text", "service"), OURS)
def test_what_is_ours_beside_it_is_understood(text: str, service: str) -> None:
    assert recognise(HALL, text).service == service


def test_what_stood_beside_it_does_not_become_one_word() -> None:
    assert ours("余人工湖额", "余人工湖额") == f"余{BLANK}额"
    assert recognise(HALL, "余人工湖额").how == "none"


@pytest.mark.parametrize("keyword", sorted(HALL.keywords))
def test_no_keyword_of_the_hall_is_anothers(keyword: str) -> None:
    assert ours(keyword, normalise(keyword)) == normalise(keyword)


@given(st.text(max_size=40))
def test_any_text_is_allowed(text: str) -> None:
    whole = normalise(text)
    assert len(ours(text, whole)) <= len(whole)
