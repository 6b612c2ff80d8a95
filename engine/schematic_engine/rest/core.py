"""What both REST clients do alike: who they are, what they send, and how they read answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar

from schematic.define.rest import RestApi
from schematic_engine.arguments import HeaderLines
from schematic_engine.credentials import Credentials, Pairs, find_credentials
from schematic_engine.rest.answers import Answer
from schematic_engine.rest.limits import DEFAULT_REST_LIMITS, RestLimits
from schematic_engine.rest.requests import Request, Requests

if TYPE_CHECKING:
    import httpx

__all__ = [
    "Core",
    "Operation",
    "Options",
    "RestOptions",
    "SyncRestOptions",
    "check_own",
    "client_arguments",
    "missing",
]

T = TypeVar("T")

_TIMEOUT = 60.0  # seconds; httpx has 5, which is too few for speech
_OF_THE_CLIENT = ("timeout", "ssl", "transport", "event_hooks")


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """An endpoint of a generated client, with the type of what it returns.

    Attributes:
        endpoint: its id.
    """

    endpoint: str


class Options(TypedDict, total=False):
    """What may be said when a REST client is made.

    Attributes:
        auth: the secret, or `Credentials`; else the environment variables that the API names.
        url: replaces the API's ``base_url``.
        headers: header lines for every request; they replace described ones of the same name.
        limits: how much is kept of a response.
        timeout: seconds that connecting, each write and each read may take; None waits for ever.
            60, unless it is said otherwise.
        ssl: whom to trust; else the authorities that ``httpx`` trusts. ``https`` is always
            verified.
    """

    auth: str | Credentials | None
    url: str | None
    headers: HeaderLines
    limits: RestLimits
    timeout: float | httpx.Timeout | None
    ssl: SSLContext


class RestOptions(Options, total=False):
    """What may be said when an asyncio REST client is made; see `Options` for the rest.

    Attributes:
        client: an ``httpx`` client to use, with its own timeout, TLS, proxies and hooks. It is not
            closed.
        transport: what ``httpx`` is to send with, ``httpx.MockTransport`` in a test for example.
        event_hooks: what ``httpx`` is to call with each request and each response.
    """

    client: httpx.AsyncClient
    transport: httpx.AsyncBaseTransport
    event_hooks: Mapping[str, Sequence[Callable[..., Any]]]


class SyncRestOptions(Options, total=False):
    """What may be said when a sync REST client is made; see `RestOptions`."""

    client: httpx.Client
    transport: httpx.BaseTransport
    event_hooks: Mapping[str, Sequence[Callable[..., Any]]]


class Core:
    """The part of a REST client that sends nothing.

    Args:
        api: the description.
        options: see `Options`.

    Raises:
        MissingCredentials: the API wants credentials, and there are none.
        InvalidParameter: an option has a value that no request can carry.
    """

    def __init__(self, api: RestApi, options: Options) -> None:
        auth = options.get("auth")
        if not isinstance(auth, Credentials):
            auth = find_credentials(api, auth, environ=os.environ)
        self._requests = Requests(
            api, auth, url=options.get("url"), headers=options.get("headers", ())
        )
        self._limits = options.get("limits", DEFAULT_REST_LIMITS)

    def request(
        self, endpoint_id: str, params: Mapping[str, object] | None, body: object
    ) -> Request:
        """The request that calls an endpoint; see `Requests.build`."""
        return self._requests.build(self._requests.endpoint(endpoint_id), params, body)

    def answer(self, request: Request, status: int, headers: Pairs, *, inflated: bool) -> Answer:
        """What reads the response to ``request``."""
        return Answer(
            request.endpoint,
            status,
            headers,
            limits=self._limits,
            secrets=self._requests.secrets,
            inflated=inflated,
        )


def client_arguments(options: RestOptions | SyncRestOptions) -> dict[str, Any]:
    """What an ``httpx`` client is made with."""
    arguments: dict[str, Any] = {
        "timeout": options.get("timeout", _TIMEOUT),
        "verify": options.get("ssl", True),
        "follow_redirects": False,
        "transport": options.get("transport"),
    }
    hooks = options.get("event_hooks", {})
    arguments["event_hooks"] = {name: list(called) for name, called in hooks.items()}
    return arguments


def check_own(options: RestOptions | SyncRestOptions, client: object, kind: type) -> None:
    """Raises TypeError unless ``client`` is of this kind, and is told nothing that it decides."""
    if not isinstance(client, kind):
        raise TypeError(f"client: pass an httpx.{kind.__name__}, not {type(client).__name__}")
    told = [name for name in _OF_THE_CLIENT if name in options]
    if told:
        raise TypeError(f"{told[0]}: your own client decides that; set it there")


def missing() -> ModuleNotFoundError:
    """What to raise when there is no ``httpx``."""
    return ModuleNotFoundError(
        'a REST client needs an extra: pip install "schematic-ws[rest]"', name="httpx"
    )
