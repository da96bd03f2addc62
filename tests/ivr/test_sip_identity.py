"""Who calls and what was called, in every usual writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.sip.api import Hop
from ivr.sip.headers import HeaderError, parse_name_addr, parse_uri, parse_via, split_commas, unescape
from ivr.sip.identity import LONGEST, called_number, caller_identity, caller_number
from ivr.sip.message import Request, parse
from ivr.sip.sdp import offer
from ivr.testing.sip_bench import PEER, Bench, Caller

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
    assert called_number(parse_uri(f"sip:{user}@192.0.2.1"), "10086") == called


@pytest.mark.parametrize(
    ("uri", "called"),
    [
        (b"tel:\xff", "\ufffd"),
        (b"tel:10086\xed\xa0\x80", "10086\ufffd\ufffd\ufffd"),
        (b"sip:%00%1b10086@192.0.2.1", "\ufffd\ufffd10086"),
        (b"sip:%E2%80%AE68001@192.0.2.1", "\ufffd68001"),
        (b"sip:%F0%9F%98%80@192.0.2.1", "\U0001f600"),
        (b"tel:" + b"1" * 1_000, "1" * 39 + "…"),
        (b"sip:" + b"%FF" * 300 + b"@192.0.2.1", "\ufffd" * 39 + "…"),
        (b"urn:service:sos", "service:sos"),
    ],
)
def test_of_what_is_no_number_a_person_can_read_is_kept(uri: bytes, called: str) -> None:
    assert called_number(parse_uri(uri.decode("utf-8", "surrogateescape")), "10086") == (called, None)


@given(
    st.binary(min_size=1, max_size=300), st.sampled_from(["tel:{}", "x:{}", "sip:{}@h", "sip:{}@192.0.2.1"])
)
def test_whatever_is_called_can_be_kept(octets: bytes, form: str) -> None:
    for user in (octets.decode("utf-8", "surrogateescape"), "".join(f"%{each:02x}" for each in octets)):
        try:
            uri = parse_uri(form.format(user))
        except HeaderError:
            continue
        called, city = called_number(uri, "10086")
        assert called.isprintable()
        assert len(called) <= LONGEST
        called.encode()
        assert city is None or city.isdecimal()


def test_a_call_id_is_bounded() -> None:
    bench = Bench()
    bench.agent.receive(Caller(bench, "x" * 513).request("INVITE"), PEER)
    assert bench.sent.pop()[0].startswith(b"SIP/2.0 400 Call-ID too long")
    assert 200 in bench.statuses(Caller(bench, "x" * 512).request("INVITE"))


def test_called_by_tel() -> None:
    assert called_number(parse_uri("tel:+8673110086;phone-context=x"), "10086") == ("10086", "0731")


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
    caller.call(offer("203.0.113.9", 40_000))
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
