"""Whole calls of our own making: SIP, RTP and keys between ``dial`` and a hall that hums at every key."""

from __future__ import annotations

import json
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.testing import MemoryReactorClock
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from ivr import g711
from ivr.media import inband
from ivr.media.client import PCMA, PCMU, MediaCall, MediaProcess
from ivr.sip import sdp
from ivr.sip.api import EndReason, SipSettings
from ivr.sip.incoming import IncomingCall
from ivr.sip.server import SipServer
from peers.dial import Caller, Dialled, DialTimes, dial
from peers.phone import Phone

CALLER = "sip:13900000001@127.0.0.1"
HUM = g711.to_alaw(inband.tones("1", 1000, 5000))
QUICK = DialTimes(pause=0.1, quiet=0.6, seconds=20)


class Echo:
    """One call of the hall: hums for a second, and again at each key; # hangs up."""

    def __init__(self, call: IncomingCall, media: MediaProcess, octets: int) -> None:
        self.keys: list[str] = []
        self.ended_by: EndReason | None = None
        self._call, self._media, self._octets = call, media, octets
        self._leg: MediaCall | None = None
        call.handler = self
        self.answering = Deferred.fromCoroutine(self._answer())

    async def _answer(self) -> None:
        leg = self._leg = await self._media.open()
        assert self._call.offer is not None
        answer = sdp.answer(self._call.offer, self._media.address, leg.port)
        assert isinstance(answer, sdp.Answer)
        assert answer.remote is not None
        codec = PCMU if answer.codec.name == "PCMU" else PCMA
        leg.on_key = self._key
        self._call.accept(answer.body)
        leg.remote(*answer.remote, codec=codec, events=answer.events, direction=answer.direction)
        leg.play(0, [(0, 0, self._octets)])

    def _key(self, digit: str, when: float) -> None:
        self.keys.append(digit)
        assert self._leg is not None
        self._leg.stop()
        self._leg.play(len(self.keys), [(0, 0, self._octets)])
        if digit == "#":
            self._call.bye()

    def acked(self, answer: sdp.SessionDescription | None) -> None: ...
    def reinvite(self, offer: sdp.SessionDescription | None) -> bytes | None: ...
    def info(self, key: str) -> None: ...
    def refer_progress(self, status: int) -> None: ...

    def ended(self, reason: EndReason) -> None:
        self.ended_by = reason
        if self._leg is not None:
            self._leg.close()


