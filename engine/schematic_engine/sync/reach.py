"""`open_transport`: a connection to a server, however that is reached."""

from __future__ import annotations

import socket
from ssl import SSLContext, create_default_context
from time import monotonic
from typing import TYPE_CHECKING, Final, cast

from schematic_engine.errors import LocalProtocolError, ProxyError
from schematic_engine.limits import Limits
from schematic_engine.proxies import Proxy
from schematic_engine.route import Route, no_room_at
from schematic_engine.sync.transport import Transport
from schematic_engine.tunnel import Tunnel

if TYPE_CHECKING:
    from python_socks.sync import Proxy as SocksProxy

__all__ = ["open_transport"]

_READ_SIZE: Final = 4096


def open_transport(
    route: Route, ssl: SSLContext | None, *, deadline: float | None, limits: Limits
) -> Transport:
    """Connects by TCP or a Unix socket, perhaps through a proxy, and by TLS for ``wss``.

    Looking up a host's address is the one thing that the deadline does not bound: the operating
    system offers no way.

    Args:
        route: the way.
        ssl: for ``wss``; None verifies the server against the system's certificates.
        deadline: on the monotonic clock, in seconds; None waits for ever.
        limits: ``max_header_size`` bounds a proxy's answer.

    Raises:
        TimeoutError: the deadline passed, if it has no ``errno``.
        ProxyError: the proxy could not be reached, or did not connect us.
        OSError: the connection failed; `ssl.SSLError` when it was TLS.
        LocalProtocolError: python-socks is not installed, or there are no Unix sockets here.
    """
    sock = _connected(route, deadline, limits)
    try:
        if route.unix is None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if route.server_hostname is not None:
            # The new socket takes the descriptor over at once, so that `sock` is what to close.
            sock = (ssl or create_default_context()).wrap_socket(
                sock, server_hostname=route.server_hostname, do_handshake_on_connect=False
            )
            sock.settimeout(_left(deadline))
            sock.do_handshake()
        return Transport(sock)
    except BaseException:
        sock.close()
        raise


def _connected(route: Route, deadline: float | None, limits: Limits) -> socket.socket:
    if route.unix is not None:
        return _local(route.unix, deadline)
    if route.proxy is not None:
        return _through(route.proxy, route, deadline, limits)
    return _first(route.address.host, route.address.port, deadline)


def _local(path: str, deadline: float | None) -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        raise LocalProtocolError("this system has no Unix sockets")
    try:
        return _to(socket.AF_UNIX, path, deadline)
    except BlockingIOError:
        raise no_room_at(path) from None


def _first(host: str, port: int, deadline: float | None) -> socket.socket:
    """A socket that is connected to the first of a host's addresses that takes it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    *others, last = [(one[0], one[4]) for one in found]
    for family, where in others:
        try:
            return _to(family, where, deadline)
        except OSError as error:
            if _is_late(error):
                raise
    return _to(*last, deadline)


def _to(family: int, where: object, deadline: float | None) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(_left(deadline))
        sock.connect(where)  # type: ignore[arg-type]  # as getaddrinfo gives it, or a path
    except BaseException:
        sock.close()
        raise
    return sock


def _through(proxy: Proxy, route: Route, deadline: float | None, limits: Limits) -> socket.socket:
    """A socket that leads to the address, by way of the proxy."""
    try:
        if proxy.is_socks:
            sock = _socks(proxy, route, deadline)
        else:
            sock = _tunnel(proxy, route, deadline, limits)
    except ConnectionError as error:
        problem = f"the connection to it was lost: {error.strerror or error}"
        raise ProxyError(proxy=proxy.url, problem=problem) from error
    return socket.socket(fileno=sock.detach())


def _tunnel(proxy: Proxy, route: Route, deadline: float | None, limits: Limits) -> socket.socket:
    tunnel = Tunnel(proxy, route.address, limits=limits)
    sock = _dial(proxy, deadline)
    try:
        sock.sendall(tunnel.data_to_send())
        while not tunnel.receive_data(sock.recv(_READ_SIZE)):
            pass
    except BaseException:
        sock.close()
        raise
    return sock


def _socks(proxy: Proxy, route: Route, deadline: float | None) -> socket.socket:
    try:
        import python_socks  # noqa: PLC0415  # an extra
        from python_socks.sync import Proxy as SocksProxy  # noqa: PLC0415
    except ImportError:
        raise proxy.unspoken() from None
    way = SocksProxy(
        python_socks.ProxyType[proxy.family],
        proxy.host,
        proxy.port,
        username=proxy.username,
        password=proxy.password,
        rdns=proxy.looks_up,
        forward=cast("SocksProxy", _Dialler(proxy, deadline)),
    )
    try:
        return way.connect(route.address.host, route.address.port)
    except python_socks.ProxyError as error:
        problem = f"it did not connect us to the server: {error}"
        raise ProxyError(proxy=proxy.url, problem=problem, status=error.error_code) from error


class _Dialler:
    """What python-socks is to connect to the proxy with, so that the deadline bounds all of it."""

    def __init__(self, proxy: Proxy, deadline: float | None) -> None:
        self._proxy = proxy
        self._deadline = deadline

    def connect(self, **_: object) -> socket.socket:
        """A socket that is connected to the proxy."""
        return _dial(self._proxy, self._deadline)


class _Bounded(socket.socket):
    """A socket whose calls together take until a deadline, however slowly the peer speaks."""

    deadline: float | None = None

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Some bytes."""
        self.settimeout(_left(self.deadline))
        return super().recv(bufsize, flags)

    def sendall(self, data: object, flags: int = 0) -> None:
        """Sends all of ``data``."""
        self.settimeout(_left(self.deadline))
        super().sendall(data, flags)  # type: ignore[arg-type]  # a buffer


def _dial(proxy: Proxy, deadline: float | None) -> _Bounded:
    """A socket that is connected to the proxy."""
    try:
        sock = _first(proxy.host, proxy.port, deadline)
    except OSError as error:
        if _is_late(error):
            raise
        problem = f"it cannot be reached: {error.strerror or error}"
        raise ProxyError(proxy=proxy.url, problem=problem) from error
    bounded = _Bounded(sock.family, sock.type, sock.proto, fileno=sock.detach())
    bounded.deadline = deadline
    return bounded


def _is_late(error: OSError) -> bool:
    """Whether the deadline has passed, and not a time limit of the operating system."""
    return isinstance(error, TimeoutError) and error.errno is None


def _left(deadline: float | None) -> float | None:
    # Zero would mean "do not wait" to a socket, and only waiting raises TimeoutError.
    return None if deadline is None else max(deadline - monotonic(), 0.001)
