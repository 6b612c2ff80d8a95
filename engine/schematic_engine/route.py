"""How a server is reached: at which address, through what, and by which name in its certificate."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from schematic.define.urls import is_host
from schematic_engine.address import Address
from schematic_engine.errors import InvalidParameter, LocalProtocolError
from schematic_engine.proxies import Proxy, choose_proxy

__all__ = ["Route", "choose_route", "meant_for_one", "no_room_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How to reach a server.

    Attributes:
        address: where it is; what the ``Host`` header says, however it is reached.
        server_hostname: the name that its certificate has to hold; None without TLS.
        proxy: what to go through; None for nothing.
        unix: the path of a Unix socket to connect to in place of the address; None for TCP.
    """

    address: Address
    server_hostname: str | None
    proxy: Proxy | None = None
    unix: str | None = None


def meant_for_one(**arguments: object) -> str | None:
    """The first of these arguments of ``connect`` that is given: none suits another server."""
    return next((name for name, given in arguments.items() if given is not None), None)


def no_room_at(unix: str) -> OSError:
    """The error where as many wait to be served at a Unix socket as may."""
    return OSError(errno.EAGAIN, "the server there takes no more connections now", unix)


def choose_route(
    address: Address | None,
    *,
    proxy: str | Literal[True] | None,
    unix: str | os.PathLike[str] | None,
    server_hostname: str | None,
    ssl: object,
    environ: Mapping[str, str],
) -> Route:
    """The way to ``address`` that the arguments of ``connect`` describe.

    Args:
        address: where the server is.
        proxy: a proxy's URL; True for what the environment says; None for none.
        unix: the path of a Unix socket.
        server_hostname: the name in the certificate, if it is not the address's.
        ssl: an ``ssl.SSLContext``; None for the usual one.
        environ: the environment.

    Raises:
        LocalProtocolError: the arguments contradict each other.
        InvalidParameter: one of them is not what it should be.
        TypeError: ``ssl`` is no context.
    """
    assert address is not None, "a client has an address"
    if ssl is not None and not hasattr(ssl, "wrap_bio"):  # the core does not know the module
        kind = type(ssl).__name__
        raise TypeError(f"ssl: pass an ssl.SSLContext, or None for the usual one, not {kind}")
    if not address.secure:
        for argument, given in (("ssl", ssl), ("server_hostname", server_hostname)):
            if given is not None:
                problem = "is given, but the URL says ws:// and not wss://"
                raise LocalProtocolError(f"{argument} {problem}")
    if server_hostname is not None and not is_host(server_hostname):
        raise InvalidParameter(parameter="server_hostname", problem="not the name of a host")
    name = (server_hostname or address.host) if address.secure else None
    if unix is None:
        through = choose_proxy(proxy, address, environ)
        return Route(address=address, server_hostname=name, proxy=through)
    if isinstance(proxy, str):
        raise LocalProtocolError("a Unix socket is not reached through a proxy: pass one of them")
    return Route(address=address, server_hostname=name, unix=os.fspath(unix))
