"""A distribution with entry points, made in a folder that is then on the path: as good as installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def install(folder: Path, module: str, text: str, entry_points: Mapping[str, Mapping[str, str]]) -> None:
    """``module``.py with ``text``, and what it offers: group to name to ``module:attribute``."""
    (folder / f"{module}.py").write_text(text, encoding="utf-8")
    describe(folder, module, entry_points)


def describe(folder: Path, name: str, entry_points: Mapping[str, Mapping[str, str]]) -> None:
    """What an installer writes beside the code."""
    information = folder / f"{name}-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [
        line
        for group, points in entry_points.items()
        for line in (f"[{group}]", *(f"{point} = {where}" for point, where in points.items()))
    ]
    (information / "entry_points.txt").write_text("\n".join(lines) + "\n")
