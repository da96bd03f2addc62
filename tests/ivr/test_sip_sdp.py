"""Offers as phones and gateways write them, and what we answer."""

from __future__ import annotations

import pytest

from ivr.sip.sdp import (
    PCMA,
    PCMU,
    Agreed,
    Answer,
    Codec,
    NoCommonCodec,
    SdpError,
    agreed,
    answer,
    offer,
    parse,
)

HEAD = "v=0\r\no=joe 1 1 IN IP4 192.0.2.5\r\ns=-\r\nc=IN IP4 192.0.2.5\r\nt=0 0\r\n"


def answered(media: str, head: str = HEAD, **given: object) -> Answer:
    made = answer(parse((head + media).encode()), "192.0.2.1", 30_000, **given)  # type: ignore[arg-type]
    assert isinstance(made, Answer), made
    return made


def test_alaw_and_keys() -> None:
    made = answered("m=audio 4000 RTP/AVP 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\n")
    assert (made.codec, made.remote, made.events, made.direction, made.ptime) == (
        PCMA,
        ("192.0.2.5", 4000),
        96,
        "sendrecv",
        20,
    )
    assert made.body == (
        b"v=0\r\no=hall 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        b"m=audio 30000 RTP/AVP 8 96\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\n"
        b"a=fmtp:96 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def test_the_offerer_prefers() -> None:
    assert answered("m=audio 4000 RTP/AVP 18 0 8\r\n").codec == PCMU


def test_a_dynamic_number_for_a_known_coding() -> None:
    made = answered("m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 pcma/8000/1\r\n")
    assert made.codec == Codec("PCMA", 97)
    assert b"a=rtpmap:97 PCMA/8000" in made.body


def test_a_number_that_was_given_another_meaning() -> None:
    media = "m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 opus/48000/2\r\n"
    assert isinstance(answer(parse((HEAD + media).encode()), "192.0.2.1", 30_000), NoCommonCodec)


def test_no_keys_agreed() -> None:
    wide = "m=audio 4000 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/16000\r\n"
    assert answered(wide).events is None
    assert b"telephone-event" not in answered(wide).body


def test_other_lines_are_refused_in_their_places() -> None:
    made = answered(
        "m=video 5000 RTP/AVP 31\r\nm=audio 0 RTP/AVP 8\r\nm=audio 4002 RTP/AVP 8\r\nm=image 9 udptl t38\r\n"
    )
    lines = [line for line in made.body.decode().split("\r\n") if line.startswith("m=")]
    assert lines == [
        "m=video 0 RTP/AVP 31",
        "m=audio 0 RTP/AVP 8",
        "m=audio 30000 RTP/AVP 8",
        "m=image 0 UDPTL t38",
    ]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("sendrecv", "sendrecv"), ("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive")],
)
def test_directions(theirs: str, ours: str) -> None:
    assert answered(f"m=audio 4000 RTP/AVP 8\r\na={theirs}\r\n").direction == ours
    assert answered("m=audio 4000 RTP/AVP 8\r\n", HEAD + f"a={theirs}\r\n").direction == ours


def test_a_line_of_its_own_wins_over_the_session() -> None:
    made = answered("m=audio 4000 RTP/AVP 8\r\nc=IN IP4 192.0.2.9\r\na=sendrecv\r\n", HEAD + "a=inactive\r\n")
    assert (made.remote, made.direction) == (("192.0.2.9", 4000), "sendrecv")


def test_the_old_hold_address() -> None:
    made = answered("m=audio 4000 RTP/AVP 8\r\nc=IN IP4 0.0.0.0\r\n")
    assert (made.remote, made.direction, made.sends, made.receives) == (None, "recvonly", False, True)


@pytest.mark.parametrize(
    "address",
    [
        *("IN IP4 239.1.1.1/127", "IN IP4 255.255.255.255", "IN IP4 240.0.0.1", "IN IP4 224.0.0.1"),
        *("IN IP4 0.0.0.1", "IN IP4 0.255.0.1", "IN IP4 127.255.255.255"),
        *("IN IP6 2001:db8::1", "IN IP6 ::", "IN IP6 ff02::1", "IN IP6 ::ffff:192.0.2.5", "IN IP6 fe80::1"),
        *("IN IP4 example.org", "IN IP4 192.0.2.05", "IN IP4 3221225989", "IN IP4 1.1.1.1.1.1.1.1.1.1"),
    ],
)
def test_addresses_that_we_do_not_send_to(address: str) -> None:
    body = f"{HEAD}m=audio 4000 RTP/AVP 8\r\nc={address}\r\n".encode()
    assert isinstance(answer(parse(body), "192.0.2.1", 30_000), NoCommonCodec)


