"""The web hall of a running server, as the front end of a website asks it."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from server.testing.boss import BossProcess
from server.testing.ports import HOST
from server.testing.running import HallProcess
from server.web import TOKEN

NUMBER, OTHER = "13900000003", "13900000001"
PRODUCT, FEE = "crbt", -500


class FrontEnd:
    """Of one hall."""

    def __init__(self, hall: HallProcess) -> None:
        self._hall = hall
        self.session = ""

    @property
    def token(self) -> str:
        return (self._hall.folder / TOKEN).read_text(encoding="ascii").strip()

    def asks(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        """Status, JSON, headers. ``headers``: ``_`` for ``-``; those that name nothing are left out."""
        written = {"authorization": f"Bearer {self.token}", "content_type": "application/json", **headers}
        connection = http.client.HTTPConnection(HOST, self._hall.http, timeout=20)
        try:
            raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
            named = {name.replace("_", "-"): value for name, value in written.items() if value}
            connection.request(method, path, raw, named)
            answer = connection.getresponse()
            text = answer.read().decode()
            return (
                answer.status,
                json.loads(text) if text.startswith("{") else {},
                {name.lower(): value for name, value in answer.headers.items()},
            )
        finally:
            connection.close()

    def opens(self, number: str = NUMBER) -> dict[str, Any]:
        status, opened, _ = self.asks("POST", "/hall/sessions", {"number": number})
        assert status == 201, opened
        self.session = opened["session"]
        return opened

    def takes(self, text: str, key: str = "") -> dict[str, Any]:
        path = f"/hall/sessions/{self.session}/inputs"
        status, told, _ = self.asks("POST", path, {"text": text}, idempotency_key=key)
        assert status == 200, told
        return told


def words(told: dict[str, Any]) -> str:
    return "\n".join(event["text"] for event in told["events"] if "text" in event)


def test_a_query_a_list_and_the_numbers_of_menus(hall: HallProcess) -> None:
    front = FrontEnd(hall)
    assert front.opens()["waits"] == "menu"
    assert "元" in words(front.takes("0101"))
    front.opens(OTHER)
    assert front.takes("0000")["waits"] == "list"
    assert front.takes("0")["waits"] == "menu"
    assert front.takes("1")["waits"] == "menu"
    assert front.takes("1")["service"] == "fee_realtime"


def test_a_change_is_charged_once_however_often_its_answer_was_lost(own_hall: HallProcess) -> None:
    front = FrontEnd(own_hall)
    front.opens()
    assert front.takes("0204")["waits"] == "screen"
    done = front.takes("1", "the-key")
    assert "开通" in words(done)
    assert front.takes("1", "the-key") == done
    own_hall.kill()
    own_hall.start()
    assert front.takes("1", "the-key") == done
    assert own_hall.movements(NUMBER, PRODUCT) == [FEE]
    assert "余额" in words(front.takes("0101"))
    channels = own_hall.rows("hall", "SELECT DISTINCT channel FROM operations")
    assert channels == [("web",)]
    assert own_hall.metric("hall_web_sessions") == 1
    assert own_hall.failures() == []


def test_secrets_and_bills_lie_nowhere_in_clear(own_hall: HallProcess) -> None:
    front = FrontEnd(own_hall)
    front.opens()
    asked = front.takes(f"0110 {OTHER}")
    assert (asked["waits"], asked["secret"]) == ("input", True)
    balance = words(front.takes("258036"))
    assert "余额" in balance
    own_hall.stop()
    for file in own_hall.folder.rglob("*"):
        if file.is_file() and file.name.startswith(("hall.db", "log")):
            raw = file.read_bytes()
            assert b"258036" not in raw, file
            assert balance.encode() not in raw, file


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("POST", "/hall/sessions", {}, {"authorization": ""}, 401),
        ("POST", "/hall/sessions", {}, {"authorization": "Bearer guessed"}, 401),
        ("POST", "/hall/sessions", {"number": NUMBER}, {"content_type": "text/plain"}, 415),
        ("POST", "/hall/sessions", {"number": NUMBER}, {"origin": "http://evil.example"}, 403),
        ("POST", "/hall/sessions", {"number": NUMBER}, {"host": "evil.example"}, 421),
        ("POST", "/hall/sessions", b"{", {}, 400),
        ("POST", "/hall/sessions", b'{"number": "13900000003", "number": "13900000001"}', {}, 400),
        ("POST", "/hall/sessions", {"number": NUMBER}, {"content_encoding": "gzip"}, 415),
        ("POST", "/hall/sessions/nobody/inputs", {"text": "Y"}, {"idempotency_key": " "}, 422),
        ("POST", "/hall/sessions", b"[" * 60_000, {}, 400),
        ("POST", "/hall/sessions", [NUMBER], {}, 400),
        ("POST", "/hall/sessions", {"number": 13900000003}, {}, 422),
        ("POST", "/hall/sessions", {"nubmer": NUMBER}, {}, 422),
        ("POST", "/hall/sessions/nobody/inputs", {"text": "0101", "key": "a"}, {}, 422),
        ("POST", "/hall/sessions", {"number": "0731-1"}, {}, 422),
        ("POST", "/hall/sessions", b" " * 70_000, {}, 413),
        ("POST", "/hall/sessions/nobody/inputs", {"text": "0101"}, {}, 404),
        ("POST", "/hall/sessions/nobody/inputs", {"choice": True}, {}, 422),
        ("POST", "/hall/sessions/nobody/inputs", {"text": "话" * 1001}, {}, 422),
        ("POST", "/hall/sessions/nobody/inputs", {"text": "\ud800"}, {}, 422),
        ("POST", "/hall/sessions/nobody/inputs", {"text": "a\0"}, {}, 422),
        ("POST", "/hall/sessions/a%00b/inputs", {"text": "0101"}, {}, 404),
        ("POST", "/hall/sessions/..%2f..%2fx/inputs", {"text": "0101"}, {}, 404),
        ("POST", "/hall/sessions", {"from": "\ud800"}, {}, 422),
        ("POST", "/hall/sessions", {"from": ""}, {}, 422),
        ("POST", "/hall/sessions", {"from": "198.51.100.8:4000"}, {}, 422),
        ("POST", "/hall/sessions", {"from": "1.2.3.4, 5.6.7.8"}, {}, 422),
        ("POST", "/hall/sessions", {"from": "fe80::1%eth0"}, {}, 422),
        ("POST", "/hall/sessions/nobody/inputs", {"choice": -1}, {}, 422),
        ("POST", "/hall/sessions/nobody/inputs", {"choice": 1, "text": "1"}, {}, 422),
        ("GET", "/hall/sessions", None, {}, 405),
        ("POST", "/hall/session", {}, {}, 404),
        ("DELETE", "/hall/sessions/nobody", None, {}, 204),
    ],
)
def test_what_is_wrong_is_said_and_opens_nothing(
    hall: HallProcess, method: str, path: str, body: object, headers: dict[str, str], status: int
) -> None:
    got, told, sent = FrontEnd(hall).asks(method, path, body, **headers)
    assert got == status, told
    assert sent["content-type"].startswith("application/json") or not told
    assert set(told) == ({"error"} if status >= 400 else set())
    assert status != 401 or sent["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["Authorization", "Content-Type", "Idempotency-Key"])
def test_what_may_stand_once_and_stands_twice_is_refused(hall: HallProcess, name: str) -> None:
    front = FrontEnd(hall)
    front.opens()
    path = f"/hall/sessions/{front.session}/inputs"
    written = {
        "Authorization": f"Bearer {front.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": "a",
    }
    connection = http.client.HTTPConnection(HOST, hall.http, timeout=20)
    connection.putrequest("POST", path)
    body = b'{"text": "0101"}'
    for each, value in [*written.items(), (name, written[name]), ("Content-Length", str(len(body)))]:
        connection.putheader(each, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    assert (answer.status, name in answer.read().decode()) == (400, True)
    connection.close()


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_in_any_case(hall: HallProcess, scheme: str) -> None:
    front = FrontEnd(hall)
    assert front.asks("POST", "/hall/sessions", {}, authorization=f"{scheme} {front.token}")[0] == 201


def test_it_is_over_when_it_is_closed(hall: HallProcess) -> None:
    front = FrontEnd(hall)
    name = front.opens()["session"]
    assert front.asks("DELETE", f"/hall/sessions/{name}")[0] == 204
    status, told, _ = front.asks("POST", f"/hall/sessions/{name}/inputs", {"text": "0101"})
    assert (status, "open another" in told["error"]) == (404, True)


def test_a_hall_without_it(tmp_path: Any) -> None:
    hall = HallProcess(tmp_path / "hall", settings="[web]\nenabled = false\n")
    try:
        assert hall.get("/hall/sessions")[0] == 404
        assert not (hall.folder / TOKEN).exists()
    finally:
        hall.stop()


def test_killed_while_the_back_office_stands_it_calls_nothing_undone_that_is_charged_later(
    tmp_path: Path,
) -> None:
    boss = BossProcess(tmp_path)
    boss.start()
    hall = HallProcess(
        tmp_path / "hall", settings=f'[business]\nname = "http"\nurl = "http://{HOST}:{boss.port}"\n'
    )
    try:
        front = FrontEnd(hall)
        front.opens()
        assert front.takes("KTCL")["waits"] == "confirm"
        boss.freeze()
        with ThreadPoolExecutor(1) as pool:
            cut_off = pool.submit(front.takes, "Y", "a-key")
            _until(lambda: hall.rows("hall", "SELECT state FROM operations") == [("started",)])
            hall.kill()
            assert cut_off.exception(20) is not None
        hall.start()
        for key in ("", "another-key", "a-key"):
            told = words(front.takes("Y", key))
            assert "已收到，正在办理" in told
            assert "未收费" not in told
        boss.thaw()
        _until(lambda: hall.metric("hall_operations") == 0)
        assert "已开通" in words(front.takes("Y", ""))
        assert [row for row in boss.ledger() if row[1] == "charge"] == [(NUMBER, "charge", FEE)]
    finally:
        hall.stop()
        boss.kill()


def _until(there: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end
        time.sleep(0.05)
