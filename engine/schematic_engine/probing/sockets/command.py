"""Starting the client that is probed as a program."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from contextlib import suppress

from schematic_engine.probing.sockets.listener import Run

__all__ = ["starting"]

_STOPPING = 2.0
"""Seconds that a program is given to stop when it is told to."""


def starting(command: Sequence[str]) -> Run:
    """What starts ``command`` for one conversation, and waits for it to end.

    Args:
        command: the program and its arguments. ``{url}`` in them is the URL to speak at, which is
            in the environment variable ``SCHEMATIC_URL``, too. No shell sees it.
    """

    async def run(url: str) -> None:
        program, *arguments = (part.replace("{url}", url) for part in command)
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            env={**os.environ, "SCHEMATIC_URL": url},
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        try:
            await process.wait()
        finally:
            await _stop(process)

    return run


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
