"""The suite itself: kosoku, which runs Autobahn's case files natively.

It has an environment of its own, which is made once, in the user's cache folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from conformance.autobahn.suites import Result, Suite

__all__ = ["HOME", "VERSION", "against_client", "against_server"]

VERSION: Final = "0.1.0"
HOME: Final = (
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "schematic-autobahn"
)
"""Where everything is kept that outlives a run."""


def _kosoku() -> Path:
    """The program, which is installed if it is not there yet."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    home = HOME / f"kosoku-{VERSION}-python{python}"
    program = home / "bin" / "kosoku"
    if not program.exists():
        print(f"installing kosoku {VERSION} into {home}", flush=True)
        venv.create(home, with_pip=True, clear=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", f"kosoku=={VERSION}"], check=True)
    return program


def _command(mode: str, address: str, suite: Suite, reports: str) -> list[str]:
    chosen = [word for case in suite.include for word in ("-i", case)]
    left_out = [word for case in suite.exclude for word in ("-x", case)]
    return [str(_kosoku()), "-m", mode, address, *chosen, *left_out, "-o", reports]


def against_server(url: str, suite: Suite) -> list[Result]:
    """Runs the cases against a server."""
    with TemporaryDirectory() as reports:
        command = _command("fuzzingclient", url, suite, reports)
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        return _results(reports, done.stderr)


def against_client(run: Callable[[str], None], suite: Suite) -> list[Result]:
    """Runs the cases against a client: ``run`` gets the URL of a server that waits for it."""
    with TemporaryDirectory() as reports:
        command = _command("fuzzingserver", "127.0.0.1:0", suite, reports)
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as server:
            assert server.stderr is not None
            try:
                run(server.stderr.readline().split()[-1])
                _, said = server.communicate(timeout=60)
            finally:
                server.kill()
        return _results(reports, said)


def _results(reports: str, said: str) -> list[Result]:
    """Reads Autobahn's index of results."""
    index = Path(reports) / "index.json"
    if not index.exists():
        raise SystemExit(f"the suite did not come to its end: {said}")
    return [
        Result(case, found["behavior"], found["behaviorClose"], found["remoteCloseCode"])
        for cases in json.loads(index.read_text()).values()
        for case, found in cases.items()
    ]
