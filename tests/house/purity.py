"""Rooms that only reckon: what they are given they are given as parameters, the time and the dice among it.

What they may import is listed, not what they may not: nobody can think of everything that reaches out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.house.source import Source

PURE = (
    "menus",
    "handlers",
    "business/port",
    "boss/rules",
    "ivr/sip",
    "ivr/g711.py",
    "ivr/media/rtp.py",
    "ivr/media/dtmf.py",
    "sms/smpp",
    "sms/text.py",
    "sms/gsm7.py",
    "sms/join.py",
    "sms/reading.py",
)
EDGES = (
    "menus/reading/files.py",
    "menus/matching/sounds.py",  # a table that lies beside it
    "ivr/sip/server.py",
    "ivr/sip/tcp.py",
    "ivr/sip/transport.py",
    "sms/smpp/connection.py",
    "sms/smpp/link.py",
    "sms/smpp/wire.py",
)
"""Files of these rooms in which they meet the world."""
SEEN_FROM_WITHIN = {"menus/matching/sounds.py": "a table", "sms/smpp/wire.py": "its words for what is lost"}
"""Edges that the pure files of their room may know; the others are for those who stand on the room."""
_CLOSED = tuple(Source(edge, "").module for edge in EDGES if edge not in SEEN_FROM_WITHIN)
LIBRARY = frozenset({
    "__future__", "abc", "array", "base64", "bisect", "collections", "contextlib", "copy",
    "dataclasses", "datetime", "decimal", "difflib", "enum", "errno", "functools", "hashlib", "heapq",
    "hmac", "inspect", "ipaddress", "itertools", "json", "math", "operator", "re", "string", "struct",
    "types", "typing", "unicodedata", "yaml", "rapidfuzz", "smpplib",
})  # fmt: skip
AMBIENT = frozenset(
    f"datetime.{of}.{what}" for of in ("datetime", "date") for what in ("now", "utcnow", "today")
)
BUILT_IN = frozenset({"open", "exec", "eval", "breakpoint", "__import__"})
TALKING = frozenset({"print", "input", "compile"})
"""When they are called: others may be called so."""
ON_A_PATH = frozenset({
    "read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "rglob", "lstat", "is_file",
    "is_dir", "unlink", "mkdir", "touch", "samefile", "readlink", "symlink_to", "hardlink_to",
})  # fmt: skip


def impure(source: Source, rooms: Iterable[str]) -> Iterator[str]:
    """Where it reaches out. ``rooms``: those of ours, which the arrows are for."""
    if not source.within(PURE) or source.within(EDGES):
        return
    for at, module in source.imports:
        if module.split(".")[0] not in LIBRARY | frozenset(rooms):
            yield f"{at}: {module}: this room is pure"
        elif source.parts[-1] != "__init__" and f"{module}.".startswith(tuple(f"{one}." for one in _CLOSED)):
            yield f"{at}: {module} reaches out, and this file is pure"
    for node in source.nodes:
        if (what := _reaches_out(source, node)) is not None:
            yield f"{source.at(node)}: {what}: this room is pure"


def _reaches_out(source: Source, node: ast.AST) -> str | None:
    if isinstance(node, ast.Name | ast.Attribute | ast.Call) and source.is_used(node):
        origin = source.origin(node).removeprefix("builtins.")
        if origin in AMBIENT or origin in BUILT_IN:
            return origin
    if isinstance(node, ast.Call):
        origin = source.origin(node.func).removeprefix("builtins.")
        if origin in TALKING:
            return origin
        if isinstance(node.func, ast.Attribute) and node.func.attr in ON_A_PATH:
            return node.func.attr
    return None
