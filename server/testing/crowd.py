"""Many subscribers who text at once, and the SMSC that brings their texts as fast as the link takes them.

    crowd = some_crowd(3000)                   # numbers and balances; back_office(crowd) loads them
    with CrowdSmsc() as smsc:                  # a port of its own; the hall binds to smsc.port
        hall = HallProcess(folder, settings=smsc.settings)
        smsc.bring({each.number: "0101" for each in crowd})
        smsc.wait(lambda: len(smsc.replies) == len(crowd), seconds)

What the hall does not acknowledge with ESME_ROK is brought again, as a real SMSC does, also over a new bind.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from struct import Struct
from types import TracebackType
from typing import Self

from server.testing.ports import HOST
from sms.smpp.pdu import (
    DELIVER_SM,
    ENQUIRE_LINK,
    HEADER,
    OK,
    RESPONSE,
    SUBMIT_SM,
    UNBIND,
    MessagePdu,
    decode_message,
    encode_answer,
    encode_empty,
    encode_message,
)
from sms.text import concatenation, decode

AGAIN = 1.0
"""Seconds after which a text that was turned away is brought again."""
_LENGTH = Struct(">I")


@dataclass(frozen=True, slots=True)
class Texter:
    """One subscriber. ``balance`` in fen, everybody's another."""

    number: str
    balance: int

    @property
    def yuan(self) -> str:
        return f"{self.balance // 100}.{self.balance % 100:02}元"


def some_crowd(count: int, first: int = 1) -> list[Texter]:
    return [Texter(f"1381{n:07}", 10_037 + 100 * n) for n in range(first, first + count)]


def back_office(crowd: Sequence[Texter]) -> str:
    """A data file with all of them, and a ring-back tone for 5 yuan."""
    lines = ["products:", "  crbt:", "    title: 彩铃", "    fee: 5", "    charged: at once"]
    lines += ["    cancel: asked", "subscribers:"]
    for each in crowd:
        lines += [f"  {each.number}:", "    brand: 全球通", "    city: 长沙", "    pays: before"]
        lines += [f"    balance: {each.balance / 100:.2f}", "    spent:", "      0: 1.00 0 0 0 0 0 0"]
    return "\n".join([*lines, ""])


