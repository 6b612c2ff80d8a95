"""A real HTTP server on loopback that records what was sent, and answers as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from ssl import SSLContext
from threading import Thread
from typing import cast

__all__ = ["HttpServer", "Part", "Received", "Reply", "parts_of", "serving"]


@dataclass(frozen=True)
class Received:
    """What a client sent."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of the only line of that name, or None."""
        found = [value for line, value in self.headers if line.lower() == name.lower()]
        assert len(found) <= 1, found
        return found[0] if found else None


@dataclass(frozen=True)
class Part:
    """One field of a ``multipart/form-data`` body."""

    name: str
    content: bytes
    filename: str | None = None
    media_type: str | None = None


@dataclass(frozen=True)
class Reply:
    """What to answer: a body whole, or chunks that are sent as they come."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    chunks: Callable[[], Iterator[bytes]] | None = None


@dataclass
class HttpServer:
    """The server's end of a test.

    Attributes:
        url: where it listens.
        reply: what it answers from now on.
        received: what came, in order.
    """

    url: str = ""
    reply: Reply = field(default_factory=Reply)
    received: Queue[Received] = field(default_factory=Queue)

    def last(self) -> Received:
        """The request that came, when there was one."""
        assert self.received.qsize() == 1
        return self.received.get_nowait()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        told = cast("_Server", self.server).told
        lines = tuple(self.headers.items())
        told.received.put(Received(self.command, self.path, lines, self._body()))
        self._answer(told.reply)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.chunks is None:
            if reply.status != 204:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for chunk in reply.chunks():
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:  # the client has seen enough
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    told: HttpServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


@contextmanager
def serving(tls: SSLContext | None = None) -> Iterator[HttpServer]:
    """A server on a free loopback port."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    told = HttpServer(f"http{'s' if tls else ''}://localhost:{server.server_address[1]}")
    server.told = told
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join(60)
        server.server_close()


def parts_of(received: Received) -> list[Part]:
    """The fields of a form that was sent as ``multipart/form-data``, in order."""
    head = f"Content-Type: {received.header('Content-Type')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + received.body)
    return [
        Part(
            name=str(part.get_param("name", header="content-disposition")),
            content=cast("bytes", part.get_payload(decode=True)),
            filename=part.get_filename(),
            media_type=part.get("Content-Type"),
        )
        for part in message.iter_parts()
    ]
