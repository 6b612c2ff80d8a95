"""`AuthStrategy`: how a client proves who it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from schematic.define.checks import header_name_problem, header_value_problem
from schematic.define.errors import DefinitionError

__all__ = ["AuthKind", "AuthStrategy"]


class AuthKind(Enum):
    """The ways to carry credentials."""

    NONE = "none"
    API_KEY = "api-key"
    BEARER_TOKEN = "bearer-token"
    BASIC = "basic"
    API_KEY_QUERY = "api-key-query"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthStrategy:
    """How a client proves who it is. It never holds a secret, it says where one goes.

    Make one with a constructor: ``AuthStrategy.api_key(header="xi-api-key")``.

    Attributes:
        kind: the way in which credentials travel.
        header: the header that carries them; None for kinds that use none.
        prefix: the word before the key in that header, separated by one space; None for none.
        name: the query parameter that carries them; None for kinds that use none.
    """

    kind: AuthKind
    header: str | None = None
    prefix: str | None = None
    name: str | None = None

    @classmethod
    def none(cls) -> AuthStrategy:
        """No credentials."""
        return cls(kind=AuthKind.NONE)

    @classmethod
    def api_key(cls, *, header: str, prefix: str | None = None) -> AuthStrategy:
        """A key in a header, ``header: key`` or ``header: prefix key``."""
        return cls(kind=AuthKind.API_KEY, header=header, prefix=prefix)

    @classmethod
    def bearer_token(cls, header: str | None = None) -> AuthStrategy:
        """``Authorization: Bearer token`` (RFC 6750, section 2.1), or in another header."""
        return cls(kind=AuthKind.BEARER_TOKEN, header=header or "Authorization", prefix="Bearer")

    @classmethod
    def basic(cls) -> AuthStrategy:
        """User name and password, ``Authorization: Basic …`` (RFC 7617)."""
        return cls(kind=AuthKind.BASIC, header="Authorization", prefix="Basic")

    @classmethod
    def api_key_query(cls, *, name: str) -> AuthStrategy:
        """A key in the query, ``?name=key``."""
        return cls(kind=AuthKind.API_KEY_QUERY, name=name)

    def check(self) -> None:
        """Raise `DefinitionError` if a header name, prefix or query name cannot be one."""
        if self.header is not None:
            _refuse(header_name_problem(self.header), "header")
        elif self.kind not in (AuthKind.NONE, AuthKind.API_KEY_QUERY):
            _refuse(f"{self.kind.value} needs a header", "header")
        if self.prefix is not None:
            empty = None if self.prefix else "write None for no prefix"
            _refuse(empty or header_value_problem(self.prefix), "prefix")
        if self.kind is AuthKind.API_KEY_QUERY and not (self.name and self.name.isprintable()):
            _refuse(f"{self.name!r} is not a parameter name", "name")


def _refuse(problem: str | None, place: str) -> None:
    if problem:
        raise DefinitionError(problem, place=(place,))
