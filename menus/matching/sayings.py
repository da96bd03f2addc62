"""Turns of phrase that mean a service without naming it, or mean another one than they name.

Like :mod:`menus.matching.vocabulary`, properties of the language and of the service catalogue (its ids).
Written from what people say, each as wide as it is sure: what might be chat has to name a phone, money or a
bill. Patterns look at texts in normal form.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from menus.model.numbers import MOBILE
from menus.model.specs import Action

_MONTH = (
    "(?:最近|前|近|这|过去)(?:几|两|半|[2-6])个?月|(?:20[0-9]{2}年?)?(?:1[0-2]|0?[1-9])月份?|上?上个?月"
    "|前个?月"
)
_MANY = "(?:多少|几多|几块|好多|几)"
_HOW = "(?:怎么|怎样|如何|咋|哪里|哪儿|在哪)"
_SOMEONE = (
    "(?:老?[妈爸]妈?爸?|爹|娘|老婆|老公|媳妇|爱人|儿子|女儿|孩子|小孩|朋友|同学|同事|别人|人家|他|她"
    "|家人|家里人|对方|弟弟?|哥哥?|姐姐?|妹妹?"
    "|爷爷|奶奶|外公|外婆|公公|婆婆|岳[父母]|父亲|母亲|父母|老人家?|亲戚|男友|女友|男朋友|女朋友|老板"
    "|另外?一个|其他|其它)"
)
_OTHERS_PHONE = f"(?:{MOBILE}|{_SOMEONE}(?:那个|这个)?的?(?:手机|号码?|电话|卡|移动|名下)+)"
_LEFT = "(?:的|里面?|上|本月|这个?月|还有|还剩|还|有|剩|用了|花了|欠了?|多少)*"
_HOLIDAY = (
    "(?:元旦|春节|过年|新年|国庆节?|五一|十一|中秋节?|端午节?|暑假|寒假|圣诞节?|情人节|元宵节?|教师节"
    "|母亲节|开学|双十一|周年)"
)
_WHAT = "(?:什么|哪些|啥|些什么|些啥|几个|多少|哪几个)"


class Saying(NamedTuple):
    """``signs``: one of these characters at least stands in every text that the pattern finds."""

    signs: frozenset[str]
    pattern: re.Pattern[str]
    service: str
    action: Action | None


def _said(signs: str, service: str, action: Action | None, *patterns: str) -> Saying:
    return Saying(frozenset(signs), re.compile("|".join(patterns)), service, action)


SAYINGS: tuple[Saying, ...] = (
    _said(
        "费额钱余欠账",
        "other_fee",
        Action.QUERY,
        f"^(?!.*[充交缴转存]).*(?:{_OTHERS_PHONE}{_LEFT}(?:电?话费|余额|花费|欠费|费用|账单|多少钱|几块钱|钱)"
        f"|{_SOMEONE}{_LEFT}(?:话费|电话费|手机费))",
    ),
    _said(
        "单打",
        "detail_list",
        Action.QUERY,
        "(?:话费|通话|月份?|本月|电话).{0,4}(?:清单|详单|话单)",
        "给谁打过",
    ),
    _said(
        "量",
        "gprs_usage",
        Action.QUERY,
        "流量.{0,8}(?:用|跑|没|耗|走|费)[得了掉完的]*.{0,2}(?:快|多|完|猛)|怎么.{0,4}用了?.{0,6}流量",
    ),
    _said(
        "停挂",
        "suspend",
        Action.OPEN,
        f"^(?:给|把|帮|帮我把|我要|给我把)?(?:我的?)?(?:号码)?{MOBILE}(?:的号码?)?(?:给我|帮我)?(?:停机"
        f"|停了|停掉|停一下|报停|挂失)"
        f"|^(?:我要|申请|办理)?(?:停机|报停|挂失){MOBILE}$",
    ),
    _said(
        "开复",
        "resume",
        Action.OPEN,
        f"^(?:给|把|帮|帮我把|我要|给我把)?(?:我的?)?(?:号码)?{MOBILE}(?:的号码?)?(?:给我|帮我)?(?:开机"
        f"|复机|报开|恢复)"
        f"|^(?:我要|申请|办理)?(?:开机|复机|报开){MOBILE}$",
    ),
    _said(
        "停挂",
        "resume",
        Action.OPEN,
        "(?:取消|撤销|撤消|解除|终止)掉?了?(?:我的)?(?:手机|号码)?的?(?:停机|报停|挂失)|解挂|不(?:停机"
        "|报停|挂失)了",
    ),
    _said(
        "充交缴",
        "pay_records",
        Action.QUERY,
        "(?:充|交|缴)(?:值|费|钱|话费)?(?:了|过)(?:几|多少|好多)(?:次|回|笔|钱|话费|元|块)",
    ),
    _said(
        "月",
        "bill_month",
        Action.QUERY,
        f"(?:{_MONTH}).{{0,4}}(?:话费|费用|消费|花了|用了多少钱|用了好多钱|扣了我?多少|一共花|总共)",
    ),
    _said(
        "停打用扣花消欠",
        "fee_realtime",
        Action.QUERY,
        "(?:为什么|为啥|突然|无缘无故|被|咋|怎么(?:就|又|给|把|会|突然|被)).{0,6}停机|怎么停机了",
        "停机.{0,3}(?:怎么回事|为什么|为啥|怎么办|什么原因)",
        "怎么.{0,4}(?:用|扣|花|打)[了得]?(?:这么|那么|好)(?:多|快|高)",
        f"(?:打|花|消费|用)了?{_MANY}(?:块?钱|话费|元)|(?:花|消费)了?{_MANY}$",
        "(?:本月|这个?月|当月|今天|现在).{0,3}(?:消费|花了|花费|扣了)",
        "欠(?:了|着)?(?:你们|移动|公司)?(?:多少|好多|几块)",
    ),
    _said("消屏拒", "promo_stop", Action.OPEN, "取消(?:拒收|屏蔽)"),
    _said(
        "发举打",
        "spam_report",
        None,
        "举报.{0,14}(?:号码|短信|广告|骗|1[3-9][0-9]{9})|(?:广告|垃圾|诈骗|骗人|推销|发票).{0,8}举报",
        f"{MOBILE}.{{0,6}}(?:发|打).{{0,8}}(?:广告|骚扰|垃圾|诈骗|骗|推销)",
    ),
    _said(
        "广宣推促活",
        "promo_stop",
        Action.CANCEL,
        "(?:广告|宣传|推销|促销|推广|活动)的?(?:短信|信息|消息|彩信).{0,8}(?:不要|别|不想|拒|停|取消"
        "|屏蔽|烦|够了)",
        "(?:拒收|拒绝|不要|别|停止|取消|不想收|不想看).{0,10}(?:广告|宣传|推销)",
    ),
    _said(
        "号哪归本",
        "attribution",
        Action.QUERY,
        "(?:我的?|本)(?:这个)?(?:手机|电话|机)?号码?(?:是|为)?(?:多少|什么|几|啥)|查询?本机号|我是什么号码?$",
        f"(?:{MOBILE}|(?<![0-9])1[3-9][0-9]{{5}}(?![0-9])).{{0,6}}(?:哪|归属)",
        "本机号码?$|号码?(?:是|属于)?哪(?:里|儿|个地方|个城市|个省)?的",
    ),
    _said(
        "兑换",
        "points_exchange",
        Action.OPEN,
        "(?:兑换?|换)(?:成|取)?[0-9]{1,4}(?:元|块).{0,2}话费",
        "积分.{0,2}换话费",
    ),
    _said("分", "points_query", Action.QUERY, f"积分.{{0,4}}够|{_MANY}分(?!钟|钱)(?:可以|能|了|$)"),
    _said(
        "分时短条免",
        "plan_remain",
        Action.QUERY,
        f"(?:打|剩|还有|余).{{0,3}}{_MANY}(?:个)?分钟",
        f"短信.{{0,3}}(?:剩|还有).{{0,2}}{_MANY}条|(?:剩|还有){_MANY}条.{{0,3}}短信",
        "剩余?(?:的)?(?:通话|免费)(?:时间|时长|分钟)|免费(?:分钟|短信|通话).{0,4}(?:剩|还有|多少)",
    ),
    _said(
        "剩还余用",
        "gprs_usage",
        Action.QUERY,
        f"(?:剩|还有|用了|用掉|余){_MANY}(?:M|兆|G|KB|MB|GB)|上网.{{0,4}}(?:用了|剩|还有){_MANY}",
    ),
    _said(
        "充交缴存",
        "pay_records",
        Action.QUERY,
        "(?:充|交|缴|存)(?:了|进去|进|值)?的?.{0,8}(?:到(?:了|账|帐)?没|到没到|到了吗|到账|到帐|收到没|没到)",
        f"上次(?:充|交|缴)(?:值|费|钱)?了?{_MANY}|(?:什么时候|哪天|几号)(?:充|交|缴)的",
    ),
    _said(
        "餐",
        "plan_change",
        Action.QUERY,
        "(?:我|现在|目前|手机).{0,4}(?:是|用|办)的?(?:是)?(?:什么|哪个|啥|哪种)套餐",
    ),
    _said(
        "务功",
        "sp_all",
        Action.CANCEL,
        "什么(?:业务|服务|功能)都(?:不要|取消|退|不用)",
        "(?:业务|服务|功能)(?:给我|帮我)?(?:都|全|全部|统统|一起|通通|所有)(?:都)?(?:给我|帮我)?(?:取消"
        "|退|关|停|不要)",
        "(?:全部|全|都|统统)(?:给我|帮我)?(?:取消|退订|退掉|关掉)(?:所有|全部)?的?(?:增值|收费|SP"
        "|梦网)的?(?:业务|服务|功能)",
        "(?:取消|退订|退掉|关闭|停掉).{0,3}(?:所有|全部|一切)的?(?:收费|增值|扣费|扣钱|梦网)?的?(?:业务"
        "|服务|功能)",
        "(?<!除)(?:所有|全部|一切)的?(?:收费|增值|扣费|扣钱|梦网)?的?(?:业务|服务|功能).{0,4}(?:退|取消"
        "|关掉|停掉)",
    ),
    _said(
        "务东",
        "sp_item",
        Action.QUERY,
        "(?:业务|东西).{0,6}(?:谁|哪个)(?:给我|帮我)?(?:开|定|订)|(?:谁|哪个)(?:给我|帮我)(?:乱)?(?:开"
        "|定|订)了?(?:这|那)?(?:些|么多)(?:业务|东西)",
        "被(?:人|你们|强制|偷偷)?(?:定|订|开)(?:通|了|购|制)*(?:什么|啥|一些|好多|很多|些).{0,6}(?:业务"
        "|东西)",
    ),
    _said(
        "务功服东项么啥",
        "opened_services",
        Action.QUERY,
        f"(?:开|订|办)(?:通|理|购|了|过|着)*{_WHAT}(?:收费)?(?:业务|功能|服务|东西|项目)",
        "(?:查|看)(?:询|一下|看|下)?我的?(?:手机|号码?|卡)(?:上|里)?的?(?:有)?(?:业务|服务|功能)$",
        "(?:手机|号码?|卡|我).{0,3}(?:开|订|办)(?:通|理|购|了|过|着)*(?:些|点)?(?:什么|啥)$",
        f"(?:手机|卡|号)(?:上|里)?(?:都)?有{_WHAT}(?:收费|扣费)?(?:的)?(?:业务|功能|服务|项目)",
    ),
    _said(
        "手号卡停挂",
        "suspend",
        Action.OPEN,
        "手机(?:被人?)?(?:丢(?!在|家|公司|车|人)|掉(?!水|地|进|线|价|色|漆|在)|偷|不见|遗失|抢)(?!了?电)",
        "(?:手机|号码|电话卡|卡)(?:先|暂时|给我|帮我)?停(?:了|掉|一下|用|几天|一个月)$",
        "(?<!不)(?<!什么)(?:想|要|需要)(?:办理?|申请)?(?:停机|报停|挂失)$",
    ),
    _said("转", "call_forward", Action.OPEN, f"转(?:接|移)?(?:到|给).{{0,8}}{MOBILE}"),
    _said("转", "call_forward", None, "(?:电话|来电|手机|号码).{0,4}转(?:接|移)?到"),
    _said(
        "分礼奖",
        "points_exchange",
        Action.QUERY,
        "积分.{0,5}(?:换|兑).{0,3}(?:什么|啥|礼|东西|奖|哪些)|(?:换|兑).{0,3}(?:礼品|奖品)",
    ),
    _said(
        "分",
        "points_exchange",
        Action.QUERY,
        "积分.{0,4}[换兑](?:成|取|点|些|购)?(?:流量|短信|分钟|手机|东西|[0-9])",
    ),
    _said("分", "points_plan", Action.INFO, "积分.{0,5}(?:清零|过期|作废|有效)"),
    _said(
        "充交缴存",
        "pay_howto",
        Action.INFO,
        f"{_HOW}.{{0,6}}(?:充钱|充费|充值|交钱|存话费|存钱|充值卡|[交缴充](?:电?话|手机)?费)",
        f"(?:话费|手机费|^钱|^费用?).{{0,3}}{_HOW}.{{0,4}}[充交缴存]",
        "(?:可以|能|能不能|可不可以).{0,8}(?:交话费|充话费|缴费|充值).{0,3}(?:吗|么|不)$",
    ),
    _said(
        "充",
        "recharge",
        Action.OPEN,
        "充值?[0-9]{1,3}(?:元|块)|(?:^|[我要想给机费帮下])充[值个]?[0-9]{2,3}(?:元|块|$)",
    ),
    _said("退取关", "sp_howto", Action.INFO, "(?:这些|那些|业务|服务)怎么(?:才能)?(?:退|取消|关)"),
    _said(
        "业",
        "opened_services",
        Action.QUERY,
        "(?:看|看看|查|查下|查查|有没有|有无).{0,3}(?:乱开|多余|别的|其他|扣费|收费|开)的?业务$",
    ),
    _said(
        "途话",
        "ld_pack",
        Action.INFO,
        "(?:长途|长话).{0,5}(?:便宜|划算|省钱)|(?:便宜|划算|省钱).{0,4}(?:长途|长话)",
    ),
    _said(
        "餐",
        "plan_change",
        Action.QUERY,
        "(?:适合|便宜|划算|推荐|哪个|哪种).{0,6}套餐|套餐.{0,4}(?:适合|划算|便宜|推荐)",
    ),
    _said(
        "提通告",
        "balance_remind",
        Action.OPEN,
        "(?:低于|少于|不足|不够|不到|只剩|剩)[0-9一二三五十]+.{0,10}(?:提醒|通知|告诉)",
    ),
    _said(
        "诉",
        "complaint_status",
        Action.QUERY,
        "查(?:询|一下|看|下)?(?:我的)?投诉|投诉.{0,3}[0-9]{6}|投诉.{0,5}(?:处理|结果|进展|怎么样|解决"
        "|答复|回复|到哪)|(?:处理|解决).{0,4}我的投诉",
    ),
    _said(
        "诉",
        "complaint",
        Action.OPEN,
        "(?<!不)(?<!查)(?<!查询)(?<!取消)(?<!撤销)投诉(?!.{0,4}(?:电话|热线|方式|渠道|记录|进度|短信|号码))",
    ),
    _said(
        "度",
        "complaint",
        Action.OPEN,
        "(?:服务|营业员|客服|你们|人员).{0,6}态度.{0,6}(?:差|不好|恶劣|坏|凶|有问题|什么)|什么态度",
    ),
    _said("提", "complaint", Action.OPEN, "提(?:个|点|一个|一点|些)?(?:建议|意见)$"),
    _said(
        "活惠",
        "promo_latest",
        Action.INFO,
        f"{_HOLIDAY}.{{0,4}}(?:活动|优惠)|(?:你们|移动|最近|现在|目前|近期|老客户|老用户).{{0,4}}(?:有"
        f"|搞|做|推出).{{0,6}}(?:活动|优惠)",
    ),
    _said(
        "动厅营",
        "hall_address",
        Action.INFO,
        "移动(?:公司|大厅|营业部|营业点|门店|网点|厅)?.{0,3}(?:在哪|哪里|哪儿|地址|怎么走|几点|上班"
        "|下班|关门|开门)(?!.{0,2}[充交缴办])",
        "(?:哪里|哪儿|哪边|附近|哪).{0,3}有(?:你们)?的?(?:移动|营业|自办营业)(?:营业)?(?:厅|公司|网点|点|大厅)?",
    ),
    _said(
        "名登",
        "realname",
        None,
        "(?:名字|名下|名).{0,4}(?:登记|实名|办的)|(?:号码?|卡|手机).{0,6}(?:登记|谁的名)",
    ),
    _said(
        "人导理管客找",
        "agent",
        None,
        "(?:叫|让|找|喊|要)(?:你们?|一?个)?(?:的|那里的?|公司的?)?(?:人|领导|经理|主管|负责人"
        "|客服)(?:来|出来|跟|和|给我|接|听|说话|讲)"
        "|找(?:一下)?你们的?(?:领导|经理|主管|负责人)|(?:找|叫|转|接|要|换|让|派|是)(?:一?个)?真人(?!秀|版)",
    ),
    _said("送活", "promo_latest", Action.INFO, f"充.{{0,6}}送|{_WHAT}.{{0,3}}活动|有没有.{{0,6}}活动"),
    _said(
        "话打叫被本",
        "brand_tariff",
        Action.INFO,
        "打(?:联通|电信|固话|座机|固定电话|长途).{0,8}(?:多少钱|怎么收费|几毛|几分|怎么算|收费)",
        "(?:打电话|通话|主叫|被叫|接电话|本地).{0,6}(?:多少钱|怎么收费|几毛|几分钱|要钱)",
    ),
)
"""Read before the words of the text are."""
VAGUE: tuple[Saying, ...] = (
    _said(
        "多几好够钱",
        "balance",
        Action.QUERY,
        f"(?:还有|还剩|剩下?|剩余|余下?){_MANY}(?:钱|话费|元)?$|(?:有|剩|余)(?:下|余)?{_MANY}(?:块?钱"
        f"|话费)|够不够打",
        "(?:手机|卡|账户|号)(?:里|上)?面?还?有没?有?钱(?:没|吗|不|么|了|$)|还有钱(?:没|吗|么|不|打)"
        "|(?:手机|卡|号).{0,5}没钱了",
    ),
    _said(
        "扣收",
        "sp_item",
        Action.QUERY,
        "扣了?我?的?(?:[0-9一二三五六八十]+[元块])?(?:钱|费|[元块])|乱收费|多收费|(?:扣"
        "|收)了?我?的?[0-9]+[元块]",
    ),
    _said("惠", "promo_latest", Action.INFO, "(?:有|最近|什么|啥).{0,4}优惠"),
    _said("租", "brand_tariff", Action.INFO, "月租"),
    _said(
        "真线务找叫接转",
        "agent",
        None,
        "真人(?:服务|客服)?$|接线员|话务员|^(?:我要|帮我)?(?:找|叫|接|转)(?:个)?(?:人|真人)(?:来)?(?:接"
        "|听|服务)?$",
    ),
)
"""The same, where the text names nothing at all."""
ENGLISH: tuple[Saying, ...] = (
    _said(
        "BC",
        "balance",
        Action.QUERY,
        "^BALANCE$|MYBALANCE|CHECK.{0,6}BALANCE|BALANCE(?:LEFT|CHECK|INQUIRY|QUERY)?$|CREDITLEFT",
    ),
    _said(
        "IC",
        "fee_realtime",
        Action.QUERY,
        "^BILL$|MY(?:PHONE|MOBILE)?BILL|CHECK.{0,6}BILL|BILL(?:THISMONTH|ING)|PHONEBILL$",
    ),
    _said(
        "EOU",
        "agent",
        None,
        "(?:HUMAN|LIVE|REAL|SPEAK.*|TALK.*)(?:AGENT|OPERATOR|PERSON|HUMAN|SOMEONE)|^(?:AGENT"
        "|OPERATOR)$|CUSTOMER(?:SERVICE|CARE)",
    ),
    _said(
        "D",
        "gprs_usage",
        Action.QUERY,
        "^DATA$|DATA(?:LEFT|USAGE|USED|BALANCE)|HOWMUCHDATA|MYDATA|REMAININGDATA",
    ),
    _said("P", "points_query", Action.QUERY, "^POINTS$|MYPOINTS|CHECKPOINTS|POINTSBALANCE|HOWMANYPOINTS"),
    _said("PR", "recharge", Action.OPEN, "TOPUP|RECHARGE"),
    _said("C", "complaint", Action.OPEN, "COMPLAIN"),
    _said("P", "pwd_reset", None, "(?:FORGOT|RESET).{0,5}PASSWORD"),
    _said("E", "main_menu", None, "^(?:MAIN)?MENU$|^HELPME$"),
)
"""The same of texts in English, without blanks."""
