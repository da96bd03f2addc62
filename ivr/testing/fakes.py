"""A SIP call, a media leg and everything else around a call, ours to play with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, succeed

from ivr.media.client import MediaRefused
from ivr.sip import sdp
from ivr.sip.api import EndReason, Hop
from menus.model.channels import Channel

OFFER = sdp.parse(sdp.offer("192.0.2.9", 4000))


class FakeIncoming:
    """The SIP call, as the hall sees it."""

    def __init__(self, offer: sdp.SessionDescription | None = OFFER) -> None:
        self.offer = offer
        self.caller = "13900000001"
        self.called = "10086"
        self.city_prefix = None
        self.dialog = SimpleNamespace(call_id="abc@192.0.2.9")
        self.source = Hop("UDP", "192.0.2.9", 5060)
        self.did: list[Any] = []
        self.handler: Any = None

    def accept(self, body: bytes) -> None:
        self.did.append("accept")
        self.body = body

    def reject(self, status: int, reason: str | None = None, retry_after: int | None = None) -> None:
        self.did.append(status)
        self.handler.ended(EndReason.LOCAL)

    def bye(self) -> None:
        self.did.append("bye")
        self.handler.ended(EndReason.LOCAL)

    def reoffer(self, body: bytes, on_answer: Any) -> None:
        self.did.append("reoffer")
        self.body, self.on_answer = body, on_answer

    def refer(self, target: str) -> None:
        self.did.append(f"refer {target}")


class FakeMedia:
    address = "192.0.2.1"
    port = 20000
    refuses = False

    def __init__(self) -> None:
        self.did: list[Any] = []
        self.directions: list[str] = []
        self.unheard: list[int | None] = []

    async def open(self) -> FakeMedia:
        if self.refuses:
            raise MediaRefused("full")
        return self

    def remote(self, host: str, port: int, **agreed: Any) -> None:
        self.did.append(f"remote {host}:{port}")
        self.directions.append(agreed["direction"])
        self.unheard.append(agreed["unheard"])

    def play(self, utterance: int, segments: list[Any]) -> None:
        self.did.append(f"play {utterance}")

    def stop(self) -> None:
        self.did.append("stop")

    def close(self) -> None:
        self.did.append("close")


class Silent:
    """No audio, nothing known of anybody, nothing kept but in a list."""

    def __init__(self) -> None:
        self.kept: list[Any] = []
        self.refused: list[str] = []
        self.ended: list[str] = []

    def segments(self, says: object) -> list[Any]:
        return []

    def wording(self, say: object) -> None:
        return None

    async def facts(self, caller: str | None, channel: Channel) -> None:
        raise OSError("the back office is away")

    def keep_call(self, row: Any) -> Deferred[None]:
        self.kept.append(row)
        return succeed(None)

    def call_ended(self, outcome: str, seconds: float) -> None:
        self.ended.append(outcome)

    def call_refused(self, why: str) -> None:
        self.refused.append(why)
