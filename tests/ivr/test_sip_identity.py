"""Who calls and what was called, in every usual writing."""

from __future__ import annotations

import pytest

from ivr.sip.api import Hop
from ivr.sip.headers import HeaderError, parse_name_addr, parse_uri, parse_via, split_commas, unescape
from ivr.sip.identity import called_number, caller_identity, caller_number
from ivr.sip.message import Request, parse
from tests.ivr.sip_bench import Bench, Caller

TRUSTED = ("127.0.0.0/8", "10.0.0.0/8")


@pytest.mark.parametrize(
    ("user", "number"),
    [
        ("13900000001", "13900000001"),
        ("+8613900000001", "13900000001"),
        ("8613900000001", "13900000001"),
        ("008613900000001", "13900000001"),
        ("013900000001", "13900000001"),
        ("+86013900000001", "13900000001"),
        ("+86-139-0000-0001", "13900000001"),
        ("13900000001;phone-context=+86", "13900000001"),
        ("%2B8613900000001", "13900000001"),
        ("073184001234", "073184001234"),
        ("+8673184001234", "073184001234"),
        ("+861084001234", "01084001234"),
        ("+14155550100", "+14155550100"),
        ("10086", "10086"),
        ("anonymous", None),
        ("alice", None),
        ("", None),
        ("１３９", None),
    ],
)
def test_callers(user: str, number: str | None) -> None:
    uri = parse_uri(f"sip:{user}@192.0.2.5") if user.isascii() and user else parse_uri("sip:192.0.2.5")
    assert caller_number(uri) == number


@pytest.mark.parametrize(
    ("user", "called"),
    [
        ("10086", ("10086", None)),
        ("073110086", ("10086", "0731")),
        ("+8673110086", ("10086", "0731")),
        ("8673110086", ("10086", "0731")),
        ("008673110086", ("10086", "0731")),
        ("01010086", ("10086", "010")),
        ("+8610086", ("10086", None)),
        ("073410086", ("10086", "0734")),
        ("100861", ("100861", None)),
        ("12580", ("12580", None)),
    ],
)
def test_called(user: str, called: tuple[str, str | None]) -> None:
    assert called_number(parse_uri(f"sip:{user}@192.0.2.1")) == called


def test_called_by_tel() -> None:
    assert called_number(parse_uri("tel:+8673110086;phone-context=x")) == ("10086", "0731")


def invite(*headers: str) -> Request:
    message = parse(Caller(Bench()).request("INVITE", b"", *headers))
    assert isinstance(message, Request)
    return message


def test_the_asserted_identity_wins_where_the_peer_is_trusted() -> None:
    asserted = 'P-Asserted-Identity: "x" <sip:+8613900000007@example.com>, <tel:+8613900000008>'
    assert caller_identity(invite(asserted), "10.1.2.3", TRUSTED) == "13900000007"
    assert caller_identity(invite(asserted, "Privacy: id"), "127.0.0.1", TRUSTED) == "13900000007"
    assert caller_identity(invite(asserted), "192.0.2.5", TRUSTED) is None
    assert caller_identity(invite("P-Asserted-Identity: <<"), "127.0.0.1", TRUSTED) == "13900000001"
    assert caller_identity(invite(), "nonsense", TRUSTED) is None


def test_an_untrusted_peer_may_call_and_is_nobody() -> None:
    bench = Bench()
    caller = Caller(bench)
    caller.source = Hop("UDP", "203.0.113.9", 5062)
    caller.call()
    assert bench.calls[0].caller is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<sip:a@b",
        "sip:a@b>",
        '"a <sip:a@b>',
        "sip:a@b?x=y",
        "a, b <sip:a@b>",
        "<sip:a b@c>",
        "<>",
        "sip:",
    ],
)
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(HeaderError):
        parse_name_addr(text)


def test_a_long_line_of_words_is_refused_quickly() -> None:
    with pytest.raises(HeaderError):
        parse_name_addr("a " * 20_000)
    with pytest.raises(HeaderError):
        parse_name_addr("a" * 60_000 + '"')
    with pytest.raises(HeaderError):
        parse_uri("sip:" + "a;" * 30_000 + "@")


def test_pieces() -> None:
    via = parse_via("SIP / 2.0 / UDP  [2001:db8::1]:5070 ; branch = z9hG4bKx;rport")
    assert (via.version, via.transport, via.sent_by, via.branch) == (
        "SIP/2.0",
        "UDP",
        "[2001:db8::1]:5070",
        "z9hG4bKx",
    )
    assert split_commas('"a, \\" b" <sip:a,b@c>, <sip:d@e>') == ['"a, \\" b" <sip:a,b@c>', "<sip:d@e>"]
    assert unescape("%e5%bc%a0%zz") == "张%zz"
    uri = parse_uri("sips:bob:pw@Example.COM:5061;transport=TCP;lr?subject=x")
    assert (uri.host, uri.port, uri.param("transport"), uri.param("lr"), uri.headers) == (
        "example.com",
        5061,
        "TCP",
        "",
        "subject=x",
    )
