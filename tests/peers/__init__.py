"""Foreign peers: programs that are not ours and that the end-to-end tests talk to.

``make peers`` installs them. Where one is missing, its tests are skipped and counted, and the run ends with
the line "N not run: make peers"; with ``HALL10086_PEERS=required`` (as in .ci/run) that is a failure.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE_MODULES = ROOT / ".peers" / "node_modules"
REASON = "peer not installed: "


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _node_module(name: str) -> Callable[[], bool]:
    return lambda: shutil.which("node") is not None and (NODE_MODULES / name / "package.json").exists()


def _postgresql() -> bool:
    """Debian keeps the server's programs out of the PATH."""
    return shutil.which("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def faketime_library() -> Path | None:
    """What lets a test set the clock of one process (Debian's libfaketime)."""
    return next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)


def _voice() -> bool:
    """The model that renders prompts: the voice extra's packages, and the parts under var/voice."""
    packages = ("onnxruntime", "soxr", "jieba", "pypinyin")
    parts = ("model.onnx", "vocab.json", "zf_xiaoxiao.bin")
    fetched = all((ROOT / "var" / "voice" / "parts" / name).exists() for name in parts)
    return fetched and all(importlib.util.find_spec(name) is not None for name in packages)


PEERS: dict[str, Callable[[], bool]] = {
    "sipp": _program("sipp"),
    "sipp with raw sockets": lambda: _program("sipp")() and os.geteuid() == 0,  # it plays captures by them
    "baresip": _program("baresip"),
    "faketime": lambda: faketime_library() is not None,
    "node-smpp": _node_module("smpp"),
    "postgresql": _postgresql,
    "voice": _voice,
}


def needs_peer(name: str) -> pytest.MarkDecorator:
    """Mark a test (function, method or class) that talks to the peer ``name`` of :data:`PEERS`."""
    return pytest.mark.skipif(not PEERS[name](), reason=REASON + name)