class DialTest(TestCase):
    timeout = 40

    async def hall(self, refuse: int = 0, before: bytes = b"") -> SipServer:
        """``before``: is heard before the hum."""
        media = MediaProcess(reactor)
        self.addCleanup(lambda: Deferred.fromCoroutine(media.stop()))
        await media.start()
        pack = Path(self.mktemp())
        pack.write_bytes(before + HUM)
        await media.pack(pack)
        self.calls: list[Echo] = []

        def invited(call: IncomingCall) -> None:
            if refuse:
                call.reject(refuse)
            else:
                self.calls.append(Echo(call, media, len(before + HUM)))

        server = SipServer(reactor, SipSettings(), invited, port=0)
        server.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(server.stop()))
        return server

    async def dial(self, server: SipServer, **how: Any) -> Dialled:
        return await dial(reactor, f"sip:10086@127.0.0.1:{server.port}", CALLER, **{"times": QUICK, **how})

    async def test_keys_of_a_group_at_once_groups_after_a_prompt_then_hang_up(self) -> None:
        server = await self.hall()
        record = Path(self.mktemp())
        call = await self.dial(server, keys="11 4*", record=record)
        self.assertEqual((call.status, call.ended, call.keys), (200, EndReason.LOCAL, "114*"))
        self.assertEqual(self.calls[0].keys, list("114*"))
        await deferLater(reactor, 0.05, lambda: None)
        self.assertEqual(self.calls[0].ended_by, EndReason.BYE)
        assert call.first_audio is not None
        self.assertLess(call.first_audio, 0.5)
        self.assertGreater(call.said_seconds, 1.0)
        with wave.open(str(record)) as file:
            self.assertEqual((file.getframerate(), file.getsampwidth(), file.getnchannels()), (8000, 2, 1))
            self.assertGreater(file.getnframes(), 8000)

    async def test_packets_of_silence_are_no_sound(self) -> None:
        call = await self.dial(await self.hall(before=b"\xd5" * 4000))
        assert call.first_audio is not None
        assert call.first_sound is not None
        self.assertGreater(call.first_sound - call.first_audio, 0.4)

    async def test_a_dot_hears_the_prompt_out(self) -> None:
        server = await self.hall()
        call = await self.dial(server, keys=". 4 .")
        self.assertEqual((call.keys, self.calls[0].keys), ("4", ["4"]))
        self.assertGreater(call.said_seconds, 1.9)  # both hums whole, none cut by a key

    async def test_the_hall_hangs_up(self) -> None:
        server = await self.hall()
        call = await self.dial(server, keys="1#")
        self.assertEqual(call.ended, EndReason.BYE)

    async def test_refused(self) -> None:
        call = await self.dial(await self.hall(refuse=503))
        self.assertEqual((call.status, call.ended, call.packets), (503, EndReason.REFUSED, 0))

    async def test_nobody_there_is_told_after_the_timers_of_sip(self) -> None:
        quick = SipSettings(t1=0.01)
        call = await dial(reactor, "sip:10086@127.0.0.1:9", CALLER, times=QUICK, sip=quick)
        self.assertEqual((call.status, call.ended, call.packets), (408, EndReason.REFUSED, 0))

    async def test_nobody_there_is_told_after_32_seconds_of_sip(self) -> None:
        """Timer B is due while the retransmission has just been set to a later time."""
        clock = MemoryReactorClock()
        phone = Phone(reactor, ssrc=1)
        self.addCleanup(phone.close)
        person = Caller(clock, phone, "127.0.0.1", [], QUICK)
        agent = SipServer(clock, SipSettings(), lambda call: call.reject(486), port=0)
        agent.start()
        assert agent._udp is not None
        self.addCleanup(agent._udp.close)
        person.call = agent.dial("sip:10086@127.0.0.1:9", CALLER, person.offer(), person)
        clock.pump([0.1] * 315)
        self.assertFalse(person.over.called)
        clock.pump([0.1] * 10)
        self.assertTrue(person.over.called)
        self.assertEqual(person.result().status, 408)

    async def test_the_transcript_is_passed_on_as_it_comes(self) -> None:
        server = await self.hall()
        seen: list[str] = []

        async def lines_of(call_id: str) -> AsyncIterator[str]:
            yield json.dumps({"call": call_id})
            await deferLater(reactor, 0.1, lambda: None)
            yield "欢迎致电10086"

        call = await self.dial(server, on_line=seen.append, transcript=lines_of)
        self.assertEqual(seen, [json.dumps({"call": call.call_id}), "欢迎致电10086"])

    async def test_a_key_that_no_phone_has_is_said_before_the_call(self) -> None:
        with self.assertRaises(ValueError):
            await dial(reactor, "sip:10086@127.0.0.1:9", CALLER, keys="1 x")

    async def test_a_recording_that_cannot_be_written_is_said_before_the_call(self) -> None:
        with self.assertRaises(OSError):
            await dial(reactor, "sip:10086@127.0.0.1:9", CALLER, record=Path(self.mktemp()) / "call.wav")

    async def test_the_exit_status_of_the_command(self) -> None:
        """0 answered, 1 not answered, 2 could not be made; and what people are told."""
        answering, refusing = await self.hall(), await self.hall(refuse=486)
        for server, keys, status, told in (
            (answering, "#", 0, "the hall hung up"),
            (refusing, "#", 1, "refused with 486"),
            (answering, "x", 2, "no such key: x"),
        ):
            start = ["-c", "from server.cli import main; main()", "dial", "13900000001", "--keys", keys]
            where = ["--sip", f"127.0.0.1:{server.port}", "--http", "127.0.0.1:9"]
            folder = str(Path(__file__).parents[2])
            out, err, code = await getProcessOutputAndValue(
                sys.executable, [*start, *where], env={"PYTHONPATH": folder}, path=folder
            )
            self.assertEqual(code, status, err.decode())
            self.assertIn(told, (out + err).decode())
