"""Real proxies on the loopback interface: HTTP CONNECT, SOCKS 4 and 4a, SOCKS 5; one thread each.

Whatever host they are asked for, they connect to this machine, so that a test may use any name.
"""

from __future__ import annotations

import select
import socket
import struct
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Self

__all__ = ["ProxyServer"]

Target = tuple[str, int]


class ProxyServer:
    """Serves any number of clients, one after the other.

    Args:
        scheme: what to speak: that of a proxy's URL.
        credentials: user name and password to ask for; those of a URL, not encoded.
        refuse: the HTTP status or the SOCKS reply code with which it refuses.
        answer: written in place of a CONNECT's answer.
        slowly: whether what it says comes in single bytes.
        stall: whether it takes what it is told and never answers.

    Attributes:
        asked: the hosts and ports that it was asked for, as they were written.
    """

    def __init__(
        self,
        scheme: str = "http",
        *,
        credentials: tuple[str, str] | None = None,
        refuse: int | None = None,
        answer: bytes | None = None,
        slowly: bool = False,
        stall: bool = False,
    ) -> None:
        self._speak: Callable[[socket.socket], Target | None] = {
            "http": self._connect,
            "socks4": self._socks4,
            "socks5": self._socks5,
        }[scheme.rstrip("ah")]
        self._credentials = credentials
        self._refuse = refuse
        self._answer = answer
        self._slowly = slowly
        self._stall = stall
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ending, self._end = socket.socketpair()
        self._thread = Thread(target=self._run)
        self._error: BaseException | None = None
        self.scheme = scheme
        self.port: int = self._listener.getsockname()[1]
        self.asked: list[Target] = []

    @property
    def url(self) -> str:
        """Its URL, without credentials."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.close()
        self._thread.join(30)
        for sock in (self._listener, self._ending):
            sock.close()
        if self._error is not None and error is None:
            raise self._error

    def _run(self) -> None:
        try:
            while self._listener in select.select([self._listener, self._ending], [], [])[0]:
                client, _ = self._listener.accept()
                with client:
                    client.settimeout(30)
                    with suppress(ConnectionError, EOFError):
                        self._serve(client)
        except BaseException as error:  # noqa: BLE001  # handed to the test
            self._error = error

    def _serve(self, client: socket.socket) -> None:
        if self._stall:
            while client.recv(4096):
                pass
            return
        target = self._speak(client)
        if target is None:
            return
        with socket.create_connection(("127.0.0.1", target[1])) as server:
            _pipe(client, server)

    def _say(self, client: socket.socket, data: bytes) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (data[n : n + 1] for n in range(len(data))) if self._slowly else (data,):
            client.sendall(piece)

    # HTTP

    def _connect(self, client: socket.socket) -> Target | None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += _exactly(client, 1)
        first, *lines = head.decode("ascii").split("\r\n")
        method, authority, version = first.split(" ")
        assert (method, version) == ("CONNECT", "HTTP/1.1")
        headers = dict(line.split(": ", 1) for line in lines if line)
        assert headers["host"] == authority
        host, _, port = authority.rpartition(":")
        self.asked.append((host, int(port)))
        status, more = self._verdict(headers.get("proxy-authorization")), ""
        if status == 407:
            more = 'Proxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n'
        self._say(client, self._answer or f"HTTP/1.1 {status} So\r\n{more}\r\n".encode())
        return self.asked[-1] if status == 200 and self._answer is None else None

    def _verdict(self, authorization: str | None) -> int:
        if self._credentials is not None:
            if authorization is None:
                return 407
            given = b64decode(authorization.removeprefix("Basic ")).decode()
            if given != ":".join(self._credentials):
                return 407
        return self._refuse or 200

    # SOCKS

    def _socks4(self, client: socket.socket) -> Target | None:
        version, command, port, number = struct.unpack("!BBH4s", _exactly(client, 8))
        assert (version, command) == (4, 1)
        user, host = _until_nul(client), socket.inet_ntoa(number)
        if number[:3] == b"\0\0\0":  # SOCKS 4a: a name follows
            host = _until_nul(client)
        self.asked.append((host, port))
        code = self._refuse or 0x5A
        if self._credentials is not None and user != self._credentials[0]:
            code = 0x5D
        self._say(client, struct.pack("!BBH4s", 0, code, 0, b"\0\0\0\0"))
        return (host, port) if code == 0x5A else None

    def _socks5(self, client: socket.socket) -> Target | None:
        version, count = _exactly(client, 2)
        methods = _exactly(client, count)
        assert version == 5
        wanted = 0 if self._credentials is None else 2
        self._say(client, bytes([5, wanted if wanted in methods else 0xFF]))
        if wanted not in methods or not (wanted == 0 or self._lets_in(client)):
            return None
        version, command, _, kind = _exactly(client, 4)
        assert (version, command) == (5, 1)
        if kind == 3:
            host = _exactly(client, _exactly(client, 1)[0]).decode("ascii")
        else:
            family, size = {1: (socket.AF_INET, 4), 4: (socket.AF_INET6, 16)}[kind]
            host = socket.inet_ntop(family, _exactly(client, size))
        (port,) = struct.unpack("!H", _exactly(client, 2))
        self.asked.append((host, port))
        self._say(client, bytes([5, self._refuse or 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        return None if self._refuse else (host, port)

    def _lets_in(self, client: socket.socket) -> bool:
        (version,) = _exactly(client, 1)
        assert version == 1
        given = tuple(_exactly(client, _exactly(client, 1)[0]).decode() for _ in range(2))
        right = given == self._credentials
        self._say(client, bytes([1, 0 if right else 1]))
        return right


def _exactly(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _until_nul(sock: socket.socket) -> str:
    return b"".join(iter(lambda: _exactly(sock, 1), b"\0")).decode("ascii")


def _pipe(one: socket.socket, other: socket.socket) -> None:
    """Carries bytes both ways until either has ended."""
    for source, sink in _readable(one, other):
        data = source.recv(65536)
        if not data:
            return
        sink.sendall(data)


def _readable(
    one: socket.socket, other: socket.socket
) -> Iterator[tuple[socket.socket, socket.socket]]:
    while True:
        ready, _, _ = select.select([one, other], [], [], 30)
        if not ready:
            return
        yield (one, other) if one in ready else (other, one)
