"""The agents' desk of a running server: authenticated, and each message once."""

from __future__ import annotations

import http.client
import json
from typing import Any

from server.agents import TOKEN
from server.testing.ports import HOST
from server.testing.running import HallProcess

NUMBER = "13900000003"


def asks(
    hall: HallProcess, method: str, path: str, body: object = None, key: str = "", token: str | None = None
) -> tuple[int, Any]:
    known = (hall.folder / TOKEN).read_text(encoding="ascii").strip() if token is None else token
    headers = {"authorization": f"Bearer {known}", "content-type": "application/json"}
    connection = http.client.HTTPConnection(HOST, hall.http, timeout=20)
    try:
        raw = b"" if body is None else json.dumps(body).encode()
        connection.request(method, path, raw, headers | ({"idempotency-key": key} if key else {}))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_agents_send_texts_and_say_what_they_have_handled(hall: HallProcess) -> None:
    status, texts = asks(hall, "GET", "/desk/texts")
    assert status == 200
    assert "HF" in texts["fee"]
    sent = {"number": NUMBER, "text": "fee"}
    assert asks(hall, "POST", "/desk/texts", sent, key="a") == (200, {"sent": "sent"})
    assert asks(hall, "POST", "/desk/texts", sent, key="a") == (200, {"sent": "sent before"})
    handled = {"number": NUMBER, "service": "crbt", "action": "open"}
    assert asks(hall, "POST", "/desk/handled", handled, key="b") == (200, {"sent": "sent"})
    assert asks(hall, "POST", "/desk/handled", handled, key="a")[0] == 422, "that was another message's key"


def test_what_is_wrong_is_said(hall: HallProcess) -> None:
    for path, body, key, status in (
        ("/desk/texts", {"number": NUMBER, "text": "no such"}, "c", 422),
        ("/desk/texts", {"number": NUMBER, "text": "fee"}, "", 400),
        ("/desk/texts", {"number": "1", "text": "fee"}, "c", 422),
        ("/desk/texts", {"number": NUMBER}, "c", 422),
        ("/desk/handled", {"number": NUMBER, "service": "crbt", "action": "query"}, "c", 422),
        ("/desk/handled", {"number": NUMBER, "service": "fee_realtime", "action": "open"}, "c", 422),
        ("/desk/surveys", {"number": NUMBER}, "", 422),  # no number of its own in the settings
    ):
        told, error = asks(hall, "POST", path, body, key=key)
        assert (told, list(error)) == (status, ["error"]), path


def test_only_who_holds_the_token(hall: HallProcess) -> None:
    for token in ("", "x" * 43):
        assert asks(hall, "GET", "/desk/texts", token=token)[0] == 401
        assert asks(hall, "POST", "/desk/texts", {"number": NUMBER, "text": "fee"}, "d", token)[0] == 401


def test_an_urgent_notice_goes_to_a_whole_city_once(hall: HallProcess) -> None:
    notice = {"city": "娄底", "text": "今晚二十二点到次日六点网络检修。"}
    status, told = asks(hall, "POST", "/desk/notices", notice, key="n1")
    assert status == 200
    assert asks(hall, "POST", "/desk/notices", notice, key="n1") == (200, {"sent": 0})
    assert asks(hall, "POST", "/desk/notices", notice | {"text": "检修已结束。"}, key="n1")[0] == 422
    assert asks(hall, "POST", "/desk/notices", notice | {"city": "北京"}, key="n2")[0] == 422
    assert told["sent"] >= 0
