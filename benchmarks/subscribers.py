"""Made-up subscribers, any number of them, as the CSV files that ``hall10086 load`` reads.

    write(folder, 1_000_000, seed=1)      # 750 MB; the same seed gives the same files

Each has six months of usage, two products, two lines of details and a payment; every second one an SP
service, every fourth a plan with allowances. All have the same service password, whose hash is brought, so
that a benchmark does not wait a quarter of an hour for scrypt.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from business.port.days import month_of
from business.port.secrecy import QUICK, hash_password

PASSWORD = "258036"
BRANDS = ("全球通", "动感地带", "神州行")
CITIES = ("长沙", "株洲", "湘潭", "衡阳", "岳阳", "常德", "怀化")
PRODUCTS = 30
CARDS = 50_000
Lines = Iterator[str]


def msisdn(number: int) -> str:
    return f"136{number:08}"


def card(number: int) -> str:
    return f"5010{number:014}"


def write(folder: Path, count: int, seed: int, day: date) -> None:
    """One file a table. ``day`` is today's."""
    chance = random.Random(seed)
    tables: dict[str, Callable[[], Lines]] = {
        "products": _products,
        "subscribers": lambda: _subscribers(count, chance),
        "usage": lambda: _usage(count, chance),
        "sp": lambda: _sp(count),
        "payments": lambda: _payments(count, day),
        "details": lambda: _details(count, chance, month_of(day)),
        "allowances": lambda: _allowances(count),
        "cards": lambda: (f"{card(n)},50\n" for n in range(CARDS)),
        "rewards": lambda: (f"r{n},话费,{n}00,{n}\n" for n in range(1, 7)),
        "segments": lambda: (f"136{n:04},湖南,长沙,0731,移动\n" for n in range(10_000)),
        "halls": lambda: (f"{CITIES[n % 7]},{n}号厅,人民路{n}号,0731-{n},8-18点\n" for n in range(70)),
    }
    for name, lines in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8") as file:
            file.write(HEADERS[name] + "\n")
            file.writelines(lines())


HEADERS = {
    "products": "id,title,fee,charged,group,option",
    "subscribers": "number,brand,city,pays,balance,points,points this year,password hash,puk,opened",
    "usage": "number,month,plan,voice,data,messages,vas,sp,other",
    "sp": "number,id,name,provider,code,fee,category",
    "payments": "number,at,amount,way",
    "details": "number,at,kind,other,quantity,fee",
    "allowances": "number,plan,kind,total,used",
    "cards": "card,face",
    "rewards": "id,title,points,worth",
    "segments": "prefix,province,city,area code,operator",
    "halls": "city,name,address,phone,hours",
}


def _products() -> Lines:
    yield "crbt,彩铃,5,at once,,\n"
    yield "balance_remind,余额提醒,0,,,threshold\n"
    for n in range(PRODUCTS):
        yield f"p{n},产品{n},{n},,{'plan' if n < 5 else ''},\n"


def _subscribers(count: int, chance: random.Random) -> Lines:
    kept = hash_password(PASSWORD, b"0123456789abcdef", QUICK).hex()
    for n in range(count):
        brand = BRANDS[n % 3 // (2 if n % 7 == 0 else 1)]
        opened = f"p{n % 5} p{5 + chance.randrange(PRODUCTS - 5)}"
        if n % 20 == 0:
            opened += " balance_remind"
        balance = chance.randrange(500, 50_000) / 100
        city, pays = CITIES[n % 7], "before" if n % 4 else "after"
        yield f"{msisdn(n)},{brand},{city},{pays},{balance:.2f},{5000 + n % 900},300,{kept},{n:08},{opened}\n"


def _usage(count: int, chance: random.Random) -> Lines:
    for n in range(count):
        for ago in range(6):
            voice, data = chance.randrange(9000) / 100, chance.randrange(2000) / 100
            yield f"{msisdn(n)},{ago},18.00,{voice:.2f},{data:.2f},1.20,5.00,0,0\n"


def _sp(count: int) -> Lines:
    return (
        f"{msisdn(n)},s{n % 100},笑话{n % 100},湘江传媒,1066{n % 100:04},5,梦网短信\n"
        for n in range(0, count, 2)
    )


def _payments(count: int, day: date) -> Lines:
    days = [day - timedelta(days=ago) for ago in range(150)]
    return (f"{msisdn(n)},{days[n % 150]} 09:{n % 60:02},50,营业厅\n" for n in range(count))


def _details(count: int, chance: random.Random, month: date) -> Lines:
    for n in range(count):
        for _ in range(2):
            at, seconds = (
                f"{month} {chance.randrange(24):02}:{chance.randrange(60):02}",
                chance.randrange(600),
            )
            yield f"{msisdn(n)},{at},voice,139{n % 10**8:08},{seconds},{seconds // 60 * 0.1:.2f}\n"


def _allowances(count: int) -> Lines:
    for n in range(0, count, 4):
        yield f"{msisdn(n)},套餐,voice,150,{n % 150}\n{msisdn(n)},套餐,messages,100,{n % 100}\n"
