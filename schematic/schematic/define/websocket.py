"""`WebSocketApi`: a service that is spoken to over WebSockets, and its endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from schematic.define.auth import AuthStrategy
from schematic.define.checks import (
    attribute,
    check_id,
    check_unique,
    definition,
    pick,
    subprotocol_problem,
    tuple_of_names,
    tuple_of_pairs,
)
from schematic.define.conditions import Constraint
from schematic.define.errors import DefinitionError
from schematic.define.lifecycle import ConnectionLifecycle
from schematic.define.lifecycle_checks import check_lifecycle
from schematic.define.narrowing import combinations, without
from schematic.define.params import (
    ConnectionParam,
    ParamLocation,
    check_params,
    resolve_params,
)
from schematic.define.schema import BodyKind
from schematic.define.service import check_params_beside_auth, check_service
from schematic.define.sides import Side
from schematic.define.timers import TimerKind
from schematic.define.urls import placeholders
from schematic.define.values import ParamType

__all__ = ["BoundEndpoint", "WebSocketApi", "WebSocketEndpoint"]

_NO_AUTH = AuthStrategy.none()
_HANDSHAKE_HEADERS = frozenset(
    {"connection", "content-length", "host", "transfer-encoding", "upgrade"}
)


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class WebSocketEndpoint:
    """One address of an API, and what is said on a connection to it.

    Attributes:
        id: the name by which code and reports call it, a Python identifier such as
            ``StreamTextToSpeech``.
        path: the path below the API's base URL; ``{name}`` stands for a path parameter.
        description: one or two sentences for people.
        connection_params: the parameters of the upgrade request.
        constraints: rules across those parameters.
        subprotocols: those that may be spoken, most wanted first; a connection needs one of them.
            Empty means that none is needed.
        unagreed: what a server does about a request that offers none of them: answers with this
            HTTP status, or accepts it and closes with this code (GraphQL servers do so, with 4406).
        lifecycle: which messages a connection carries, and in what order.
    """

    id: str
    path: str
    description: str
    connection_params: tuple[ConnectionParam, ...]
    constraints: tuple[Constraint, ...]
    subprotocols: tuple[str, ...]
    unagreed: int
    lifecycle: ConnectionLifecycle

    def __init__(
        self,
        *,
        id: str,  # noqa: A002  # the name of the field
        path: str,
        description: str = "",
        connection_params: Iterable[ConnectionParam] = (),
        constraints: Iterable[Constraint] = (),
        subprotocols: str | Iterable[str] = (),
        unagreed: int = 400,
        lifecycle: ConnectionLifecycle,
    ) -> None:
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "description", description)
        object.__setattr__(self, "connection_params", tuple(connection_params))
        object.__setattr__(self, "constraints", tuple(constraints))
        object.__setattr__(self, "subprotocols", tuple_of_names(subprotocols))
        object.__setattr__(self, "unagreed", unagreed)
        object.__setattr__(self, "lifecycle", lifecycle)

    @property
    def params(self) -> tuple[ConnectionParam, ...]:
        """Every parameter with its location, path parameters first, undeclared ones included."""
        return resolve_params(self.connection_params, placeholders(self.path))

    def check(self) -> None:
        """Raise `DefinitionError` if the endpoint contradicts itself; `WebSocketApi` calls it."""
        check_id(self.id)
        names = placeholders(self.path)
        check_params("connection_params", self.connection_params, names)
        for index, param in enumerate(self.connection_params):
            if param.location is ParamLocation.HEADER:
                with attribute(f"connection_params[{index}].name"):
                    _check_free(param.name)
        for index, constraint in enumerate(self.constraints):
            with attribute(f"constraints[{index}]"):
                constraint.resolved(self.params)
        self._check_subprotocols()
        with attribute("lifecycle"):
            check_lifecycle(self.lifecycle)
            for index, timer in enumerate(self.lifecycle.timers):
                if timer.kind is TimerKind.REPLY:
                    problem = "a reply is waited for on a channel, so the timer belongs there"
                    raise DefinitionError(problem, place=(f"timers[{index}].kind",))
        self._check_timers()
        self._check_conditions()

    def _check_timers(self) -> None:
        """The parameters that override the times of timers are numbers."""
        numbers = {
            param.name
            for param in self.params
            if param.param_type in (ParamType.INTEGER, ParamType.FLOAT) and not param.many
        }
        places = [("lifecycle", self.lifecycle)]
        for index, channel in enumerate(self.lifecycle.channels):
            places.append((f"lifecycle.channels[{index}].lifecycle", channel.lifecycle))
        for place, lifecycle in places:
            for index, timer in enumerate(lifecycle.timers):
                if timer.param is not None and timer.param not in numbers:
                    raise DefinitionError(
                        f"{timer.param!r} is not a parameter of this endpoint that is a number",
                        place=(f"{place}.timers[{index}].param",),
                    )

    def _check_conditions(self) -> None:
        for message in self.lifecycle.every_message:
            with attribute(f"lifecycle: {message.id}.when"):
                for name, values in message.condition.resolved(self.params).terms:
                    if not values:
                        raise DefinitionError(f"say which values of {name}")
        with attribute("lifecycle"):
            self._check_narrowed()

    def _check_narrowed(self) -> None:
        for absent, words in combinations(self.lifecycle, self.params).items():
            try:
                check_lifecycle(without(self.lifecycle, absent))
            except DefinitionError as error:
                raise DefinitionError(f"what is left with {words}: {error}") from None

    def _check_subprotocols(self) -> None:
        for index, name in enumerate(self.subprotocols):
            if problem := subprotocol_problem(name):
                raise DefinitionError(problem, place=(f"subprotocols[{index}]",))
        if len(set(self.subprotocols)) < len(self.subprotocols):
            raise DefinitionError("one of them is listed twice", place=("subprotocols",))
        code = self.unagreed
        if not (400 <= code <= 599 or code in (1002, 1008) or 3000 <= code <= 4999):
            raise DefinitionError(
                f"{code} is neither an HTTP status from 400 to 599 nor a close code: 1002, 1008, "
                "or 3000 to 4999",
                place=("unagreed",),
            )


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class WebSocketApi:
    """A service that is spoken to over WebSockets.

    Constructing it checks everything that it holds.

    Attributes:
        name: what people call it.
        description: one or two sentences for people.
        base_url: ``ws://`` or ``wss://``, host, perhaps a port and a path that all endpoints share.
        docs_url: where its own documentation is.
        auth: how a client proves who it is.
        env_auth: environment variables that may hold the secret, the first one set wins.
        env_username: the same for the user name, where there is one.
        headers: header lines that every upgrade request carries.
        endpoints: its addresses.

    Raises:
        DefinitionError: something in it contradicts itself. The message names the place.
    """

    name: str
    description: str
    base_url: str
    docs_url: str | None
    auth: AuthStrategy
    env_auth: tuple[str, ...]
    env_username: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    endpoints: tuple[WebSocketEndpoint, ...]

    def __init__(
        self,
        *,
        name: str,
        description: str = "",
        base_url: str,
        docs_url: str | None = None,
        auth: AuthStrategy = _NO_AUTH,
        env_auth: str | Iterable[str] = (),
        env_username: str | Iterable[str] | None = None,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        endpoints: Iterable[WebSocketEndpoint] = (),
    ) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "description", description)
        object.__setattr__(self, "base_url", base_url)
        object.__setattr__(self, "docs_url", docs_url)
        object.__setattr__(self, "auth", auth)
        object.__setattr__(self, "env_auth", tuple_of_names(env_auth))
        object.__setattr__(self, "env_username", tuple_of_names(env_username))
        object.__setattr__(self, "headers", tuple_of_pairs(headers))
        object.__setattr__(self, "endpoints", tuple(endpoints))
        with definition(name):
            self._check()

    def endpoint(self, endpoint_id: str | None = None) -> BoundEndpoint:
        """The endpoint called ``endpoint_id``; without an id, the only one.

        Raises:
            DefinitionError: there is none of that id, or no id was given and there is not exactly
                one. The message lists the ids.
        """
        with definition(self.name):
            return BoundEndpoint(api=self, endpoint=pick("endpoint", self.endpoints, endpoint_id))

    def _check(self) -> None:
        check_service(self, ("wss", "ws"))
        for place, way in self._ways():
            with attribute(f"{place}.header"):
                _check_free(way.header)
        for index, (name, _) in enumerate(self.headers):
            with attribute(f"headers[{index}]"):
                _check_free(name)
        for endpoint in self.endpoints:
            with definition(endpoint.id):
                endpoint.check()
                check_params_beside_auth("connection_params", endpoint.connection_params, self.auth)
        check_unique("endpoints", "id", (endpoint.id for endpoint in self.endpoints))
        self._check_auth_messages()

    def _ways(self) -> Iterator[tuple[str, AuthStrategy]]:
        """Every way to carry the credentials, with the place where it is written."""
        for index, way in enumerate(self.auth.ways):
            yield ("auth" if way is self.auth else f"auth.alternatives[{index}]"), way

    def _check_auth_messages(self) -> None:
        spoken = {
            endpoint.id: {
                message.id
                for message in endpoint.lifecycle.every_message
                if Side.CLIENT in message.direction.senders and message.schema.kind is BodyKind.JSON
            }
            for endpoint in self.endpoints
        }
        known = frozenset[str]().union(*spoken.values())
        for place, way in self._ways():
            for index, message in enumerate(way.messages):
                if message not in known:
                    raise DefinitionError(
                        f"the client has no JSON message {message!r}",
                        place=(f"{place}.messages[{index}]",),
                    )
        for endpoint, messages in spoken.items():
            ways = self.auth.ways
            if not any(not way.messages or messages & set(way.messages) for way in ways):
                raise DefinitionError(
                    f"no message of {endpoint} carries the credentials", place=("auth.messages",)
                )


@dataclass(frozen=True, slots=True)
class BoundEndpoint:
    """An endpoint together with the API that it belongs to: all that a connection needs to know.

    Attributes:
        api: the API.
        endpoint: one of its endpoints.
    """

    api: WebSocketApi
    endpoint: WebSocketEndpoint

    @property
    def name(self) -> str:
        """``API/Endpoint``, as reports write it."""
        return f"{self.api.name}/{self.endpoint.id}"


def _check_free(header: str | None) -> None:
    """Raise if the opening handshake itself sets this header (RFC 6455, section 4.1)."""
    name = (header or "").lower()
    if name in _HANDSHAKE_HEADERS or name.startswith("sec-websocket-"):
        raise DefinitionError(f"{header} belongs to the WebSocket handshake, which sets it itself")
