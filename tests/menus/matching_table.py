"""What customers text, and what it must be taken for: text | how | service | action | candidates.

``-`` is None. Candidates only matter where it has to be asked; there the service is ``-``.
"""

TABLE = """
QX KTCL | contained | crbt | cancel
TD KTCL | contained | crbt | cancel
0204 QX | code | crbt | cancel
0204 退订 | code | crbt | cancel
0204 不要 | code | crbt | cancel
0204#TD | code | crbt | cancel
不再使用彩铃 | contained | crbt | cancel
屏蔽彩铃 | keyword | crbt | cancel
撤消开通彩铃 | keyword | crbt | cancel
彩铃 关 | keyword | crbt | cancel
来电显示是不是开通了 | contained | caller_id | query
来电显示开通了吗 | keyword | caller_id | query
0101 | code | fee_realtime | query
０１０１ | code | fee_realtime | query
o1o1 | code | fee_realtime | query
O1OI | code | fee_realtime | query
零一零一 | code | fee_realtime | query
 0101。 | code | fee_realtime | query
“0101” | code | fee_realtime | query
0101# | code | fee_realtime | query
0 1 0 1 | code | fee_realtime | query
发0101 | code | fee_realtime | query
编辑0101发送到10086 | code | fee_realtime | query
编辑短信“0101”发送至10086 | code | fee_realtime | query
回复0101 | code | fee_realtime | query
0102 | code | bill_month | query
0103 | code | balance | query
0104 | code | points_query | query
0107 | code | recharge | open
0110 | code | other_fee | query
0112 | code | opened_services | query
0204 | code | crbt | -
0205 | code | fetion | -
0000 | code | sp_item | query
00000 | code | sp_category | query
0403 | code | sp_all | cancel
0404 | code | sp_howto | info
hf | keyword | fee_realtime | query
HF | keyword | fee_realtime | query
ＨＦ | keyword | fee_realtime | query
HF  | keyword | fee_realtime | query
h f | keyword | fee_realtime | query
HF! | keyword | fee_realtime | query
话费 | keyword | fee_realtime | query
話費 | keyword | fee_realtime | query
查话费 | keyword | fee_realtime | query
我要查话费 | keyword | fee_realtime | query
请问我的话费 | keyword | fee_realtime | query
查一下话费 | keyword | fee_realtime | query
帮我查话费谢谢 | keyword | fee_realtime | query
话费，谢谢！ | keyword | fee_realtime | query
您好，我想查话费 | keyword | fee_realtime | query
用了多少钱 | keyword | fee_realtime | query
停机了 | keyword | fee_realtime | query
欠费 | keyword | fee_realtime | query
YE | keyword | balance | query
余额 | keyword | balance | query
餘額 | keyword | balance | query
帐户余额 | keyword | balance | query
账户余额 | keyword | balance | query
还剩多少 | keyword | balance | query
ZD | keyword | bill_month | query
帐单 | keyword | bill_month | query
账单 | keyword | bill_month | query
帳單 | keyword | bill_month | query
上个月话费 | keyword | bill_month | query
JF | keyword | points_query | query
积分 | keyword | points_query | query
積分 | keyword | points_query | query
m值 | keyword | points_query | query
CXJF | keyword | points_query | query
LL | keyword | gprs_usage | query
流量 | keyword | gprs_usage | query
GSD | keyword | attribution | query
RG | keyword | agent | -
人工 | keyword | agent | -
转人工 | keyword | agent | -
投诉 | keyword | complaint | open
CL | keyword | crbt | -
彩铃 | keyword | crbt | -
彩鈴 | keyword | crbt | -
KTCL | keyword | crbt | open
ktcl | keyword | crbt | open
QXCL | keyword | crbt | cancel
qxcl | keyword | crbt | cancel
TDCL | keyword | crbt | cancel
KTFX | keyword | fetion | open
QXFX | keyword | fetion | cancel
KTLDXS | keyword | caller_id | open
QXLDXS | keyword | caller_id | cancel
KTYX | keyword | pushmail | -
QXYX | keyword | pushmail | cancel
KTGPRS | keyword | gprs | open
QXGPRS | keyword | gprs | cancel
KTCLH | keyword | crbt_box | open
QXZWB | keyword | paper_daily | cancel
开通彩铃 | keyword | crbt | open
办理彩铃 | keyword | crbt | open
我要开通彩铃 | keyword | crbt | open
请帮我开通彩铃业务 | contained | crbt | open
开个彩铃 | keyword | crbt | open
KT彩铃 | keyword | crbt | open
取消彩铃 | keyword | crbt | cancel
退订彩铃 | keyword | crbt | cancel
关闭彩铃 | keyword | crbt | cancel
不要彩铃 | keyword | crbt | cancel
我要取消彩铃 | keyword | crbt | cancel
我要退彩铃 | keyword | crbt | cancel
QX彩铃 | keyword | crbt | cancel
TD彩铃 | keyword | crbt | cancel
把彩铃给我取消了 | contained | crbt | cancel
彩铃我不想用了 | contained | crbt | cancel
麻烦取消我手机上的彩铃功能 | contained | crbt | cancel
取消來電顯示 | keyword | caller_id | cancel
取消飞信 | keyword | fetion | cancel
关掉手机上网 | keyword | gprs | cancel
退订手机报 | keyword | mobile_paper | cancel
取消潇湘晨报 | keyword | paper_xiaoxiang | cancel
不要开通彩铃 | keyword | crbt | cancel
别开彩铃 | contained | crbt | cancel
别给我开通彩铃 | contained | crbt | cancel
我没有开通彩铃 | contained | crbt | query
我没开彩铃，给我取消 | contained | crbt | cancel
没开通彩铃怎么扣钱 | contained | crbt | query
我没订过手机报 | contained | mobile_paper | query
谁给我开的彩铃 | contained | crbt | query
乱开彩铃 | contained | crbt | query
不要取消彩铃 | contained | crbt | query
别取消彩铃 | contained | crbt | query
彩铃多少钱 | keyword | crbt | info
彩铃怎么开通 | keyword | crbt | info
怎么开通彩铃 | keyword | crbt | info
怎么取消彩铃 | keyword | crbt | info
彩铃资费 | keyword | crbt | info
什么是彩铃 | keyword | crbt | info
飞信是什么 | keyword | fetion | info
彩铃一个月多少钱 | contained | crbt | info
查彩铃 | keyword | crbt | query
怎么退订 | keyword | sp_howto | info
怎么充值 | keyword | pay_howto | info
怎么交话费 | keyword | pay_howto | info
退订 | keyword | sp_item | query
梦网业务 | keyword | sp_item | query
扣费业务 | keyword | sp_item | query
乱扣费 | keyword | sp_item | query
取消梦网业务 | keyword | sp_item | query
退订增值业务 | keyword | sp_item | query
你们怎么乱扣费 | contained | sp_item | query
怎么又扣我信息费 | contained | sp_item | query
M值还有多少 | keyword | points_query | query
ABM值 | none | - | -
全部退订 | keyword | sp_all | cancel
取消所有业务 | keyword | sp_all | cancel
分类退订 | keyword | sp_category | query
我的手机话费还有吗 | contained | fee_realtime | query
这个月的话费是多少啊 | contained | fee_realtime | query
我想知道我的积分有多少 | contained | points_query | query
手机流量还剩多少 | contained | gprs_usage | query
积分还剩多少 | keyword | points_query | query
套餐还剩多少 | contained | plan_remain | query
请查HF | keyword | fee_realtime | query
查询HF谢谢 | keyword | fee_realtime | query
我手机的HF是多少 | contained | fee_realtime | query
HFABC | none | - | -
SHF | none | - | -
CLASS | none | - | -
话费清单 | keyword | detail_list | query
查一下话费清单 | keyword | detail_list | query
短信帐单 | keyword | sms_bill | -
彩信账单 | keyword | mms_bill | -
短信套餐 | keyword | sms_pack | -
手机上网流量 | keyword | gprs_usage | query
停机 | keyword | suspend | open
开机 | keyword | resume | open
我要停机 | keyword | suspend | open
我的手机停机怎么回事 | contained | fee_realtime | query
老是开机关机 | none | - | -
没有建议 | none | - | -
密码 | ask | - | - | pwd_change pwd_reset pwd_unlock
服务密码 | ask | - | - | pwd_change pwd_reset pwd_unlock
我的密码 | ask | - | - | pwd_change pwd_reset pwd_unlock
我忘了密码 | contained | pwd_reset | open
密码忘记了怎么办 | contained | pwd_reset | open
换个密码 | contained | pwd_change | open
密码锁了 | contained | pwd_unlock | open
换个套餐 | contained | plan_change | query
套餐用完了没有 | contained | plan_remain | query
忘记密码 | keyword | pwd_reset | open
修改密码 | keyword | pwd_change | open
密码被锁 | keyword | pwd_unlock | open
套餐 | ask | - | - | plan_remain plan_change gprs_plan
漫游 | ask | - | - | mzone_roam_cs brand_tariff
交费 | ask | - | - | recharge pay_howto pay_records
缴费 | ask | - | - | recharge pay_howto pay_records
TD | ask | - | - | sp_item g3_consult
td | ask | - | - | sp_item g3_consult
HF10 | ask | - | - | fee_realtime points_exchange
HF 50 | ask | - | - | fee_realtime points_exchange
取消 | ask | - | cancel
开通 | ask | - | open
我要取消 | ask | - | cancel
我要开通业务 | ask | - | open
KT | ask | - | open
QX | ask | - | cancel
话费和积分 | ask | - | - | fee_realtime points_query
取消彩铃和飞信 | ask | - | cancel | crbt fetion
0109 13674301528 | code | attribution | query
0109#13674301528 | code | attribution | query
010913674301528 | code | attribution | query
CZ123456789012345678 | keyword | recharge | open
CZ 1234 5678 9012 345678 | keyword | recharge | open
cz#123456789012345678 | keyword | recharge | open
0102 201009 | code | bill_month | query
0102 13 | code | bill_month | query
0102#201009 | code | bill_month | query
ZD 9月 | keyword | bill_month | query
查9月账单 | contained | bill_month | query
0110 13900000002 123987 | code | other_fee | query
0110#13900000002#123987 | code | other_fee | query
BGMM#123123#456456#456456 | keyword | pwd_change | open
BGMM#123123#456456#456456# | keyword | pwd_change | open
TS服务态度太差 | contained | complaint | open
你好 | none | - | -
在吗 | none | - | -
哈哈哈 | none | - | -
1 | none | - | -
99 | none | - | -
。。。 | none | - | -
asdfgh | none | - | -
请问我还有多少钱 | contained | balance | query
我手机里还有多少钱 | contained | balance | query
这个月用了多少流量 | contained | gprs_usage | query
上月账单 | contained | bill_month | query
查8月份话费 | contained | bill_month | query
帮我把来电提醒关了 | contained | missed_call | cancel
来电提醒不要了 | keyword | missed_call | cancel
不想用彩铃了，怎么办 | contained | crbt | cancel
取消手机报业务 | contained | mobile_paper | cancel
我要退订梦网短信 | keyword | sp_category | query
你们为什么扣我5元 | contained | sp_item | query
乱收费 | contained | sp_item | query
开通来电显示业务 | contained | caller_id | open
关闭GPRS | keyword | gprs | cancel
最近有什么活动 | contained | promo_latest | info
怎么充值话费 | contained | pay_howto | info
给别人充值 | contained | pay_howto | info
充值卡怎么用 | contained | pay_howto | info
转人工客服 | contained | agent | -
13674301528是哪里的 | contained | attribution | query
停机了怎么办 | contained | fee_realtime | query
挂失手机 | contained | suspend | open
报停 | keyword | suspend | open
手机丢了 | keyword | suspend | open
0207 | code | suspend | open
0207 13900000002 741963 | code | suspend | open
KJ | keyword | resume | open
0209 | code | balance_remind | -
0209 20 | code | balance_remind | open
0209#20 | code | balance_remind | open
YETX20 | keyword | balance_remind | open
余额提醒 | keyword | balance_remind | -
余额提醒 20元 | keyword | balance_remind | open
余额提醒20 | keyword | balance_remind | open
余额提醒，20块 | keyword | balance_remind | open
余额提醒 13900000002 | contained | balance_remind | -
余额提醒 20元 不要 | contained | balance_remind | cancel
取消余额提醒 20 | contained | balance_remind | cancel
0209 取消 | code | balance_remind | cancel
0209 20 不要 | code | balance_remind | cancel
0227 取消 13900000002 | code | call_forward | cancel
QXYETX | keyword | balance_remind | cancel
0212 | code | pushmail | -
取消手机邮箱 | keyword | pushmail | cancel
0227 | code | call_forward | -
0227 13900000002 | code | call_forward | open
HZ13900000002 | keyword | call_forward | open
呼叫转移 13900000002 | keyword | call_forward | open
呼叫转移13900000002 | keyword | call_forward | open
呼转 13900000002 258036 | keyword | call_forward | open
呼叫转移 5 | contained | call_forward | -
不要呼叫转移13900000002 | contained | call_forward | cancel
彩铃 5元 | contained | crbt | -
话费 20 | contained | fee_realtime | query
QXHZ | keyword | call_forward | cancel
取消呼叫转移 | keyword | call_forward | cancel
0225 张三 430102198001011234 | code | realname | open
0305 | code | plan_change | query
BGTC | keyword | plan_change | query
0306 | code | gprs_plan | -
开通流量套餐 | keyword | gprs_plan | -
取消流量套餐 | keyword | gprs_plan | cancel
0501 | code | pwd_change | open
0501 258036 147963 147963 | code | pwd_change | open
改密码 | keyword | pwd_change | open
我要改密码 | keyword | pwd_change | open
XGMM | keyword | pwd_change | open
0502 | code | pwd_reset | open
密码忘了 | keyword | pwd_reset | open
CZMM | keyword | pwd_reset | open
JSMM | keyword | pwd_unlock | open
密码解锁 | keyword | pwd_unlock | open
开通飞信多少钱 | keyword | fetion | info
飞信免费吗 | keyword | fetion | info
我开通了哪些业务 | contained | opened_services | query
取消我的所有业务 | contained | sp_all | cancel
拒收广告 | keyword | promo_stop | cancel
不要给我发广告 | ask | - | cancel | promo_stop
KTLDTX | keyword | missed_call | open
KTCL谢谢 | keyword | crbt | open
我发了QXCL怎么还扣钱 | contained | crbt | query
开通彩铃 取消飞信 | ask | - | - | crbt fetion
k t c l | keyword | crbt | open
彩铃开通 | keyword | crbt | open
短信帐单取消 | keyword | sms_bill | cancel
一零零八六 | keyword | main_menu | -
彩铃是谁开的 | contained | crbt | query
0105 | code | points_exchange | query
JFDH | keyword | points_exchange | query
JFDH 30 | keyword | points_exchange | open
0105 30 | code | points_exchange | open
兑换30元话费 | contained | points_exchange | open
兑换话费 | contained | points_exchange | query
积分换话费 | contained | points_exchange | query
0106 201008 | code | pay_records | query
0108 201008 258036 | code | detail_list | query
查8月清单 | contained | detail_list | query
0109 1367430 | code | attribution | query
01091367430 | code | attribution | query
GSD13674301528 | keyword | attribution | query
归属地 13674301528 | contained | attribution | query
0111 | code | plan_remain | query
0113 | code | gprs_usage | query
0114 13900000002 741963 | code | puk_query | query
0115 | code | records | query
BLJL | keyword | records | query
查办理记录 | keyword | records | query
0605 | code | hall_address | info
0605 株洲 | code | hall_address | info
0605株洲 | contained | hall_address | info
长沙营业厅在哪里 | contained | hall_address | info
0702 营业员态度太差 | code | complaint | open
0702营业员态度太差 | code | complaint | open
投诉 你们乱扣费 | keyword | complaint | open
投诉：乱扣费 | keyword | complaint | open
投訴 你們亂扣費 | keyword | complaint | open
投诉你们乱扣我的话费 | contained | complaint | open
我要投诉营业员 | contained | complaint | open
ts 0000退不掉 | keyword | complaint | open
建议多开几个窗口 | contained | complaint | open
投诉进度 | keyword | complaint_status | query
投诉进度怎么样了 | contained | complaint_status | query
投诉电话是多少 | contained | complaint | open
TS20100922001 | keyword | complaint_status | query
0704 TS20100922001 | code | complaint_status | query
催办 | keyword | complaint_status | query
0703 13812345678*恭喜您中奖 | code | spam_report | open
JB 10661234*您有大奖 | keyword | spam_report | open
JB10661234*您有大奖 | contained | spam_report | open
垃圾短信 | keyword | spam_report | open
"""


def rows() -> list[tuple[str, str, str | None, str | None, tuple[str, ...]]]:
    """Text, how, service, action, candidates."""
    found = []
    for line in TABLE.strip("\n").splitlines():
        text, *rest = line.split(" | ")
        how, service, action, *more = (part.strip() for part in rest)
        candidates = tuple(more[0].split()) if more else ()
        found.append((text, how, _or_none(service), _or_none(action), candidates))
    return found


def _or_none(word: str) -> str | None:
    return None if word == "-" else word
