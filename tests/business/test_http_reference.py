"""The reference server takes nothing that is not as described, and tells nobody's number to its log."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ClientFactory, Protocol
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import TestCase

from boss.memory import MemoryBusiness
from business.contract.case import CARDS, FIFTY, GOTONE, NOW, PASSWORD, contract_data
from business.guards.faults import FaultyBusiness, Lie
from business.http.bounded import BODY, GIVE_UP
from business.http.reference import reference_site
from business.port import Business, Resting, Subscriber, Theme
from business.port.bare import BareBusiness

TOKEN = "a-token"


class _Conversation(Protocol):
    """Sends octets, and keeps what comes until the server closes."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._got = b""
        self.whole: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        self.transport.write(self._octets)  # type: ignore[union-attr]

    def dataReceived(self, data: bytes) -> None:
        self._got += data

    def connectionLost(self, reason: Any = None) -> None:
        self.whole.callback(self._got)


class ReferenceCase(TestCase):
    timeout = 20

    def serve(self, business: Business) -> None:
        site = reference_site(business, seconds=reactor.seconds, token=TOKEN)
        self.port = reactor.listenTCP(0, site, interface="127.0.0.1")
        self.addCleanup(self.port.stopListening)

    def setUp(self) -> None:
        self.faulty = FaultyBusiness(MemoryBusiness(contract_data(), lambda: NOW), reactor)

    async def send(self, octets: bytes) -> bytes:
        conversation = _Conversation(octets)
        factory = ClientFactory.forProtocol(lambda: conversation)  # type: ignore[arg-type]
        reactor.connectTCP("127.0.0.1", self.port.getHost().port, factory)
        return await conversation.whole

    async def ask(
        self, line: str, body: bytes | Any = None, *headers: str, token: str = TOKEN
    ) -> tuple[int, Any, bytes]:
        """Status, the body's JSON, and the head of the answer."""
        octets = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        head = [f"{line} HTTP/1.1", "Host: here", "Connection: close", f"Authorization: Bearer {token}"]
        if body is not None:
            head += [f"Content-Length: {len(octets)}"]
            head += (
                []
                if any("content-type" in h.lower() for h in headers)
                else ["Content-Type: application/json"]
            )
        answer = await self.send("\r\n".join([*head, *headers, "", ""]).encode("latin-1") + octets)
        top, _, rest = answer.partition(b"\r\n\r\n")
        return int(top.split()[1]), json.loads(rest) if rest else None, top

    async def refused(self, status: int, field: str, line: str, *rest: Any) -> None:
        told, body, head = await self.ask(line, *rest)
        self.assertEqual((told, body["status"], body.get("field", "")), (status, status, field), body)
        self.assertIn(b"Content-Type: application/problem+json", head)


ME = f"/subscribers/{GOTONE}"
CHANGE = {"change": "open-product", "product": "crbt"}
OFFER = {"outcome": "offered", "fee": 500, "charged": True, "confirm": True, "effective": "2026-11-22",
         "token": "t", "details": {}, "their own": 1}  # fmt: skip
OPERATION = {"change": CHANGE, "offer": OFFER, "channel": "sms"}


