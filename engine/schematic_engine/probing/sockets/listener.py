"""`Listener`: holds planned conversations with clients that come to it, over sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import TypeAlias

from schematic.compile import CompiledEndpoint
from schematic.define import SchematicError, Side
from schematic_engine.errors import RemoteProtocolError
from schematic_engine.handshake import ServerHandshake
from schematic_engine.probing.planning.plan import Plan
from schematic_engine.probing.reporting.scripts import Place
from schematic_engine.probing.settings import ProbeSettings
from schematic_engine.probing.sockets.following import Turns, follow, read
from schematic_engine.probing.talking import charges
from schematic_engine.probing.talking.outcome import Outcome
from schematic_engine.probing.talking.talk import Talk
from schematic_engine.subprotocols import agree, is_agreed

__all__ = ["Listener", "Run"]

Run: TypeAlias = Callable[[str], Awaitable[object]]
"""Has the client that is probed hold one conversation at a URL; it may be cancelled."""

_Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_LATE = 0.1
_LINGER = 2.0
"""Seconds that a client is given to stop once its connection is over."""


class Listener:
    """Has a client hold one conversation after another.

    Without a port each conversation has an address of its own, and several are held at once. With
    one, all of them are held there, one after another; it has to be entered before.

    Args:
        run: starts the client; None where clients come by themselves, which takes a port.
        endpoint: what is spoken.
        target: path and query of the address.
        settings: how many connections are begun, and how long one is waited for.
        host: the interface to listen on.
        port: the port; None takes a free one for each conversation.

    Attributes:
        endpoint: what is spoken.
        prober: the side that is spoken for.
        secret_fields: none: only clients have secrets.
    """

    prober = Side.SERVER

    def __init__(
        self,
        run: Run | None,
        endpoint: CompiledEndpoint,
        target: str,
        settings: ProbeSettings,
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.secret_fields: Mapping[str, tuple[str, ...]] = {}
        self._run, self._target, self._settings = run or _nobody, target, settings
        self._host, self._port = host, port
        self._waits = settings.time if run is None else settings.open_timeout
        self._turns = Turns(settings.rate)
        self._came: asyncio.Queue[_Streams] = asyncio.Queue()
        self._server: asyncio.Server | None = None

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
        """Where the conversations are held."""
        offered = self.endpoint.endpoint.subprotocols
        return Place(self._url(self._port or 0), subprotocols=tuple(offered))

    def _url(self, port: int) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"ws://{host}:{port}{self._target}"

    async def __aenter__(self) -> Listener:
        """Listen, if there is one port for all. Raises OSError if that is not possible."""
        if self._port is not None:
            self._server = await self._listen(self._came, self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop to listen."""
        if self._server is not None:
            self._server.close()
            while not self._came.empty():
                self._came.get_nowait()[1].close()
            await self._server.wait_closed()

    async def converse(self, plan: Plan, settings: ProbeSettings) -> Outcome:
        """Have a client come, and hold the conversation with it; what came of it.

        Args:
            plan: what to say.
            settings: how long is waited.
        """
        await self._turns.wait()
        if self._server is not None:
            return await self._at(self._server, self._came, plan, settings)
        came: asyncio.Queue[_Streams] = asyncio.Queue()
        async with await self._listen(came, 0) as server:
            return await self._at(server, came, plan, settings)

    async def _listen(self, came: asyncio.Queue[_Streams], port: int) -> asyncio.Server:
        return await asyncio.start_server(
            lambda reader, writer: came.put_nowait((reader, writer)), self._host, port
        )

    async def _at(
        self,
        server: asyncio.Server,
        came: asyncio.Queue[_Streams],
        plan: Plan,
        settings: ProbeSettings,
    ) -> Outcome:
        """Hold the conversation with the next that comes to ``server``."""
        port = server.sockets[0].getsockname()[1]
        client = asyncio.ensure_future(self._run(self._url(port)))
        next_one = asyncio.ensure_future(came.get())
        try:
            return await self._with(client, next_one, plan, settings)
        finally:
            next_one.cancel()
            if next_one.done() and not next_one.cancelled():
                next_one.result()[1].close()
            await _dismiss(client, 0 if self._run is _nobody else _LINGER)

    async def _with(
        self,
        client: asyncio.Future[object],
        came: asyncio.Future[_Streams],
        plan: Plan,
        settings: ProbeSettings,
    ) -> Outcome:
        await asyncio.wait(
            (client, came),
            timeout=self._waits,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if client.done() and not came.done():  # it may have connected before it stopped
            await asyncio.wait((came,), timeout=_LATE)
        if not came.done():
            why = _end_of(client) if client.done() else "not in time"
            return Outcome((), (), charges.unreachable(Side.CLIENT, f"no connection came, {why}"))
        reader, writer = came.result()
        try:
            async with asyncio.timeout(settings.open_timeout):
                trailing = await self._shake(reader, writer)
        except (TimeoutError, SchematicError) as error:
            return Outcome((), (), charges.unreachable(Side.CLIENT, str(error) or "not in time"))
        clock = asyncio.get_running_loop().time
        talk = Talk(plan, self.endpoint, Side.SERVER, settings=settings, now=clock())
        if trailing:
            talk.receive_data(trailing, clock())
        outcome = await follow(talk, reader, writer)
        with suppress(OSError):
            await writer.drain()
        return outcome

    async def _shake(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """The opening handshake; returns what came behind it.

        Raises:
            RemoteProtocolError: the client does not ask for what is spoken.
            ConnectionClosed: it went away.
        """
        handshake = ServerHandshake()
        try:
            while handshake.receive_data(await read(reader)) is None:
                pass
            chosen = agree(self.endpoint, handshake.offered)
            if not is_agreed(self.endpoint, chosen):
                handshake.reject(400)
                needed = ", ".join(self.endpoint.endpoint.subprotocols)
                raise RemoteProtocolError(f"the client offers no subprotocol of {needed}")
            handshake.accept(subprotocol=chosen, compression=False)
        finally:
            writer.write(handshake.data_to_send())
        return handshake.trailing


def _end_of(client: asyncio.Future[object]) -> str:
    """How a client has ended, in words."""
    error = None if client.cancelled() else client.exception()
    if error is None:
        return "it stopped"
    return str(error) if isinstance(error, SchematicError) else f"it raised {error!r}"


async def _nobody(url: str) -> None:
    """Clients come by themselves."""
    del url
    await asyncio.get_running_loop().create_future()


async def _dismiss(client: asyncio.Future[object], seconds: float) -> None:
    """Wait for the client to stop, or have it stopped; what it raises is its own affair."""
    done, _ = await asyncio.wait((client,), timeout=seconds)
    if not done:
        client.cancel()
    await asyncio.gather(client, return_exceptions=True)
