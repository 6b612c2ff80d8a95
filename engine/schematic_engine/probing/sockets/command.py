"""Starting the client that is probed as a program."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

from schematic.define import SchematicError
from schematic_engine.errors import LocalProtocolError
from schematic_engine.probing.sockets.listener import Run

__all__ = ["ProgramFailed", "starting"]

_STOPPING = 2.0
"""Seconds that a program is given to stop when it is told to."""
_MOST_TOLD = 2000
"""Bytes of what a program writes to standard error that are kept, the last ones."""
_LATE = 0.2
_READ = 64 * 1024


class ProgramFailed(SchematicError):
    """A program has stopped with an exit status other than 0; says the last that it wrote."""


def starting(command: Sequence[str]) -> Run:
    """What starts ``command`` for one conversation, and waits for it to end.

    Args:
        command: the program and its arguments. ``{url}`` in them is the URL to speak at, which is
            in the environment variable ``SCHEMATIC_URL``, too. No shell sees it.

    Raises:
        LocalProtocolError: there is no such program.
    """
    if "{url}" not in command[0] and shutil.which(command[0]) is None:
        raise LocalProtocolError(f"no such program, or it cannot be run: {command[0]!r}")

    async def run(url: str) -> None:
        program, *arguments = (part.replace("{url}", url) for part in command)
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            env={**os.environ, "SCHEMATIC_URL": url},
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=PIPE,
        )
        assert process.stderr is not None
        said = bytearray()
        listening = asyncio.ensure_future(_keep(process.stderr, said))
        try:
            status = await process.wait()
            await asyncio.wait((listening,), timeout=_LATE)  # others may hold it open
        finally:
            listening.cancel()
            await _stop(process)
        if status:
            words = said.decode(errors="replace").strip()
            raise ProgramFailed(f"it stopped with {status}" + (f": {words}" if words else ""))

    return run


async def _keep(stream: asyncio.StreamReader, said: bytearray) -> None:
    """Read ``stream`` to its end, and keep the last of it in ``said``."""
    while data := await stream.read(_READ):
        said += data
        del said[:-_MOST_TOLD]


async def _stop(process: Process) -> None:
    """End a program that has not ended."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_STOPPING):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
