"""Where the mobile numbers of China belong, by the data of the package ``phonenumbers`` (R025): what the back
office's own segments do not say.

    Numbering().find("13674301528")      # Attribution("吉林", "长春", "0431", "移动"); None: not known

The package's tables of the world take 200 MB and three seconds. Only those of China are read, at the first
question, one module after the other, and what is kept of them is small: 140,000 prefixes, some 500 places.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from threading import Lock
from typing import Any

from business.port import Attribution

PACKAGE = "phonenumbers.geodata"
CHINA, MOBILE = "86", "1"
DIGITS = 7
"""Of a number, more than which no prefix has."""
_AREA = range(2, 4)  # digits of an area code without its 0
_PROVINCES = ("内蒙古", "广西", "西藏", "宁夏", "新疆")
"""Whose names are not all that stands before 省."""
_CITY_STATE = re.compile("(北京|上海|天津|重庆)市?")
_PROVINCE = re.compile(f"({'|'.join(_PROVINCES)})(?:[一-鿿]{{0,3}}自治区)?|([一-鿿]{{2,3}})省")
_PEOPLES = (
    "土家族|苗族|侗族|布依族|藏族|羌族|彝族|白族|傣族|景颇族|傈僳族|壮族|哈尼族|回族|蒙古族?|朝鲜族"
    "|哈萨克|柯尔克孜"
)
_CITY = re.compile(f"(.{{2,}}?)(?:{_PEOPLES})*(?:自治州|地区|盟|市|县|林区)?")
_TYPOS = {"株州": "株洲", "襄樊": "襄阳"}
_PLAN = {
    "移动": "134 135 136 137 138 139 147 150 151 152 157 158 159 165 172 178 182 183 184 187 188 195 197 198"
    " 1703 1705 1706",
    "联通": "130 131 132 145 155 156 166 167 171 175 176 185 186 196 1704 1707 1708 1709",
    "电信": "133 149 153 162 173 177 180 181 189 190 191 193 199 1349 1700 1701 1702",
    "广电": "192",
}
"""Who has been given which numbers; longer ones win."""
_OPERATORS = {prefix: operator for operator, prefixes in _PLAN.items() for prefix in prefixes.split()}
_MORE_AREAS = {
    ("贵州", "黔南"): "0854",
    ("贵州", "黔东南"): "0855",
    ("河南", "开封"): "0371",
    ("云南", "红河"): "0873",
    ("安徽", "亳州"): "0558",
    ("云南", "西双版纳"): "0691",
    ("山东", "莱芜"): "0634",
    ("云南", "德宏"): "0692",
    ("四川", "阿坝"): "0837",
    ("四川", "甘孜"): "0836",
    ("甘肃", "甘南"): "0941",
    ("甘肃", "金昌"): "0935",
    ("广西", "贵港"): "0775",
    ("云南", "怒江"): "0886",
    ("云南", "迪庆"): "0887",
    ("广西", "贺州"): "0774",
    ("广西", "来宾"): "0772",
    ("甘肃", "嘉峪关"): "0937",
    ("安徽", "巢湖"): "0565",
    ("湖北", "神农架"): "0719",
}
"""Area codes that the package does not say."""


def place_of(described: str) -> tuple[str, str] | None:
    """Province and city of ``湖南省长沙市``; the city first named where there are several. None: no city."""
    city_state = _CITY_STATE.match(described)
    if city_state is not None:
        return city_state[1], city_state[1]
    province = _PROVINCE.match(described)
    if province is None:
        return None
    rest = re.split("[、/,，]", described[province.end() :])[0]
    return (province[1] or province[2], _city(rest)) if rest else None


def _city(name: str) -> str:
    found = _CITY.fullmatch(name)
    city = found[1] if found else name
    return _TYPOS.get(city, city)


Known = Callable[[str], Attribution | None]
"""Where a number, or its segment, belongs; None: not known."""


def unknown(number: str) -> Attribution | None:
    """Of a back office that says only what it was filled with."""
    return None


class Numbering:
    """See the head of this file. May be asked by several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._read = False
        self._places: list[tuple[str, str]] = []
        self._of: dict[int, int] = {}  # prefix: its place
        self._areas: dict[tuple[str, str], str] = {}

    def find(self, number: str) -> Attribution | None:
        """``number``: eleven digits, or its first seven."""
        with self._lock:
            if not self._read:
                self._load()
        prefixes = [number[:length] for length in range(min(len(number), DIGITS), 2, -1)]
        place = next((self._places[self._of[int(p)]] for p in prefixes if int(p) in self._of), None)
        operator = next((_OPERATORS[p] for p in prefixes if p in _OPERATORS), None)
        area = self._areas.get(place) or _MORE_AREAS.get(place) if place else None
        if place is None or operator is None or area is None:
            return None
        return Attribution(place[0], place[1], area, operator)

    def _load(self) -> None:
        self._read = True
        known: dict[tuple[str, str], int] = {}
        for prefix, described in _entries():
            place = place_of(described)
            if place is None:
                continue
            if prefix.startswith(MOBILE) and len(prefix) > 3:
                self._of[int(prefix)] = known.setdefault(place, len(known))
            elif len(prefix) in _AREA:
                for named in _places_named(described, place):
                    self._areas.setdefault(named, f"0{prefix}")
        self._places = list(known)


def _places_named(described: str, first: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """Where several cities share an area code: all of them."""
    yield first
    for more in re.split("[、/,，]", described)[1:]:
        yield first[0], _city(more)


def _entries() -> Iterator[tuple[str, str]]:
    """Prefix behind the country's, and what is said of it in Chinese; nothing where the package is not
    there."""
    try:
        modules = [module.name for module in iter_modules(import_module(PACKAGE).__path__)]
    except ImportError:
        return
    for name in modules:
        if name.startswith("data"):
            yield from _of_china(f"{PACKAGE}.{name}")


def _of_china(name: str) -> Iterator[tuple[str, str]]:
    """Of one module, which is let go of afterwards."""
    known = name in sys.modules
    data: Mapping[str, Any] = import_module(name).data
    for prefix, words in data.items():
        if prefix.startswith(CHINA) and "zh" in words:
            yield prefix.removeprefix(CHINA), words["zh"]
    if not known:
        del sys.modules[name]
