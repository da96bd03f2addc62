"""SIPp as a caller: a scenario is written step by step, run, and held until the test says so.

    call = Scenario(caller="13900000001").invite().answered().play(keys_pcap(folder, "11")).hold().bye()
    with Sipp(hall, call, folder) as sipp:
        hall.wait_line(sipp.call_id, said("账户余额"))
        sipp.go_on()                                # past .hold(): it waits for a MESSAGE of the same Call-ID
        sipp.finish()                               # AssertionError with what SIPp missed

SIPp ends with another status than 0 when anything comes that the scenario does not expect.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from server.testing.ear import Ear, _numbers
from server.testing.ports import HOST, free_port
from server.testing.running import PATIENCE, HallProcess, named

SPEAKS_KEYS = "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n"


def offer(
    media: str = "8 101", port: str = "[media_port]", direction: str = "sendrecv", version: int = 1
) -> str:
    """SDP of a softphone. ``media``: payload types in order of preference."""
    keys = SPEAKS_KEYS if "101" in media else ""
    return (
        f"v=0\no=sipp 1 {version} IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n"
        f"m=audio {port} RTP/AVP {media}\n{keys}a={direction}\n"
    )


class Scenario:
    """See the head of this file. ``sender`` is the From header's URI, ``headers`` more lines of the INVITE,
    ``port`` where the caller's RTP is listened to (default: nobody listens)."""

    def __init__(
        self,
        caller: str = "13900000001",
        called: str = "10086",
        *,
        sender: str = "",
        headers: tuple[str, ...] = (),
        port: int | None = None,
        media: str = "8 101",
    ) -> None:
        self._from = sender or f"sip:{caller}@[local_ip]:[local_port]"
        self._to = called if ":" in called else f"sip:{called}@[remote_ip]:[remote_port]"
        self._headers, self._media = headers, media
        self._port = "[media_port]" if port is None else str(port)
        self._cseq, self._version = 0, 0
        self._steps: list[str] = []

    # ---- what the caller sends -----------------------------------------------------------------------------
    def _request(self, method: str, body: str = "", kind: str = "", *, extra: tuple[str, ...] = ()) -> str:
        first = not any("<send" in step for step in self._steps)
        tag = "" if first or method in ("CANCEL", "OPTIONS") else "[peer_tag_param]"
        if method not in ("ACK", "CANCEL"):
            self._cseq += 1
        branch = "[branch-2]" if method == "CANCEL" else "[branch]"
        lines = [
            f"{method} {self._to} SIP/2.0",
            f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch};rport",
            f"From: <{self._from}>;tag=[pid]-[call_number]",
            f"To: <{self._to}>{tag}",
            "Call-ID: [call_id]",
            f"CSeq: {self._cseq} {method}",
            "Contact: <sip:phone@[local_ip]:[local_port];transport=[transport]>",
            "Max-Forwards: 70",
            *extra,
            *([f"Content-Type: {kind}"] if kind else []),
            "Content-Length: [len]",
            "",
            body,
        ]
        again = "" if method == "ACK" else ' retrans="500"'
        return f"<send{again}><![CDATA[\n" + "\n".join(lines) + "\n]]></send>"

    def send(self, method: str, body: str = "", kind: str = "", *, extra: tuple[str, ...] = ()) -> Self:
        """One request, in the dialog if there is one."""
        self._steps.append(self._request(method, body, kind, extra=extra))
        return self

    def invite(self, direction: str = "sendrecv", *, sdp: bool = True, nowhere: bool = False) -> Self:
        """INVITE, or re-INVITE with another direction; ``sdp`` false: the offer is the hall's; ``nowhere``:
        hold as RFC 2543 had it."""
        self._version += 1
        extra = self._headers if self._version == 1 else ()
        body = offer(self._media, self._port, direction, self._version) if sdp else ""
        if nowhere:
            body = body.replace("c=IN IP4 [local_ip]", "c=IN IP4 0.0.0.0")
        return self.send("INVITE", body, "application/sdp" if sdp else "", extra=extra)

    def info(self, keys: str) -> Self:
        """Keys by SIP INFO, each when the one before is answered."""
        for key in keys:
            self.send("INFO", f"Signal={key}\nDuration=160\n", "application/dtmf-relay").receive(200)
        return self

    def bye(self) -> Self:
        return self.send("BYE").receive(200)

    def accept(self, status: str = "202 Accepted", sdp: str = "") -> Self:
        """Answer the request that came last; to an INVITE with a tag of our own."""
        tag = ";tag=[pid]-[call_number]" if isinstance(self, Agent) else ""
        head = [f"SIP/2.0 {status}", "[last_Via:]", "[last_From:]", f"[last_To:]{tag}", "[last_Call-ID:]"]
        head += ["[last_CSeq:]", "Contact: <sip:phone@[local_ip]:[local_port]>"]
        head += ["Content-Type: application/sdp"] if sdp else []
        head += ["Content-Length: [len]", "", sdp]
        self._steps.append("<send><![CDATA[\n" + "\n".join(head) + "\n]]></send>")
        return self

    def notify(self, status: str, *, last: bool) -> Self:
        """How the transfer goes (RFC 3515)."""
        state = "terminated;reason=noresource" if last else "active;expires=60"
        extra = ("Event: refer", f"Subscription-State: {state}")
        return self.send("NOTIFY", f"SIP/2.0 {status}\n", "message/sipfrag;version=2.0", extra=extra).receive(
            200
        )

    def play(self, pcap: Path) -> Self:
        """RTP as recorded, in its own time, from the SDP's port."""
        self._steps.append(f'<nop><action><exec play_pcap_audio="{pcap}"/></action></nop>')
        return self

    # ---- what it waits for ---------------------------------------------------------------------------------
    def receive(self, status: int, check: str = "") -> Self:
        """A response. ``check``: a regular expression that its text must hold."""
        action = f'<action><ereg regexp="{check}" search_in="msg" check_it="true" assign_to="1"/></action>'
        self._steps.append(f'<recv response="{status}">{action if check else ""}</recv>')
        if check:
            self._steps.append('<Reference variables="1"/>')
        return self

    def maybe(self, status: int) -> Self:
        self._steps.append(f'<recv response="{status}" optional="true"/>')
        return self

    def answered(self, check: str = "") -> Self:
        """100 and 180 at will, 200, ACK."""
        return self.maybe(100).maybe(180).receive(200, check).send("ACK")

    def receive_offer(self) -> Self:
        """200 with the hall's offer; our answer goes with the ACK."""
        body = offer("8 101", self._port)
        return self.maybe(100).maybe(180).receive(200, "m=audio").send("ACK", body, "application/sdp")

    def refused(self, status: int, check: str = "") -> Self:
        """Another final answer, and its ACK in the INVITE's transaction (RFC 3261 §17.1.1.3)."""
        self.maybe(100).receive(status, check)
        self._steps.append(self._request("ACK"))
        return self

    def asked(self, method: str, check: str = "") -> Self:
        """A request of the hall."""
        action = f'<action><ereg regexp="{check}" search_in="msg" check_it="true" assign_to="1"/></action>'
        self._steps.append(f'<recv request="{method}">{action if check else ""}</recv>')
        if check:
            self._steps.append('<Reference variables="1"/>')
        return self

    def hung_up(self) -> Self:
        """BYE of the hall."""
        return self.asked("BYE").accept("200 OK")

    def pause(self, seconds: float) -> Self:
        """As people do between two keys."""
        self._steps.append(f'<pause milliseconds="{1000 * seconds:.0f}"/>')
        return self

    def hold(self) -> Self:
        """Wait for :meth:`Sipp.go_on`."""
        self._steps.append('<recv request="MESSAGE"/>')
        return self

    def write(self, path: Path) -> None:
        """The scenario's file. References stand at its end, as SIPp's DTD wants."""
        steps = [step for step in self._steps if not step.startswith("<Ref")]
        steps += sorted({step for step in self._steps if step.startswith("<Ref")})
        text = '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="call">\n' + "\n".join(steps)
        path.write_text(text + "\n</scenario>\n", encoding="utf-8")


