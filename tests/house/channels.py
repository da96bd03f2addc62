"""Nobody asks which channel it is: whoever has to know something of one asks for a trait of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from menus.model.channels import CHANNELS
from tests.house.source import Source

TRAITS = "menus/model/channels.py"
"""Where the channels are, and all that sets one apart from another."""
_MODULE = "menus.model.channels"
_NAMES = frozenset(CHANNELS)
_VALUES = frozenset(f"{_MODULE}.{name.upper()}" for name in CHANNELS)
_NAMED = frozenset({"name", "title", "wordings"})
_ASKING = frozenset({
    "startswith", "endswith", "find", "index", "count", "removeprefix", "removesuffix", "__eq__",
    "__ne__", "__contains__",
})  # fmt: skip
_LOOKED_UP = frozenset(["get", "pop", "setdefault", "__getitem__", "index", "count"])
SAME_WORDS = {
    "handlers/fees.py": "what a bill is made of",
    "menus/reading/overlay.py": "the parts of a menu file",
    "web/events.py": "an event that is an SMS",
    "server/settings.py": "whether there is a web hall at all",
}
"""Files in which the word is not the channel's name."""
SAME_FLAGS = {"long_sms": "whether the handset joins long messages"}
OWN = {"ivr": "voice"}
"""The channel that a room is, where it is not called as the room; a room may know its own rows."""
STORED = "store"
"""Whose rows are of a channel, by its name."""
_CHANNEL = re.compile(r"(\w+\.)*Channel( \| None)?")
SAME_NAMES = {"ivr.voice.link.VOICE": "a file that the voice is made of"}


def which_channel(source: Source) -> Iterator[str]:
    """Where it asks, by identity, by name, or by a table or a flag for one of them."""
    if source.name == TRAITS:
        return
    asked = _Asked(source)
    for node in source.nodes:
        for what in asked.by(node):
            yield f"{source.at(node)}: {what}: ask for a trait of the channel"
    for at, what in source.imports:
        module, _, name = what.rpartition(".")
        if name.lower() in _NAMES and name.isupper() and module != _MODULE and what not in SAME_NAMES:
            yield f"{at}: {what}: a channel comes from {_MODULE} alone"


def _called_channels(source: Source) -> Iterator[str]:
    """Names that are given one: ``where: Channel``, ``where = session.channel``, ``for each in channels``."""
    for node in source.nodes:
        match node:
            case ast.arg(annotation=said) if said is not None:
                if _CHANNEL.fullmatch(ast.unparse(said)):
                    yield node.arg
            case ast.AnnAssign(target=ast.Name(name), annotation=said):
                if _CHANNEL.fullmatch(ast.unparse(said)):
                    yield name
            case ast.Assign(targets=[ast.Name(name)], value=ast.Attribute(attr="channel")):
                yield name
            case ast.NamedExpr(target=ast.Name(name), value=ast.Attribute(attr="channel")):
                yield name
            case ast.For(target=ast.Name(name)) | ast.comprehension(target=ast.Name(name)):
                if ast.unparse(node.iter).rpartition(".")[2] == "channels" or "CHANNELS" in ast.unparse(
                    node.iter
                ):
                    yield name


