"""`RestApi`: a service that is spoken to over plain HTTP, and its endpoints.

It stands beside `WebSocketApi` as a type system of its own: neither knows the other, both use the
same authentication, parameters and schemas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from schematic.define.auth import AuthKind, AuthStrategy
from schematic.define.bodies import ApiRequest, ApiResponse
from schematic.define.checks import (
    attribute,
    check_headers,
    check_id,
    check_unique,
    definition,
    pick,
    tuple_of_names,
    tuple_of_pairs,
)
from schematic.define.errors import DefinitionError
from schematic.define.params import ConnectionParam, check_params, resolve_params
from schematic.define.service import check_params_beside_auth, check_service
from schematic.define.urls import placeholders

__all__ = ["Endpoint", "RestApi", "RestMethod"]

_NO_AUTH = AuthStrategy.none()
_EMPTY = ApiResponse.empty()


class RestMethod(Enum):
    """The methods of HTTP (RFC 9110, section 9; PATCH is RFC 5789)."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"
    HEAD = "HEAD"
    OPTIONS = "OPTIONS"


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class Endpoint:
    """One operation of an API.

    Attributes:
        id: the name by which code and reports call it, a Python identifier such as
            ``CreateSpeech``.
        method: the HTTP method.
        path: the path below the API's base URL; ``{name}`` stands for a path parameter.
        description: one or two sentences for people.
        request: the body of the request; None for none.
        response: the body of a successful response.
        headers: header lines that every request of this endpoint carries.
        request_params: the parameters of the request.
    """

    id: str
    method: RestMethod
    path: str
    description: str
    request: ApiRequest | None
    response: ApiResponse
    headers: tuple[tuple[str, str], ...]
    request_params: tuple[ConnectionParam, ...]

    def __init__(
        self,
        *,
        id: str,  # noqa: A002  # the name of the field
        method: RestMethod,
        path: str,
        description: str = "",
        request: ApiRequest | None = None,
        response: ApiResponse = _EMPTY,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        request_params: Iterable[ConnectionParam] = (),
    ) -> None:
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "method", method)
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "description", description)
        object.__setattr__(self, "request", request)
        object.__setattr__(self, "response", response)
        object.__setattr__(self, "headers", tuple_of_pairs(headers))
        object.__setattr__(self, "request_params", tuple(request_params))

    @property
    def params(self) -> tuple[ConnectionParam, ...]:
        """Every parameter with its location, path parameters first, undeclared ones included."""
        return resolve_params(self.request_params, placeholders(self.path))

    def check(self) -> None:
        """Raise `DefinitionError` if the endpoint contradicts itself; `RestApi` calls it."""
        check_id(self.id)
        check_params("request_params", self.request_params, placeholders(self.path))
        check_headers(self.headers)
        if self.request is not None:
            with attribute("request"):
                self.request.check()
        with attribute("response"):
            self.response.check()
            if self.method is RestMethod.HEAD and self.response != _EMPTY:
                raise DefinitionError("the response to HEAD has no body (RFC 9110, section 9.3.2)")


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class RestApi:
    """A service that is spoken to over plain HTTP.

    Constructing it checks everything that it holds.

    Attributes:
        name: what people call it.
        description: one or two sentences for people.
        base_url: ``http://`` or ``https://``, host, perhaps a port and a path that all endpoints
            share.
        docs_url: where its own documentation is.
        auth: how a client proves who it is.
        env_auth: environment variables that may hold the secret, the first one set wins.
        env_username: the same for the user name, where there is one.
        headers: header lines that every request carries.
        endpoints: its operations.

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
    endpoints: tuple[Endpoint, ...]

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
        endpoints: Iterable[Endpoint] = (),
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

    def endpoint(self, endpoint_id: str | None = None) -> Endpoint:
        """The endpoint called ``endpoint_id``; without an id, the only one.

        Raises:
            DefinitionError: there is none of that id, or no id was given and there is not exactly
                one. The message lists the ids.
        """
        with definition(self.name):
            return pick("endpoint", self.endpoints, endpoint_id)

    def _check(self) -> None:
        check_service(self, ("https", "http"))
        for way in self.auth.ways:
            if way.kind in (AuthKind.SUBPROTOCOL, AuthKind.MESSAGE):
                raise DefinitionError(
                    f"an HTTP request carries no {way.kind.value}", place=("auth.kind",)
                )
        for endpoint in self.endpoints:
            with definition(endpoint.id):
                endpoint.check()
                check_params_beside_auth("request_params", endpoint.request_params, self.auth)
        check_unique("endpoints", "id", (endpoint.id for endpoint in self.endpoints))
