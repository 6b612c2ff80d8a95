"""`AuthStrategy`: how a client proves who it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from schematic.define.checks import (
    attribute,
    header_name_problem,
    header_value_problem,
    subprotocol_problem,
)
from schematic.define.errors import DefinitionError

__all__ = ["AuthKind", "AuthStrategy"]


class AuthKind(Enum):
    """The ways to carry credentials."""

    NONE = "none"
    API_KEY = "api-key"
    BEARER_TOKEN = "bearer-token"
    BASIC = "basic"
    API_KEY_QUERY = "api-key-query"
    SUBPROTOCOL = "subprotocol"
    MESSAGE = "message"
    ANY_OF = "any-of"


_IN_HEADER = (AuthKind.API_KEY, AuthKind.BEARER_TOKEN, AuthKind.BASIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthStrategy:
    """How a client proves who it is. It never holds a secret, it says where one goes.

    Make one with a constructor: ``AuthStrategy.api_key(header="xi-api-key")``.

    Attributes:
        kind: the way in which credentials travel.
        header: the header that carries them; None for kinds that use none.
        prefix: the word before the key in that header, separated by one space, or what stands
            right before the key in a subprotocol; None for none.
        name: the query parameter that carries them; None for kinds that use none.
        subprotocols: those that are offered before the one that is or holds the key.
        messages: the ids of the client's messages that carry them.
        field: the path of the field in those messages: ``xi_api_key``, ``payload.token``.
        alternatives: for ``ANY_OF``, the strategies of which each is enough.
    """

    kind: AuthKind
    header: str | None = None
    prefix: str | None = None
    name: str | None = None
    subprotocols: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    field: str | None = None
    alternatives: tuple[AuthStrategy, ...] = ()

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

    @classmethod
    def subprotocol(cls, *before: str, prefix: str | None = None) -> AuthStrategy:
        """A key that is offered as a subprotocol, which is all that a browser lets scripts set.

        Args:
            before: what is offered first, so that the server can choose it: the server never
                chooses the one with the key.
            prefix: what the key follows without a space: ``openai-insecure-api-key.``
        """
        return cls(kind=AuthKind.SUBPROTOCOL, subprotocols=before, prefix=prefix)

    @classmethod
    def in_message(cls, *messages: str, field: str) -> AuthStrategy:
        """A key in a field of the client's first message, or of each of several.

        A client fills the field in when it sends such a message without it.

        Args:
            messages: the ids of the messages.
            field: the name of the field, or names joined by dots: ``payload.token``.
        """
        return cls(kind=AuthKind.MESSAGE, messages=messages, field=field)

    @classmethod
    def any_of(cls, *alternatives: AuthStrategy) -> AuthStrategy:
        """Several ways of which each is enough.

        Credentials say which they are for; otherwise the first that they fit is taken: one with a
        user name where there is one. With `none` among them, credentials may be missing.
        """
        return cls(kind=AuthKind.ANY_OF, alternatives=alternatives)

    @property
    def ways(self) -> tuple[AuthStrategy, ...]:
        """The strategies of which each is enough; this one alone unless it is ``ANY_OF``."""
        return self.alternatives if self.kind is AuthKind.ANY_OF else (self,)

    def check(self) -> None:
        """Raise `DefinitionError` if a name, prefix or field cannot be one."""
        for index, way in enumerate(self.alternatives):
            with attribute(f"alternatives[{index}]"):
                if way.kind is AuthKind.ANY_OF:
                    raise DefinitionError("list its alternatives here", place=("kind",))
                way.check()
        for place, problem in self._problems():
            raise DefinitionError(problem, place=(place,))

    def _problems(self) -> Iterator[tuple[str, str]]:
        if self.header is not None and (problem := header_name_problem(self.header)):
            yield "header", problem
        if self.header is None and self.kind in _IN_HEADER:
            yield "header", f"{self.kind.value} needs a header"
        if self.prefix == "":
            yield "prefix", "write None for no prefix"
        if problem := header_value_problem(self.prefix or ""):
            yield "prefix", problem
        if self.kind is AuthKind.API_KEY_QUERY and not (self.name and self.name.isprintable()):
            yield "name", f"{self.name!r} is not a parameter name"
        if self.kind is AuthKind.SUBPROTOCOL:
            yield from self._problems_of_subprotocols()
        if self.kind is AuthKind.MESSAGE:
            yield from self._problems_of_messages()
        distinct = len(set(self.alternatives))
        if self.kind is AuthKind.ANY_OF and distinct < max(2, len(self.alternatives)):
            yield "alternatives", "give two different ones or more"

    def _problems_of_subprotocols(self) -> Iterator[tuple[str, str]]:
        for index, name in enumerate(self.subprotocols):
            if problem := subprotocol_problem(name):
                yield f"subprotocols[{index}]", problem
        if self.prefix and (problem := subprotocol_problem(self.prefix)):
            yield "prefix", problem
        if not self.subprotocols:
            yield "subprotocols", "offer one besides the key, which the server can choose"

    def _problems_of_messages(self) -> Iterator[tuple[str, str]]:
        if not self.messages:
            yield "messages", "say which message carries the key"
        if not all((self.field or "").split(".")):
            yield "field", f"{self.field!r} is not the name of a field, or names joined by dots"
