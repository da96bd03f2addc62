"""The contract's audit trail, as its subscriber sees it: every decided change leaves a record."""

from __future__ import annotations

from business.contract.case import (
    FIFTY,
    GOTONE,
    ID_NUMBER,
    MZONE,
    PASSWORD,
    WRONG_CARD,
    ContractCase,
)
from business.port import (
    CancelProduct,
    CancelSp,
    Change,
    ChangePassword,
    Complain,
    ExchangePoints,
    OpenProduct,
    Origin,
    RegisterName,
    ResetPassword,
    Resume,
    Suspend,
    TopUp,
    UnlockPassword,
    Urge,
    verb,
)

NEW, OTHER_ID = "739184", "430102198001011230"
DONE: tuple[tuple[str, Change, str], ...] = (
    (GOTONE, OpenProduct("crbt"), "彩铃"),
    (GOTONE, CancelProduct("crbt"), "彩铃"),
    (GOTONE, CancelSp(("sp2", "sp1")), "业务2、业务1"),
    (GOTONE, TopUp(FIFTY, GOTONE), ""),
    (GOTONE, ExchangePoints("credit10"), "10元话费"),
    (GOTONE, Complain("信号不好"), ""),
    (GOTONE, Urge(), ""),
    (GOTONE, ChangePassword(NEW), ""),
    (GOTONE, ResetPassword(ID_NUMBER), ""),
    (MZONE, RegisterName("张三", OTHER_ID), ""),
    (GOTONE, Suspend(MZONE), MZONE),
    (GOTONE, Resume(MZONE), MZONE),
    (GOTONE, Suspend(GOTONE), ""),
    (GOTONE, Resume(GOTONE), ""),
)


class AuditContract(ContractCase):
    """What is recorded of a change."""

    async def test_every_kind_of_change_is_recorded_by_its_verb_its_title_and_its_channel(self) -> None:
        for n, (who, change, title) in enumerate(DONE):
            offer = await self.offered(who, change)
            await self.business.perform(who, change, offer, f"k{n}", Origin.SMS)
            record = (await self.business.records(who))[0]
            self.assertEqual((record.what, record.title, record.done), (verb(change), title, True))
            self.assertEqual((record.at, record.channel), (self.now, Origin.SMS))
        self.assertEqual(len(await self.business.records(GOTONE)), len(DONE) - 1)

    async def test_who_is_stopped_or_started_by_somebody_else_finds_it_recorded(self) -> None:
        changes: tuple[Change, ...] = (Suspend(MZONE), Resume(MZONE))
        for n, change in enumerate(changes):
            offer = await self.offered(GOTONE, change)
            for _ in range(2):
                await self.business.perform(GOTONE, change, offer, f"k{n}", Origin.VOICE)
            records = await self.business.records(MZONE)
            self.assertEqual(len(records), n + 1)
            self.assertEqual((records[0].what, records[0].title), (verb(change), ""))
            self.assertEqual((records[0].channel, records[0].done), (Origin.VOICE, True))

    async def test_a_refused_change_is_recorded_as_not_done(self) -> None:
        not_done: tuple[tuple[Change, str], ...] = (
            (TopUp(WRONG_CARD, GOTONE), ""),
            (ResetPassword(OTHER_ID), ""),
            (OpenProduct("crbt"), "彩铃"),
        )
        for n, (change, title) in enumerate(not_done):
            offer = await self.offered(GOTONE, change)
            if isinstance(change, OpenProduct):
                await self.retariff("crbt", 600)
            await self.business.perform(GOTONE, change, offer, f"k{n}", Origin.VOICE)
            record = (await self.business.records(GOTONE))[0]
            self.assertEqual((record.what, record.title, record.done), (verb(change), title, False))

    async def test_no_secret_is_recorded(self) -> None:
        for wrong in ("111111", "222222", "333333"):
            await self.business.check_password(GOTONE, wrong)
        secrets = {PASSWORD, NEW, ID_NUMBER, OTHER_ID, FIFTY, WRONG_CARD, "张三"}
        for n, change in enumerate(
            (
                UnlockPassword(ID_NUMBER), UnlockPassword(OTHER_ID), ChangePassword(NEW),
                ResetPassword(ID_NUMBER), TopUp(FIFTY, GOTONE), TopUp(WRONG_CARD, GOTONE),
            )
        ):  # fmt: skip
            offer = await self.business.offer(GOTONE, change)
            if hasattr(offer, "token"):
                outcome = await self.business.perform(GOTONE, change, offer, f"k{n}")
                secrets.add(str(getattr(outcome, "details", {}).get("temporary", NEW)))
        records = await self.business.records(GOTONE)
        self.assertGreaterEqual(len(records), 5)
        for secret in secrets:
            self.assertNotIn(secret, repr(records))
