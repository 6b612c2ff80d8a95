"""Driving a `Talk` on a pair of streams, and beginning connections no faster than allowed."""

from __future__ import annotations

import asyncio

from schematic_engine.probing.talking.outcome import Outcome
from schematic_engine.probing.talking.talk import Talk

__all__ = ["Turns", "follow", "read"]

_READ = 64 * 1024


async def follow(talk: Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Outcome:
    """Let ``talk`` go to its end; what came of it."""
    clock = asyncio.get_running_loop().time
    while True:
        if data := talk.data_to_send():
            writer.write(data)
        deadline = talk.next_deadline()
        if deadline is None:
            return talk.outcome(clock())
        try:
            async with asyncio.timeout_at(deadline):
                data = await read(reader)
        except TimeoutError:
            talk.handle_timeout(max(clock(), deadline))
        else:
            talk.receive_data(data, clock())


async def read(reader: asyncio.StreamReader) -> bytes:
    """What arrives next; empty once the connection is over, however it ended."""
    try:
        return await reader.read(_READ)
    except ConnectionError:
        return b""


class Turns:
    """Lets connections begin one after the other.

    Args:
        rate: how many in a second at most; None for any number.

    Attributes:
        taken: how many have begun.
        next: when the next may begin at the earliest, by the clock of the loop.
    """

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self.next = 0.0
        self.taken = 0

    async def wait(self) -> None:
        """Wait for the next turn."""
        self.taken += 1
        if self._rate is None:
            return
        now = asyncio.get_running_loop().time()
        turn = max(now, self.next)
        self.next = turn + 1 / self._rate
        await asyncio.sleep(turn - now)
