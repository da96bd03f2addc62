"""The province that a hall is for: its cities, and the area codes that they are called by (R012).

A hall of another province names its own here; phrases of ``when:``, documents of a city, what customers write
and what was dialled before the service number are all read by it.
"""

from __future__ import annotations

from collections.abc import Mapping

AREA_CODES: Mapping[str, str] = {
    "0731": "长沙",  # 株洲 and 湘潭 too since 2009-06-28: the caller's profile says it better
    "0733": "株洲",
    "0732": "湘潭",
    "0734": "衡阳",
    "0739": "邵阳",
    "0730": "岳阳",
    "0736": "常德",
    "0744": "张家界",
    "0737": "益阳",
    "0735": "郴州",
    "0746": "永州",
    "0745": "怀化",
    "0738": "娄底",
    "0743": "湘西",
}
"""Hunan's."""
CITIES = tuple(AREA_CODES.values())


_PLACES = {
    "长沙": "浏阳 宁乡 望城 岳麓 芙蓉区 雨花区 开福 天心区 星沙",
    "株洲": "醴陵 攸县 茶陵 炎陵",
    "湘潭": "湘乡 韶山",
    "衡阳": "耒阳 常宁 衡南 衡山 衡东 祁东 南岳",
    "邵阳": "武冈 邵东 新邵 隆回 洞口 绥宁 新宁 城步",
    "岳阳": "汨罗 临湘 华容 湘阴 平江",
    "常德": "津市 安乡 汉寿 临澧 澧县 桃源 石门",
    "张家界": "慈利 桑植 武陵源",
    "益阳": "沅江 南县 桃江 安化",
    "郴州": "资兴 桂阳 宜章 永兴 嘉禾 临武 汝城 桂东 安仁",
    "永州": "祁阳 东安 双牌 道县 江永 宁远 蓝山 新田 江华 零陵 冷水滩",
    "怀化": "洪江 中方 沅陵 辰溪 溆浦 会同 麻阳 新晃 芷江 靖州 通道",
    "娄底": "冷水江 涟源 双峰 新化",
    "湘西": "吉首 泸溪 凤凰 花垣 保靖 古丈 永顺 龙山",
}
PLACES: Mapping[str, str] = {place: city for city, places in _PLACES.items() for place in places.split()}
"""Towns and counties by which customers name where they are, each with its city."""
_ELSEWHERE = (
    "北京 上海 天津 重庆 广州 深圳 东莞 佛山 珠海 武汉 南昌 南京 苏州 杭州 宁波 温州 合肥 福州 厦门 济南 青岛"
    " 郑州 石家庄 太原 西安 兰州 西宁 银川 乌鲁木齐 呼和浩特 沈阳 大连 长春 哈尔滨 成都 贵阳 昆明 南宁 桂林"
    " 海口 三亚 拉萨 香港 澳门 台湾 广东 湖北 江西 江苏 浙江 安徽 福建 山东 河南 河北 山西 陕西 甘肃 青海"
    " 宁夏 新疆 内蒙古 辽宁 吉林 黑龙江 四川 贵州 云南 广西 海南 西藏"
)
ELSEWHERE = tuple(_ELSEWHERE.split())
"""Where there are none of this hall's: whoever names one is told so, not sent to his own city's."""


def place_in(words: str) -> str | None:
    """The city of the province that the words name, by itself or by a town or county of it; else the place
    elsewhere that they name; None: none."""
    city = next((city for city in CITIES if city in words), None)
    town = next((city for place, city in PLACES.items() if place in words), None)
    return city or town or next((place for place in ELSEWHERE if place in words), None)


def city_of(area_code: str | None) -> str | None:
    """The city of the province that has this area code (with its 0), if one has."""
    return AREA_CODES.get(area_code or "")
