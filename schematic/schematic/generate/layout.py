"""The layout of generated source: imports in order, formatted by ruff."""

from __future__ import annotations

import importlib
import json
import subprocess
from collections.abc import Sequence

from schematic.define import SchematicError

__all__ = ["formatted"]

_SETTINGS = ("line-length = 100", 'target-version = "py311"', "src = []")


def formatted(source: str, *, first_party: Sequence[str] = ()) -> str:
    """``source``, laid out as ruff lays it out for Python 3.11, in lines of 100 columns.

    No configuration is read, and nothing is written: the same source always looks the same. It
    takes two processes, some 50 ms.

    Args:
        source: a whole module.
        first_party: packages whose imports stand in a section of their own, as in the repository
            that holds the module. Everything is third party unless told.

    Raises:
        SchematicError: ruff is not installed, or ``source`` is no Python.
    """
    known = f"lint.isort.known-first-party = {json.dumps(list(first_party))}"
    ordered = _ruff(("check", "--select", "I", "--fix"), (*_SETTINGS, known), source)
    return _ruff(("format",), _SETTINGS, ordered)


def _ruff(command: Sequence[str], settings: Sequence[str], source: str) -> str:
    """What a command of ruff makes of ``source``."""
    configured = [f"--config={setting}" for setting in settings]
    ran = subprocess.run(
        [_program(), *command, "--isolated", "--no-cache", "--quiet", *configured, "-"],
        input=source.encode("utf-8", "surrogatepass"),
        capture_output=True,
        check=False,
    )
    if ran.returncode:
        told = ran.stderr.decode("utf-8", "replace").strip()
        raise SchematicError(f"the generated source cannot be formatted: {told}")
    return ran.stdout.decode("utf-8")


def _program() -> str:
    """The path of ruff."""
    try:
        ruff = importlib.import_module("ruff.__main__")
        return str(ruff.find_ruff_bin())
    except (ImportError, FileNotFoundError):
        raise SchematicError(
            "ruff formats what is generated, and is not installed: "
            'pip install "schematic-ws[generate]"'
        ) from None
