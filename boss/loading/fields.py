"""Reads a YAML file by nodes: one field at a time, as text, and every mistake with its place.

:class:`SourceFile` reads scalars and remembers mistakes; :class:`Fields` is one mapping whose every name must
be used. A mistake is a :class:`DataError`; a reader raises it and goes on with the next entry, so that one
run names all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml

T = TypeVar("T")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # thousands of subscribers: 0.5 s against 7 s
DEPTH = 20  # levels of one file; the format itself needs five
YUAN = re.compile(r"(-?)([0-9]{1,7})(?:\.([0-9]{1,2}))?")
WHOLE = re.compile(r"[0-9]{1,9}")
_NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # but tab and line feed
YES_NO: Mapping[str, bool] = {"yes": True, "no": False}


@dataclass(eq=False)
class DataError(Exception):
    """One thing wrong in the file; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class DataErrors(Exception):
    """Everything wrong in the file, in the order of its lines. ``errors`` is never empty."""

    def __init__(self, errors: list[DataError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: (error.line, error.column)))
        super().__init__("\n".join(map(str, self.errors)))


class SourceFile:
    """One file. ``errors`` gathers what :meth:`note` and :meth:`each` met."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.errors: list[DataError] = []

    def compose(self, text: str) -> yaml.Node:
        """The file's root node. Raises DataErrors for broken YAML and for an empty file."""
        try:
            self._check_depth(text)
            root = yaml.compose(text, Loader=_LOADER)
        except yaml.reader.ReaderError as error:  # a character that YAML forbids: no mark, but a position
            line = text.count("\n", 0, error.position) + 1
            raise DataErrors([DataError(self._file, line, 1, error.reason)]) from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise DataErrors([DataError(self._file, line, column, str(error.problem))]) from error
        if root is None:
            raise DataErrors([DataError(self._file, 1, 1, "the file is empty")])
        return root

    def _check_depth(self, text: str) -> None:
        """libyaml's composer calls itself for every level, and a million brackets end the process."""
        depth = 0
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > DEPTH:
                    mark: Any = event.start_mark
                    wrong = f"more than {DEPTH} levels"
                    raise DataErrors([DataError(self._file, mark.line + 1, mark.column + 1, wrong)])
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1

    def error(self, node: yaml.Node, message: str) -> DataError:
        mark = node.start_mark
        return DataError(self._file, mark.line + 1, mark.column + 1, message)

    def note(self, node: yaml.Node, message: str) -> None:
        self.errors.append(self.error(node, message))

    def scalar(self, node: yaml.Node) -> str:
        """Its text. Quotes may hold what no line of a file does (``"\\0"``), and no database takes."""
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(node, "one value is wanted here")
        text = str(node.value)
        if not text.isprintable() and _NO_TEXT.search(text):
            raise self.error(node, "holds a control character")
        return text

    def pairs(self, node: yaml.Node) -> list[tuple[yaml.Node, str, yaml.Node]]:
        """(key node, name, value node) of a mapping, in order."""
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, "lines of the form name: value are wanted here")
        found: dict[str, tuple[yaml.Node, str, yaml.Node]] = {}
        for key, value in node.value:
            name = self.scalar(key)
            if name in found:
                raise self.error(key, f"{name!r} stands here twice")
            found[name] = (key, name, value)
        return list(found.values())

    def items(self, node: yaml.Node) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(node, "lines that begin with - are wanted here")
        return list(node.value)

    def each(self, node: yaml.Node | None, read: Callable[[yaml.Node, str, yaml.Node], T]) -> Iterator[T]:
        """``read(key node, name, value node)`` of every pair; what raises DataError is noted and left out."""
        try:
            pairs = self.pairs(node) if node else []
        except DataError as error:
            self.errors.append(error)
            return
        for key, name, value in pairs:
            try:
                yield read(key, name, value)
            except DataError as error:
                self.errors.append(error)

    def fen(self, node: yaml.Node, text: str) -> int:
        """Yuan with up to two decimals, as fen."""
        match = YUAN.fullmatch(text)
        if not match:
            raise self.error(node, f"an amount in yuan is wanted, like 5 or 52.35, not {text!r}")
        sign, yuan, part = match.groups()
        fen = int(yuan) * 100 + int((part or "").ljust(2, "0"))
        return -fen if sign else fen

    def whole(self, node: yaml.Node) -> int:
        text = self.scalar(node)
        if not WHOLE.fullmatch(text):
            raise self.error(node, f"a whole number is wanted, not {text!r}")
        return int(text)


class Fields:
    """One mapping of the file. Every field is taken once; :meth:`done` names what is left over."""

    def __init__(self, source: SourceFile, node: yaml.Node) -> None:
        self._source = source
        self.node = node
        self._left = {name: (key, value) for key, name, value in source.pairs(node)}

    def node_of(self, name: str) -> yaml.Node | None:
        return self._left.pop(name, (None, None))[1]

    def must(self, name: str) -> yaml.Node:
        node = self.node_of(name)
        if node is None:
            raise self._source.error(self.node, f"{name}: is missing")
        return node

    def text(self, name: str, longest: int) -> str:
        """At most ``longest`` characters: as many as a database keeps."""
        node = self.must(name)
        text = self._source.scalar(node)
        if not text:
            raise self._source.error(node, f"{name}: is empty")
        if len(text) > longest:
            raise self._source.error(node, f"{name}: has {longest} characters at the most")
        return text

    def words(self, name: str) -> tuple[str, ...]:
        node = self.node_of(name)
        return tuple(self._source.scalar(node).split()) if node else ()

    def fen(self, name: str) -> int:
        node = self.must(name)
        return self._source.fen(node, self._source.scalar(node))

    def number(self, name: str) -> int:
        node = self.node_of(name)
        return self._source.whole(node) if node else 0

    def choice(self, name: str, choices: Mapping[str, T], default: T) -> T:
        node = self.node_of(name)
        if node is None:
            return default
        word = self._source.scalar(node)
        if word not in choices:
            raise self._source.error(node, f"{name}: is {' or '.join(choices)}, not {word!r}")
        return choices[word]

    def left(self) -> list[str]:
        return list(self._left)

    def done(self) -> None:
        """Note every field that nobody asked for: a slip in its name would otherwise be silent."""
        for name, (key, _value) in self._left.items():
            self._source.note(key, f"nothing here is called {name!r}")
