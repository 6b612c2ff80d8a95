"""Playing the scripts that show findings, against programs in processes of their own."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from tempfile import TemporaryDirectory

from probing.faulty import CORRECT, Fault

from schematic import Side
from schematic_engine.probing import ProbeFinding

__all__ = ["correct", "exit_code"]

_FAULTY = Path(__file__).parent / "faulty"


def correct(fault: Fault) -> Fault:
    """The program that ``fault`` was made from."""
    return next(one for one in CORRECT if issubclass(fault.program, one.program))


async def exit_code(finding: ProbeFinding, program: Fault, url: str | None = None) -> int:
    """Play the script of ``finding`` with ``program``: 1 if it shows the fault, 0 if not.

    Args:
        finding: what was found.
        program: a server, or a client.
        url: where the server is, without its path; None starts one.
    """
    path = program.endpoint.endpoint.path
    with TemporaryDirectory() as folder:
        script = Path(folder, "script.py")
        script.write_text(finding.script, encoding="utf-8")
        if program.role is Side.CLIENT:
            client = [sys.executable, str(_FAULTY), program.name, "{url}"]
            return await _run(str(script), f"ws://127.0.0.1:0{path}", *client)
        if url is not None:
            return await _run(str(script), f"{url}{path}")
        async with program.serve() as own:
            return await _run(str(script), f"{own}{path}")


async def _run(*arguments: str) -> int:
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE)
    printed, _ = await process.communicate()
    code = process.returncode
    assert code in (0, 1), printed.decode()
    return code
