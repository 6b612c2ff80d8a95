"""`End`: one of the two sockets of a connection that goes through a program."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Final, Protocol, cast

from schematic.define import Side

__all__ = ["End", "Passage"]

_NO_LINGER: Final = struct.pack("ii", 1, 0)  # closing sends RST


class Passage(Protocol):
    """What lies between two ends."""

    def made(self, side: Side) -> None:
        """The end toward ``side`` is connected."""
        ...

    def came(self, sender: Side, data: bytes) -> None:
        """``sender`` has written."""
        ...

    def ended(self, sender: Side) -> None:
        """``sender`` writes no more."""
        ...

    def lost(self, side: Side, error: Exception | None) -> None:
        """The end toward ``side`` is closed, or was broken off."""
        ...

    def pump(self) -> None:
        """An end that was full takes more."""
        ...


class End(asyncio.Protocol):
    """A socket toward one side.

    Args:
        passage: is told what happens.
        side: toward whom it is.

    Attributes:
        transport: the socket; None until it is connected.
        full: whether nothing more should be written to it for now.
        closed: whether it is closed.
    """

    def __init__(self, passage: Passage, side: Side) -> None:
        self._passage = passage
        self._side = side
        self._finished = False  # nothing more is written to it
        self._ended = False  # and nothing more comes from it
        self.transport: asyncio.Transport | None = None
        self.full = False
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is connected."""
        self.transport = cast("asyncio.Transport", transport)
        self._passage.made(self._side)

    def data_received(self, data: bytes) -> None:
        """The side has written."""
        self._passage.came(self._side, data)

    def eof_received(self) -> bool:
        """The side writes no more."""
        self._ended = True
        self._passage.ended(self._side)
        assert self.transport is not None
        # Else both directions are done, or it is TLS, and the socket is closed.
        return not self._finished and self.transport.can_write_eof()

    def pause_writing(self) -> None:
        """The side reads too slowly."""
        self.full = True

    def resume_writing(self) -> None:
        """The side has caught up."""
        self.full = False
        self._passage.pump()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        self.closed = True
        self._passage.lost(self._side, exc)

    def read(self, wanted: bool) -> None:
        """Read what the side writes, or leave it waiting."""
        if self.transport is None or self._ended or self.transport.is_closing():
            return
        if wanted:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def write(self, data: bytes) -> None:
        """Write, unless it is closing, or `finish` was called."""
        if self.transport is None or self._finished or self.transport.is_closing():
            return
        if data:
            self.transport.write(data)

    def finish(self) -> None:
        """Write no more: close it, if the side does not either, or half of it where that can be.

        TLS has no half-closed sockets in asyncio, so there it is closed.
        """
        if self.transport is None or self._finished or self.transport.is_closing():
            return
        self._finished = True
        if self._ended or not self.transport.can_write_eof():
            self.transport.close()
            return
        try:
            self.transport.write_eof()
        except OSError:  # it was reset, which the transport has not noticed yet
            self.transport.abort()

    def reset(self) -> None:
        """Break off, so that the side sees a reset."""
        if self.transport is not None and not self.transport.is_closing():
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self.transport.abort()

    def abort(self) -> None:
        """Close at once, without writing what waits."""
        if self.transport is None:
            self.closed = True
        else:
            self.transport.abort()
