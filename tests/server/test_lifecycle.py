"""Parts start in turn, stop in reverse, and a failure half way leaves nothing running."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from server.lifecycle import STOPPING, Lifecycle, LifecyclePart, StartFailed


class LifecycleTests(TestCase):
    def setUp(self) -> None:
        self.seen: list[str] = []
        self.clock = Clock()

    def part(self, name: str, *, starts: bool = True, stops: bool = True) -> LifecyclePart:
        async def start() -> None:
            if not starts:
                raise RuntimeError("port taken")
            self.seen.append(f"+{name}")

        async def stop() -> None:
            self.seen.append(f"-{name}")
            if not stops:
                raise RuntimeError("stuck")

        return LifecyclePart(name, start, stop)

    async def test_stop_is_the_reverse_of_start(self) -> None:
        lifecycle = Lifecycle(self.clock)
        for name in ("store", "business", "sip"):
            await lifecycle.start(self.part(name))
        assert lifecycle.running == ("store", "business", "sip")
        await lifecycle.stop()
        assert self.seen == ["+store", "+business", "+sip", "-sip", "-business", "-store"]

    async def test_a_part_that_fails_unwinds_the_others_and_says_which(self) -> None:
        lifecycle = Lifecycle(self.clock)
        await lifecycle.start(self.part("store"))
        with self.assertRaises(StartFailed) as caught:
            await lifecycle.start(self.part("sip", starts=False))
        assert str(caught.exception) == "sip: port taken"
        assert self.seen == ["+store", "-store"]
        assert lifecycle.running == ()

    async def test_one_that_cannot_stop_does_not_hold_the_others(self) -> None:
        lifecycle = Lifecycle(self.clock)
        await lifecycle.start(self.part("store"))
        await lifecycle.start(self.part("sip", stops=False))
        await lifecycle.stop()
        assert self.seen[-2:] == ["-sip", "-store"]
        assert len(self.flushLoggedErrors(RuntimeError)) == 1

    async def test_one_that_never_ends_does_not_hold_the_others(self) -> None:
        lifecycle = Lifecycle(self.clock)
        await lifecycle.start(self.part("store"))
        part = self.part("sms")
        await lifecycle.start(LifecyclePart("sms", part.start, Deferred))
        stopping = Deferred.fromCoroutine(lifecycle.stop())
        assert self.seen == ["+store", "+sms"]
        self.clock.advance(STOPPING)
        await stopping
        assert self.seen == ["+store", "+sms", "-store"]
