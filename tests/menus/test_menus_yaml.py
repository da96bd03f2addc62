"""The shipped hall: nothing to mend in it, and every key, code and keyword leads where the domain says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers import SPECS
from menus import Severity, read
from menus.matching.normal import normalise
from menus.model.channels import VOICE, WEB
from menus.model.conditions import holds
from menus.model.events import Facts
from menus.model.hall import Goal, Hall, Target, Wording
from menus.model.specs import Action

TEXT = (Path(__file__).parents[2] / "menus.yaml").read_text(encoding="utf-8")
READING = read(TEXT, SPECS)

# R018-R054: key path, the menu's title or the service's id
KEYS = """
1 menu 话费、积分和归属地查询 | 1-1 fee_realtime | 1-2 bill_month | 1-3 menu 积分查询与兑换
1-3-1 points_query | 1-3-2 points_exchange | 1-4 pay_records | 1-5 recharge | 1-6 detail_list
1-7 attribution | 1-8 other_fee | 2 menu 最新活动和资费介绍 | 2-1 promo_latest | 2-2 brand_tariff
2-3 pay_howto | 2-4 channel_intro | 2-5 hall_address | 2-6 points_plan | 2-7 new_service | 3 menu 业务办理
3-1 menu 密码服务 | 3-1-1 pwd_change | 3-1-2 pwd_reset | 3-1-3 pwd_unlock | 3-1-4 puk_query | 3-2 crbt
3-3 fetion | 3-4 gprs | 3-5 menu 移动秘书和来电显示 | 3-5-1 mobile_secretary | 3-5-2 caller_id
3-6 menu 本地套餐和短信大礼包 | 3-6-1 jiaozi_transfer | 3-6-2 sms_pack | 3-7 menu 停机开机 | 3-7-1 suspend
3-7-2 resume | 3-8 menu 余额提醒和短信账单 | 3-8-1 balance_remind | 3-8-2 sms_bill
4 menu 梦网业务查询与退订 | 4-1 sp_item | 4-2 sp_category | 4-3 sp_all | 4-4 sp_howto
4-0 menu 投诉建议或人工帮助 | 4-0-0 agent | 4-0-1 complaint | 4-0-2 complaint_status | 5 quiz_manyi100
8 menu 集团业务 | 8-1 group_consult | 8-2 menu 集团业务投诉建议和人工帮助 | 8-2-0 agent | 8-2-1 complaint
8-2-2 complaint_status | 0 agent
"""

# id, SMS codes, keywords: the service catalogue
CATALOGUE = """
fee_realtime 0101 HF 话费 实时话费 当前话费 查话费 HFCX CXHF 用了多少钱 消费多少 停机了 欠费 余额不足 花费
bill_month 0102 ZD 帐单 账单 月帐单 上月话费 往月话费 CXZD 历史帐单 话费帐单 话费账单 上个月话费
balance 0103 YE 余额 结余 CXYE 剩多少钱 还有多少话费 还剩多少 话费余额 帐户余额 账户余额
points_query 0104 JF 积分 CXJF M值 查积分 积分多少
points_exchange 0105 JFDH 积分兑换 换话费 兑换 DHJF
pay_records 0106 JFJL 缴费记录 交费记录 充值记录 缴费历史 交费历史 CZJL
recharge 0107 CZ 充值 充话费 交话费 缴费卡 充值卡
detail_list 0108 QD 清单 详单 通话记录 通话清单 话单 CXXD 话费清单 话费详单 通话详单
attribution 0109 GSD 归属地 哪里的号码 号码归属 哪个地方的号
other_fee 0110 其他手机话费 别人话费 其它号码话费 查别的手机
plan_remain 0111 CXTC TC 套餐余量 剩余分钟 还剩多少分钟 剩余短信 套餐使用 流量套餐余量 短信套餐余量 CXTS
opened_services 0112 已开通业务 开了哪些业务 我的业务 业务查询 CXYW
gprs_usage 0113 CXLL LL 流量 CXGPRS 流量查询 还剩多少流量 GPRS流量 手机上网流量 查GPRS
puk_query 0114 PUK PIN 锁卡 解锁卡
caller_id 0201 LDXS 来电显示 来显 KTLDXS QXLDXS
missed_call 0202 LDTX 来电提醒 漏接电话 KTLD QXLD
mobile_secretary 0203 YDMS 移动秘书 秘书台
crbt 0204 CL 彩铃 KTCL QXCL 炫铃
fetion 0205 FX 飞信 KTFX QXFX
gprs 0206 GPRS 手机上网 MO 上网功能 KTGPRS QXGPRS
suspend 0207 TJ 停机 报停 挂失 停机保号 手机丢了
resume 0208 KJ 开机 复机 报开 恢复通话
balance_remind 0209 YETX 余额提醒 话费提醒 余额不足提醒
sms_bill 0210 DXZD 短信帐单 短信账单 定制账单
mms_bill 0211 彩信帐单 彩信账单 MMSZD
pushmail 0212 SJYX 手机邮箱 PUSHMAIL KTYX QXYX 139邮箱
phonebook 0213 HBGJ 号簿管家 通讯录备份 电话本备份
wlan 0214 WLAN 无线上网 无线局域网 WIFI
voicemail 0215 YYXX 语音信箱 留言信箱
music_club 0216 YYJLB 音乐俱乐部 无线音乐 高级会员
crbt_box 0217 CLH 彩铃盒 一元彩铃 音乐盒 KTCLH QXCLH
paper_huasheng 0218 HSB 华声手机报 华声
paper_xiaoxiang 0219 XXCB 潇湘晨报
paper_sanxiang 0220 SXDSB 三湘都市报 三湘
comic_mms 0221 SJDM 手机动漫 动漫专刊
paper_daily 0222 ZWB 早晚报 手机早报 手机晚报 新闻早晚报 KTZWB QXZWB
mobile_paper 0223 SJB 手机报
info_fee_order 0224 XXF 信息费订制
realname 0225 SMZ 实名 实名制 实名登记
monternet_mail 0226 MWYX 梦网邮箱
call_forward 0227 HZ 呼叫转移 呼转 转移电话
jiaozi_transfer 0301 JZK 骄子卡 转本地套餐
sms_pack 0302 DXDLB 短信大礼包 短信包 短信套餐
ld_pack 0303 CHYHB 长话优惠包 长途包 长途优惠
mzone_roam_cs 0304 DGDDMY 动感地带漫游
plan_change 0305 BGTC 套餐变更 改套餐 换套餐 转套餐
gprs_plan 0306 LLTC 流量套餐 流量包 上网套餐
mms_pack 0307 彩信套餐 彩信包 MMSTC
sp_item 0000,0401 0000 退订 TD 增值业务 梦网业务 SP 扣费业务 乱扣费 信息费 代收费 扣了钱 梦网业务查询 SP业务
sp_category 00000,0402 00000 分类退订 梦网短信 梦网彩信
sp_all 0403 全部退订 全退 退订全部 取消所有业务
sp_howto 0404 怎么退订 退订方式 退订方法
pwd_change 0501 XGMM BGMM 修改密码 改密码 服务密码修改 修改服务密码 改服务密码
pwd_reset 0502 CZMM MMCZ 密码重置 忘记密码 密码忘了
pwd_unlock 0503 JSMM 密码解锁 密码被锁
promo_latest 0601 HD 最新活动 优惠活动 有什么活动
brand_tariff 0602 ZF 资费 品牌 全球通资费 动感地带资费 神州行资费 漫游资费
pay_howto 0603 交费方式 缴费方式 怎么交费 在哪交话费 怎么充值 充值方式
channel_intro 0604 服务渠道 网上营业厅 掌上营业厅
hall_address 0605 YYT 营业厅 营业厅地址 营业厅电话
points_plan 0606 积分计划 积分规则 积分怎么算
new_service 0607 XYW 新业务
group_consult 0608 JT 集团业务 集团V网 移动400 移动总机
olympic_volunteer 0609 AY 奥运 志愿者 残奥会
agent 0701 RG 人工 转人工 客服 人工台
complaint 0702 TS 投诉 建议 举报服务
spam_report 0703 JB LJDX 垃圾短信 举报短信 骚扰短信
survey -
quiz_manyi100 0705 DT 答题 有奖答题 满意100 兑奖
complaint_status 0704 投诉进度 催办 TSCX
g3_consult 0610 G3 3G 上网本
mm_consult 0611 MM 应用商场
promo_stop 0706 QXXC KTXC
main_menu - 10086 菜单 帮助 HELP 主菜单 短信营业厅 怎么用
"""
ROWS = [line.split() for line in CATALOGUE.strip().splitlines()]
WAYS = [part.split(maxsplit=1) for line in KEYS.strip().splitlines() for part in line.split(" | ")]


@pytest.fixture(name="hall")
def shipped() -> Hall:
    assert READING.hall is not None, READING.findings
    return READING.hall


def leads_to(hall: Hall, target: Target) -> str:
    match target.goal:
        case Goal.MENU:
            return f"menu {hall.telephone[target.name].title}"
        case Goal.AGENT:
            return "agent"
        case _:
            return target.name


def press(hall: Hall, path: str) -> Target:
    """What is reached by pressing the keys one after the other, from the main menu."""
    menu = hall.telephone[""]
    *before, last = path.split("-")
    for key in before:
        entry = menu.entry(key)
        assert entry is not None
        menu = hall.telephone[entry.target.name]
    entry = menu.entry(last)
    assert entry is not None
    return entry.target


def test_there_is_nothing_to_mend() -> None:
    assert [f for f in READING.findings if f.severity is not Severity.INFO] == []


@pytest.mark.parametrize(("path", "where"), WAYS)
def test_every_key_leads_where_the_domain_says(hall: Hall, path: str, where: str) -> None:
    assert leads_to(hall, press(hall, path)) == where


def test_there_are_no_keys_beside_these(hall: Hall) -> None:
    there = {f"{m.path}-{e.key}".lstrip("-") for m in hall.telephone.values() for e in m.entries}
    assert there == {path for path, _ in WAYS}


def test_key_five_works_while_the_campaign_runs_and_not_after(hall: Hall) -> None:
    condition = press(hall, "5").when
    facts = [Facts(datetime(year, 12, 31, 23, 59, tzinfo=UTC), VOICE, None) for year in (2027, 2028)]
    assert [holds(condition, each) for each in facts] == [True, False]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_service_of_the_catalogue_is_there(hall: Hall, row: list[str]) -> None:
    service_id, codes, *keywords = row
    assert hall.services[service_id].title
    for code in codes.split(",") if codes != "-" else ():
        action = Action.CANCEL if service_id == "promo_stop" else None  # 0706 refuses promos at once
        agent = service_id == "agent"
        wanted = Target(Goal.AGENT, "") if agent else Target(Goal.SERVICE, service_id, action)
        assert hall.codes[code] == wanted
    for keyword in keywords:
        assert hall.keywords[normalise(keyword)][0] == service_id


def test_there_are_seventy_four_services_and_two_of_our_own(hall: Hall) -> None:
    assert sorted(hall.services) == sorted(["records", "knowledge", *(row[0] for row in ROWS)])
    assert len(ROWS) == 74


def test_opening_and_cancelling_keywords_say_which(hall: Hall) -> None:
    for row in ROWS:
        for keyword in row[2:]:
            action = {"KT": Action.OPEN, "QX": Action.CANCEL}.get(keyword[:2])
            if action is not None:
                assert hall.keywords[normalise(keyword)] == (row[0], action)


def test_replies_two_four_reach_the_ring_back_tone(hall: Hall) -> None:
    """R105: the menus' numbers are the digits of the code."""
    office = hall.sms[""].entry("2")
    assert office is not None
    tone = hall.sms[office.target.name].entry("4")
    assert tone is not None
    assert tone.target == hall.codes["0204"] == Target(Goal.SERVICE, "crbt")