class Agent(Scenario):
    """The other way about: an agent's phone that is called, and answers with ``status``."""

    def __init__(self, status: str = "200 OK") -> None:
        super().__init__()
        self.asked("INVITE")
        if status.startswith("2"):
            self.accept("180 Ringing").accept(status, offer("8 101")).asked("ACK").asked("BYE").accept(
                "200 OK"
            )
        else:
            self.accept(status).asked("ACK")


class Sipp:
    """SIPp with one call of a scenario under way, or ``calls`` of them, ``rate`` begun a second. ``port``:
    where it listens, for those who are called. ``numbers``: what ``[field0]`` in the scenario is, call by
    call."""

    def __init__(
        self,
        hall: HallProcess,
        scenario: Scenario,
        folder: Path,
        *,
        port: int = 0,
        transport: str = "u1",
        calls: int = 1,
        rate: int = 10,
        numbers: Sequence[str] = (),
    ) -> None:
        number = next(_numbers)
        self.call_id = f"call-{number}-{os.getpid()}"
        self._port = port or free_port()
        self._stderr = ""
        self._errors, self._messages = folder / f"errors-{number}", folder / f"messages-{number}"
        file = folder / f"scenario-{number}.xml"
        scenario.write(file)
        named = self.call_id if calls == 1 else f"{self.call_id}-%u"
        command = ["sipp", "-sf", str(file), f"{HOST}:{hall.sip}", "-i", HOST, "-p", str(self._port)]
        command += ["-mi", HOST, "-mp", str(free_port()), "-nostdin", "-t", transport, "-cid_str", named]
        command += ["-m", str(calls), "-r", str(rate), "-timeout", f"{40 + 2 * calls // rate}s"]
        command += ["-timeout_error", "-trace_err", "-error_file", str(self._errors)]
        command += ["-trace_msg", "-message_file", str(self._messages)]
        if numbers:
            fields = folder / f"numbers-{number}.csv"
            fields.write_text("\n".join(["SEQUENTIAL", *numbers, ""]))
            command += ["-inf", str(fields)]
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**os.environ, "TERM": "dumb"},
        )

    def go_on(self) -> None:
        """Past the next ``hold()``."""
        message = (
            f"MESSAGE sip:phone@{HOST} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {HOST}:9;branch=z9hG4bKgo{next(_numbers)}\r\n"
            f"From: <sip:test@{HOST}>;tag=t\r\nTo: <sip:phone@{HOST}>\r\nCall-ID: {self.call_id}\r\n"
            "CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.sendto(message.encode(), (HOST, self._port))

    def messages(self) -> str:
        """All that it sent and received so far."""
        return self._messages.read_text(errors="replace") if self._messages.exists() else ""

    def finish(self, seconds: float = PATIENCE) -> None:
        """The scenario has gone through to its end."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(self.story()) from None
        assert status == 0, self.story()

    def story(self) -> str:
        """What it complains of, and all that was said."""
        if self._process.poll() is not None and self._process.stderr:
            self._stderr += self._process.stderr.read().decode(errors="replace")
        errors = self._errors.read_text(errors="replace") if self._errors.exists() else ""
        return f"SIPp {self._process.poll()}: {self._stderr}\n{errors[-2000:]}\n{self.messages()[-4000:]}"

    def kill(self) -> None:
        """Gone without a BYE."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def hears_something(hall: HallProcess, folder: Path) -> None:
    """A new call is answered, with sound."""
    with closing(Ear()) as ear:
        caller = Scenario(port=ear.port).invite().answered().hold().bye()
        with Sipp(hall, caller, folder) as call:
            hall.wait_line(call.call_id, named("greet brand"))
            assert ear.until_loud()
            call.go_on()
            call.finish()
