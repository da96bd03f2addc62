"""SIPp as the caller, over real sockets: each scenario of ``sipp/`` against a small hall of our SIP stack."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from ivr.sip.api import EndReason, Hop, SipSettings
from ivr.sip.incoming import IncomingCall
from ivr.sip.server import SipServer
from ivr.testing.sip_bench import Bench, Handler
from server.testing.ports import free_port
from tests.peers import needs_peer

reactor: Any = installed
SCENARIOS = Path(__file__).parent / "sipp"


class Hall:
    """Answers calls; each option is one habit of a hall."""

    def __init__(
        self,
        settings: SipSettings,
        *,
        rings: bool = False,
        answers: bool = True,
        on_ack: str = "",
        late: float = 0.0,
    ) -> None:
        self.handlers: list[Handler] = []
        self.rings, self.answers, self.on_ack, self.late = rings, answers, on_ack, late
        self.failures: list[str] = []
        self.sent: list[bytes] = []
        self.server = SipServer(reactor, settings, self.on_invite, port=0, failure=self.failures.append)
        wire = self.server.agent.endpoint.send

        def send(data: bytes, hop: Hop) -> None:
            self.sent.append(data)
            wire(data, hop)

        self.server.agent.endpoint.send = send

    def on_invite(self, call: IncomingCall) -> None:
        handler = Handler()
        call.handler = handler
        self.handlers.append(handler)
        if self.on_ack:
            acted = handler.acked

            def acked(session: Any) -> None:
                acted(session)
                call.bye() if self.on_ack == "bye" else call.refer("sip:agent@127.0.0.1:5090")

            handler.acked = acked  # type: ignore[method-assign]
        if self.rings:
            call.ringing()
        if self.answers:
            if self.late:
                reactor.callLater(self.late, call.accept, Bench.local_sdp(call))
            else:
                call.accept(Bench.local_sdp(call))


@needs_peer("sipp")
class SippTests(TestCase):
    """What SIPp finds wrong with a call makes it end with another status than 0."""

    timeout = 60

    def hall(self, settings: SipSettings | None = None, **habits: Any) -> Hall:
        hall = Hall(settings or SipSettings(), **habits)
        hall.server.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(hall.server.stop()))
        return hall

    async def sipp(self, hall: Hall, scenario: str, *more: str) -> None:
        where = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, where)
        arguments = ["-sf", str(SCENARIOS / f"{scenario}.xml"), f"127.0.0.1:{hall.server.port}"]
        arguments += [
            "-i",
            "127.0.0.1",
            "-p",
            str(free_port()),
            "-nostdin",
            "-timeout",
            "30s",
            "-timeout_error",
        ]
        arguments += ["-trace_err", "-error_file", f"{where}/errors", *(more or ("-m", "1"))]
        out, err, code = await getProcessOutputAndValue("sipp", arguments, env={"TERM": "dumb"}, path=where)
        errors = Path(where, "errors")
        said = errors.read_text() if errors.exists() else (err + out).decode(errors="replace")[-1500:]
        self.assertEqual(code, 0, said[:3000])
        self.assertEqual(hall.failures, [])

    def ended(self, hall: Hall) -> list[object]:
        return [told[1] for handler in hall.handlers for told in handler.told if told[0] == "ended"]

    async def test_calls(self) -> None:
        hall = self.hall(rings=True)
        await self.sipp(hall, "basic", "-m", "200", "-r", "200")
        self.assertEqual(self.ended(hall), [EndReason.BYE] * 200)
        self.assertEqual(hall.server.calls, 0)

    async def test_calls_over_tcp(self) -> None:
        hall = self.hall()
        await self.sipp(hall, "basic", "-m", "100", "-r", "100", "-t", "t1")
        self.assertEqual(self.ended(hall), [EndReason.BYE] * 100)

    async def test_a_connection_for_each_call(self) -> None:
        hall = self.hall()
        await self.sipp(hall, "basic", "-m", "20", "-r", "50", "-t", "tn", "-max_socket", "100")
        self.assertEqual(self.ended(hall), [EndReason.BYE] * 20)

    async def test_given_up_while_ringing(self) -> None:
        hall = self.hall(rings=True, answers=False)
        await self.sipp(hall, "cancel", "-m", "20", "-r", "100")
        self.assertEqual(self.ended(hall), [EndReason.CANCELLED] * 20)
        self.assertEqual(hall.server.calls, 0)

    async def test_a_copy_of_the_invite_after_all_is_said(self) -> None:
        hall = self.hall()
        await self.sipp(hall, "late_copy")
        answers = [data for data in hall.sent if data.startswith(b"SIP/2.0 200") and b"INVITE\r\n" in data]
        self.assertEqual(len(hall.handlers), 1)
        self.assertEqual(len(answers), 2)
        self.assertEqual(len(set(answers)), 1)

    async def test_the_same_invite_twice(self) -> None:
        hall = self.hall(late=0.3)
        await self.sipp(hall, "same_invite")
        self.assertEqual(len(hall.handlers), 1)
        self.assertTrue(any(data.startswith(b"SIP/2.0 100 ") for data in hall.sent))

    async def test_delayed_offer(self) -> None:
        hall = self.hall()
        await self.sipp(hall, "delayed_offer")
        self.assertEqual(hall.handlers[0].told, [("acked", True), ("ended", EndReason.BYE)])

    async def test_hold_and_resume(self) -> None:
        hall = self.hall()
        await self.sipp(hall, "hold_resume")
        changes = [told for told in hall.handlers[0].told if told[0] == "reinvite"]
        self.assertEqual(changes, [("reinvite", "recvonly"), ("reinvite", "sendrecv")])

    async def test_options(self) -> None:
        await self.sipp(self.hall(), "options", "-m", "50", "-r", "200")

    async def test_an_ack_that_comes_late(self) -> None:
        hall = self.hall(SipSettings(t1=0.1))
        await self.sipp(hall, "lost_ack")
        answers = [data for data in hall.sent if b"CSeq: 1 INVITE" in data]
        self.assertGreaterEqual(len(answers), 4)  # at 0, 0.1, 0.3, 0.7 s
        self.assertEqual(len(set(answers)), 1)
        self.assertEqual(self.ended(hall), [EndReason.BYE])

    async def test_an_ack_that_never_comes(self) -> None:
        hall = self.hall(SipSettings(t1=0.02))
        await self.sipp(hall, "no_ack")
        self.assertEqual(self.ended(hall), [EndReason.NO_ACK])
        self.assertEqual(hall.server.calls, 0)

    async def test_reliable_ringing(self) -> None:
        hall = self.hall(rings=True, late=0.3)
        await self.sipp(hall, "prack")
        self.assertEqual(self.ended(hall), [EndReason.BYE])

    async def test_update(self) -> None:
        hall = self.hall()
        await self.sipp(hall, "update")
        self.assertIn(("reinvite", "recvonly"), hall.handlers[0].told)

    async def test_transfer(self) -> None:
        hall = self.hall(on_ack="refer")
        await self.sipp(hall, "refer")
        told = [told for told in hall.handlers[0].told if told[0] == "refer"]
        self.assertEqual(told, [("refer", 100), ("refer", 180), ("refer", 200)])

    async def test_keys(self) -> None:
        hall = self.hall()
        await self.sipp(hall, "info_keys")
        self.assertEqual(hall.handlers[0].told[1:3], [("info", "1"), ("info", "#")])

    async def test_no_room(self) -> None:
        hall = self.hall(SipSettings(max_calls=0))
        await self.sipp(hall, "overload", "-m", "50", "-r", "200")
        self.assertEqual(hall.server.refused, 50)
        self.assertEqual(hall.handlers, [])

    async def test_the_hall_hangs_up(self) -> None:
        hall = self.hall(on_ack="bye")
        await self.sipp(hall, "hall_hangs_up", "-m", "20", "-r", "100")
        self.assertEqual(self.ended(hall), [EndReason.LOCAL] * 20)
        self.assertEqual(hall.server.calls, 0)

    async def test_the_hall_hangs_up_over_tcp(self) -> None:
        hall = self.hall(on_ack="bye")
        await self.sipp(hall, "hall_hangs_up", "-m", "20", "-r", "100", "-t", "t1")
        self.assertEqual(self.ended(hall), [EndReason.LOCAL] * 20)
