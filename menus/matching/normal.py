"""What a customer typed, brought into one form before it is compared with anything.

    clean("ＨＦ，　謝謝！")         -> "HF 谢谢"    tokens still apart
    normalise("“ｈ f”")          -> "HF"         compact: what keywords are keyed by
    stages("编辑0101发送到10086", "10086") -> … "0101"       the politeness around it taken off

Done to every text: compatibility forms to plain ones (full-width digits and letters), capitals, traditional
characters to simplified, 帐 to 账, signs and emoji to spaces; ``#``, ``*`` and ``+`` stay, they part the
parameters of a command. ``O`` counts as 0 and ``I``, ``L`` as 1 where everything else is digits; a text of
Chinese numerals alone is digits too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_TRADITIONAL = (
    "話话費费帳账單单餘余額额積积清清錄录繳缴訂订閱阅業业務务開开關关閉闭彩彩鈴铃飛飞來来電电顯显醒醒"
    "夢梦網网郵邮信信報报機机復复掛挂漫漫遊游資资優优惠惠動动獎奖詢询問问題题請请謝谢謝谢對对錯错"
    "為为麼么嗎吗這这個个還还幾几錢钱沒没給给幫帮辦办讓让誰谁說说號号碼码類类項项條条實实時时間间"
    "歸归屬属無无線线樂乐俱俱樂乐級级會会員员備备份份簿簿轉转體体語语音音留留長长傳传圖图書书晚晚"
    "總总統统計计畫画規规則则營营廳厅舉举訴诉議议圾圾騷骚擾扰證证鎖锁舊旧變变與与點点當当現现"
    "歷历發发裡里裏里內内國国際际異异處处專专區区戶户聯联絡络賬账滿满兌兑換换據据檢检測测覺觉應应"
    "該该從从後后過过運运進进連连選选適适選选險险離离難难雙双頁页預预須须風风驗验麥麦龍龙臺台"
    "萬万兩两億亿靈灵舉举將将將将樣样氣气決决沖冲準准減减況况幣币師师帶带庫库張张強强"
    "彙汇徵征憑凭懷怀戰战擇择損损擔担擬拟攜携數数斷断於于術术東东條条極极構构標标橋桥權权"
    "歡欢歲岁殺杀氣气漢汉濟济滅灭漲涨潔洁燈灯燒烧營营爭争牆墙獨独獲获環环產产畢毕療疗監监盤盘"
    "確确禮礼種种稱称穩稳筆笔節节範范簡简簽签籤签紅红約约紙纸組组細细終终結结給给經经綠绿維维緊紧"
    "編编緩缓練练織织續续罰罚聲声職职聽听腦脑臨临與与興兴華华葉叶著着虛虚補补製制複复見见親亲觀观"
    "觸触註注評评試试詳详誠诚誤误課课調调談谈論论諮咨講讲識识譯译護护讀读負负財财貨货貴贵買买貼贴賓宾賣卖質质"
    "贈赠趕赶軟软輕轻輸输轄辖轎轿辭辞農农遠远遞递選选遺遗郵邮醫医釋释針针銀银銷销鍵键錶表鎮镇鐘钟"
    "門门閃闪閒闲閱阅闊阔隊队階阶陽阳隨随隱隐雜杂靜静響响頂顶順顺頓顿領领頻频顆颗願愿類类顧顾"
    "単单査查関关変变楽乐発发続续転转売卖読读対对帰归"
    "飯饭館馆馬马駐驻驅驱驚惊魚鱼鮮鲜鳥鸟麗丽"
)
_SIMPLER = str.maketrans(
    {**dict(zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)), "帐": "账", "冊": "册", "佈": "布"}
)
_LOOKALIKE = str.maketrans("OIL", "011")
_NUMERALS = str.maketrans("零〇一二三四五六七八九", "00123456789")
_NUMBERISH = frozenset("0123456789OIL零〇一二三四五六七八九")
"""What a number may begin with; most words do not."""
_NOUGHTS = frozenset({"OOOO", "OOOOO"})
"""Codes that are nothing but noughts, written as letters."""
_KEPT = frozenset("#*+")
LONGEST = 300
"""Characters that are looked at; what a longer text says for certain is not known."""
DOUBT = re.compile("[?？❓❔⁇⁈⁉︖﹖¿؟‽🤔🤷🙅🚫❌❎✖👎🙄]")
"""Signs of which one in a text is enough that it asks, or means the opposite."""
_MOST_POLITE = 12
"""Pieces of politeness around one wish; a thousand of them are no wish."""

_WORDS = {
    **{"么子": "什么", "么里": "什么", "么事": "什么", "冇得": "没有", "冇": "没"},
    **{"哪么": "怎么", "何解": "为什么"},
}
_DIALECT = re.compile("|".join(_WORDS))
"""What Hunan says."""
_MONTH = re.compile("(?<![一二三四五六七八九十])(?:十([一二])?|([一二三四五六七八九]))(?=月)")

_BEFORE = (
    "请问|你好|您好|麻烦|谢谢|请|我要|我想要|我想|我要想|想要|想|帮我|帮忙|给我|替我|能不能|能否|可以|可不可以"
    "|我的|我|编辑短信|编辑|发送短信|发送|发短信|发|回复|输入|就|要|那|嗯|哦|啊|喂|亲"
)
_AFTER = (
    "谢谢你|谢谢您|谢谢|多谢|谢了|啊|呀|吧|呢|吗|嘛|哦|喔|哈|啦|的|了|好吗|行吗|可以吗|一下"
    "|(?:发送|发|编辑|回复)?(?:短信)?(?:到|至|给)?{number}"
)
_FIRST = frozenset(piece[0] for piece in _BEFORE.split("|"))
_LAST = frozenset("谢你您多了啊呀吧呢吗嘛哦喔哈啦的下0123456789")
"""What politeness begins and ends with; most words do not."""
_FRAME_BEFORE = re.compile(f"^(?:{_BEFORE})(?=.)")
_FILLER = re.compile("一下|(?<=[查看])下")


def clean(text: str) -> str:
    """The text in plain capitals and simplified characters, signs as single spaces; tokens stay apart."""
    text = text[:LONGEST]
    plain = unicodedata.normalize("NFKC", text).upper().translate(_SIMPLER)
    if not plain.isascii():
        plain = _MONTH.sub(_in_digits, _DIALECT.sub(_in_mandarin, plain))
    if plain.isalnum():  # a code, or one word
        return plain
    return " ".join("".join(_sign(each) for each in plain).split())


def _in_mandarin(found: re.Match[str]) -> str:
    return _WORDS[found[0]]


def _in_digits(found: re.Match[str]) -> str:
    """The month's number: 七月, 十二月."""
    digit = (found[1] or found[2] or "").translate(_NUMERALS)
    return digit if found[2] else "1" + (digit or "0")


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, each in its place."""
    return text.translate(_SIMPLER)


def _sign(character: str) -> str:
    if character.isalnum() or character in _KEPT:
        return character
    return "" if unicodedata.category(character) in {"Cf", "Mn"} else " "


def digits(word: str) -> str:
    """``o1O1`` is 0101 and ``零一零一`` too; a word that is no number stays as it is."""
    if word.isdigit() or word[:1] not in _NUMBERISH:
        return word
    like = word.translate(_LOOKALIKE)
    if like.isdecimal() and (any(each.isdecimal() for each in word) or word in _NOUGHTS):
        return like
    spelled = word.translate(_NUMERALS)
    return spelled if len(word) > 1 and spelled.isdecimal() else word


@lru_cache(maxsize=8)
def _frame_after(number: str) -> re.Pattern[str]:
    return re.compile(f"(?<=.)(?:{_AFTER.format(number=number)})$")


def stages(word: str, number: str) -> Iterator[str]:
    """A compact text, then with one more piece of politeness off at a time: 我要短信账单,
    短信账单, 账单. None is empty unless the first is. ``number``: the hall's, to which it was 发送."""
    yield digits(word)
    after = _frame_after(number)
    for _ in range(_MOST_POLITE):
        inner = _peeled(word, after)
        if inner == word:
            return
        word = inner
        yield digits(word)


