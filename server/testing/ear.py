"""What a caller hears and presses, packet by packet: a UDP socket for RTP, and captures of keys for SIPp."""

from __future__ import annotations

import socket
import struct
import time
from itertools import count
from pathlib import Path

from server.testing.ports import HOST

_numbers = count(1)


# ---- RTP as recorded ---------------------------------------------------------------------------------------
EVENTS = "0123456789*#"
FRAME = 20  # milliseconds


def keys_pcap(folder: Path, keys: str, *, hold: int = 60, gap: int = 40) -> Path:
    """A capture of ``keys`` by RFC 4733, held and apart for milliseconds: one Ethernet frame a packet."""
    path = folder / f"keys-{next(_numbers)}.pcap"
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)
    for milliseconds, rtp in key_packets(keys, hold, gap):
        frame = _ethernet(rtp)
        seconds, left = divmod(milliseconds, 1000)
        out += struct.pack("<IIII", 1_000_000 + seconds, left * 1000, len(frame), len(frame)) + frame
    path.write_bytes(out)
    return path


def key_packets(keys: str, hold: int, gap: int) -> list[tuple[int, bytes]]:
    """RTP packets, and the milliseconds at which each is due."""
    packets: list[tuple[int, bytes]] = []
    for number, key in enumerate(keys):
        packets += _event(EVENTS.index(key), number * (hold + gap), hold, len(packets))
    return packets


def _event(code: int, at: int, hold: int, sequence: int) -> list[tuple[int, bytes]]:
    """Packets of one key (RFC 4733 §2.5): one every 20 ms, the end three times."""
    timestamp = 8 * at + 16_000
    steps = [(n * FRAME, 8 * (n + 1) * FRAME, False) for n in range(hold // FRAME)]
    steps += [(hold + n, 8 * hold, True) for n in range(3)]
    made = []
    for number, (after, duration, end) in enumerate(steps):
        head = struct.pack(
            "!BBHII", 0x80, 101 | (0x80 if number == 0 else 0), sequence + number, timestamp, 0x1234
        )
        made.append((at + after, head + struct.pack("!BBH", code, (0x80 if end else 0) | 10, duration)))
    return made


def _ethernet(payload: bytes) -> bytes:
    """UDP over IPv4 over Ethernet; SIPp writes addresses, ports and checksums of its own."""
    udp = struct.pack("!HHHH", 40_000, 40_002, 8 + len(payload), 0) + payload
    address = socket.inet_aton(HOST)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, address, address)
    return bytes(12) + b"\x08\x00" + ip + udp


QUIET = frozenset(b"\xd5\x55\xff\x7f")  # A-law and mu-law of next to nothing


def audible(packet: bytes) -> bool:
    """Whether an RTP packet bears anything but silence."""
    return len(packet) > 12 and not QUIET.issuperset(packet[12:])


class Ear:
    """A UDP socket that a scenario names in its SDP: keeps the RTP that comes, and when."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HOST, 0))
        self.port = int(self.socket.getsockname()[1])
        self._peer = ("", 0)
        self.packets: list[tuple[float, bytes]] = []

    def listen(self, seconds: float, packets: int = 100_000) -> int:
        """Listen for so long, or until so many have come; how many came."""
        until, came = time.monotonic() + seconds, 0
        while came < packets and (left := until - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                data, self._peer = self.socket.recvfrom(2048)
            except TimeoutError:
                break
            self.packets.append((time.monotonic(), data))
            came += 1
        return came

    def press(self, keys: str, *, hold: int = 60, gap: int = 40) -> None:
        """Keys from this port to where the last packet came from, in their own time."""
        began = time.monotonic()
        for due, packet in key_packets(keys, hold, gap):
            time.sleep(max(0.0, began + due / 1000 - time.monotonic()))
            self.socket.sendto(packet, self._peer)

    def peer_port(self) -> int:
        """Where the last packet came from."""
        return int(self._peer[1])

    def until_quiet(self, seconds: float = 0.8, most: float = 30.0) -> None:
        """Listen until nothing but silence has come for so long: all is said."""
        until = time.monotonic() + most
        spoken = time.monotonic()
        while time.monotonic() - spoken < seconds and time.monotonic() < until:
            before = len(self.packets)
            self.listen(seconds / 4)
            if any(audible(packet) for _, packet in self.packets[before:]):
                spoken = time.monotonic()

    def until_loud(self, most: float = 5.0) -> bool:
        """Listen until more than silence comes; whether it did."""
        until = time.monotonic() + most
        while time.monotonic() < until:
            if self.listen(0.5, packets=1) and audible(self.packets[-1][1]):
                return True
        return False

    def audio(self) -> bytes:
        """The payloads, in the order of their sequence numbers, counted from the first packet's."""
        sounds = [data for _, data in self.packets if data[1] & 127 in (0, 8)]
        first = struct.unpack_from("!H", sounds[0], 2)[0]
        numbered = {(struct.unpack_from("!H", data, 2)[0] - first) % 65_536: data[12:] for data in sounds}
        return b"".join(numbered[number] for number in sorted(numbered))

    def drain(self) -> int:
        """Take what is there already."""
        return self.listen(0.001)

    def close(self) -> None:
        self.socket.close()
