"""The back office as the server runs it: what is wound around it, and what /metrics tells of it."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import TestCase

from menus.model.channels import SMS
from menus.model.events import Answered, Do, NotDone, Outcome, Work
from menus.model.specs import Action
from server.backoffice import FAILURES, HEALTH, REST, BackOffice
from server.metrics import Metrics
from server.settings import Settings

CALLER = "13900000001"
FEE = Work(Do.ASK, "fee_realtime", "fees.realtime", None, Action.QUERY, {})


class TestBackOffice(TestCase):
    def start(self, settings: Settings) -> BackOffice:
        self.metrics, self.clock = Metrics(), Clock()
        back = BackOffice(settings, self.clock, self.metrics)
        self.successResultOf(Deferred.fromCoroutine(back.start()))
        return back

    def ask(self, back: BackOffice) -> Outcome:
        return self.successResultOf(Deferred.fromCoroutine(back.desk.run(FEE, CALLER, SMS)))

    def counted(self, line: str) -> None:
        self.assertIn(line, self.metrics.render())

    def test_calls_are_measured_by_method_and_outcome(self) -> None:
        back = self.start(Settings(business="memory"))
        for _ in range(2):
            self.assertIsInstance(self.ask(back), Answered)
        self.counted('hall_business_calls_total{operation="fee",outcome="answered"} 2.0')
        self.counted('hall_business_seconds_count{operation="fee"} 2.0')
        self.assertNotIn(CALLER, self.metrics.render())

    def test_a_limit_of_guesses_that_the_back_office_locks_before_is_told(self) -> None:
        with capturedLogs() as said:
            self.start(Settings(business="memory", guesses_at_number=2))
        self.assertEqual([event for event in said if "at_number" in event["log_format"]], [])
        with capturedLogs() as said:
            self.start(Settings(business="memory", guesses_at_number=5))
        (line,) = [event for event in said if "at_number" in event["log_format"]]
        self.assertEqual((line["most"], line["locks"], line["less"]), (5, 3, 2))

    def test_nothing_is_kept_unless_the_settings_say_so(self) -> None:
        back = self.start(Settings(business="memory", cache_seconds=5.0))
        for _ in range(3):
            self.ask(back)
        self.counted('hall_business_kept_total{answered="kept"} 2.0')
        self.counted('hall_business_kept_total{answered="asked"} 1.0')
        self.start(Settings(business="memory"))
        self.assertNotIn("hall_business_kept", self.metrics.render())

    def test_no_call_lasts_longer_than_its_deadline(self) -> None:
        back = self.start(Settings(business="memory", business_deadline=4.0))
        hanging: Deferred[None] = Deferred()

        async def fee(msisdn: str) -> None:
            await hanging

        back._plain.fee = fee  # type: ignore[assignment, method-assign]
        asking = Deferred.fromCoroutine(back.desk.run(FEE, CALLER, SMS))
        self.clock.advance(3.9)
        self.assertNoResult(asking)
        self.clock.advance(0.1)
        self.assertIsInstance(self.successResultOf(asking), NotDone)
        self.counted('hall_business_calls_total{operation="fee",outcome="unavailable"} 1.0')

    def test_one_that_fails_in_a_row_is_left_alone_and_tried_again(self) -> None:
        back = self.start(Settings(business="memory"))
        asked: list[str] = []

        async def fails(msisdn: str) -> None:
            asked.append(msisdn)
            raise OSError("down")

        fee = back._plain.fee
        back._plain.fee = fails  # type: ignore[assignment, method-assign]
        for _ in range(3 * FAILURES):
            self.assertIsInstance(self.ask(back), NotDone)
        self.assertEqual(len(asked), FAILURES)
        self.counted("hall_business_left_alone 1.0")
        back._plain.fee = fee  # type: ignore[method-assign]
        self.clock.advance(REST)
        self.assertIsInstance(self.ask(back), Answered)
        self.counted("hall_business_left_alone 0.0")
        self.counted("hall_business_breaks_total 1.0")

    def test_health_does_not_wait_for_one_that_hangs(self) -> None:
        back = self.start(Settings(business="memory"))
        self.assertTrue(self.successResultOf(Deferred.fromCoroutine(back.healthy())))
        hanging: Deferred[bool] = Deferred()

        async def healthy() -> bool:
            return await hanging

        back._plain.healthy = healthy  # type: ignore[method-assign]
        asking = Deferred.fromCoroutine(back.healthy())
        self.assertNoResult(asking)
        self.clock.advance(HEALTH)
        self.assertFalse(self.successResultOf(asking))
