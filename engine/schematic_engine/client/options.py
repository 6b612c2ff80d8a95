"""`ConnectOptions`: what every generated `connect` takes beside the endpoint's own parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from os import PathLike
    from ssl import SSLContext

    from schematic_engine.arguments import HeaderLines
    from schematic_engine.compression import Compression
    from schematic_engine.credentials import Credentials
    from schematic_engine.greeting import Greeting
    from schematic_engine.limits import Limits
    from schematic_engine.policy import Policy
    from schematic_engine.retry import Again, Reconnect

__all__ = ["ConnectOptions", "divided"]


class ConnectOptions(TypedDict, total=False):
    """How to get to the server, and what to do about time, loss and breaches.

    Attributes:
        auth: the secret, or `Credentials`; left out, the environment variables that the API names
            are looked at.
        url: used instead of the API's base URL: scheme, host, port and path prefix.
        ssl: for ``wss``; by default the server is verified against the system's certificates.
        server_hostname: the name that the server's certificate has to hold, where it is not the
            host of the URL.
        proxy: the URL of a proxy; True (the default) takes what environment variables such as
            ``HTTPS_PROXY`` say; None uses none.
        unix: the path of a Unix socket to connect to in place of the URL's host and port.
        redirects: how many redirects of the server are followed, 0 by default.
        headers: further header lines of the request: pairs, or a mapping.
        subprotocols: offered to the server, most wanted first.
        compression: whether, or with which options, to offer permessage-deflate (RFC 7692).
        limits: bounds on sizes and queues, and all timeouts, in seconds.
        policy: what to do about a peer that breaks the rules.
        opening: makes what is said first on each connection before it is handed out.
        reconnect: when to connect again, and how long to wait before it. The result is then a
            loop over connections.
        resume: told, before each attempt but the first, how the one before ended; may say what is
            different about the next. It may be a coroutine function for asyncio alone.
        background: whether a thread of the connection's own answers pings between calls, which is
            the default; means nothing on asyncio.
    """

    auth: str | Credentials | None
    url: str | None
    ssl: SSLContext | None
    server_hostname: str | None
    proxy: str | Literal[True] | None
    unix: str | PathLike[str] | None
    redirects: int
    headers: HeaderLines
    subprotocols: Iterable[str]
    compression: bool | Compression
    limits: Limits
    policy: Policy
    opening: Greeting | None
    reconnect: Reconnect | None
    resume: Callable[[Exception], Again | Awaitable[Again | None] | None] | None
    background: bool


_NAMES: Final = frozenset(ConnectOptions.__annotations__)


def divided(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options among the arguments of a `connect`, and the parameters of the endpoint."""
    options = {name: value for name, value in given.items() if name in _NAMES}
    params = {name: value for name, value in given.items() if name not in _NAMES}
    return options, params
