"""What is heard: the very octets of the shipped prompts, soon after the answer."""

from __future__ import annotations

import json
import re
import socket
import statistics
import subprocess
import sys
import wave
from contextlib import closing
from datetime import datetime
from pathlib import Path

from business.port.days import SHANGHAI
from ivr import g711
from ivr.voice.pack import open_prompts
from ivr.voice.speech import Voice
from menus.model.hall import Template
from menus.model.specs import Action
from menus.model.text import render_text
from menus.model.values import Kind, Value
from server.halls import load
from server.shipped import prompts_of
from server.testing.ports import HOST
from server.testing.running import ROOT, HallProcess
from tests.e2e.wire import SO_TIMESTAMPNS, Line, stamped

NUMBER = "13900000002"
SPENT = 900 + 360 + 150 + 240 + 500 + 200  # fen, as the demo data has it
SOON = 0.020  # seconds


def dialled(hall: HallProcess, keys: str, record: Path) -> dict[str, object]:
    """``hall10086 dial`` as people call it."""
    start = "from server.cli import main; main()"
    command = [sys.executable, "-c", start, "dial", NUMBER, "--keys", keys, "--record", str(record), "--json"]
    command += ["--sip", f"{HOST}:{hall.sip}", "--http", f"{HOST}:{hall.http}", "--seconds", "60"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=90, check=False)
    assert done.returncode == 0, done.stderr.decode()
    result: dict[str, object] = json.loads(done.stdout)
    return result


def balance_answer(words: str, name: str) -> tuple[Template, dict[str, Value]]:
    """The wording that was spoken, and what its figures must have been; only the minute is the call's."""
    moment = re.search(r"(\d+)月(\d+)日(\d+):(\d+)", words)
    assert moment is not None, words
    month, day, hour, minute = map(int, moment.groups())
    year = datetime.now(SHANGHAI).year
    values = {
        "now": Value(Kind.TIME, datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)),
        "spent": Value(Kind.MONEY, SPENT),
        "sp": Value(Kind.MONEY, 200),
        "balance": Value(Kind.MONEY, 3680),
    }
    menu = load(ROOT / "menus.yaml").hall
    assert menu is not None
    wording = menu.services["fee_realtime"].wording(Action.QUERY, name.partition("query.")[2])
    assert wording is not None
    return wording.by["voice"], values


def test_the_balance_is_heard_sample_for_sample(hall: HallProcess, tmp_path: Path) -> None:
    record = tmp_path / "call.wav"
    call = dialled(hall, "11", record)
    assert (call["status"], call["keys"]) == (200, "11")
    lines = hall.transcript(str(call["call_id"]))
    answer = next(line for line in lines if str(line.get("name", "")).startswith("fee_realtime"))
    template, values = balance_answer(str(answer["say"]), str(answer["name"]))
    assert render_text(template, values) == answer["say"]

    pack = open_prompts(prompts_of(ROOT / "menus.yaml"), tmp_path)
    octets = pack.path.read_bytes()
    spoken = b"".join(octets[at : at + long] for _, at, long in Voice((pack,)).segments(template, values))
    assert len(spoken) > 4 * g711.RATE  # a sentence of more than four seconds
    with wave.open(str(record)) as file:
        heard = file.readframes(file.getnframes())
    expected = g711.from_alaw(spoken).tobytes()
    assert heard.find(expected) >= 0
    assert heard.find(expected) % 2 == 0


def test_something_is_heard_within_20_ms_of_the_answer(hall: HallProcess) -> None:
    """Times of arrival are the kernel's, so that this process may be late."""
    waited = []
    for _ in range(9):
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as ear:
            ear.bind((HOST, 0))
            ear.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            with Line(hall, NUMBER, ear.getsockname()[1]) as call:
                answered = call.answer()
                waited.append(arrival(ear) - answered)
                call.bye()
    assert statistics.median(waited) <= SOON, waited
    assert sorted(waited)[-2] <= SOON, waited  # one of nine may have met another program's time slice


def arrival(ear: socket.socket) -> float:
    """When the next datagram came, seconds since the epoch."""
    ear.settimeout(5)
    _, ancillary, _, _ = ear.recvmsg(2048, 1024)
    return stamped(ancillary)
