"""Stages on sockets: an event loop in a thread of its own, so that every test can have them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from ssl import SSLContext
from typing import Any, Final, cast

from schematic_engine.mock.loop_thread import LoopThread
from schematic_engine.pytest_plugin.stage import Stage

__all__ = ["Sockets", "settle"]

_TURNS: Final = 20
"""Turns of the loop after which everything that had arrived has been taken in."""

_STEP: Final = 0.002
_GOODBYE: Final = 0.25
"""Seconds for the other side to answer a close frame."""


async def settle() -> None:
    """Let the running loop take in what has arrived, and close what is to be closed."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


class _Wire(asyncio.Protocol):
    """One stage on one transport."""

    def __init__(self, stage: Stage, wires: set[_Wire]) -> None:
        self.stage = stage
        self.gone = False
        self._loop = asyncio.get_running_loop()
        self._wires = wires
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._wires.add(self)
        self.stage.tick(self._loop.time())
        self.settle()

    def data_received(self, data: bytes) -> None:
        self.stage.receive(data, self._loop.time())
        self.settle()

    def eof_received(self) -> None:
        self.stage.receive(b"", self._loop.time())
        self.settle()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.gone = True
        if self._timer is not None:
            self._timer.cancel()
        if not self.stage.core.log.is_over:
            self.stage.receive(b"", self._loop.time())
            self.stage.core.log.end()

    def settle(self) -> None:
        """Write what is to be written, hang up if that is wanted, and set the clock."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        transport = self._transport
        if transport is None or self.gone:
            return
        data = self.stage.core.data_to_send()
        if data:
            transport.write(data)
        if self.stage.is_over:
            transport.close()
            return
        deadline = self.stage.next_deadline()
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.stage.tick(self._loop.time())
        self.settle()

    def leave(self, code: int) -> None:
        """Begin to close, whatever has been said."""
        if not self.gone:
            self.stage.core.close(code)
            self.settle()

    def drop(self) -> None:
        """End it at once."""
        if self._transport is not None and not self.gone:
            self._transport.abort()


class Sockets:
    """Stages that listen, or that have connected.

    Attributes:
        port: the port that is listened on; 0 if none is.
        errors: what was raised on the way, by handlers for example.
    """

    def __init__(self) -> None:
        self.port = 0
        self.errors: list[BaseException] = []
        self._wires: set[_Wire] = set()
        self._server: asyncio.Server | None = None
        self._thread = LoopThread("schematic-pytest")

    def listen(self, host: str, make: Callable[[], Stage], ssl: SSLContext | None = None) -> None:
        """Listen on a free port; a stage is made for each connection. Raises OSError."""

        async def start() -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(self._failed)
            self._server = await loop.create_server(
                lambda: _Wire(make(), self._wires), host, 0, ssl=ssl
            )
            self.port = self._server.sockets[0].getsockname()[1]

        self._thread.run(start())

    def connect(self, host: str, port: int, stage: Stage, ssl: SSLContext | bool | None) -> None:
        """Connect a stage. Raises OSError."""

        async def start() -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(self._failed)
            await loop.create_connection(lambda: _Wire(stage, self._wires), host, port, ssl=ssl)

        self._thread.run(start())

    def settle(self, patience: float) -> None:
        """Take in what has arrived, and wait up to ``patience`` seconds for what is to come."""

        async def wait() -> None:
            await settle()
            end = asyncio.get_running_loop().time() + patience
            while self._is_waiting() and asyncio.get_running_loop().time() < end:
                await asyncio.sleep(_STEP)

        self._thread.run(wait())

    def close(self, code: int = 1001) -> None:
        """Close all connections with ``code``, and end the thread."""

        async def stop() -> None:
            if self._server is not None:
                self._server.close()
                await settle()
            for wire in tuple(self._wires):
                wire.leave(code)
            end = asyncio.get_running_loop().time() + _GOODBYE
            while self._is_open() and asyncio.get_running_loop().time() < end:
                await asyncio.sleep(_STEP)
            for wire in tuple(self._wires):
                wire.drop()
            while self._is_open():
                await asyncio.sleep(0)
            await settle()

        try:
            self._thread.run(stop())
        finally:
            self._thread.close()

    def _is_waiting(self) -> bool:
        return any(wire.stage.is_waiting() and not wire.gone for wire in self._wires)

    def _is_open(self) -> bool:
        return any(not wire.gone for wire in self._wires)

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        del loop
        error = context.get("exception")
        if isinstance(error, OSError) or error is None:
            return  # a connection was lost, which the log has
        self.errors.append(error)
