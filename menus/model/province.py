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


def city_of(area_code: str | None) -> str | None:
    """The city of the province that has this area code (with its 0), if one has."""
    return AREA_CODES.get(area_code or "")
