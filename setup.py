"""The one step of the build that setup.cfg cannot say: the hall itself goes into the package.

``menus.yaml``, ``knowledge.yaml`` and ``prompts/`` lie at the top of the tree, where people edit them. A
wheel carries them in ``server/data``; an editable installation uses the tree's own (server/shipped.py)."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED = ("menus.yaml", "knowledge.yaml", "prompts")


class BuildWithTheHall(build_py):
    """Python modules, their data, and the hall."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        data = Path(self.build_lib) / "server" / "data"
        shutil.rmtree(data, ignore_errors=True)  # of an earlier build
        data.mkdir(parents=True)
        for name in SHIPPED:
            if Path(name).is_dir():
                shutil.copytree(name, data / name)
            else:
                shutil.copy(name, data)


setup(cmdclass={"build_py": BuildWithTheHall})
