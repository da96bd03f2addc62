"""A house whose back office has something to show: payments, a detail list, plans, PUK codes, rewards, number
segments and halls, none of it from the demo's file."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import datetime

import handlers
from boss.memory import MemoryBusiness
from business.guards.faults import FaultyBusiness
from business.port import (
    Allowance,
    AllowanceKind,
    Attribution,
    Detail,
    DetailKind,
    Payment,
    Place,
    Reward,
)
from business.port.days import SHANGHAI
from business.port.stock import Segment
from counter.desk import Desk
from counter.testing.house import MZONE, NOW, POSTPAID, House, demo_data, work
from menus.model.events import Work
from menus.model.specs import Action

PUK = "12345678"
REWARDS = (Reward("r10", "10元话费", 1000, 1000), Reward("r30", "30元话费", 2900, 3000))
DEAR = Reward("r100", "100元话费", 9500, 10000)
HALL = Place("五一广场营业厅", "黄兴中路88号", "073182000000", "8:00-20:00")


def at(month: int, day: int, hour: int = 9, minute: int = 5) -> datetime:
    return datetime(2010, month, day, hour, minute, tzinfo=SHANGHAI)


PAYMENTS = tuple(
    Payment(at(month, 2), 50_00 + month, way)
    for month, way in (
        (9, "充值卡"),
        (8, "营业厅"),
        (7, "银行代扣"),
        (6, "充值卡"),
        (5, "网上"),
        (4, "充值卡"),
    )
)
DETAILS = (
    Detail(at(8, 31, 18, 2), DetailKind.VOICE, "13674301528", 65, 20),
    Detail(at(8, 30), DetailKind.MESSAGE, "13900000002", 1, 10),
    Detail(at(8, 29), DetailKind.DATA, "", 1500, 150),
    Detail(at(8, 28), DetailKind.VOICE, "10086", 30, 0),
    Detail(at(8, 27), DetailKind.VOICE, "13900000003", 120, 40),
)
ALLOWANCES = (
    Allowance("88套餐", AllowanceKind.VOICE, 200, 80),
    Allowance("88套餐", AllowanceKind.DATA, 30 * 1024, 12 * 1024 + 1),
    Allowance("短信包", AllowanceKind.MESSAGES, 100, 130),
)


def wanting(does: str, action: Action, inputs: Mapping[str, str]) -> Work:
    """A piece of work with these inputs."""
    return replace(work(does, action), inputs=inputs)


class StockedHouse(House):
    """POSTPAID has all of it, MZONE a PUK code and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        data = deepcopy(demo_data())
        for account in data.accounts:
            account.payments, account.details, account.allowances, account.complaints = (), (), {}, ()
            account.puk = {POSTPAID: "87654321", MZONE: PUK}.get(account.msisdn)
            if account.msisdn == POSTPAID:
                account.payments, account.details = PAYMENTS, DETAILS
                account.allowances = {NOW.date().replace(day=1): ALLOWANCES}
        data = replace(
            data,
            rewards=(*REWARDS, DEAR),
            segments=(
                Segment("1367430", Attribution("湖南", "长沙", "0731", "移动")),
                Segment("1300110", Attribution("北京", "北京", "010", "联通")),
            ),
            places=(("长沙", HALL), *((("株洲", HALL),) * 5)),
        )
        self.memory = MemoryBusiness(data, self._now)
        self.business = FaultyBusiness(self.memory, self.timers)
        self.desk = Desk(self.business, handlers.FUNCTIONS, self._now)
