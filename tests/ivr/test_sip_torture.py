"""The torture messages: those of RFC 4475, where they lie beside the project, and our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.sip.api import Hop
from ivr.sip.message import ParseError, Request, Response, parse
from ivr.testing.sip_bench import Bench, octets_of
from tests.ivr.torture_table import SILENCE, TABLE

ROOT = Path(__file__).resolve().parents[2]
RFC4475 = ROOT.parent / "shared" / "data" / "rfc4475"
OURS = Path(__file__).parent / "torture"
SOURCE = Hop("UDP", "127.0.0.1", 5062)


def _finals(bench: Bench) -> list[Response]:
    sent = [parse(data) for data, _hop in bench.sent]
    return [m for m in sent if isinstance(m, Response) and m.status >= 200]


def _answers(data: bytes) -> list[str]:
    """The status lines that go out, read off the bytes: an answer may echo what is not readable itself."""
    bench = Bench()
    bench.agent.receive(data, SOURCE)
    assert not bench.failures
    assert len({hop for _data, hop in bench.sent}) <= 1
    return [sent.split(b"\r\n")[0].decode("utf-8", "replace") for sent, _hop in bench.sent]


@pytest.mark.skipif(not RFC4475.exists(), reason="the messages of RFC 4475 do not lie beside this tree")
def test_the_table_names_every_message() -> None:
    assert {path.stem for path in RFC4475.glob("*.dat")} == set(TABLE)


@pytest.mark.skipif(not RFC4475.exists(), reason="the messages of RFC 4475 do not lie beside this tree")
@pytest.mark.parametrize("name", TABLE)
def test_rfc4475(name: str) -> None:
    status, why = TABLE[name]
    lines = _answers((RFC4475 / f"{name}.dat").read_bytes())
    if status == SILENCE:
        assert lines == [], why
    else:
        assert [int(line.split()[1]) for line in lines] == [status], why


@pytest.mark.parametrize("path", sorted(OURS.glob("*.sip")), ids=lambda path: path.stem)
def test_our_own(path: Path) -> None:
    """The first line of each file says what is due: a status, or ``silence``."""
    first, message = path.read_bytes().split(b"\n", 1)
    due = first.decode().removeprefix("# ").split()[0]
    lines = _answers(message)
    if due == "silence":
        assert lines == []
    else:
        assert [line.split()[1] for line in lines] == [due]


def test_there_are_enough_of_our_own() -> None:
    assert len(list(OURS.glob("*.sip"))) >= 25


def test_a_400_says_what_is_wrong_and_echoes_the_call() -> None:
    bench = Bench()
    bench.agent.receive((OURS / "from_unclosed.sip").read_bytes().split(b"\n", 1)[1], SOURCE)
    line, *headers = bench.sent[0][0].decode().split("\r\n")
    assert line == "SIP/2.0 400 Malformed address"
    assert "Call-ID: from_unclosed" in headers
    assert bench.logged == [("127.0.0.1", "SIP: Malformed address")]


@pytest.mark.skipif(not RFC4475.exists(), reason="the messages of RFC 4475 do not lie beside this tree")
def test_what_is_read_is_written_the_same() -> None:
    for name in ("wsinv", "esc01", "longreq", "unreason", "intmeth"):
        message = parse((RFC4475 / f"{name}.dat").read_bytes())
        again = parse(octets_of(message))
        assert again.headers == message.headers | {"content-length": [str(len(message.body))]}
        assert again.body == message.body
        assert isinstance(again, Request) == isinstance(message, Request)


def test_bytes_that_are_nothing_get_silence() -> None:
    for data in (
        b"",
        b"\r\n\r\n",
        b"\x00" * 100,
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff" * 3000,
        b"SIP/2.0\r\n\r\n",
    ):
        assert _answers(data) == []


def test_too_large_is_said_so() -> None:
    data = (OURS / "plain_invite.sip").read_bytes().split(b"\n", 1)[1]
    big = data.replace(b"Max-Forwards: 70", b"Max-Forwards: 70\r\nX: " + b"x" * 40_000)
    assert _answers(big) == ["SIP/2.0 513 Message Too Large"]
    with pytest.raises(ParseError):
        parse(big, max_message=1000)