class _Asked:
    def __init__(self, source: Source) -> None:
        self._source = source
        own = OWN.get(source.room, source.room)
        self._words = frozenset[str]() if source.name in SAME_WORDS else _NAMES - {own}
        self._own = f"{_MODULE}.{own.upper()}"
        self._values = _VALUES - {self._own}
        others = "|".join(sorted(name.upper() for name in _NAMES - {own}))
        self._lent = re.compile(rf"[a-z]\w*(\.[a-z_]\w*)+\.({others})")  # by a module that has imported it
        self._channels = {"channel", *_called_channels(source)}
        self._iterated = {
            id(node.iter) for node in source.nodes if isinstance(node, ast.For | ast.comprehension)
        }

    def by(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Compare(left=ast.Call(), ops=[ast.Lt()], comparators=[ast.Call()]):
                return  # one speaks by fewer wordings than the other
            case ast.Compare():
                if any(map(self._tells, (node.left, *node.comparators))) or self._compares(node):
                    yield "compared"
            case ast.If() | ast.While() | ast.IfExp() | ast.Assert():
                yield from self._conditions([node.test])
            case ast.BoolOp():
                yield from self._conditions(node.values)
            case ast.UnaryOp(op=ast.Not()):
                yield from self._conditions([node.operand])
            case ast.comprehension():
                yield from self._conditions(node.ifs)
            case ast.Match():
                if self._is_channel(node.subject) or self._names(node.subject):
                    yield "matched"
            case ast.MatchValue():
                if self._tells(node.value):
                    yield "matched"
            case ast.Dict():
                if any(key is not None and not self._names(key) and self._tells(key) for key in node.keys):
                    yield "a table by channel"
            case ast.Set() | ast.Tuple() | ast.List():
                if id(node) not in self._iterated and self._lists(node.elts):
                    yield "some of the channels"
            case ast.Subscript():
                if self._in(node.slice) and not self._is_registry(node.value):
                    yield "looked up by channel"
            case ast.Call():
                yield from self._call(node)
            case ast.AnnAssign() | ast.arg():
                yield from self._flag(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if (
                    node.returns is not None
                    and ast.unparse(node.returns) == "bool"
                    and self._speaks(node.name)
                ):
                    yield f"a flag, {node.name}"

    def _call(self, node: ast.Call) -> Iterator[str]:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        origin = self._source.origin(node.func)
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name in _ASKING and owner is not None and (self._names(owner) or self._is_value(owner)):
            yield "compared"
        if name in _LOOKED_UP and any(map(self._in, node.args[:1])) and not self._is_registry(owner):
            yield "looked up by channel"
        inside = (each for given in node.args[1:] for each in ast.walk(given))
        if origin == "getattr" and any(self._tells(each) or self._is_channel(each) for each in inside):
            yield "looked up by channel"
        if origin.split(".")[0] in ("operator", "re", "fnmatch") and any(map(self._tells, node.args)):
            yield "compared"
        for each in node.keywords:
            flag = isinstance(each.value, ast.Constant) and isinstance(each.value.value, bool)
            if each.arg is not None and self._speaks(each.arg) and (flag or origin == "dict"):
                yield f"a flag, {each.arg}"

    def _lists(self, items: Sequence[ast.expr]) -> bool:
        """Channels, or nothing but names of channels."""
        named = bool(items) and all(isinstance(each, ast.Constant) and self._tells(each) for each in items)
        return named or any(map(self._is_value, items))

    def _conditions(self, tests: Iterable[ast.expr]) -> Iterator[str]:
        if any(map(self._is_value, tests)):
            yield "a condition"

    def _flag(self, node: ast.AnnAssign | ast.arg) -> Iterator[str]:
        target = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
        said = "" if node.annotation is None else ast.unparse(node.annotation)
        if "bool" in said.replace("|", " ").split() and self._speaks(target):
            yield f"a flag, {target}"

    def _speaks(self, name: str) -> bool:
        return name not in SAME_FLAGS and not self._words.isdisjoint(
            name.rpartition(".")[2].lower().split("_")
        )

    # ---- what a node is ------------------------------------------------------------------------------------
    def _is_registry(self, node: ast.AST | None) -> bool:
        """``CHANNELS``, in which every channel is found by its name."""
        return node is not None and self._source.origin(node) == f"{_MODULE}.CHANNELS"

    def _is_value(self, node: ast.AST) -> bool:
        """``VOICE``, ``channels.VOICE``, ``V`` that was imported as such, ``CHANNELS["voice"]``, and the name
        of one."""
        match node:
            case ast.Attribute() if node.attr in _NAMED and self._is_value(node.value):
                return True
            case ast.Subscript(slice=ast.Constant()):
                return self._is_registry(node.value)
            case ast.Call(func=ast.Attribute(value=registry), args=[ast.Constant(), *_]):
                return self._is_registry(registry)
            case ast.Call(func=ast.Name("str"), args=[one]):
                return self._is_value(one)
            case ast.Starred():
                return self._is_value(node.value)
        origin = self._source.origin(node)
        return origin in self._values or (
            origin not in SAME_NAMES and self._lent.fullmatch(origin) is not None
        )

    def _is_channel(self, node: ast.AST) -> bool:
        return (isinstance(node, ast.Name) and node.id in self._channels) or (
            isinstance(node, ast.Attribute) and node.attr == "channel"
        )

    def _names(self, node: ast.AST) -> bool:
        """``channel.name``, ``str(session.channel)``, ``f"{channel}"``, ``channel.name.upper()``."""
        match node:
            case ast.Attribute():
                return node.attr in _NAMED and self._is_channel(node.value)
            case ast.Call(func=ast.Name("str" | "repr" | "hash" | "id"), args=[one]):
                return self._is_channel(one)
            case ast.Call(func=ast.Name("getattr"), args=[one, ast.Constant(str(name)), *_]):
                return name in _NAMED and self._is_channel(one)
            case ast.Subscript():
                return self._names(node.value)
            case ast.Call(func=ast.Attribute(value=owner)):
                return self._names(owner)
            case ast.JoinedStr(values=[ast.FormattedValue(value=one)]):
                return self._is_channel(one) or self._names(one)
        return False

    def _tells(self, node: ast.AST) -> bool:
        """What may not be compared: a channel, the name of one, a word that is one, a collection of such."""
        match node:
            case ast.Tuple() | ast.List() | ast.Set():
                return any(map(self._tells, node.elts))
            case ast.Call(func=ast.Name("frozenset" | "set" | "tuple" | "list"), args=[one]):
                return self._tells(one)
            case ast.Constant(str(word)):
                return word.lower() in self._words
        return self._is_value(node) or self._names(node)

    def _compares(self, node: ast.Compare) -> bool:
        """``channel in spoken``, ``a.channel is b``: not ``channel is None``, nor whether it is one's own."""
        every = (node.left, *node.comparators)
        if any(self._source.origin(each) in (self._own, f"{self._own}.name") for each in every):
            return False
        if any(self._measures(each) for each in every):
            return True
        nothing = any(isinstance(each, ast.Constant) and each.value is None for each in every)
        return not nothing and self._source.room != STORED and any(map(self._is_channel, every))

    def _measures(self, node: ast.AST) -> bool:
        """``len(channel.name)``; a value that is made of a name among other things does not."""
        match node:
            case ast.Call(func=ast.Name(), args=[one]):
                return self._names(one) or self._measures(one)
        return False

    def _in(self, node: ast.AST) -> bool:
        """What a table may not be asked with: that which :meth:`_tells`, also inside a longer text."""
        return self._tells(node) or any(self._names(each) or self._is_value(each) for each in ast.walk(node))