def test_sms_menus_mirror_their_codes(hall: Hall) -> None:
    for path, menu in hall.sms.items():
        for entry in menu.entries:
            assert hall.codes[f"{path}{int(entry.key):02d}"] == entry.target


def test_numbers_run_on_over_the_pages(hall: Hall) -> None:
    assert [entry.key for entry in hall.sms["02"].entries] == [str(n) for n in range(1, 28)]


def test_a_service_names_its_own_code(hall: Hall) -> None:
    assert hall.service_codes["sp_item"] == "0000"
    assert hall.service_codes["crbt"] == "0204"


def test_no_wording_carries_an_amount_that_the_back_office_knows(hall: Hall) -> None:
    for service in hall.services.values():
        if service.spec is None or service.spec.name in ("info.text", "info.topics"):
            continue
        for wording in service.wordings.values():
            for template in wording.by.values():
                assert not re.search(r"[0-9]元", template.source)


def test_guidance_keeps_to_the_free_key(hall: Hall) -> None:
    assert {guidance.key for guidance in hall.guidance} == {"9"}


def test_promos_are_about_what_is_served(hall: Hall) -> None:
    assert len(hall.promos) >= 5
    for promo in hall.promos:
        for code in re.findall(r"发([0-9]{4,5})", promo.text.source):
            assert hall.services[hall.codes[code].name].spec is not None


