"""One file of the house as its rules see it: its place, its nodes, and what every name in it stands for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BY_NAME = ("importlib.import_module", "importlib.__import__", "builtins.__import__", "__import__")
UNKNOWN = "?"
"""What is imported by a name that is only known when it runs."""


@dataclass(frozen=True)
class Source:
    """``name``: from the top of the house, with slashes."""

    name: str
    text: str

    @classmethod
    def of(cls, path: Path) -> Source:
        return cls(path.relative_to(TOP).as_posix(), path.read_text(encoding="utf-8"))

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.name.removesuffix(".py").split("/"))

    @property
    def room(self) -> str:
        return self.parts[0]

    @property
    def is_testing(self) -> bool:
        return self.parts[1:2] == ("testing",)

    @property
    def module(self) -> str:
        return ".".join(self.parts[:-1] if self.parts[-1] == "__init__" else self.parts)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(ast.parse(self.text)))

    def at(self, node: ast.AST) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 0)}"

    def within(self, places: Iterable[str]) -> bool:
        """Whether it is one of these files, or lies in one of these folders."""
        return any(self.name == place or self.name.startswith(f"{place}/") for place in places)

    # ---- imports -------------------------------------------------------------------------------------------
    @cached_property
    def imports(self) -> tuple[tuple[str, str], ...]:
        """Where, and the module or the name in one; also what is imported by :data:`BY_NAME`."""
        return tuple((self.at(node), what) for node in self.nodes for what in self._imported(node))

    def _imported(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = self._base(node)
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and self.origin(node.func) in BY_NAME:
            yield self._by_name(node)

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        here = self.parts[: len(self.parts) - node.level]
        return ".".join((*here, node.module) if node.module else here)

    def _by_name(self, call: ast.Call) -> str:
        first = call.args[0] if call.args else None
        if isinstance(first, ast.JoinedStr) and first.values:
            first = first.values[0]
        text = first.value if isinstance(first, ast.Constant) else None
        if not isinstance(text, str) or not text.strip("."):
            return UNKNOWN
        of = [each for each in (*call.args[1:], *(word.value for word in call.keywords)) if text[0] == "."]
        if any(ast.unparse(each) not in ("__package__", "__name__") for each in of):
            return UNKNOWN
        relative = len(text) - len(text.lstrip("."))
        here = self.parts[: len(self.parts) - relative] if relative else ()
        return ".".join((*here, text.strip(".")))

    @cached_property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """Where, and what."""
        constants = (node for node in self.nodes if isinstance(node, ast.Constant))
        return tuple((self.at(node), node.value) for node in constants if isinstance(node.value, str))

    # ---- names ---------------------------------------------------------------------------------------------
    @cached_property
    def _bound(self) -> dict[str, str]:
        """What a name of this file stands for, whatever it is called here."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{self._base(node)}.{alias.name}"
        return found

    @cached_property
    def _renamed(self) -> dict[str, str]:
        """The same with what was given another name: ``V = VOICE``, ``run = subprocess.run``."""
        found = dict(self._bound)
        for _ in range(3):  # a name of a name of a name
            for node in self.nodes:
                if isinstance(node, ast.Assign):
                    targets, value = node.targets, node.value
                elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                    targets, value = [node.target], node.value
                else:
                    continue
                stands = _stands(value, found)
                for target in targets:
                    if stands is not None and isinstance(target, ast.Name):
                        found.setdefault(target.id, stands)
        return found

    @staticmethod
    def is_used(node: ast.AST) -> bool:
        """A name, or what stands for one, that is not given its value here."""
        if isinstance(node, ast.Name | ast.Attribute):
            return isinstance(node.ctx, ast.Load)
        return isinstance(node, ast.Call)

    def origin(self, node: ast.AST) -> str:
        """``sys.executable`` for it, for ``executable`` that was imported from there, and for
        ``getattr(sys, "executable")``; the name itself for what is built in; "" for what has no such name."""
        stands = _stands(node, self._renamed)
        if stands is None and isinstance(node, ast.Name):
            return node.id
        return stands or ""


def _stands(node: ast.AST, bound: dict[str, str]) -> str | None:
    match node:
        case ast.Name():
            return bound.get(node.id)
        case ast.Attribute():
            owner = _stands(node.value, bound)
            return None if owner is None else f"{owner}.{node.attr}"
        case ast.Call(func=ast.Name("getattr"), args=[owner, ast.Constant(str(attribute)), *_]):
            of = _stands(owner, bound)
            return None if of is None else f"{of}.{attribute}"
    return None
