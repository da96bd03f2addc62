"""The dearest SIP messages that we know how to build: as much of everything as is let through, and a little
more of it. ``DEAREST`` by name; ``{n}`` in a message makes it another transaction each time it is sent.

Used by the test of what a message may cost, and by floods (:mod:`tests.siege.sip_floods`).
"""

from __future__ import annotations

from ivr.sip import bounds

SDP = b"v=0\r\no=w 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
AUDIO = b"m=audio 40000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
ROOM = bounds.MAX_HEAD - 500  # beside what every request carries
CONTACT = "Contact: <sip:w@127.0.0.1:5062>"


def request(method: str, *headers: str, body: bytes = b"", kind: str = "application/sdp") -> bytes:
    """A request from 127.0.0.1:5062, with these headers more; without them it is a proper one."""
    lines = [f"{method} sip:10086@192.0.2.1 SIP/2.0"]
    lines += ["Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK-{n}", "From: <sip:13900000001@127.0.0.1>;tag=c"]
    lines += ["To: <sip:10086@192.0.2.1>", "Call-ID: dear-{n}", f"CSeq: 1 {method}", "Max-Forwards: 70"]
    if not any(header.startswith("Contact") for header in headers):
        lines.append(CONTACT)
    lines += headers
    if body:
        lines.append(f"Content-Type: {kind}")
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body


