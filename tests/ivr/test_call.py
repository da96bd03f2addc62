"""One call from INVITE to record, with a SIP call and a media leg that are ours to play with."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from counter.conversation import Turn
from counter.testing.house import NOW
from ivr.call import LOST, MOVE_PAUSE, MOVE_SECONDS, UNHEARD, Call
from ivr.sip import sdp
from ivr.sip.api import EndReason
from ivr.talk import Talk
from ivr.testing.fakes import OFFER, FakeIncoming, FakeMedia
from ivr.transcript import Transcripts
from menus.dialogue.session import Session
from menus.model.channels import VOICE
from menus.model.events import (
    Await,
    Event,
    Facts,
    HungUp,
    Input,
    Recognised,
    Say,
    SayKind,
    Transfer,
    TransferFailed,
)
from menus.model.hall import Position, Template
from menus.model.values import Kind, Value

ELSEWHERE = sdp.parse(sdp.offer("192.0.2.99", 4000))
NO_CODEC = sdp.parse(sdp.offer("192.0.2.9", 4000).replace(b"RTP/AVP 8 0 101", b"RTP/AVP 18"))


class FakeHost:
    """The hall that took the call; its conversation says what the test wants."""

    agent = "sip:agent@192.0.2.7"

    def __init__(self, test: CallTests, *turns: tuple[Event, ...]) -> None:
        self.reactor = Clock()
        self.media: Any = FakeMedia()
        self.transcripts = Transcripts(self.reactor)
        self.turns = list(turns)
        self.given: list[Input] = []
        self.finished: list[Call] = []
        self.faults: list[str] = []
        self.begun = False
        self.last_words: tuple[Say, ...] = (say("failed"), say("bye"))
        self.prepared: Deferred[None] | None = None
        self.session = Session.new("v1", VOICE, "13900000001", "call-1")
        self.audible = True
        self.services: Counter[tuple[str, ...]] = Counter()
        self.transferred = list[int]().append

    def now(self) -> float:
        return self.reactor.seconds()

    def segments(self, says: tuple[Say, ...]) -> list[tuple[int, int, int]]:
        return [(0, 0, 800)] if self.audible else []

    def wording(self, say: Say) -> Template | None:
        return say.template if self.audible else None

    async def prepare(self, caller: str | None) -> None:
        if self.prepared is not None:
            await self.prepared

    def talk(self, call: Call) -> Talk:
        conversation: Any = self
        return Talk(conversation, call, keep=call.keep, reactor=self.reactor, broken=call.broken)

    async def turn(self, given: Input) -> Turn:
        self.given.append(given)
        events = self.turns.pop(0) if self.turns else ()
        return Turn(self.session, events, Recognised(), Facts(NOW, VOICE, None))

    async def keep(self, turn: Turn, caller: str | None) -> bool:
        return True

    def fault(self, where: str, failure: Failure) -> None:
        self.faults.append(where)

    def over(self, call: Call) -> None:
        self.finished.append(call)


def say(name: str, **values: Value) -> Say:
    from menus.model.hall import Slot

    pieces = (name, *(Slot(n, v.kind) for n, v in values.items()))
    return Say(name, Template(pieces, Position("menus.yaml", 1, 1)), values, SayKind.ANSWER)


class CallTests(TestCase):
    def call(
        self, *turns: tuple[Event, ...], offer: sdp.SessionDescription | None = OFFER, **host: Any
    ) -> Call:
        self.host = FakeHost(self, *(turns or ((say("greet"), Await(8.0)),)))
        for name, value in host.items():
            setattr(self.host, name, value)
        self.incoming = FakeIncoming(offer)
        incoming: Any = self.incoming
        made = Call(self.host, incoming, "call-1")
        self.incoming.handler = made
        return made

    def answered(self, *turns: tuple[Event, ...], **given: Any) -> Call:
        made = self.call(*turns, **given)
        self.successResultOf(Deferred.fromCoroutine(made.answer()))
        return made

    def test_a_call_is_answered_and_spoken_to_at_once(self) -> None:
        self.answered()
        assert self.incoming.did == ["accept"]
        assert b"m=audio 20000 RTP/AVP 8 101" in self.incoming.body
        assert self.host.media.did == ["remote 192.0.2.9:4000", "play 1"]

    def test_without_a_common_codec_it_is_488(self) -> None:
        self.answered(offer=NO_CODEC)
        assert self.incoming.did == [488]
        assert len(self.host.finished) == 1

    def test_without_a_media_port_it_is_503(self) -> None:
        made = self.call()
        self.host.media.refuses = True
        self.successResultOf(Deferred.fromCoroutine(made.answer()))
        assert self.incoming.did == [503]

    def test_a_caller_who_gives_up_while_he_is_looked_up_leaves_nothing_open(self) -> None:
        made = self.call(prepared=None)
        self.host.prepared = Deferred()
        answering = Deferred.fromCoroutine(made.answer())
        made.ended(EndReason.CANCELLED)
        self.host.prepared.callback(None)
        self.successResultOf(answering)
        assert self.incoming.did == []
        assert self.host.media.did == ["close"]
        assert made.outcome == "cancelled"

    def test_a_delayed_offer_is_answered_in_the_ack(self) -> None:
        made = self.answered(offer=None)
        assert b"m=audio 20000" in self.incoming.body
        assert self.host.media.did == []
        made.acked(OFFER)
        assert self.host.media.did == ["remote 192.0.2.9:4000", "play 1"]

    def test_a_delayed_offer_answered_with_what_we_cannot_talk_ends(self) -> None:
        made = self.answered(offer=None)
        made.acked(NO_CODEC)
        assert self.incoming.did == ["accept", "bye"]

    def test_only_the_ack_opens_the_audio_to_where_the_invite_came_from(self) -> None:
        """Else a forged INVITE has somebody sent half a minute of audio."""
        made = self.answered()
        assert self.host.media.unheard == [UNHEARD]
        made.acked(None)
        assert self.host.media.unheard == [UNHEARD, None]
        made.acked(None)
        assert made.reinvite(OFFER) is not None
        assert self.host.media.unheard == [UNHEARD, None, None]
        assert self.host.media.did.count("play 1") == 1

    def test_the_ack_says_nothing_of_another_host(self) -> None:
        """That host must speak for itself; also when it is named in the middle of the call."""
        made = self.answered(offer=ELSEWHERE)
        made.acked(None)
        assert self.host.media.unheard == [UNHEARD, UNHEARD]
        made = self.answered()
        made.acked(None)
        assert made.reinvite(ELSEWHERE) is not None
        assert self.host.media.unheard == [UNHEARD, None, UNHEARD]
        made = self.answered(offer=None)
        made.acked(ELSEWHERE)
        assert self.host.media.unheard == [UNHEARD]
        made = self.answered(offer=None)
        made.acked(OFFER)
        assert self.host.media.unheard == [None]

    def test_hold_and_resume(self) -> None:
        made = self.answered()
        hold = sdp.parse(sdp.offer("192.0.2.9", 4000, direction="sendonly"))
        body = made.reinvite(hold)
        assert body is not None
        assert b"a=recvonly" in body
        assert made.reinvite(OFFER) is not None
        assert self.host.media.directions == ["sendrecv", "recvonly", "sendrecv"]
        assert made.reinvite(NO_CODEC) is None

    def test_hold_without_an_address(self) -> None:
        """c=0.0.0.0, as RFC 2543 had it, and as some phones still do."""
        made = self.answered()
        nowhere = sdp.offer("192.0.2.9", 4000).replace(b"c=IN IP4 192.0.2.9", b"c=IN IP4 0.0.0.0")
        assert made.reinvite(sdp.parse(nowhere)) is not None
        assert made.reinvite(OFFER) is not None
        assert self.host.media.directions == ["sendrecv", "recvonly", "sendrecv"]
        assert set(self.host.media.did) == {"remote 192.0.2.9:4000", "play 1"}

    def test_a_key_by_info_is_a_key(self) -> None:
        made = self.answered()
        made.info("5")
        made.info("A")
        assert [type(g).__name__ for g in self.host.given] == ["Started", "Key"]

    def test_a_key_in_rtp_and_by_info_too_is_one_press(self) -> None:
        made = self.answered((say("main"), Await(8.0)), (say("menu 1"), Await(8.0)), (say("fee"), Await(8.0)))
        self.host.media.on_key("1", 0.0)
        made.info("1")
        assert [type(g).__name__ for g in self.host.given] == ["Started", "Key"]
        self.host.media.on_key("1", 0.2)
        assert [type(g).__name__ for g in self.host.given] == ["Started", "Key", "Key"]

    def test_a_vanished_caller_is_hung_up_on(self) -> None:
        made = self.answered()
        self.host.media.on_vanished()
        assert self.incoming.did == ["accept", "bye"]
        assert made.outcome == "vanished"
        assert isinstance(self.host.given[-1], HungUp)
        assert self.host.media.did[-1] == "close"

    def lost(self, **host: Any) -> Call:
        """A call up, in whose middle the media process dies."""
        made = self.answered(**host)
        made.acked(None)
        self.host.media.did.clear()
        self.host.media.port = 20_002
        self.host.media.on_lost()
        return made

    def test_a_call_goes_on_with_the_next_media_process(self) -> None:
        made = self.lost()
        assert self.incoming.did == ["accept"]
        self.host.reactor.advance(MOVE_PAUSE)
        assert self.incoming.did == ["accept", "reoffer"]
        assert b"m=audio 20002" in self.incoming.body
        self.incoming.on_answer(200, OFFER)
        assert self.host.media.did == ["remote 192.0.2.9:4000", "play 2"]  # the greeting once more
        made.info("1")
        assert [type(each).__name__ for each in self.host.given] == ["Started", "Key"]
        made.ended(EndReason.BYE)
        assert self.host.media.did[-1] == "close"

    def test_a_phone_that_does_not_move_is_let_go(self) -> None:
        made = self.lost()
        self.host.reactor.advance(MOVE_PAUSE)
        self.incoming.on_answer(488, None)
        assert (self.incoming.did[-1], made.outcome) == ("bye", LOST)
        assert self.host.media.did[-1] == "close"

    def test_without_another_media_process_a_call_is_let_go_in_time(self) -> None:
        made = self.answered()
        made.acked(None)
        self.host.media.refuses = True
        self.host.media.on_lost()
        self.host.reactor.pump([MOVE_PAUSE] * int(MOVE_SECONDS / MOVE_PAUSE + 2))
        assert (self.incoming.did, made.outcome) == (["accept", "bye"], LOST)
        self.host.reactor.advance(10.0)
        assert self.host.reactor.getDelayedCalls() == []

    def test_who_hangs_up_meanwhile_leaves_nothing_open(self) -> None:
        made = self.lost()
        made.ended(EndReason.BYE)
        self.host.reactor.advance(MOVE_PAUSE)
        assert self.incoming.did == ["accept"]
        assert self.host.media.did in ([], ["close"])

    def test_who_is_with_the_agent_already_is_asked_nothing_again(self) -> None:
        self.answered((say("transfer"), Transfer())).acked(None)
        self.host.media.on_played(1)
        self.host.media.did.clear()
        self.host.media.on_lost()
        self.host.reactor.advance(MOVE_PAUSE)
        self.incoming.on_answer(200, OFFER)
        assert self.incoming.did == ["accept", "refer sip:agent@192.0.2.7", "reoffer"]
        assert self.host.media.did == ["remote 192.0.2.9:4000"]

    def test_a_transfer_that_works_ends_the_call(self) -> None:
        made = self.answered((say("transfer"), Transfer()))
        self.host.media.on_played(1)
        assert self.incoming.did == ["accept", "refer sip:agent@192.0.2.7"]
        made.refer_progress(180)
        made.refer_progress(200)
        assert self.incoming.did[-1] == "bye"
        assert made.outcome == "transferred"

    def test_a_transfer_that_fails_goes_back_into_the_menu(self) -> None:
        made = self.answered((say("transfer"), Transfer()), (say("failed"), Await(8.0)))
        self.host.media.on_played(1)
        made.refer_progress(603)
        assert isinstance(self.host.given[-1], TransferFailed)
        assert self.host.media.did[-1] == "play 2"

    def test_what_has_no_audio_does_not_stop_the_talk(self) -> None:
        self.answered((replace(say("silent"), kind=SayKind.ASK), Await(8.0)), audible=False)
        self.host.reactor.advance(0)
        assert any(c.getTime() > 7 for c in self.host.reactor.getDelayedCalls())
        lines, _ = self.successResultOf(
            Deferred.fromCoroutine(self.host.transcripts.after("abc@192.0.2.9", 0, 1.0))
        )
        assert lines[0]["say"] == "silent（没有录音）"

    def test_a_tariff_without_audio_is_told_to_the_talk(self) -> None:
        made = self.answered()
        tariff = replace(say("tariff"), kind=SayKind.CONFIRM)
        assert made.speak(7, (say("wrong key"), tariff))
        self.host.audible = False
        wrong_key = replace(say("wrong key"), kind=SayKind.HELP)
        assert made.speak(8, (wrong_key,))
        assert not made.speak(9, (wrong_key, tariff))

    def test_secrets_stand_in_no_transcript(self) -> None:
        self.answered((say("read", card=Value(Kind.DIGITS, "123456789012345678")), Await(8.0)))
        lines, _ = self.successResultOf(
            Deferred.fromCoroutine(self.host.transcripts.after("abc@192.0.2.9", 0, 1.0))
        )
        assert lines[0]["say"] == "read***"
