"""The checks of what every API has, however it is spoken to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from schematic.define.auth import AuthStrategy
from schematic.define.checks import (
    attribute,
    check_api_name,
    check_env_names,
    check_headers,
)
from schematic.define.errors import DefinitionError
from schematic.define.params import ConnectionParam, ParamLocation
from schematic.define.urls import check_docs_url, split_url

__all__ = ["Service", "check_params_beside_auth", "check_service"]


class Service(Protocol):
    """What every API has."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def base_url(self) -> str:
        """Scheme, host, perhaps a port and a path that all endpoints share."""
        ...

    @property
    def docs_url(self) -> str | None:
        """Where its own documentation is."""
        ...

    @property
    def auth(self) -> AuthStrategy:
        """How a client proves who it is."""
        ...

    @property
    def env_auth(self) -> tuple[str, ...]:
        """Environment variables that may hold the secret."""
        ...

    @property
    def env_username(self) -> tuple[str, ...]:
        """Environment variables that may hold the user name."""
        ...

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Header lines that every request carries."""
        ...


def check_service(api: Service, schemes: Sequence[str]) -> None:
    """Raise `DefinitionError` if the API, apart from its endpoints, contradicts itself."""
    check_api_name(api.name)
    with attribute("base_url"):
        split_url(api.base_url, schemes)
    check_docs_url(api.docs_url)
    with attribute("auth"):
        api.auth.check()
    check_env_names("env_auth", api.env_auth)
    check_env_names("env_username", api.env_username)
    check_headers(api.headers)


def check_params_beside_auth(
    field: str, params: Sequence[ConnectionParam], auth: AuthStrategy
) -> None:
    """Raise if a parameter stands where the credentials go."""
    headers = {way.header.lower() for way in auth.ways if way.header is not None}
    queried = {way.name for way in auth.ways}
    for index, param in enumerate(params):
        in_header = param.location is ParamLocation.HEADER
        if (param.name.lower() in headers) if in_header else (param.name in queried):
            raise DefinitionError(
                f"{param.name} carries the credentials already", place=(f"{field}[{index}].name",)
            )
