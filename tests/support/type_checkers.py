"""What mypy and pyright, both strict, say of a folder of programs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import schematic
import schematic_definitions
import schematic_engine

__all__ = ["CHECKERS", "Said", "mypy_says", "pyright_says"]

_ROOTS = [
    str(Path(package.__path__[0]).parent)
    for package in (schematic, schematic_engine, schematic_definitions)
]
_MYPY = re.compile(r"^(?P<file>[^:\n]+\.py):(?P<line>\d+): error: (?P<what>.*)$", re.MULTILINE)

Said = dict[str, dict[int, str]]
"""By the name of a file, the lines that have errors, each with the last one."""


def mypy_says(folder: Path) -> Said:
    """What mypy reports of the modules of a folder."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-color-output"),
            *("--no-error-summary", f"--cache-dir={folder / 'cache'}"),
            *sorted(str(file) for file in folder.glob("*.py")),
        ],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "MYPYPATH": os.pathsep.join(_ROOTS)},
        timeout=110,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    said: Said = defaultdict(dict)
    for found in _MYPY.finditer(done.stdout):
        said[Path(found["file"]).name][int(found["line"])] = found["what"]
    return dict(said)


def pyright_says(folder: Path) -> Said:
    """What pyright reports of the modules of a folder."""
    settings = {
        "typeCheckingMode": "strict",
        "extraPaths": _ROOTS,
        "pythonVersion": "3.11",
        "include": ["."],
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=110,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    said: Said = defaultdict(dict)
    for one in json.loads(done.stdout)["generalDiagnostics"]:
        line = one["range"]["start"]["line"] + 1
        said[Path(one["file"]).name][line] = one["message"]
    return dict(said)


CHECKERS = {"mypy": mypy_says, "pyright": pyright_says}
