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
    found = _BESIDE.sub("", text[:LOOKED_AT])
    if "\n" in text or "\r" in text:
        lines = [line for line in found.splitlines() if line.strip() and not _QUOTED.match(line)]
        under = next((n for n, line in enumerate(lines) if n and _UNDER.match(line)), len(lines))
        found = "\n".join(lines[:under])
    return found if found.strip() and (found != text[:LOOKED_AT]) else text


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
