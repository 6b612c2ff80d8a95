"""`ClientConnection`: the client's end of a connection."""

from __future__ import annotations

from types import TracebackType

from schematic_engine.asyncio.connection import BaseConnection
from schematic_engine.asyncio.driver import Driver
from schematic_engine.errors import ConnectionClosed
from schematic_engine.events import Accepted, Headers

__all__ = ["ClientConnection"]


class ClientConnection(BaseConnection):
    """The client's end of an open connection; `connect` makes it.

    Attributes:
        subprotocol: the one that the server chose, or None.
        response_headers: the header lines of the server's answer.
    """

    def __init__(self, driver: Driver, accepted: Accepted, *, in_a_loop: bool = False) -> None:
        super().__init__(driver)
        self._in_a_loop = in_a_loop
        self.subprotocol = accepted.subprotocol
        self.response_headers: Headers = accepted.headers

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        was_closed = self.closed is not None
        await super().__aexit__(kind, error, trace)
        # The loop judges what happened to its connection: see `Reconnecting`.
        return self._in_a_loop and was_closed and isinstance(error, ConnectionClosed)
