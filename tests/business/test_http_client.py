"""What the hall's side makes of a back office that lies, hangs, cuts off, refuses or is not there at all."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from business import open_business
from business.http.client import HttpBusiness
from business.http.client_options import ClientOptions
from business.http.line import BODY
from business.port import (
    Busy,
    Done,
    NotDone,
    NotOffered,
    Offer,
    OpenProduct,
    PasswordAnswer,
    PasswordCheck,
    Points,
    Refused,
    Resting,
    TopUp,
    Unavailable,
    Unknown,
    UnknownSubscriber,
    Why,
)
from business.testing.liar import HANG_UP, SILENCE, Liar, Say, answer, cut, problem

ME = "13900000001"
POINTS = {"name": "积分", "available": 3260, "earned_this_year": 860, "frozen": False}
CHANGE = OpenProduct("crbt")
OFFER = Offer(500, True, True, date(2026, 11, 22), "a token")
DONE = {"outcome": "done", "details": {"fee": 500}, "repeated": False}
SOON = 0.4  # seconds; a call that is given up


class ClientCase(TestCase):
    timeout = 20

    async def client(self, *sayings: Say, **options: Any) -> HttpBusiness:
        self.liar = Liar(*sayings)
        port = reactor.listenTCP(0, self.liar, interface="127.0.0.1")
        client = HttpBusiness(f"http://127.0.0.1:{port.getHost().port}", reactor, ClientOptions(**options))
        self.addCleanup(self._clean, port, client)
        return client

    def _clean(self, port: Any, client: HttpBusiness) -> Any:
        async def clean() -> None:
            await client.stop()
            await port.stopListening()
            await self.liar.nobody()

        return Deferred.fromCoroutine(clean())

    async def raises(self, kind: type[Exception], call: Any) -> str:
        try:
            answered = await call
        except kind as error:
            return str(error)
        raise self.failureException(f"{answered!r}")


class TestQueries(ClientCase):
    async def test_a_proper_answer(self) -> None:
        client = await self.client(answer({**POINTS, "more": "than was asked"}))
        self.assertEqual(await client.points(ME), Points("积分", 3260, 860, False))
        self.assertTrue(self.liar.requests[0].startswith(b"GET /subscribers/13900000001/points HTTP/1.1\r\n"))

    async def test_an_ipv6_address_and_a_path_in_front(self) -> None:
        self.liar = Liar(answer(POINTS))
        port = reactor.listenTCP(0, self.liar, interface="::1")
        address = f"[::1]:{port.getHost().port}"
        client = HttpBusiness(f"http://{address}/hall/v1/", reactor, ClientOptions())
        self.addCleanup(self._clean, port, client)
        self.assertEqual((await client.points(ME)).available, 3260)
        self.assertTrue(self.liar.requests[0].startswith(b"GET /hall/v1/subscribers/13900000001/points HTTP"))
        self.assertIn(f"host: {address}".encode(), self.liar.requests[0].lower())

    async def test_no_compression_is_asked_for_and_no_cookie_kept(self) -> None:
        client = await self.client(answer(POINTS, headers="Set-Cookie: session=1; Path=/\r\n"))
        await client.points(ME)
        await client.points(ME)
        for request in self.liar.requests:
            self.assertNotIn(b"accept-encoding", request.lower())
            self.assertNotIn(b"cookie", request.lower())

    async def test_lies_are_no_answer(self) -> None:
        for lie in (
            answer(b"{"),
            answer(b""),
            answer(b"null"),
            answer([POINTS]),
            answer({**POINTS, "available": "3260"}),
            answer({**POINTS, "available": 1.5}),
            answer({**POINTS, "available": True}),
            answer({**POINTS, "available": 10**30}),
            answer({**POINTS, "frozen": None}),
            answer({name: POINTS[name] for name in ("name", "available", "frozen")}),
            answer(b'{"name": "x", "available": NaN, "earned_this_year": 0, "frozen": false}'),
            answer(b'{"name": "x", "name": "y", "available": 0, "earned_this_year": 0, "frozen": false}'),
            answer(b"[" * 100_000),
            answer(b'{"name": "\xff"}'),
            answer({**POINTS, "name": "\ud800"}),
            answer(POINTS, kind="text/html"),
            answer(POINTS, status="201 Created"),
            answer(POINTS, status="302 Found", headers="Location: http://127.0.0.1:1/\r\n"),
            answer(POINTS, headers="Content-Encoding: gzip\r\n"),
            answer(b"<h1>Bad Gateway</h1>", "502 Bad Gateway", "text/html"),
            answer({"detail": "not found"}, "404 Not Found"),
            problem("unknown-subscriber", "500 No"),
            problem("something-new", "404 Not Found"),
            problem("resting", "503 Service Unavailable"),
            Say(b"SSH-2.0-OpenSSH_9.6\r\n", close=True),
            Say(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 5000 + b"\r\n", close=True),
        ):
            client = await self.client(lie)
            await self.raises(Unavailable, client.points(ME))

    async def test_a_time_needs_its_zone(self) -> None:
        fee = {"at": "2026-11-22T10:30:00", "spent": 0, "balance": 0, "owed": 0, "overdue": 0,
               "prepaid": True, "sp": 0}  # fmt: skip
        client = await self.client(answer(fee))
        self.assertIn("at must be a time with its zone", await self.raises(Unavailable, client.fee(ME)))

    async def test_an_endless_answer_is_cut_off(self) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
        client = await self.client(Say(head + b" " * (BODY * 10)), retries=0)
        self.assertIn("more than", await self.raises(Unavailable, client.points(ME)))
        await self.liar.nobody()

    async def test_an_answer_cut_off_in_its_middle_is_asked_for_once_more(self) -> None:
        client = await self.client(cut(POINTS, 20), answer(POINTS))
        self.assertEqual((await client.points(ME)).available, 3260)
        client = await self.client(cut(POINTS, 20))
        await self.raises(Unavailable, client.points(ME))
        self.assertEqual(len(self.liar.requests), 2)

    async def test_a_connection_closed_before_the_answer_is_tried_once_more(self) -> None:
        client = await self.client(HANG_UP, answer(POINTS))
        self.assertEqual((await client.points(ME)).available, 3260)

    async def test_a_password_is_never_sent_twice(self) -> None:
        client = await self.client(HANG_UP, answer({"check": "right", "left": 3}))
        await self.raises(Unavailable, client.check_password(ME, "258036"))
        self.assertEqual(len(self.liar.requests), 1)
        self.assertEqual(await client.check_password(ME, "258036"), PasswordAnswer(PasswordCheck.RIGHT, 3))
        self.assertNotIn(b"258036", self.liar.requests[1].partition(b"\r\n\r\n")[0])

    async def test_silence_is_given_up_once_and_for_all(self) -> None:
        for saying in (SILENCE, Say(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")):
            client = await self.client(saying, timeout=SOON)
            self.assertIn("too long", await self.raises(Unavailable, client.points(ME)))
            self.assertEqual(len(self.liar.requests), 1)
            await self.liar.nobody()

    async def test_nobody_listens(self) -> None:
        port = reactor.listenTCP(0, Liar(SILENCE), interface="127.0.0.1")
        number = port.getHost().port
        await port.stopListening()
        client = HttpBusiness(f"http://127.0.0.1:{number}", reactor, ClientOptions())
        self.assertIn("ConnectionRefused", await self.raises(Unavailable, client.points(ME)))
        self.assertFalse(await client.healthy())
        await client.start()  # which keeps no hall from starting
        await client.stop()

    async def test_problems_mean_what_they_say(self) -> None:
        client = await self.client(problem("unknown-subscriber", "404 Not Found"))
        await self.raises(UnknownSubscriber, client.points(ME))
        client = await self.client(problem("not-offered", "501 Not Implemented"))
        await self.raises(NotOffered, client.points(ME))
        times = {"since": "2026-11-30T19:00:00+08:00", "until": "2026-12-01T00:00:00+08:00"}
        client = await self.client(problem("resting", "503 Service Unavailable", **times))
        self.assertIn("rests until 2026-12-01", await self.raises(Resting, client.points(ME)))
        client = await self.client(problem("not-found", "404 Not Found"))
        self.assertIsNone(await client.product(ME, "nothing"))
        await self.raises(Unavailable, client.points(ME))

    async def test_who_asks_to_be_left_in_peace_is(self) -> None:
        wait = "Retry-After: 5\r\n"
        client = await self.client(problem("unavailable", "503 Service Unavailable", wait), answer(POINTS))
        await self.raises(Unavailable, client.points(ME))
        self.assertIn("in peace", await self.raises(Unavailable, client.points(ME)))
        left = await client.perform(ME, CHANGE, OFFER, "k")
        self.assertEqual(left, NotDone("not sent: it asked to be left in peace"))
        self.assertEqual(len(self.liar.requests), 1)

    async def test_too_many_requests_keeps_back_that_one_alone_and_says_nothing_about_its_health(
        self,
    ) -> None:
        for said, after in (("Retry-After: 5\r\n", 5.0), ("Retry-After: ٥\r\n", 0.0), ("", 0.0)):
            client = await self.client(
                problem("too-many-requests", "429 Too Many Requests", said), answer(POINTS)
            )
            busy = await self.assertFailure(Deferred.fromCoroutine(client.points(ME)), Busy)
            self.assertEqual(busy.after, after)
            self.assertEqual((await client.points(ME)).name, "积分")
        client = await self.client(problem("too-many-requests", "429 Too Many Requests"))
        self.assertTrue((await client.perform(ME, CHANGE, OFFER, "k")).busy)

    async def test_connections_are_kept_and_bounded(self) -> None:
        client = await self.client(answer(POINTS), connections=3)
        calls = [Deferred.fromCoroutine(client.points(ME)) for _ in range(50)]
        await gatherResults(calls)
        self.assertEqual(len(self.liar.requests), 50)
        self.assertLessEqual(len(self.liar.open), 3)

    async def test_what_cannot_be_a_number_is_not_even_asked(self) -> None:
        client = await self.client(answer(POINTS))
        for wrong in ("", "..", "1390000000x", "139\r\nX: y", "１３９", "1" * 21):
            await self.raises(UnknownSubscriber, client.points(wrong))
            self.assertIsNone(await client.attribution(wrong))
        for wrong in ("", "..", "a\nb", "x" * 65):
            self.assertIsNone(await client.product(ME, wrong))
        self.assertEqual(await client.places(""), ())
        self.assertEqual(self.liar.requests, [])

    async def test_an_id_with_anything_in_it_stays_in_its_place(self) -> None:
        client = await self.client(problem("not-found", "404 Not Found"))
        await client.product(ME, "a/../b?c=d#e f%2f流量")
        (line, _, _) = self.liar.requests[0].partition(b"\r\n")
        self.assertEqual(
            line,
            b"GET /subscribers/13900000001/products/"
            b"a%2F..%2Fb%3Fc%3Dd%23e%20f%252f%E6%B5%81%E9%87%8F HTTP/1.1",
        )


class TestChanges(ClientCase):
    async def test_a_change_and_its_key(self) -> None:
        client = await self.client(answer(DONE))
        outcome = await client.perform(ME, CHANGE, OFFER, "sms:1:2")
        self.assertEqual(outcome, Done({"fee": 500}))
        head, _, body = self.liar.requests[0].partition(b"\r\n\r\n")
        self.assertIn(b"\r\nIdempotency-Key: sms:1:2\r\n", head)
        sent = json.loads(body)
        self.assertEqual(sent["change"], {"change": "open-product", "product": "crbt", "option": None})
        self.assertEqual((sent["offer"]["token"], sent["channel"]), ("a token", "other"))

    async def test_lost_on_the_way_it_is_asked_again_with_its_key(self) -> None:
        client = await self.client(cut(DONE, 9), answer({**DONE, "repeated": True}))
        self.assertEqual(await client.perform(ME, CHANGE, OFFER, "k"), Done({"fee": 500}, True))
        self.assertEqual(self.liar.requests[0], self.liar.requests[1])

    async def test_a_refusal_is_an_outcome(self) -> None:
        client = await self.client(answer({"outcome": "refused", "why": "arrears", "details": {"owed": 1}}))
        self.assertEqual(await client.perform(ME, CHANGE, OFFER, "k"), Refused(Why.ARREARS, {"owed": 1}))

    async def test_sent_and_not_properly_answered_is_unknown(self) -> None:
        for lie in (
            HANG_UP,
            answer({**DONE, "outcome": "perhaps"}),
            answer({"outcome": "refused", "why": "a new reason"}),
            answer({**DONE, "details": {"fee": 1.5}}),
            answer(b"<h1>Bad Gateway</h1>", "502 Bad Gateway", "text/html"),
            answer(b"<h1>maintenance</h1>", "503 Service Unavailable", "text/html"),
            problem("internal", "500 Internal Server Error"),
            Say(b"HTTP/1.1 100 Continue\r\n\r\n", close=True),
        ):
            client = await self.client(lie)
            self.assertIsInstance(await client.perform(ME, CHANGE, OFFER, "k"), Unknown)

    async def test_given_up_is_unknown_and_sent_once(self) -> None:
        client = await self.client(SILENCE, timeout=SOON)
        outcome = await client.perform(ME, CHANGE, OFFER, "k")
        self.assertEqual(outcome, Unknown("no answer: it took too long"))
        self.assertEqual(len(self.liar.requests), 1)
        await self.liar.nobody()

    async def test_never_sent_is_not_done(self) -> None:
        client = await self.client(SILENCE, connections=1, timeout=SOON)
        first = Deferred.fromCoroutine(client.points(ME))  # holds the only connection until it is given up
        second = await client.perform(ME, CHANGE, OFFER, "k")
        await self.raises(Unavailable, first)
        self.assertIsInstance(second, NotDone)
        self.assertEqual(len(self.liar.requests), 1)

    async def test_nobody_listens_is_not_done(self) -> None:
        port = reactor.listenTCP(0, Liar(SILENCE), interface="127.0.0.1")
        number = port.getHost().port
        await port.stopListening()
        client = HttpBusiness(f"http://127.0.0.1:{number}", reactor, ClientOptions())
        self.assertIsInstance(await client.perform(ME, CHANGE, OFFER, "k"), NotDone)
        await client.stop()

    async def test_a_problem_of_ours_is_certainly_not_done(self) -> None:
        for told in (
            problem("unavailable", "503 Service Unavailable"),
            problem("bad-request", "400 Bad Request"),
            problem("unauthorized", "401 Unauthorized"),
        ):
            client = await self.client(told)
            self.assertIsInstance(await client.perform(ME, CHANGE, OFFER, "k"), NotDone)
        client = await self.client(problem("unknown-subscriber", "404 Not Found"))
        await self.raises(UnknownSubscriber, client.perform(ME, CHANGE, OFFER, "k"))

    async def test_not_done_the_second_time_says_nothing_of_the_first(self) -> None:
        for told in (
            answer({"outcome": "not done", "why": "busy"}),
            problem("unavailable", "503 Service Unavailable"),
        ):
            client = await self.client(HANG_UP, told)
            self.assertIsInstance(await client.perform(ME, CHANGE, OFFER, "k"), Unknown)
            self.assertEqual(len(self.liar.requests), 2)

    async def test_a_key_that_no_header_can_carry_is_not_sent(self) -> None:
        client = await self.client(answer(DONE))
        for key in ("", "a\r\nX-Evil: 1", "钥匙", " k", "k" * 256):
            self.assertIsInstance(await client.perform(ME, CHANGE, OFFER, key), NotDone)
        self.assertEqual(self.liar.requests, [])

    async def test_secrets_stand_in_no_error(self) -> None:
        card = TopUp("501000000000000014", ME)
        client = await self.client(problem("bad-request", "400 Bad Request", detail="501000000000000014"))
        self.assertNotIn("501000", await self.raises(Unavailable, client.offer(ME, card)))
        self.assertNotIn("501000", repr(await client.perform(ME, card, OFFER, "k")))


class TestOpening(ClientCase):
    async def test_the_token_comes_from_its_file_and_is_read_again_when_refused(self) -> None:
        file = self.mktemp()
        with open(file, "w") as out:
            out.write("first-token\n")
        client = await self.client(
            problem("unauthorized", "401 Unauthorized"), answer(POINTS), token_file=file
        )
        with open(file, "w") as out:
            out.write("second-token\n")
        await self.raises(Unavailable, client.points(ME))
        await client.points(ME)
        self.assertIn(b"Authorization: Bearer first-token\r\n", self.liar.requests[0])
        self.assertIn(b"Authorization: Bearer second-token\r\n", self.liar.requests[1])

    async def test_it_is_opened_by_name_with_its_options(self) -> None:
        url, none = "https://boss.example/hall/v1", self.mktemp()
        here: dict[str, Any] = {"clock": None, "reactor": reactor}
        self.assertIsInstance(open_business("http", url, timeout=3, retries=0, **here), HttpBusiness)
        for wrong, options, told in (
            (None, {}, "business.url is missing"),
            ("boss.example", {}, "must be like https"),
            ("ftp://boss.example", {}, "must be like https"),
            ("https://me:secret@boss.example", {}, "no name and password"),
            ("https://boss.example/?token=1", {}, "must be like https"),
            ("http://boss.example", {}, "must begin with https"),
            ("https://boss.example/长沙", {}, "must be ASCII"),
            ("https://boss.example/a b", {}, "must be ASCII"),
            ("https://boss_1:8443", {}, "letters, digits, hyphens and dots"),
            ("https://boss..example", {}, "letters, digits, hyphens and dots"),
            (url, {"tiemout": 3}, "tiemout is not known; there are: timeout,"),
            (url, {"timeout": "3"}, "timeout must be a number"),
            (url, {"connections": 1.5}, "connections must be a whole number"),
            (url, {"timeout": 0}, "out of range"),
            (url, {"cert_file": "x"}, "go together"),
        ):
            with self.assertRaises(ValueError) as caught:
                open_business("http", wrong, **here, **options)
            self.assertIn(told, str(caught.exception))
            self.assertNotIn("secret", str(caught.exception))
        with self.assertRaises(OSError):
            open_business("http", url, **here, token_file=none)
        for right in ("http://boss.example", "http://[fe80::1]:8087/hall/%E9%95%BF", "http://192.0.2.7/v1"):
            open_business("http", right, allow_plain=True, **here)

    async def test_what_it_offers_is_learnt_at_the_start(self) -> None:
        client = await self.client(answer({"healthy": True, "themes": ["fees", "one of tomorrow"]}))
        await client.start()
        self.assertEqual(client.themes, {"fees"})
        self.assertTrue(await client.healthy())
        client = await self.client(answer({"healthy": False}))
        self.assertFalse(await client.healthy())
