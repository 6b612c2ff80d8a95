"""`Caller`: holds planned conversations with a server, over sockets."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from ssl import SSLContext

from schematic.define import SchematicError, Side
from schematic_engine.errors import HandshakeRejected, RemoteProtocolError
from schematic_engine.events import Rejected
from schematic_engine.hiding import surely_without, without
from schematic_engine.probing.planning.plan import Plan
from schematic_engine.probing.reporting.scripts import Place
from schematic_engine.probing.settings import ProbeSettings
from schematic_engine.probing.sockets.door import Door
from schematic_engine.probing.sockets.following import Turns, follow, read
from schematic_engine.probing.talking import charges
from schematic_engine.probing.talking.outcome import Outcome
from schematic_engine.probing.talking.talk import Talk
from schematic_engine.subprotocols import is_agreed

__all__ = ["Caller"]


class Caller:
    """Has one conversation after another with the server behind a door, or several at once.

    Args:
        door: where the server is.
        settings: how many connections are begun.
        ssl: for ``wss``; None verifies the server against the system's certificates.

    Attributes:
        endpoint: what is spoken.
        prober: the side that is spoken for.
        secret_fields: by the ids of messages, where they hold the secret.
    """

    prober = Side.CLIENT

    def __init__(self, door: Door, settings: ProbeSettings, ssl: SSLContext | None = None) -> None:
        self.endpoint = door.endpoint
        self._door, self._settings, self._ssl = door, settings, ssl
        self.secret_fields = door.carried.fields
        self._turns = Turns(settings.rate)

    @property
    def connections(self) -> int:
        """How many connections were begun."""
        return self._turns.taken

    @property
    def begins_at(self) -> float:
        """When the next connection may begin at the earliest, by the clock of the loop."""
        return self._turns.next

    @property
    def place(self) -> Place:
        """Where the conversations are held, without secrets."""
        door = self._door
        address, hide = door.address, partial(without, secrets=door.secrets)
        url = f"{address.scheme}://{address.authority}{address.target}"
        return Place(
            hide(url),
            headers=tuple((name, hide(value)) for name, value in door.headers),
            subprotocols=tuple(map(hide, door.subprotocols)),
            variables=self.endpoint.api.env_auth,
            username=door.username,
        )

    async def converse(self, plan: Plan, settings: ProbeSettings) -> Outcome:
        """Have the conversation; what came of it.

        Args:
            plan: what to say.
            settings: how long is waited.
        """
        await self._turns.wait()
        try:
            async with asyncio.timeout(settings.open_timeout):
                reader, writer = await self._dial()
        except (OSError, TimeoutError) as error:
            return self._unreachable(error)
        try:
            return await self._on(plan, settings, reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _unreachable(self, error: Exception) -> Outcome:
        problem = surely_without(_in_words(error), self._door.secrets)
        return Outcome((), (), charges.unreachable(Side.SERVER, problem))

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address = self._door.address
        tls = self._ssl or True if address.secure else None
        name = address.host if address.secure else None
        return await asyncio.open_connection(
            address.host, address.port, ssl=tls, server_hostname=name
        )

    async def _on(
        self,
        plan: Plan,
        settings: ProbeSettings,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> Outcome:
        door, clock = self._door, asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(settings.open_timeout):
                trailing = await self._shake(reader, writer)
        except (TimeoutError, SchematicError) as error:
            return self._unreachable(error)
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
        return await follow(talk, reader, writer)

    async def _shake(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """The opening handshake; returns what came behind it.

        Raises:
            HandshakeRejected: the server refused.
            RemoteProtocolError: its answer is none to a WebSocket handshake.
            ConnectionClosed: it gave none.
        """
        handshake = self._door.knock()
        writer.write(handshake.data_to_send())
        outcome = None
        while outcome is None:
            outcome = handshake.receive_data(await read(reader))
        if isinstance(outcome, Rejected):
            raise HandshakeRejected(status=outcome.status, headers=(), body=b"")
        if not is_agreed(self.endpoint, outcome.subprotocol):
            needed = ", ".join(self.endpoint.endpoint.subprotocols)
            raise RemoteProtocolError(f"accepted without a subprotocol that is needed: {needed}")
        return handshake.trailing


def _in_words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or "not in time"
