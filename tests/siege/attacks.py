"""What is thrown at a running hall while honest people use it: each a plain function of a :class:`Besieged`,
which goes on until its time is over and stops by itself. Loopback only."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from random import Random

from server.testing.crowd import CrowdSmsc
from server.testing.ports import HOST
from server.testing.running import ROOT, HallProcess
from sms.smpp.pdu import (
    DELIVER_SM,
    GENERIC_NACK,
    HEADER,
    RESPONSE,
    SUBMIT_SM,
    USER_MESSAGE_REFERENCE,
    MessagePdu,
    encode_message,
)
from tests.siege.sip_floods import ATTACKER, request, udp

_sequences = count(1_000_000)


@dataclass(frozen=True)
class Besieged:
    """The hall and its SMSC, and for how many seconds."""

    hall: HallProcess
    smsc: CrowdSmsc
    seconds: float

    def while_it_lasts(self, pause: float = 0.02) -> Iterator[int]:
        until = time.monotonic() + self.seconds
        number = 0
        while time.monotonic() < until:
            yield number
            number += 1
            time.sleep(pause)


def flood(name: str) -> Callable[[Besieged], None]:
    """One of :data:`tests.siege.sip_floods.FLOODS`, from a process of its own."""

    def attack(besieged: Besieged) -> None:
        command = [sys.executable, "-m", "tests.siege.sip_floods", name, f"{HOST}:{besieged.hall.sip}"]
        command += ["--seconds", str(besieged.seconds)]
        subprocess.run(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True, timeout=besieged.seconds + 30
        )

    attack.__name__ = name
    return attack


# ---- bytes that databases refuse
def unwritable_calls(besieged: Besieged) -> None:
    """Calls to numbers that no database has a place for: lone bytes, NUL, 20,000 characters."""
    numbers = [
        b"tel:\xff",
        b"sip:\xed\xa0\x80@h",
        b"sip:1%00@h",
        b"sip:" + b"9" * 20_000 + b"@h",
        b"tel:\xc3(",
    ]
    with closing(udp(ATTACKER)) as own:
        here = own.getsockname()
        for number in besieged.while_it_lasts():
            call = f"spoil-{number}@a"
            whole = request("INVITE", here, call=call)
            rest = whole.partition(b"\r\n")[2]
            to = numbers[number % len(numbers)]
            with suppress(OSError):
                own.sendto(b"INVITE " + to + b" SIP/2.0\r\n" + rest, (HOST, besieged.hall.sip))
                own.sendto(request("BYE", here, call=call, cseq=2), (HOST, besieged.hall.sip))


def unwritable_texts(besieged: Besieged) -> None:
    """Texts whose fields no database has a place for, on the link that brings everybody's."""
    for number in besieged.while_it_lasts():
        about = {USER_MESSAGE_REFERENCE: b"\xff" * 9, 0x001E: b"\xff" * 300, 0x1400: b"\0" * 70}
        bodies = ("查话费\ud800".encode("utf-16-be", "surrogatepass"), b"\xd8\x00", b"\0" * 40, b"\xff" * 250)
        source = ("1390000000\x01", "\xff" * 20, "1" * 20, f"1390000{number % 10_000:04}")[number % 4]
        frames = [
            encode_message(
                DELIVER_SM, MessagePdu(source, "10086", body, coding=8, tlvs=about), next(_sequences)
            )
            for body in bodies
        ]
        besieged.smsc.throw(frames)


# ---- the back of the house
def health_and_bodies(besieged: Besieged) -> None:
    """Hundreds who ask for the health at once, and POSTs without an end."""
    for _ in besieged.while_it_lasts(0.3):
        asked = [http.client.HTTPConnection(HOST, besieged.hall.http, timeout=10) for _ in range(150)]
        for each in asked:
            with suppress(OSError):
                each.request("GET", "/health/ready")
        with suppress(OSError, http.client.HTTPException):
            big = http.client.HTTPConnection(HOST, besieged.hall.http, timeout=10)
            big.request("POST", "/metrics", body=b"x" * 2_000_000)
            big.getresponse().read()
            big.close()
        for each in asked:
            with suppress(OSError, http.client.HTTPException):
                answer = each.getresponse()
                assert answer.status == 200, answer.read()
                answer.read()
            each.close()


