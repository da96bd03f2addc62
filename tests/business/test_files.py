"""What is named as a file must be one."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest

from business.files import regular


def test_a_file_and_a_link_to_one_will_do(tmp_path: Path) -> None:
    (file := tmp_path / "file").write_text("x")
    (link := tmp_path / "link").symlink_to(file)
    assert regular(file) == file
    assert regular(link) == link


def test_a_pipe_a_socket_and_a_device_are_refused_in_words(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(door := tmp_path / "door"))
    for path, kind in ((pipe, "a pipe (FIFO)"), (door, "a socket"), (Path("/dev/zero"), "a device")):
        with pytest.raises(OSError, match=re.escape(f"This is {kind}, not a file")) as refused:
            regular(path)
        assert refused.value.filename == str(path)


def test_what_is_not_there_is_told_as_ever(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        regular(tmp_path / "none")
    (tmp_path / "link").symlink_to("none")
    with pytest.raises(FileNotFoundError):
        regular(tmp_path / "link")
    with pytest.raises(IsADirectoryError):
        regular(tmp_path).read_bytes()