@pytest.mark.parametrize("port", [1, 9, 22, 53, 1023])
def test_ports_that_no_phone_has(port: int) -> None:
    body = f"{HEAD}m=audio {port} RTP/AVP 8\r\n".encode()
    made = answer(parse(body), "192.0.2.1", 30_000)
    assert isinstance(made, NoCommonCodec)
    assert "port" in made.why
    assert isinstance(agreed(parse(body)), NoCommonCodec)


def test_on_hold_any_port_will_do() -> None:
    assert answered("m=audio 9 RTP/AVP 8\r\nc=IN IP4 0.0.0.0\r\n").remote is None


def test_the_line_with_a_good_address_is_taken() -> None:
    made = answered("m=audio 4000 RTP/AVP 8\r\nc=IN IP4 240.0.0.1\r\nm=audio 4002 RTP/AVP 8\r\n")
    assert made.remote == ("192.0.2.5", 4002)
    assert b"m=audio 0 RTP/AVP 8\r\n" in made.body
    made = answered("m=audio 4000 RTP/AVP 8\r\nc=IN IP4 192.0.2.5\r\n", HEAD.replace("192.0.2.5", "0.0.0.1"))
    assert made.remote == ("192.0.2.5", 4000)


@pytest.mark.parametrize(
    ("line", "control"),
    [
        ("", 0),
        ("a=rtcp:53020", 53_020),
        ("a=rtcp:53020 IN IP4 192.0.2.5", 53_020),
        ("a=rtcp:53020 IN IP4 192.0.2.99", 0),  # RTCP of another host is no sign of this one's life
        ("a=rtcp:none", 0),
    ],
)
def test_where_rtcp_comes_from(line: str, control: int) -> None:
    """RFC 3605."""
    made = answered(f"m=audio 4000 RTP/AVP 8\r\n{line}\r\n")
    assert made.control == control
    settled = agreed(parse(f"{HEAD}m=audio 4000 RTP/AVP 8\r\n{line}\r\n".encode()))
    assert isinstance(settled, Agreed)
    assert settled.control == control


@pytest.mark.parametrize(
    "line", ["a=rtcp:53", "a=rtcp:53020 IN IP4 224.0.0.1", "a=rtcp:4001 IN IP4 999.1.1.1"]
)
def test_rtcp_where_no_phone_is(line: str) -> None:
    body = f"{HEAD}m=audio 4000 RTP/AVP 8\r\n{line}\r\n".encode()
    assert isinstance(answer(parse(body), "192.0.2.1", 30_000), NoCommonCodec)


@pytest.mark.parametrize(
    "media", ["m=audio 4000 RTP/AVP 18\r\n", "m=audio 4000 RTP/SAVP 8\r\n", "m=video 4000 RTP/AVP 31\r\n", ""]
)
def test_nothing_in_common(media: str) -> None:
    made = answer(parse((HEAD + media).encode()), "192.0.2.1", 30_000)
    assert isinstance(made, NoCommonCodec)
    assert made.why


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"v=1\r\no=a 1 1 IN IP4 1.1.1.1\r\nt=0 0\r\n",
        b"v=0\r\nt=0 0\r\n",
        HEAD.replace("t=0 0\r\n", "").encode(),
        (HEAD + "m=audio 70000 RTP/AVP 8\r\n").encode(),
        (HEAD + "m=audio RTP/AVP 8\r\n").encode(),
        (HEAD + "c=IN IP9 1.1.1.1\r\n").encode(),
        (HEAD + "nonsense\r\n").encode(),
        (HEAD + "a=x\r\n" * 600).encode(),
    ],
)
def test_broken_descriptions(body: bytes) -> None:
    with pytest.raises(SdpError):
        parse(body)


def test_our_offer_and_its_answer() -> None:
    theirs = parse(offer("192.0.2.1", 30_000))
    reply = answer(theirs, "192.0.2.5", 4000)
    assert isinstance(reply, Answer)
    settled = agreed(parse(reply.body))
    assert settled == Agreed(PCMA, ("192.0.2.5", 4000), 101, "sendrecv", 20)
    held = agreed(parse(reply.body.replace(b"a=sendrecv", b"a=recvonly")))
    assert isinstance(held, Agreed)
    assert (held.direction, held.sends) == ("sendonly", True)


@pytest.mark.parametrize(
    ("wanted", "ours"), [("20", 20), ("40", 40), ("30", 20), ("99999999999", 20), ("x", 20)]
)
def test_packet_times(wanted: str, ours: int) -> None:
    assert answered(f"m=audio 4000 RTP/AVP 8\r\na=ptime:{wanted}\r\n").ptime == ours


def test_lines_that_end_with_lf_alone_are_read() -> None:
    assert answered("m=audio 4000 RTP/AVP 8\n", HEAD.replace("\r\n", "\n")).codec == PCMA
