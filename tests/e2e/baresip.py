"""baresip, a real softphone without a screen: registers with the hall, dials, presses, hangs up.

    with Baresip(hall, "13900000001", folder) as phone:
        phone.wait_output("200 OK () [")                # registered
        phone.command("dial", "10086");  call = phone.wait("CALL_ESTABLISHED")
        phone.press("11");  phone.command("hangup")

Told what to do by its control port (ctrl_tcp: JSON in netstrings). It says what it hears.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from server.testing.ports import HOST, free_port
from server.testing.running import PATIENCE, HallProcess

MODULES = Path("/usr/lib/baresip/modules")
CONFIG = """
sip_listen {host}:{sip}
call_local_timeout 60
call_max_calls 4
audio_player aubridge,nowhere
audio_source aubridge,nowhere
audio_alert aubridge,nowhere
ausrc_srate 8000
auplay_srate 8000
rtp_ports {rtp}-{last}
rtp_timeout 0
net_interface {host}
module_path {modules}
module g711.so

module aubridge.so
module_tmp account.so
module_app ctrl_tcp.so
module_app menu.so
ctrl_tcp_listen {host}:{control}
"""


class Baresip:
    """See the head of this file."""

    def __init__(self, hall: HallProcess, number: str, folder: Path, *, codecs: str = "pcma,pcmu") -> None:
        control, rtp = free_port(), free_port()
        home = folder / f"baresip-{number}"
        home.mkdir()
        (home / "config").write_text(
            CONFIG.format(
                host=HOST, sip=free_port(), rtp=rtp, last=rtp + 3, modules=MODULES, control=control
            ).lstrip()
        )
        (home / "accounts").write_text(
            f"<sip:{number}@{HOST}:{hall.sip};transport=udp>;auth_pass=none;regint=60;audio_codecs={codecs}\n"
        )
        (home / "contacts").write_text("")
        self._out = home / "out.txt"
        with self._out.open("wb") as out:
            self._process = subprocess.Popen(
                ["baresip", "-s", "-f", str(home)],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "HOME": str(home)},
            )
        self.events: list[dict[str, Any]] = []
        self._held = b""
        self._control = self._connect(control)

    def _connect(self, port: int) -> socket.socket:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return socket.create_connection((HOST, port), timeout=PATIENCE)
            except OSError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise AssertionError(f"baresip did not start:\n{self.output()[-3000:]}") from None
                time.sleep(0.05)

    # ---- telling and hearing -------------------------------------------------------------------------------
    def command(self, name: str, parameters: str = "") -> None:
        """One command; what it answers comes among the events."""
        told = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self._control.sendall(b"%d:%s," % (len(told), told))

    def press(self, keys: str) -> None:
        """Keys one after the other, as RFC 4733 events."""
        for key in keys:
            self.command("sndcode", key)

    def wait(self, kind: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next event of this kind; those before it are gone. Raises TimeoutError."""
        until = time.monotonic() + seconds
        while True:
            while self.events:
                event = self.events.pop(0)
                if event.get("type") == kind:
                    return event
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no {kind}:\n{self.output()[-4000:]}")
            self._control.settimeout(left)
            try:
                self._take(self._control.recv(65_536))
            except TimeoutError:
                continue

    def wait_output(self, words: str, seconds: float = PATIENCE) -> None:
        """Until it has said ``words``."""
        until = time.monotonic() + seconds
        while words not in self.output():
            if time.monotonic() > until:
                raise TimeoutError(f"{words!r} was not said:\n{self.output()[-3000:]}")
            time.sleep(0.05)

    def _take(self, data: bytes) -> None:
        if not data:
            raise AssertionError(f"baresip has gone:\n{self.output()[-3000:]}")
        self._held += data
        while b":" in self._held:
            length, _, rest = self._held.partition(b":")
            if len(rest) <= int(length):
                return
            self.events.append(json.loads(rest[: int(length)]))
            self._held = rest[int(length) + 1 :]

    def output(self) -> str:
        """Its own words, with every SIP message."""
        return self._out.read_text(errors="replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._control.close()
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