def test_changsha_says_its_own_and_keeps_the_rest(hall: Hall) -> None:
    changsha = hall.of_city("长沙")
    assert changsha.version == hall.version
    theirs = changsha.services["promo_latest"].wording(Action.INFO, "answer")
    ours = hall.services["promo_latest"].wording(Action.INFO, "answer")
    assert theirs is not None
    assert ours is not None
    assert "长沙" in theirs.by["sms"].source
    assert theirs.by["voice"] == ours.by["voice"]
    assert changsha.services["crbt"] is hall.services["crbt"]
    assert hall.of_city("株洲") is hall


def test_what_a_page_shows_does_not_take_the_page_for_a_text_message(hall: Hall) -> None:
    """What the web has no words of its own for it takes from the texts."""
    as_sms = re.compile("您的短信|这条短信|含[^，。]{2,6}的短信|短信也|短信营业厅，|清单用短信")
    worded: list[tuple[object, Wording | None]] = [*hall.texts.items(), ("sms", hall.sms[""].wording)]
    for service in hall.services.values():
        worded += [((service.id, *name), wording) for name, wording in service.wordings.items()]
    shown = [(name, found.source) for name, each in worded if each and (found := each.on(WEB))]
    assert [(name, text) for name, text in shown if as_sms.search(text)] == []
