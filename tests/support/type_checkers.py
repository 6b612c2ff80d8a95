"""What mypy and pyright, both strict, refuse in a folder of programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import schematic
import schematic_definitions
import schematic_engine

__all__ = ["Refusal", "refusals"]

_PACKAGES = [
    str(Path(str(package.__file__)).parent.parent)
    for package in (schematic, schematic_engine, schematic_definitions)
]


@dataclass(frozen=True, order=True, slots=True)
class Refusal:
    """A line that a checker refuses: the file, the line, the name of the rule, and why.

    The rules of pyright are named without the ``report`` that all of them begin with.
    """

    file: str
    line: int
    rule: str
    why: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.rule} {self.why}".rstrip()


def refusals(folder: Path, scratch: Path) -> dict[str, set[Refusal]]:
    """What the checkers refuse in all modules of ``folder``, by the checkers' names.

    They run side by side.

    Args:
        folder: where the programs are.
        scratch: where the checkers may leave what they need: another folder.
    """
    scratch.mkdir(exist_ok=True)
    settings = {
        "include": [os.path.relpath(folder, scratch)],
        "extraPaths": _PACKAGES,
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
    }
    config = scratch / "pyrightconfig.json"
    config.write_text(json.dumps(settings))
    mypy = _start(
        "mypy",
        *("--strict", "--warn-unreachable", "--python-version=3.11", "--output=json"),
        *("--config-file=", f"--cache-dir={scratch / 'mypy'}", folder),
        scratch=scratch,
    )
    ours = ("--pythonpath", sys.executable)  # whatever stands first in PATH
    pyright = _start("pyright", "--outputjson", "-p", config, *ours, scratch=scratch)
    return {"mypy": _of_mypy(_output(mypy)), "pyright": _of_pyright(_output(pyright))}


def _start(module: str, *arguments: str | Path, scratch: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=scratch,
        env={**os.environ, "MYPYPATH": os.pathsep.join(_PACKAGES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _output(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate()
    assert process.returncode in (0, 1), f"{output}\n{errors}"
    return output


def _of_mypy(output: str) -> set[Refusal]:
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return {
        Refusal(Path(one["file"]).name, one["line"], one["code"], one["message"])
        for one in lines
        if one["severity"] == "error"
    }


def _of_pyright(output: str) -> set[Refusal]:
    """Where something is of unknown type because something else is refused, the latter alone."""
    found = {
        Refusal(
            Path(one["file"]).name,
            one["range"]["start"]["line"] + 1,
            one.get("rule", "syntax").removeprefix("report"),
            one["message"],
        )
        for one in json.loads(output)["generalDiagnostics"]
    }
    reasons = {(one.file, one.line) for one in found if not _follows(one)}
    return {one for one in found if not _follows(one) or (one.file, one.line) not in reasons}


def _follows(refusal: Refusal) -> bool:
    """Whether something is of unknown type, which it is where something else is refused."""
    return refusal.rule.startswith("Unknown")
