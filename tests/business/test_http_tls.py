"""TLS on both sides: who shows the right certificate is served, and nobody else has sent anything."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from boss.memory import MemoryBusiness
from business.contract.case import GOTONE, NOW, contract_data
from business.guards.faults import FaultyBusiness
from business.http.client import HttpBusiness
from business.http.client_options import ClientOptions
from business.http.reference import reference_site
from business.http.tls import server_options
from business.port import Done, NotDone, Offer, OpenProduct, Unavailable
from business.testing.certificates import Authority
from business.testing.liar import SILENCE, Liar

OFFER = Offer(500, True, True, date(2026, 11, 22), "a token")
CHANGE = OpenProduct("crbt")


class TestCertificates(TestCase):
    timeout = 20

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.ours, self.others = Authority(self.folder, "ours"), Authority(self.folder, "others")
        self.server = self.ours.sign("server", "127.0.0.1")
        self.hall = self.ours.sign("hall")
        self.behind = FaultyBusiness(MemoryBusiness(contract_data(), lambda: NOW), reactor)

    def serve(self, own: tuple[str, str], client_ca: str | None = None) -> int:
        site = reference_site(self.behind, seconds=reactor.seconds)
        options = server_options(*own, client_ca)
        return self._listening(reactor.listenSSL(0, site, options, interface="127.0.0.1"))

    def _listening(self, port: Any) -> int:
        self.addCleanup(port.stopListening)
        number: int = port.getHost().port
        return number

    def client(self, port: int, own: tuple[str, str] | None = None, **options: Any) -> HttpBusiness:
        cert_file, key_file = own or (None, None)
        wanted = ClientOptions(ca_file=str(self.ours.file), cert_file=cert_file, key_file=key_file, **options)
        client = HttpBusiness(f"https://127.0.0.1:{port}", reactor, wanted)
        self.addCleanup(lambda: Deferred.fromCoroutine(client.stop()))
        return client

    async def nothing_was_sent(self, client: HttpBusiness) -> None:
        self.assertIsInstance(await client.perform(GOTONE, CHANGE, OFFER, "k"), NotDone)
        try:
            await client.fee(GOTONE)
        except Unavailable as error:
            self.assertIn("not asked", str(error))
        else:
            self.fail("it was asked")
        self.assertEqual(self.behind.calls, [])

    async def test_both_show_their_certificates(self) -> None:
        client = self.client(self.serve(self.server, str(self.ours.file)), self.hall)
        self.assertEqual((await client.fee(GOTONE)).balance, 10_000)
        offer = await client.offer(GOTONE, CHANGE)
        assert isinstance(offer, Offer)
        self.assertIsInstance(await client.perform(GOTONE, CHANGE, offer, "k"), Done)

    async def test_a_server_of_another_authority_is_not_spoken_to(self) -> None:
        port = self.serve(self.others.sign("stranger", "127.0.0.1"))
        await self.nothing_was_sent(self.client(port))

    async def test_a_server_that_is_another_host_is_not_spoken_to(self) -> None:
        await self.nothing_was_sent(self.client(self.serve(self.ours.sign("elsewhere", "127.0.0.2"))))

    async def test_a_server_without_tls_is_not_spoken_to(self) -> None:
        site = reference_site(self.behind, seconds=reactor.seconds)
        port = self._listening(reactor.listenTCP(0, site, interface="127.0.0.1"))
        await self.nothing_was_sent(self.client(port, timeout=1.0))

    async def test_a_handshake_that_never_ends_has_sent_nothing(self) -> None:
        liar = Liar(SILENCE)
        port = self._listening(reactor.listenTCP(0, liar, interface="127.0.0.1"))
        client = self.client(port, timeout=0.3)
        await self.nothing_was_sent(client)
        await liar.nobody()

    async def test_a_client_without_its_certificate_is_not_served(self) -> None:
        for own in (None, self.others.sign("nobody")):
            client = self.client(self.serve(self.server, str(self.ours.file)), own)
            outcome = await client.perform(GOTONE, CHANGE, OFFER, "k")
            self.assertNotIsInstance(outcome, Done)
            self.assertEqual(self.behind.calls, [])

    def test_files_that_will_not_do_are_named(self) -> None:
        key, empty = self.server[1], self.folder / "empty.pem"
        empty.write_text("")
        cert, other_key = self.hall[0], self.server[1]
        for options, told in (
            ({"ca_file": str(empty)}, f"{empty} holds no certificate"),
            ({"ca_file": key}, f"{key} holds no certificate"),
            ({"cert_file": cert, "key_file": str(empty)}, f"{empty} holds no private key"),
            ({"cert_file": cert, "key_file": other_key}, "do not belong together"),
        ):
            with self.assertRaises(ValueError) as caught:
                HttpBusiness("https://127.0.0.1", reactor, ClientOptions(**options))
            self.assertIn(told, str(caught.exception))
        with self.assertRaises(ValueError):
            server_options(cert, other_key, None)
