"""A WebSocket server as bare as can be, in a process of its own, so that it is in nobody's way.

It agrees to whatever is asked of it, parses nothing but the lengths of frames, and does what the
header ``X-Benchmark`` of the request says, once it has been sent a first message:

- ``stream NAME COUNT``: sends that payload file that many times.
- ``large SIZE COUNT``: sends that many binary messages of that size.
- ``hold``: says nothing and keeps the connection open.
- ``answer NAME``: answers every message, the first too, with that payload file.

It answers a close frame with one, and hangs up.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.traffic import content_of, frame, framed

__all__ = ["HEADER", "environment", "running"]

HEADER = "X-Benchmark"

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_CLOSE = bytes((0x88, 0x02, 0x03, 0xE8))
_BATCH = 1 << 20


@contextmanager
def running() -> Iterator[str]:
    """Starts it; its base URL."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.raw_server"],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield f"ws://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()  # which ends it


def environment() -> dict[str, str]:
    """What a process of its own needs, to find these modules."""
    tests = Path(__file__).parent.parent
    paths = [str(tests), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def main() -> None:
    """Serves until its standard input ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        threading.Thread(target=_accept, args=(listener,), daemon=True).start()
        sys.stdin.read()


def _accept(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection,), daemon=True).start()


def _serve(connection: socket.socket) -> None:
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = _Peer(connection)
        what, *rest = peer.shake_hands().split()
        if what == "answer":
            reply = framed(rest[0])
            while (messages := peer.read()) > 0:
                connection.sendall(reply * messages)
            return
        peer.read()
        if what != "hold":
            name, count = rest[0], int(rest[1])
            one = framed(name) if what == "stream" else _large(int(name))
            _send_many(connection, one, count)
        while peer.read() > 0:
            pass


def _large(size: int) -> bytes:
    return frame(content_of(size), is_text=False)


def _send_many(connection: socket.socket, one: bytes, count: int) -> None:
    batch = max(1, _BATCH // len(one))
    many = one * batch
    for _ in range(count // batch):
        connection.sendall(many)
    connection.sendall(one * (count % batch))


class _Peer:
    """What a client says, as far as it matters here."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._data = b""

    def shake_hands(self) -> str:
        """Agrees to the request, and returns what its header asks for."""
        while b"\r\n\r\n" not in self._data:
            self._receive()
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        accept = base64.b64encode(hashlib.sha1(_line(head, "Sec-WebSocket-Key") + _GUID).digest())
        self._connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        return _line(head, HEADER).decode()

    def read(self) -> int:
        """Waits for messages; how many came at once, and 0 after a close frame, now answered."""
        messages = 0
        while not messages:
            while (length := self._whole()) is not None:
                opcode = self._data[0] & 0x0F
                self._data = self._data[length:]
                if opcode == 0x8:
                    self._connection.sendall(_CLOSE)
                    return 0
                messages += opcode in {0x1, 0x2}
            if not messages and not self._receive():
                return 0
        return messages

    def _receive(self) -> bool:
        try:
            data = self._connection.recv(1 << 18)
        except ConnectionError:
            data = b""
        self._data += data
        return bool(data)

    def _whole(self) -> int | None:
        """Bytes of the masked frame that begins here, once all of it is here."""
        if len(self._data) < 2:
            return None
        length, size = self._data[1] & 0x7F, 6
        if length > 125:
            width = 2 if length == 126 else 8
            length, size = int.from_bytes(self._data[2 : 2 + width], "big"), 6 + width
        whole = size + length
        return whole if len(self._data) >= whole else None


def _line(head: bytes, name: str) -> bytes:
    found = re.search(rb"(?i)^" + name.encode() + rb": *(.*?)\r?$", head, re.MULTILINE)
    return found[1] if found else b""


if __name__ == "__main__":
    main()
