"""Floods of SIP, each from one attacker or many, on loopback and bounded in number and time.

    python -m tests.siege.sip_floods NAME HOST:PORT --source 127.0.0.2 --seconds 3

Attackers send from 127.0.0.2 (``ATTACKER``), those that are many from 127.1.0.0/16; honest callers
(:mod:`tests.siege.honest`) from 127.0.0.3. ``FLOODS`` names them all; a flood is a plain function of a
:class:`Target` that sends until its time is over, and gives how much it sent. Run them in a process of their
own, so that they take no time from the honest caller who is measured beside them.
"""

from __future__ import annotations

import argparse
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count

from ivr.testing.sip_messages import DEAREST

ATTACKER, HONEST = "127.0.0.2", "127.0.0.3"
PORTION = 0.01  # seconds between two portions of datagrams
_numbers = count(1)


@dataclass(frozen=True)
class Target:
    """Where a flood goes, from which address, for how many seconds, how many messages a second."""

    host: str
    port: int
    source: str = ATTACKER
    seconds: float = 3.0
    rate: int = 1_500


def paced(target: Target) -> Iterator[int]:
    """Numbers, ``rate`` of them a second, until the time is over."""
    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < target.seconds:
        for _ in range(max(0, int(passed * target.rate) - sent)):
            yield sent
            sent += 1
        time.sleep(PORTION)