class CrowdSmsc:
    """See the head of this file. ``replies``: by number, in the order in which they came; ``turned_away``:
    deliver_sm that were not taken."""

    def __init__(self) -> None:
        self._door = socket.create_server((HOST, 0))
        self.port: int = self._door.getsockname()[1]
        self.replies: dict[str, list[str]] = defaultdict(list)
        self.turned_away = 0
        self.binds = 0
        self.taken: dict[str, float] = {}  # number: when its text was acknowledged
        self.answered: dict[str, float] = {}  # number: when its first reply came
        self._parts: dict[tuple[str, int], dict[int, bytes]] = {}
        self._waiting: list[tuple[str, str]] = []  # to bring
        self._under_way: dict[int, tuple[str, str]] = {}
        self._later: list[tuple[float, tuple[str, str]]] = []
        self._sequence = 0
        self._link: socket.socket | None = None
        self._lock = threading.RLock()
        self.reads = threading.Event()  # cleared: it is bound, and silent
        self.reads.set()
        self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def settings(self) -> str:
        """What the hall's settings say of it."""
        return f'[[smsc]]\naddress = "{HOST}:{self.port}"\nsystem_id = "hall"\nwindow = 200\n'

    # ---- the test's side -----------------------------------------------------------------------------------
    def bring(self, texts: Mapping[str, str]) -> None:
        """All of them at once, by number."""
        with self._lock:
            self._waiting += texts.items()
        self._push()

    def throw(self, frames: Sequence[bytes]) -> None:
        """Whole PDUs as they are, beside everything else; what is answered to them is not looked at."""
        with self._lock:
            if self._link is not None:
                self._send(self._link, b"".join(frames))

    def wait(self, wanted: Callable[[], bool], seconds: float) -> None:
        """Until ``wanted``. Raises TimeoutError with how far it came."""
        until = time.monotonic() + seconds
        while not wanted():
            if time.monotonic() > until:
                raise TimeoutError(
                    f"{len(self.taken)} taken, {len(self.replies)} answered, {self.turned_away} turned away"
                )
            time.sleep(0.05)

    @property
    def bound(self) -> bool:
        return self._link is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self.reads.set()
        self._door.close()
        if self._link is not None:
            self._link.close()

    # ---- the link ------------------------------------------------------------------------------------------
    def _run(self) -> None:
        while not self._closed:
            try:
                link, _ = self._door.accept()
            except OSError:
                return
            try:
                self._serve(link)
            except OSError:
                pass
            finally:
                self._link = None
                link.close()
                with self._lock:  # not acknowledged: brought again
                    self._waiting = [*self._under_way.values(), *self._waiting]
                    self._under_way.clear()

    def _serve(self, link: socket.socket) -> None:
        held = b""
        link.settimeout(0.2)
        while not self._closed:
            self.reads.wait()
            self._again()
            try:
                data = link.recv(262_144)
            except TimeoutError:
                continue
            if not data:
                return
            held += data
            while len(held) >= 16 and len(held) >= (length := _LENGTH.unpack_from(held)[0]):
                frame, held = held[:length], held[length:]
                self._frame(link, frame)

    def _frame(self, link: socket.socket, frame: bytes) -> None:
        _, command, status, sequence = HEADER.unpack_from(frame)
        if command == DELIVER_SM | RESPONSE:
            self._acknowledged(sequence, status)
        elif command == SUBMIT_SM:
            self._submitted(decode_message(frame))
            self._send(link, encode_answer(SUBMIT_SM, OK, sequence, f"{sequence:x}"))
        elif command in {ENQUIRE_LINK, UNBIND}:
            self._send(link, encode_empty(command | RESPONSE, sequence))
        elif not command & RESPONSE:  # a bind
            self._send(link, encode_answer(command, OK, sequence, "crowd"))
            self._link = link
            self.binds += 1
            self._push()

    def _send(self, link: socket.socket, data: bytes) -> None:
        with self._lock:
            link.settimeout(None)
            link.sendall(data)
            link.settimeout(0.2)

    def _push(self) -> None:
        """Everything that waits, in one go."""
        with self._lock:
            link = self._link
            if link is None:
                return
            frames = []
            for number, text in self._waiting:
                self._sequence += 1
                self._under_way[self._sequence] = (number, text)
                mo = MessagePdu(number, "10086", text.encode("utf-16-be"), coding=8)
                frames.append(encode_message(DELIVER_SM, mo, self._sequence))
            self._waiting.clear()
            self._send(link, b"".join(frames))

    def _again(self) -> None:
        now = time.monotonic()
        with self._lock:
            due = [what for at, what in self._later if at <= now]
            self._later = [(at, what) for at, what in self._later if at > now]
            self._waiting += due
        if due:
            self._push()

    def _acknowledged(self, sequence: int, status: int) -> None:
        with self._lock:
            what = self._under_way.pop(sequence, None)
            if what is None:
                return
            if status == OK:
                self.taken[what[0]] = time.monotonic()
            else:
                self.turned_away += 1
                self._later.append((time.monotonic() + AGAIN, what))

    def _submitted(self, message: MessagePdu) -> None:
        part = concatenation(message.body, message.esm, None)
        number = message.destination
        if part.total == 1:
            text = decode(part.body, message.coding)
        else:
            parts = self._parts.setdefault((number, part.reference), {})
            parts[part.number] = part.body
            if len(parts) < part.total:
                return
            text = decode(b"".join(parts[each] for each in sorted(parts)), message.coding)
            del self._parts[number, part.reference]
        with self._lock:
            self.replies[number].append(text)
            self.answered.setdefault(number, time.monotonic())
