"""Every file that somebody names to a hall: a pipe in its place is refused, and nobody waits for it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from click.testing import CliRunner

from boss.data import load as load_data
from boss.sql.puks import Puks
from business.http.client_options import ClientOptions
from business.http.tls import authorities
from ivr.voice.pack import read_file, read_index
from ivr.voice.wanted import read_vocabulary
from menus import content
from server.cli import main
from server.files import kept_token
from server.settings import Settings, read_settings
from server.smsc_links import read_links
from server.texting import gateway_config
from server.values import read_secret
from store.seal import Sealer

SECONDS = 10


def menu_beside(knowledge: Path) -> bytes:
    (menu := knowledge.with_name("menus.yaml")).write_text("services:\n")
    return content(menu)


def data(file: Path) -> None:
    asyncio.run(load_data(file, None, datetime(2010, 11, 22, tzinfo=UTC)))  # type: ignore[arg-type]


def link(file: Path) -> object:
    return read_links([{"address": "127.0.0.1:2775", "system_id": "x", "tls": True, "ca_file": str(file)}])


READERS: dict[str, Callable[[Path], Any]] = {
    "menus.yaml": content,
    "knowledge.yaml": menu_beside,
    "hall.toml": read_settings,
    "password": lambda file: read_secret(str(file), "NOWHERE", "smsc.password_file"),
    "ca.pem": lambda file: authorities(str(file)),
    "smsc-ca.pem": link,
    "token": lambda file: ClientOptions.of({"token_file": str(file)}).token(),
    "blacklist": lambda file: gateway_config(replace(Settings(), blacklist=file)),
    "console.token": kept_token,
    "data.yaml": data,
    "hall.key": Sealer,
    "puks.key": lambda file: Puks(file).sealer(),
    "index.json": lambda file: read_index(file.parent),
    "clips.flac": lambda file: read_file(file.parent, file.name, ""),
    "vocabulary.txt": lambda file: read_vocabulary(file.parent),
}


@pytest.fixture
def impatient() -> Iterator[None]:
    def late(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError("it waits for somebody to write into the pipe")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", READERS)
def test_a_pipe_is_refused(name: str, tmp_path: Path) -> None:
    os.mkfifo(file := tmp_path / name)
    with pytest.raises(Exception, match=r"not a file|no file"):
        READERS[name](file)


@pytest.mark.usefixtures("impatient")
def test_the_commands_say_it(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "bills.csv")
    for words in (("check", str(pipe)), ("load", str(pipe)), ("serve", "--settings", str(pipe))):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 2, words
        assert f"{pipe}: This is a pipe" in done.output