class TestRequests(ReferenceCase):
    async def test_what_is_not_as_described_names_its_field(self) -> None:
        self.serve(self.faulty)
        for field, line, *rest in (
            ("msisdn", "GET /subscribers/139x/fee"),
            ("msisdn", "GET /subscribers/%E4%B8%AD/fee"),
            ("msisdn", "GET /subscribers/%ff%00/fee"),
            ("month", f"GET {ME}/bills/202613"),
            ("limit", f"GET {ME}/details/202611"),
            ("limit", f"GET {ME}/details/202611?limit=0"),
            ("limit", f"GET {ME}/details/202611?limit=1001"),
            ("the query", f"GET {ME}/details/202611?limit=1&limit=2"),
            ("the query", f"GET {ME}/fee?verbose=1"),
            ("city", "GET /places?city="),
            ("product", f"GET {ME}/products/{'x' * 65}"),
            ("change", f"POST {ME}/offers", {}),
            ("change.change", f"POST {ME}/offers", {"change": {"change": "explode"}}),
            ("change.product", f"POST {ME}/offers", {"change": {**CHANGE, "product": 5}}),
            ("change", f"POST {ME}/offers", {"change": {**CHANGE, "opton": 5}}),
            ("", f"POST {ME}/offers", b"{"),
            ("", f"POST {ME}/offers", b'{"change": NaN}'),
            ("", f"POST {ME}/offers", b""),
            ("password", f"POST {ME}/password-checks", {"password": 258036}),
            ("Idempotency-Key", f"POST {ME}/operations", OPERATION),
            ("Idempotency-Key", f"POST {ME}/operations", OPERATION, *["Idempotency-Key: a"] * 2),
            ("Idempotency-Key", f"POST {ME}/operations", OPERATION, "Idempotency-Key: \xd7"),
            ("offer.fee", f"POST {ME}/operations", {**OPERATION, "offer": {**OFFER, "fee": "5"}},
             "Idempotency-Key: k"),
        ):  # fmt: skip
            await self.refused(400, field, line, *rest)
        self.assertEqual(self.faulty.calls, [])  # the back office heard of none

    async def test_what_is_elsewhere_or_otherwise(self) -> None:
        self.serve(self.faulty)
        await self.refused(404, "", "GET /nothing")
        await self.refused(404, "", "GET /subscribers/13899999999/fee")
        await self.refused(405, "", f"DELETE {ME}/fee")
        await self.refused(415, "", f"POST {ME}/offers", {"change": CHANGE}, "Content-Type: text/plain")
        status, _, head = await self.ask(f"PUT {ME}/fee")
        self.assertEqual(status, 405)
        self.assertIn(b"\r\nAllow: GET, HEAD\r\n", head)

    async def test_without_the_token_there_is_the_health_and_no_more(self) -> None:
        self.serve(self.faulty)
        for token in ("", "another", TOKEN + "x", "\xff"):
            status, _, head = await self.ask(f"GET {ME}/fee", token=token)
            self.assertEqual(status, 401)
            self.assertIn(b"\r\nWWW-Authenticate: Bearer", head)
            status, body, _ = await self.ask("GET /health", token=token)
            self.assertEqual((status, body["healthy"]), (200, True))

    async def test_a_body_that_is_too_long_is_not_kept(self) -> None:
        self.serve(self.faulty)
        await self.refused(413, "", f"POST {ME}/offers", b" " * (BODY + 1))
        chunk = b"%x\r\n%s\r\n" % (BODY, b" " * BODY)
        head = f"POST {ME}/offers HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {TOKEN}\r\n"
        endless = head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * (GIVE_UP // BODY + 2)
        self.assertEqual(await self.send(endless), b"")  # cut off

    async def test_secrets_are_not_to_be_kept_on_the_way(self) -> None:
        self.serve(self.faulty)
        _, body, head = await self.ask(f"POST {ME}/password-checks", {"password": PASSWORD})
        self.assertEqual(body["check"], "right")
        self.assertIn(b"\r\nCache-Control: no-store", head)

    async def test_the_log_has_no_number_no_card_and_no_token(self) -> None:
        self.serve(self.faulty)
        events: list[str] = []
        globalLogPublisher.addObserver(lambda event: events.append(repr(event)))
        change = {"change": "top-up", "card": FIFTY, "target": GOTONE}
        await self.ask(f"POST {ME}/offers", {"change": change})
        await self.ask(f"GET {ME}/nothing")
        self.assertTrue([event for event in events if "POST" in event and "'offer'" in event])
        for secret in (GOTONE, *CARDS, TOKEN):
            self.assertNotIn(secret, "".join(events).replace(self.mktemp(), ""))


class _Points(BareBusiness):
    themes = frozenset({Theme.POINTS})

    async def subscriber(self, msisdn: str) -> Subscriber:
        raise RuntimeError("not yet written")

    async def points(self, msisdn: str) -> Any:
        raise Resting(NOW, NOW)


class TestTrouble(ReferenceCase):
    async def test_every_trouble_has_its_problem(self) -> None:
        self.serve(_Points())
        _, health, _ = await self.ask("GET /health")
        self.assertEqual(health, {"healthy": True, "themes": ["points"]})
        await self.refused(501, "", f"GET {ME}/fee")
        await self.refused(500, "", f"GET {ME}")
        self.assertEqual([str(e.value) for e in self.flushLoggedErrors()], ["not yet written"])
        _, body, _ = await self.ask(f"GET {ME}/points")
        self.assertEqual(body["until"], "2026-11-22T02:30:00+00:00")

    async def test_a_back_office_that_does_not_answer(self) -> None:
        self.faulty.plan("healthy", Lie(False))
        self.serve(self.faulty)
        await self.refused(503, "", "GET /health")