def many(item: str, count: int, between: str = ",", room: int = ROOM) -> str:
    """``item`` many times, each with its number for ``#``; no more than fit."""
    return between.join(item.replace("#", str(n)) for n in range(min(count, room // (len(item) + 3))))


def _lists() -> dict[str, bytes]:
    uri = "<sip:#@a>"
    found = {}
    for name in ("Route", "Record-Route", "Contact", "P-Asserted-Identity"):
        most = bounds.MOST[name.lower()]
        for count in (most, most + 1, bounds.MAX_COMMAS + 1, 1_500):
            found[f"{count} {name}"] = request("INVITE", f"{name}: {many(uri, count)}", body=SDP + AUDIO)
    for count in (63, 256, 1_500):
        found[f"{count} Via"] = request("OPTIONS", f"Via: {many('SIP/2.0/UDP a#;branch=z', count)}")
    for name in ("Require", "Supported", "Allow", "Accept"):
        for count in (bounds.MAX_COMMAS, 5_000):
            value = many("a#", count) + ",application/sdp"
            found[f"{count} {name}"] = request("INVITE", f"{name}: {value}", body=SDP + AUDIO)
    found["all lists at once"] = request(
        "INVITE",
        f"Record-Route: {many(uri, 64)}",
        f"Route: {many(uri, 64)}",
        f"Via: {many('SIP/2.0/UDP a#;a;b;c', 63)}",
        f"Contact: {many(uri, 10)}",
        *[f"P-Asserted-Identity: <tel:x{n}{';a' * 6}>" for n in range(8)],
        body=SDP + AUDIO,
    )
    found["contacts to register"] = request("REGISTER", f"Contact: {many('<sip:#@a;b;c>;d;e;f', 10)}")
    return found


def _texts() -> dict[str, bytes]:
    long = bounds.MAX_VALUE - 60
    tagged, pair = ";tag=c", '\\"'
    plain = request("OPTIONS").decode("latin-1")

    def changed(old: str, new: str) -> bytes:
        return plain.replace(old, new, 1).encode("latin-1")

    return {
        "parameters of From": changed(tagged, tagged + ";a" * 380),
        "parameters without end": changed(tagged, tagged + ";a" * (ROOM // 2)),
        "parameters of the Request-URI": changed("192.0.2.1", "192.0.2.1" + ";a" * 380),
        "parameters of the Via": changed(";branch", ";a" * 370 + ";branch"),
        "parameters of Session-Expires": request(
            "INVITE", "Session-Expires: 1800" + ";a" * 380, body=SDP + AUDIO
        ),
        "a long Call-ID": changed("Call-ID: ", "Call-ID: " + "c" * ROOM),
        "a CSeq of noughts": changed("CSeq: ", "CSeq: " + "0" * ROOM),
        "no end of the headers": changed("\r\n\r\n", "\r\nX: " + "y" * ROOM),
        "quoted pairs": changed("From: <", 'From: "' + pair * (long // 2) + '" <'),
        "quoted pairs in ten contacts": request(
            "REGISTER", *['Contact: "' + pair * 200 + f'" <sip:{n}@a>' for n in range(10)]
        ),
        "words": changed("From: <", "From: " + "a " * (long // 2) + "<"),
        "words and no address": changed("From: <sip:13900000001@127.0.0.1>", "From: " + "a " * (long // 2)),
        "escapes": changed("sip:10086", "sip:" + "%41a" * (long // 4)),
    }


def _lines() -> dict[str, bytes]:
    return {
        "quoted commas": request("REGISTER", 'Contact: "' + "," * 250 + '" <sip:a@b>'),
        "quotes that never end": request("REGISTER", 'Contact: "' + 'a,"' * 85),
        "brackets": request("REGISTER", "Contact: " + "<>" * (ROOM // 2)),
        "brackets and commas": request("REGISTER", "Contact: " + "<>," * 250),
        "spaces before a fold": request("OPTIONS", "X: a" + " " * ROOM + "\r\n b"),
        "spaces and one fold elsewhere": request("OPTIONS", "X: a" + " " * ROOM + "b\r\n c"),
        "folds": request("OPTIONS", "X: a" + "\r\n b" * (ROOM // 4)),
        "tabs in folds": request("OPTIONS", "X: a" + " \t \r\n\t " * (ROOM // 8) + "b"),
        "nested comments": request("OPTIONS", "User-Agent: " + "(" * (ROOM // 2) + ")" * (ROOM // 2)),
        "control characters": request("OPTIONS", "X: " + "\\\x01" * 2_000 + "\x01\\" * 20),
        "control characters in all lines": request("OPTIONS", *["Y: " + "\x01" * 100] * 115),
        "no UTF-8": request("OPTIONS", "X: " + "\xff" * ROOM),
        "headers": request("OPTIONS", *[f"X{n}: {'y' * 120}" for n in range(115)]),
        "empty headers": request("OPTIONS", *["X:"] * (ROOM // 4)),
        "a start line": b"OPTIONS " + b"SIP/2.0 " * (ROOM // 8) + b"\r\n\r\n",
        "digits in a start line": b"OPTIONS x SIP/" + b"1" * ROOM,
        "a response's Vias": b"SIP/2.0 200 OK\r\n" + request("OPTIONS", "Via: " + many("SIP/2.0/UDP a#", 63)),
        "noise": bytes(range(256)) * 128,
    }


def _bodies() -> dict[str, bytes]:
    audio = b"m=audio 4000 RTP/AVP"
    rest = bounds.MAX_SDP - len(SDP) - 40
    bodies = {
        "m= lines": SDP + b"m=audio 4000 RTP/AVP 8\r\n" * bounds.MAX_SDP_MEDIA,
        "m= lines without end": SDP + b"m=audio 4000 RTP/AVP 8\r\n" * 1_000,
        "formats": SDP + (audio + b" 99" * 160 + b"\r\n") * 15,
        "formats on one line": SDP + audio + b" 99" * 8_000 + b"\r\n",
        "rtpmap lines": SDP + AUDIO + b"a=rtpmap:1 PCMA/8000\r\n" * 230,
        "attributes": SDP + AUDIO + b"a=x\r\n" * (rest // 5),
        "empty lines": SDP + AUDIO + b"\n" * 25_000,
        "one long line": SDP + AUDIO + b"a=" + b"x" * 25_000 + b"\r\n",
    }
    found = {f"SDP: {name}": request("INVITE", body=body[:30_000]) for name, body in bodies.items()}
    mixed = "multipart/mixed;boundary=b"
    parts = {
        "parts": b"--b\r\n\r\n" * 4_000,
        "headers of a part": b"--b\r\n" + b"content-type  \r\n" * 1_800,
        "spaces in a part": b"--b\r\ncontent-type:" + b" " * 25_000,
    }
    found |= {name: request("INVITE", body=body, kind=mixed) for name, body in parts.items()}
    kind = "multipart/mixed;" + "boundary=" * 1_700
    return found | {"boundaries": request("INVITE", body=b"--", kind=kind)}


DEAREST: dict[str, bytes] = _lists() | _texts() | _lines() | _bodies()
