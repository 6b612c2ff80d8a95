"""`reach`: put a driver on a connection to its server, however that is reached."""

from __future__ import annotations

import asyncio
import socket
from ssl import SSLContext
from typing import TYPE_CHECKING, Final, cast

from schematic_engine.asyncio.driver import Driver
from schematic_engine.errors import LocalProtocolError, ProxyError
from schematic_engine.limits import Limits
from schematic_engine.proxies import Proxy
from schematic_engine.route import Route, no_room_at
from schematic_engine.tunnel import Tunnel

if TYPE_CHECKING:
    from python_socks.async_.asyncio import Proxy as SocksProxy

__all__ = ["reach"]

_READ_SIZE: Final = 4096
_NEVER: Final = 7 * 24 * 3600.0
"""Seconds. python-socks wants a time; what counts is the caller's, who cancels."""


async def reach(driver: Driver, route: Route, ssl: SSLContext | None, limits: Limits) -> None:
    """Connect ``driver``: TCP or a Unix socket, perhaps through a proxy, and TLS for ``wss``.

    Whoever calls bounds the time.

    Args:
        driver: what the connection is for.
        route: the way.
        ssl: for ``wss``; None verifies the server against the system's certificates.
        limits: ``max_header_size`` bounds a proxy's answer.

    Raises:
        ProxyError: the proxy could not be reached, or did not connect us.
        OSError: the connection failed; `ssl.SSLError` when it was TLS.
        LocalProtocolError: python-socks is not installed, or there are no Unix sockets here.
    """
    loop = asyncio.get_running_loop()
    name = route.server_hostname
    tls = None if name is None else ssl or True
    if route.unix is not None:
        sock = _local(route.unix)
        await loop.create_unix_connection(lambda: driver, sock=sock, ssl=tls, server_hostname=name)
    elif route.proxy is not None:
        sock = await _through(route.proxy, route, limits)
        await loop.create_connection(lambda: driver, sock=sock, ssl=tls, server_hostname=name)
    else:
        host, port = route.address.host, route.address.port
        await loop.create_connection(lambda: driver, host, port, ssl=tls, server_hostname=name)


def _local(path: str) -> socket.socket:
    """A socket that is connected to a path, which never takes time.

    A loop's own way takes a server that has no room for one that is still connecting.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise LocalProtocolError("this system has no Unix sockets")
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.setblocking(False)
        sock.connect(path)
    except BaseException as error:
        sock.close()
        if isinstance(error, BlockingIOError):
            raise no_room_at(path) from None
        raise
    return sock


async def _through(proxy: Proxy, route: Route, limits: Limits) -> socket.socket:
    """A socket that leads to the address, by way of the proxy."""
    try:
        if proxy.is_socks:
            return await _socks(proxy, route)
        return await _tunnel(proxy, route, limits)
    except ConnectionError as error:
        problem = f"the connection to it was lost: {error.strerror or error}"
        raise ProxyError(proxy=proxy.url, problem=problem) from error


async def _tunnel(proxy: Proxy, route: Route, limits: Limits) -> socket.socket:
    loop = asyncio.get_running_loop()
    tunnel = Tunnel(proxy, route.address, limits=limits)
    sock = await _dial(proxy)
    try:
        await loop.sock_sendall(sock, tunnel.data_to_send())
        while not tunnel.receive_data(await loop.sock_recv(sock, _READ_SIZE)):
            pass
    except BaseException:
        sock.close()
        raise
    return sock


async def _socks(proxy: Proxy, route: Route) -> socket.socket:
    try:
        import python_socks  # noqa: PLC0415  # an extra
        from python_socks.async_.asyncio import Proxy as SocksProxy  # noqa: PLC0415
    except ImportError:
        raise proxy.unspoken() from None
    way = SocksProxy(
        python_socks.ProxyType[proxy.family],
        proxy.host,
        proxy.port,
        username=proxy.username,
        password=proxy.password,
        rdns=proxy.looks_up,
        forward=cast("SocksProxy", _Dialler(proxy)),
    )
    try:
        return await way.connect(route.address.host, route.address.port, timeout=_NEVER)
    except python_socks.ProxyError as error:
        problem = f"it did not connect us to the server: {error}"
        raise ProxyError(proxy=proxy.url, problem=problem, status=error.error_code) from error


class _Dialler:
    """What python-socks is to connect to the proxy with, so that this is done in one place."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    async def connect(self, **_: object) -> socket.socket:
        """A socket that is connected to the proxy."""
        return await _dial(self._proxy)


async def _dial(proxy: Proxy) -> socket.socket:
    """A socket that is connected to the proxy."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(proxy.host, proxy.port, type=socket.SOCK_STREAM)
        *others, last = [(one[0], one[4]) for one in found]
        for family, where in others:
            try:
                return await _connected(family, where)
            except OSError:
                continue
        return await _connected(*last)
    except OSError as error:
        problem = f"it cannot be reached: {error.strerror or error}"
        raise ProxyError(proxy=proxy.url, problem=problem) from error


async def _connected(family: int, where: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock
