"""What stands in a message beside the customer's own words: the signature of a handset, the text that he
answers, quoted. Taken off before a code, a menu's number or an input is looked for.

    own_words("1\\n发自我的iPhone")            -> "1"
    own_words("> 请回复序号\\n2")              -> "2"
    before_quote(hall, "HF 10086营业厅，请回复序号：…")   -> "HF"

Public: :func:`own_words`, :func:`before_quote`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from menus.model.channels import SMS
from menus.model.hall import Hall, Slot, Template, Wording
from menus.model.values import Kind

LOOKED_AT = 400
"""Characters of a message in which a signature or a quotation is looked for."""
_DEVICE = "(?:发自|發自|来自|來自|发送自|由我的|从我的|Sent from|Sent by)"
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧易"
)
_UNDER = re.compile(
    rf"\s*(?:--|——|—|__|==|\*\*\*|~~|{_DEVICE}.{{0,30}}$|Get Outlook"
    r"|(?:原短信|原文|原信息|原始短信|原始信息|转发|发件人|From)\s*[:：]|.{0,40}(?:写道|wrote)[:：]"
    r"|谢谢|谢了|多谢|祝.{1,12}$|此致|敬礼|辛苦了|麻烦了"
    rf"|[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}\s*$)",
    re.IGNORECASE,
)
"""How a line begins that is under the customer's words, with all below it."""
_BESIDE = re.compile(
    rf"(?<=\S)\s*[（(【\[]?\s*{_DEVICE}\s*(?:我的|my )[^\n]{{1,25}}$"
    rf"|(?<=\S)\s*[（(【\[]\s*{_DEVICE}[^\n]{{1,25}}[）)】\]]\s*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\s*[>》]")


def own_words(text: str) -> str:
    """``text`` without quoted lines and the signature under it; itself where nothing else would be left."""
    return unwrapped(text)[0]


def unwrapped(text: str) -> tuple[str, tuple[str, ...]]:
    """The customer's own words, and the lines that were taken off them."""
    looked_at = text[:LOOKED_AT]
    found, beside = looked_at, _BESIDE.search(looked_at)
    off = [] if beside is None else [beside[0].strip()]
    if beside is not None:
        found = found[: beside.start()]
    if "\n" in text or "\r" in text:
        lines = [line for line in found.splitlines() if line.strip()]
        own = [line for line in lines if not _QUOTED.match(line)]
        under = next((n for n, line in enumerate(own) if n and _UNDER.match(line)), len(own))
        off += [line for line in lines if _QUOTED.match(line)] + own[under:]
        found = "\n".join(own[:under])
    return (found, tuple(off)) if off and found.strip() else (text, ())


_MODELS = (
    "i ?phone|i ?pad|i ?pod|android|安卓|华为|huawei|荣耀|honor|小米|红米|xiaomi|redmi|oppo|vivo|三星|samsung"
    "|galaxy|诺基亚|nokia|魅族|meizu|酷派|coolpad|联想|lenovo|中兴|zte|htc|黑莓|blackberry|索尼|sony|moto|lg|金立|手机|平板|电脑"
    "|qq邮箱|网易邮箱|邮箱|foxmail|outlook|客户端"
)
_SAYS_NOTHING = re.compile(
    rf"[（(【\[]?\s*{_DEVICE}\s*(?:我的|my )?\s*(?:{_MODELS})[a-z0-9 .+\-]{{0,16}}(?:手机|客户端|邮箱)?"
    r"\s*[）)】\]]?[。.!！]?"
    r"|Get Outlook for (?:iOS|Android)"
    r"|(?:谢谢|谢了|多谢|感谢|辛苦|麻烦了|此致|敬礼"
    r"|祝(?:您|你)?(?:好|工作顺利|工作愉快|生活愉快|身体健康|万事如意|新年快乐|一切顺利))(?:你们|你|您|大家|了|啦)*[\W_]*"
    r"|(?:原短信|原文|原信息|原始短信|原始信息|发件人|From)\s*[:：]\s*(?:10086)?|[\W_]*",
    re.IGNORECASE,
)
"""A line that is a device, plain thanks, or no words at all."""
_OF_OURS = re.compile("(?:请回复|回复)(?:序号|Y|1)")
_OF_HIS = re.compile("不|别|勿|没|吗|什么|怎么|问")


def says_nothing(hall: Hall, lines: tuple[str, ...]) -> bool:
    """Whether what was taken off a text may be passed over whatever the text is: a denial may stand there as
    well as a name."""
    return all(_SAYS_NOTHING.fullmatch(line.strip()) or _is_ours(hall, line) for line in lines)


def _is_ours(hall: Hall, line: str) -> bool:
    """Whether a quoted line is one of the hall's."""
    quoted = _QUOTED.sub("", line).strip()
    ours = _sentences(hall).match(quoted) or _OF_OURS.search(quoted)
    return ours is not None and _OF_HIS.search(quoted) is None


_FEWEST = 5
"""Characters of ours by which a quotation is known."""
_LONGEST_HEAD = 24
_STARTS = re.compile(r"(?<=\S)[\s:：/|]+")


def before_quote(hall: Hall, text: str) -> str:
    """What stands before one of the hall's own sentences, which the customer sent back; else ``text``."""
    if len(text) <= _FEWEST:
        return text
    ours = _sentences(hall)
    for blank in _STARTS.finditer(text[: _LONGEST_HEAD + 8]):
        if ours.match(text, blank.end()):
            return text[: blank.start()]
    return text


def _sentences(hall: Hall) -> re.Pattern[str]:
    known: re.Pattern[str] | None = hall.derived.get("sentences")
    if known is None:
        heads = sorted({head for each in _templates(hall) if (head := _head(each))}, key=len, reverse=True)
        known = hall.derived["sentences"] = re.compile("|".join(heads) or r"(?!)")
    return known


def _templates(hall: Hall) -> Iterator[Template]:
    wordings: list[Wording] = list(hall.texts.values())
    for service in hall.services.values():
        wordings += service.wordings.values()
    wordings += [menu.wording for menu in hall.sms.values() if menu.wording is not None]
    for wording in wordings:
        template = wording.on(SMS)
        if template is not None:
            yield template
    for menu in hall.sms.values():
        yield Template((f"{menu.title}，请回复序号",), menu.place)


def _head(template: Template) -> str:
    """The first line's beginning as a pattern; "" where too little of it is the hall's own."""
    pieces: list[str] = []
    own = 0
    for piece in template.pieces:
        if isinstance(piece, Slot):
            if piece.kind not in (Kind.TEXT, Kind.PHONE, Kind.MONEY, Kind.COUNT, Kind.TIME, Kind.DATE):
                break
            pieces.append(r"[^\n]{1,24}?")
            continue
        line, newline, _ = piece.partition("\n")
        pieces.append(re.escape(line))
        own += sum(each.isalpha() for each in line)
        if newline or own >= 2 * _FEWEST:
            break
    return "".join(pieces) if own >= _FEWEST else ""