def _peeled(word: str, after: re.Pattern[str]) -> str:
    if "下" in word and (inner := _FILLER.sub("", word)) not in ("", word):
        return inner
    if word[-1:] in _LAST and (inner := after.sub("", word)) != word:
        return inner
    return _FRAME_BEFORE.sub("", word) if word[:1] in _FIRST else word


def compact(cleaned: str) -> str:
    """A cleaned text without spaces, and without signs at its ends; letters for digits put right."""
    return digits(cleaned.replace(" ", "").strip("#*+"))


def normalise(text: str) -> str:
    """What keywords are compared by: clean and compact. Frames stay, for 停机了 is another word than 停机."""
    return compact(clean(text))


def latin_tokens(cleaned: str) -> frozenset[str]:
    """The Latin words and numbers of a cleaned text, each whole."""
    return frozenset(digits(each) for each in re.findall("[A-Z0-9]+", cleaned))


def cuts(text: str, start: int, end: int) -> bool:
    """Whether a keyword that begins or ends with Latin letters or digits is only a piece of a longer one."""
    return (start > 0 and _latin(text[start - 1 : start + 1])) or _latin(text[end - 1 : end + 1])


def _latin(pair: str) -> bool:
    return len(pair) == 2 and pair.isascii() and pair.isalnum()