def reloads(besieged: Besieged) -> None:
    """Sixty signals in a second, twice."""
    for _ in range(2):
        for _ in range(60):
            besieged.hall.send(signal.SIGHUP)
            time.sleep(0.01)
        time.sleep(besieged.seconds / 3)


def guesses(besieged: Besieged) -> None:
    """Wrong passwords of other people's numbers, by many."""
    for number in besieged.while_it_lasts(0.05):
        text = f"0110 1381000000{number % 10} 99{number % 10_000:04}"
        mo = MessagePdu(f"1385550{number % 1000:04}", "10086", text.encode("utf-16-be"), coding=8)
        besieged.smsc.throw([encode_message(DELIVER_SM, mo, next(_sequences))])


def slow_bodies(besieged: Besieged) -> None:
    """Hundreds of POSTs to the console of which an octet comes now and then, opened again when cut."""
    head = b"POST /hall/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n"
    made: list[socket.socket | None] = [None] * 300
    for number in besieged.while_it_lasts(0.002):
        place = number % len(made)
        one = made[place]
        try:
            if one is None:
                made[place] = one = socket.create_connection((HOST, besieged.hall.http), timeout=5)
                one.sendall(head)
            one.sendall(b"{")
        except OSError:
            made[place] = None
    for one in made:
        if one is not None:
            one.close()


# ---- the link that brings everybody's texts
def garbage_pdus(besieged: Besieged) -> None:
    """A thousand PDUs a second, whole in their frames and senseless inside: commands that do not exist,
    answers that nobody waits for, deliver_sm that end too early or lie about their lengths."""
    random = Random(7)
    for _ in besieged.while_it_lasts():
        frames = []
        for _ in range(20):
            body = random.randbytes(random.choice((0, 1, 7, 40, 300)))
            command = random.choice(
                (DELIVER_SM, DELIVER_SM, SUBMIT_SM | RESPONSE, GENERIC_NACK, 0x7777, 0x103)
            )
            frames.append(
                HEADER.pack(16 + len(body), command, random.randrange(256), next(_sequences)) + body
            )
        besieged.smsc.throw(frames)


def one_who_texts_without_end(besieged: Besieged) -> None:
    """Five hundred texts a second from one handset."""
    for _ in besieged.while_it_lasts():
        mo = MessagePdu("13855599999", "10086", "0101".encode("utf-16-be"), coding=8)
        besieged.smsc.throw([encode_message(DELIVER_SM, mo, next(_sequences)) for _ in range(10)])


# ---- accidents
def silent_smsc(besieged: Besieged) -> None:
    """It is bound and answers nothing."""
    besieged.smsc.reads.clear()
    time.sleep(besieged.seconds)
    besieged.smsc.reads.set()


def hanging_media(besieged: Besieged) -> None:
    """The media process stands still, until the hall has another."""
    with suppress(AssertionError, ProcessLookupError, FileNotFoundError):
        os.kill(besieged.hall.media_pid(), signal.SIGSTOP)
    time.sleep(besieged.seconds)


def kill(besieged: Besieged) -> None:
    """kill -9 in the middle, and started again."""
    time.sleep(0.3)
    besieged.hall.kill()
    besieged.hall.start()


FLOODS = ("unacknowledged", "malformed", "dear", "junk", "idle_connections")
ATTACKS: tuple[Callable[[Besieged], None], ...] = (
    *(flood(name) for name in FLOODS),
    *(unwritable_calls, unwritable_texts, garbage_pdus, one_who_texts_without_end),
    *(health_and_bodies, slow_bodies, reloads, guesses),
    *(silent_smsc, hanging_media, kill),
)
