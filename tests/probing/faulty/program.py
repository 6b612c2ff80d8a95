"""What the servers and clients have in common, on the library `websockets`, and `Fault`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from types import new_class
from typing import Any, ClassVar, TypeVar

from probing.faulty.bodies import Fields, fits, read
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from schematic import BoundEndpoint, Side

__all__ = ["LONG", "Client", "Denied", "Fault", "Gone", "Program", "Server", "faulty"]

PATIENCE = 0.15
"""Seconds that a client waits for what it is not owed."""
LONG = 10.0
"""Seconds that a client waits for what it is owed."""


class Gone(Exception):
    """This end closes the connection.

    Attributes:
        code: the close code.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Denied(Exception):
    """What was said is thrown away, and the conversation goes on."""


class Program:
    """One end of one connection."""

    KINDS: ClassVar[dict[str, Fields]]
    """What the other end may say."""

    def __init__(self, websocket: ServerConnection | ClientConnection) -> None:
        self.websocket = websocket

    async def say(self, kind: str, **fields: Any) -> None:
        """A text frame of this type."""
        await self.websocket.send(json.dumps({"type": kind, **fields}))

    async def hear(self, payload: str | bytes) -> str:
        """Take what the other end has said, in this order: its kind, its moment, its body."""
        said = read(payload)
        if said is None or said[0] not in self.KINDS:
            await self.unknown(payload)
            return ""
        kind, body = said
        self.expect(kind, body)
        if not fits(self.KINDS[kind], body):
            self.unfit(kind, body)
        await getattr(self, f"on_{kind}")(body)
        return kind

    async def unknown(self, payload: str | bytes) -> None:
        """It is none of the other end's messages."""
        raise Gone(4400)

    def expect(self, kind: str, body: dict[str, Any]) -> None:
        """Raise `Gone` or `Denied` if it may not be said now."""

    def unfit(self, kind: str, body: dict[str, Any]) -> None:
        """It has a wrong body."""
        raise Gone(4400)

    async def on_binary(self, body: dict[str, Any]) -> None:
        """A binary frame came."""


class Server(Program):
    """The server's end of one connection."""

    async def talk(self) -> None:
        """Answer until the client goes, or until it has to."""
        try:
            await self.greet()
            async for payload in self.websocket:
                try:
                    await self.hear(payload)
                except Denied as denied:
                    await self.deny(str(denied))
        except Gone as gone:
            await self.websocket.close(gone.code)
        except ConnectionClosed:
            return

    async def greet(self) -> None:
        """Whatever comes before the client has said anything."""

    async def deny(self, reason: str) -> None:
        """Say that it was thrown away."""
        await self.say("refused", reason=reason)


class Client(Program):
    """The client's end of one connection."""

    async def talk(self) -> None:
        """Say what there is to say, and go."""
        try:
            await self.converse()
            await self.leave()
        except Gone as gone:
            await self.websocket.close(gone.code)
        except ConnectionClosed:
            return

    async def converse(self) -> None:
        """All that it has to say."""
        raise NotImplementedError

    async def leave(self) -> None:
        """Hang up."""
        await self.websocket.close(1000)

    async def wait_for(self, *kinds: str, patience: float = PATIENCE) -> str:
        """Hear until one of these kinds comes; an empty one if none does for so long."""
        try:
            async with asyncio.timeout(patience):
                while True:
                    payload = await self.websocket.recv()
                    kind = await self.hear(payload)
                    if kind in kinds:
                        return kind
        except TimeoutError:
            return ""

    async def owed(self, *kinds: str) -> None:
        """Hear until one of these kinds comes, and give up if none does."""
        if not await self.wait_for(*kinds, patience=LONG):
            raise Gone(1000)

    async def on_ping(self, body: dict[str, Any]) -> None:
        """Say its number again."""
        await self.say("pong", n=body["n"])

    async def on_pong(self, body: dict[str, Any]) -> None:
        """Nothing to do."""


@dataclass(frozen=True)
class Fault:
    """A program with one mistake, or with none.

    Attributes:
        name: its name in tables.
        role: what the program is.
        endpoint: what it is supposed to speak.
        mistake: what is wrong, in a few words; empty for a correct one.
        shortest: how many messages of the application, of both sides, the shortest conversation
            has that shows it, to the last that is said or owed an answer.
        program: one end of a connection.
    """

    name: str
    role: Side
    endpoint: BoundEndpoint
    mistake: str
    shortest: int
    program: type[Program]

    def serve(self) -> AbstractAsyncContextManager[str]:
        """A server on loopback; its URL, without the endpoint's path."""
        return _serve(self.program)

    async def run(self, url: str) -> None:
        """Let the client have one conversation at ``url``."""
        assert issubclass(self.program, Client)
        async with connect(url, compression=None) as websocket:
            await self.program(websocket).talk()


@asynccontextmanager
async def _serve(program: type[Program]) -> AsyncIterator[str]:
    assert issubclass(program, Server)
    fresh = new_class(program.__name__, (program,))  # what one remembers, the next does not

    async def talk(websocket: ServerConnection) -> None:
        await fresh(websocket).talk()

    async with serve(talk, "127.0.0.1", 0, compression=None) as server:
        port: int = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


P = TypeVar("P", bound=Program)


def faulty(
    faults: list[Fault], endpoint: BoundEndpoint, *, shortest: int
) -> Callable[[type[P]], type[P]]:
    """Put a program, whose docstring says what is wrong, into ``faults``."""

    def put(program: type[P]) -> type[P]:
        role = Side.SERVER if issubclass(program, Server) else Side.CLIENT
        name = "".join(f"-{c.lower()}" if c.isupper() else c for c in program.__name__)
        mistake = (program.__doc__ or "").strip().removesuffix(".")
        fault = Fault(name.strip("-"), role, endpoint, mistake, shortest, program)
        faults.append(fault)
        return program

    return put
