"""`Caller`: holds planned conversations with a server, over sockets."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from ssl import SSLContext

from schematic.define import Side
from schematic_engine.errors import ConnectionClosed, HandshakeRejected, RemoteProtocolError
from schematic_engine.events import Rejected
from schematic_engine.probing.door import Door
from schematic_engine.probing.outcome import Outcome
from schematic_engine.probing.plan import Plan
from schematic_engine.probing.settings import ProbeSettings
from schematic_engine.probing.talk import Talk

__all__ = ["Caller"]

_READ = 64 * 1024


class Caller:
    """Has one conversation after another with the server behind a door, or several at once.

    Args:
        door: where the server is.
        settings: how long is waited, and how many connections are begun.
        ssl: for ``wss``; None verifies the server against the system's certificates.
    """

    def __init__(self, door: Door, settings: ProbeSettings, ssl: SSLContext | None = None) -> None:
        self._door, self._settings, self._ssl = door, settings, ssl
        self._free = 0.0  # when the next connection may be begun
        self.connections = 0

    async def converse(self, plan: Plan, settings: ProbeSettings | None = None) -> Outcome:
        """Have the conversation; what came of it.

        Args:
            plan: what to say.
            settings: other times than the caller's.

        Raises:
            HandshakeRejected: the server refused the connection.
            RemoteProtocolError: its answer is none to a WebSocket handshake.
            ConnectionClosed: it gave none.
            OSError: it cannot be reached.
            TimeoutError: not in time.
        """
        await self._wait_for_turn()
        async with asyncio.timeout(self._settings.open_timeout):
            reader, writer = await self._dial()
        try:
            async with asyncio.timeout(self._settings.open_timeout):
                trailing = await self._shake(reader, writer)
            return await self._follow(plan, settings or self._settings, reader, writer, trailing)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _wait_for_turn(self) -> None:
        self.connections += 1
        if self._settings.rate is None:
            return
        now = asyncio.get_running_loop().time()
        turn = max(now, self._free)
        self._free = turn + 1 / self._settings.rate
        await asyncio.sleep(turn - now)

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address = self._door.address
        tls = self._ssl or True if address.secure else None
        name = address.host if address.secure else None
        return await asyncio.open_connection(
            address.host, address.port, ssl=tls, server_hostname=name
        )

    async def _shake(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """The opening handshake; returns what came behind it."""
        handshake = self._door.knock()
        writer.write(handshake.data_to_send())
        outcome = None
        while outcome is None:
            outcome = handshake.receive_data(await _read(reader))
        if isinstance(outcome, Rejected):
            raise HandshakeRejected(status=outcome.status, headers=(), body=b"")
        needed = self._door.endpoint.endpoint.subprotocols
        if needed and outcome.subprotocol not in needed:
            raise RemoteProtocolError(
                f"the server accepted without a subprotocol that is needed: {', '.join(needed)}"
            )
        return handshake.trailing

    async def _follow(
        self,
        plan: Plan,
        settings: ProbeSettings,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        trailing: bytes,
    ) -> Outcome:
        clock = asyncio.get_running_loop().time
        door = self._door
        talk = Talk(
            plan,
            door.endpoint,
            Side.CLIENT,
            settings=settings,
            now=clock(),
            carried=door.carried,
            secrets=door.secrets,
        )
        if trailing:
            talk.receive_data(trailing, clock())
        while True:
            if data := talk.data_to_send():
                writer.write(data)
            deadline = talk.next_deadline()
            if talk.over or deadline is None:
                return talk.outcome(clock())
            try:
                async with asyncio.timeout_at(deadline):
                    data = await _read(reader)
            except TimeoutError:
                talk.handle_timeout(max(clock(), deadline))
            else:
                talk.receive_data(data, clock())


async def _read(reader: asyncio.StreamReader) -> bytes:
    """What arrives next; empty once the connection is over, however it ended."""
    try:
        return await reader.read(_READ)
    except (ConnectionError, ConnectionClosed):
        return b""