def udp(source: str) -> socket.socket:
    """A socket that sends from this address; what is answered is not read."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((source, 0))
    made.setblocking(False)
    return made


def request(
    method: str, here: tuple[str, int], *, call: str = "", tag: str = "a", cseq: int = 1, more: str = "",
    body: str | None = None, to: str = "", branch: str = "",
) -> bytes:  # fmt: skip
    """A proper request from ``here``."""
    number = next(_numbers)
    host, port = here
    if body is None:
        body = offer(here) if method == "INVITE" else ""
    kind = "Content-Type: application/sdp\r\n" if body and "Content-Type" not in more else ""
    return (
        f"{method} sip:10086@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {host}:{port};branch={branch or f'z9hG4bKa{number}'};rport\r\nMax-Forwards: 70\r\n"
        f"From: <sip:13900000009@{host}>;tag={tag}\r\nTo: <sip:10086@127.0.0.1>{to}\r\n"
        f"Call-ID: {call or f'flood-{number}@{host}'}\r\nCSeq: {cseq} {method}\r\n"
        f"Contact: <sip:a@{host}:{port}>\r\n{more}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def offer(here: tuple[str, int]) -> str:
    host, port = here
    return (
        f"v=0\r\no=w 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port + 1 & ~1} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
    )


def send(own: socket.socket, data: bytes, target: Target) -> None:
    try:
        own.sendto(data, (target.host, target.port))
    except OSError:  # the kernel takes no more just now
        return


Message = Callable[[int, tuple[str, int]], bytes]


def by_udp(target: Target, message: Message) -> int:
    """``message(number, own address)`` again and again, all from one socket."""
    sent = 0
    with closing(udp(target.source)) as own:
        here = own.getsockname()
        for number in paced(target):
            send(own, message(number, here), target)
            sent += 1
    return sent


# ---- set-ups
def unacknowledged(target: Target) -> int:
    """INVITEs whose 200 is never acknowledged."""
    return by_udp(target, lambda number, here: request("INVITE", here))


def many_tags(target: Target) -> int:
    """INVITEs of one Call-ID, each with a From tag of its own."""
    return by_udp(target, lambda number, here: request("INVITE", here, call="one", tag=f"t{number}"))


def delayed_offers(target: Target) -> int:
    """INVITEs without an offer."""
    return by_udp(target, lambda number, here: request("INVITE", here, body=""))


def cancelled(target: Target) -> int:
    """INVITE and at once its CANCEL."""

    def message(number: int, here: tuple[str, int]) -> bytes:
        method = "CANCEL" if number % 2 else "INVITE"
        return request(method, here, call=f"c{number // 2}", branch=f"z9hG4bKc{here[1]}-{number // 2}")

    return by_udp(target, message)


def malformed(target: Target) -> int:
    """INVITEs with something wrong in the start line, the headers, the SDP, the session timer."""
    wrong: list[Message] = [
        lambda number, here: request("INVITE", here, body="v=0\r\nx"),
        lambda number, here: request("INVITE", here).replace(b"CSeq: 1", b"CSeq: one"),
        lambda number, here: request("INVITE", here, more="Session-Expires: 5\r\nSupported: timer\r\n"),
        lambda number, here: request("INVITE", here, more="Content-Type: application/isup\r\n"),
        lambda number, here: request("INVITE", here, more="Require: nothing\r\n"),
        lambda number, here: request("INVITE", here).replace(b"SIP/2.0\r\n", b"SIP/2.1\r\n", 1),
        lambda number, here: request("INVITE", here, more="Accept: text/plain\r\n"),
    ]
    return by_udp(target, lambda number, here: wrong[number % len(wrong)](number, here))


def many_ports(target: Target) -> int:
    """INVITEs from 50 sockets of one address."""
    return by_many(target, [udp(target.source) for _ in range(50)])


def many_addresses(target: Target) -> int:
    """INVITEs from eight addresses: fewer than there are shares."""
    return by_many(target, [udp(f"127.1.0.{number}") for number in range(1, 9)])


def by_many(target: Target, sockets: list[socket.socket]) -> int:
    sent = 0
    for number in paced(target):
        own = sockets[number % len(sockets)]
        send(own, request("INVITE", own.getsockname()), target)
        sent += 1
    for own in sockets:
        own.close()
    return sent


# ---- other requests, and what is none
def options(target: Target) -> int:
    return by_udp(target, lambda number, here: request("OPTIONS", here))


def registers(target: Target) -> int:
    """REGISTERs of one address after the other."""

    def message(number: int, here: tuple[str, int]) -> bytes:
        to = f"To: <sip:{number}@127.0.0.1>"
        return request("REGISTER", here).replace(b"To: <sip:10086@127.0.0.1>", to.encode())

    return by_udp(target, message)


def dear(target: Target) -> int:
    """The messages that cost most."""
    messages = list(DEAREST.values())

    def message(number: int, here: tuple[str, int]) -> bytes:
        return messages[number % len(messages)].replace(b"{n}", b"%d-%d" % (here[1], number))

    return by_udp(target, message)


def junk(target: Target) -> int:
    """Noise of all lengths."""
    noise = bytes(range(256)) * 8
    return by_udp(target, lambda number, here: noise[number % 256 :][: 1 + number * 37 % 1_400])


def almost_sip(target: Target) -> int:
    """Start lines without anything behind them, responses to nothing."""
    kinds = (b"INVITE sip:x SIP/2.0\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n", b"INVITE sip:x SIP/2.0")
    return by_udp(target, lambda number, here: kinds[number % 3])


def inside_a_call(target: Target) -> int:
    """re-INVITE, UPDATE, INFO, OPTIONS, SUBSCRIBE, PRACK, NOTIFY inside one call that is up."""
    methods = ("INVITE", "UPDATE", "INFO", "OPTIONS", "SUBSCRIBE", "PRACK", "NOTIFY", "REFER")
    with closing(udp(target.source)) as own:
        here = own.getsockname()
        own.settimeout(5)
        send(own, request("INVITE", here, call=f"in-{here[1]}"), target)
        to = ""
        while not to:
            text = own.recv(65_536).decode()
            if text.startswith("SIP/2.0 200"):
                to = ";tag=" + text.partition("\r\nTo: ")[2].partition("tag=")[2].partition("\r\n")[0]
        send(own, request("ACK", here, call=f"in-{here[1]}", to=to), target)
        own.setblocking(False)
        for number in paced(target):
            method = methods[number % len(methods)]
            call = f"in-{here[1]}"
            send(own, request(method, here, call=call, to=to, cseq=number + 2), target)
        send(own, request("BYE", here, call=f"in-{here[1]}", to=to, cseq=10**7), target)
    return 1


# ---- TCP
def idle_connections(target: Target) -> int:
    """As many connections as may be had, and nothing on them."""
    return connections(target, b"")


def slow_connections(target: Target) -> int:
    """The same, with an octet of a message now and then on each."""
    return connections(target, request("OPTIONS", (target.source, 5060)))


def used_connections(target: Target) -> int:
    """The same, each with one proper request."""
    return connections(target, request("OPTIONS", (target.source, 5060)), whole=True)


def connections(target: Target, message: bytes, most: int = 1_200, *, whole: bool = False) -> int:
    made: list[socket.socket] = []
    until = time.monotonic() + target.seconds
    while time.monotonic() < until:
        for _ in range(20):
            if len(made) < most:
                one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                one.bind((target.source, 0))
                one.setblocking(False)
                one.connect_ex((target.host, target.port))
                made.append(one)
        for number, one in enumerate(made):
            piece = message if whole else message[number % 7 : number % 7 + 1]
            if piece and number % 5 == 0:
                try:
                    one.send(piece)
                except OSError:
                    continue
        time.sleep(0.02)
    for one in made:
        one.close()
    return len(made)


FLOODS: dict[str, Callable[[Target], int]] = {
    flood.__name__: flood
    for flood in (
        *(unacknowledged, many_tags, delayed_offers, cancelled, malformed, many_ports, many_addresses),
        *(options, registers, dear, junk, almost_sip, inside_a_call),
        *(idle_connections, slow_connections, used_connections),
    )
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("flood", choices=sorted(FLOODS))
    options.add_argument("target")
    options.add_argument("--source", default=ATTACKER)
    options.add_argument("--seconds", type=float, default=3.0)
    options.add_argument("--rate", type=int, default=1_500)
    given = options.parse_args()
    host, _, port = given.target.rpartition(":")
    target = Target(host, int(port), given.source, given.seconds, given.rate)
    print(FLOODS[given.flood](target), flush=True)


if __name__ == "__main__":
    main()
