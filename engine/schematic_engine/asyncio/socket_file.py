"""The file by which a Unix socket is reached, from the server's side."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from pathlib import Path

from schematic_engine.errors import LocalProtocolError

__all__ = ["SocketFile"]


class SocketFile:
    """The file of a listening Unix socket.

    A loop that begins to listen replaces a file that is a socket, whoever made it. Here that is
    right only where nobody listens any more, as after a crash.

    Args:
        path: where it is, or is to be.

    Raises:
        LocalProtocolError: this system has no Unix sockets.
        OSError: another server listens there.
    """

    def __init__(self, path: str) -> None:
        if not hasattr(socket, "AF_UNIX"):
            raise LocalProtocolError("this system has no Unix sockets")
        if _is_served(path):
            raise OSError(errno.EADDRINUSE, "another server listens there", path)
        self._path = path
        self._made: os.stat_result | None = None

    def made(self) -> None:
        """The server listens: the file is its own."""
        if not self._path.startswith("\0"):  # an abstract one (unix(7)) has no file
            self._made = Path(self._path).stat()

    def remove(self) -> None:
        """The server has stopped: removes the file, unless another server's has replaced it."""
        if self._made is not None:
            with suppress(FileNotFoundError):
                path = Path(self._path)
                if os.path.samestat(path.stat(), self._made):
                    path.unlink()


def _is_served(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except BlockingIOError:  # many wait to be served
            return True
        except OSError:
            return False
    return True
