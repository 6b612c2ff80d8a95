"""Programs with the verdicts that type checkers must give on them.

A line that must be refused says so, and for which reason by each checker:

    await closing.close()  # refused: attr-defined / AttributeAccessIssue

The rules of mypy stand first, and then those of pyright, without the ``report`` that all of them
begin with; a ``-`` stands for the checker that lets it pass. Every other line must pass both.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import schematic
import schematic_definitions
import schematic_engine

__all__ = ["Verdict", "expected", "found"]

_REFUSED = re.compile(r"  # refused: (?P<mypy>[\w, -]+) / (?P<pyright>[\w, -]+)$")
_PACKAGES = [
    str(Path(str(package.__file__)).parent.parent)
    for package in (schematic, schematic_engine, schematic_definitions)
]


@dataclass(frozen=True, order=True, slots=True)
class Verdict:
    """A line that a checker refuses: the file, the line, the name of the rule."""

    file: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.rule}"


def expected(folder: Path, checker: str) -> set[Verdict]:
    """What the programs in ``folder`` say that a checker must say."""
    verdicts: set[Verdict] = set()
    for file in folder.glob("*.py"):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            match = _REFUSED.search(line)
            assert match or "# refused" not in line, f"{file.name}, line {number}: which rules?"
            if match and match[checker] != "-":
                verdicts |= {Verdict(file.name, number, one) for one in match[checker].split(", ")}
    return verdicts


def found(folder: Path, scratch: Path) -> dict[str, set[Verdict]]:
    """What the checkers say, in strict mode, about all programs in ``folder``, by their names.

    Args:
        folder: where the programs are.
        scratch: an empty folder for what the checkers need.
    """
    config = scratch / "pyrightconfig.json"
    config.write_text(
        json.dumps(
            {
                "include": [os.path.relpath(folder, scratch)],
                "extraPaths": _PACKAGES,
                "typeCheckingMode": "strict",
                "pythonVersion": "3.11",
            }
        )
    )
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


def _of_mypy(output: str) -> set[Verdict]:
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return {
        Verdict(Path(one["file"]).name, one["line"], one["code"])
        for one in lines
        if one["severity"] == "error"
    }


def _of_pyright(output: str) -> set[Verdict]:
    verdicts = {
        Verdict(
            Path(one["file"]).name,
            one["range"]["start"]["line"] + 1,
            one.get("rule", "syntax").removeprefix("report"),
        )
        for one in json.loads(output)["generalDiagnostics"]
    }
    reasons = {(one.file, one.line) for one in verdicts if not _follows(one)}
    return {one for one in verdicts if not _follows(one) or (one.file, one.line) not in reasons}


def _follows(verdict: Verdict) -> bool:
    """Whether something is of unknown type, which it is where something else is refused."""
    return verdict.rule.startswith("Unknown")
