"""Credentials: where they come from and how a request carries them.

Nothing here shows a secret: not in ``repr``, not in errors.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from schematic.define.auth import AuthKind, AuthStrategy
from schematic.define.checks import header_value_problem, subprotocol_problem
from schematic.define.service import Service
from schematic_engine.arguments import expect
from schematic_engine.blame import InvalidParameter, MissingCredentials

__all__ = [
    "Carried",
    "Credentials",
    "Pairs",
    "credentials_for",
    "encoded",
    "find_credentials",
    "with_field",
]

Pairs = tuple[tuple[str, str], ...]
"""Names and values, in order."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What proves who a client is.

    Attributes:
        secret: the key, token or password.
        username: the user name, for APIs that want one.
        via: for APIs that take them in several ways, the way that they are for: a kind, or the
            name of the header, query parameter or field. None leaves it to the description.

    Raises:
        InvalidParameter: a part holds a control character or a lone surrogate. The error does
            not repeat it.
    """

    secret: str
    username: str | None = None
    via: AuthKind | str | None = None

    def __post_init__(self) -> None:
        expect("secret", self.secret, str, "a str")
        expect("username", self.username or "", str, "a str")
        _refuse_controls("secret", self.secret)
        _refuse_controls("username", self.username or "")

    def __repr__(self) -> str:
        user = "" if self.username is None else f", username={self.username!r}"
        return f"Credentials(secret=...{user})"


def find_credentials(
    api: Service,
    secret: str | None = None,
    username: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Credentials | None:
    """The credentials for ``api``: those given, else the first variable that is set.

    Args:
        api: says which variables may hold them.
        secret: the key, token or password, if the caller has one.
        username: the user name, if the caller has one.
        environ: the environment, ``os.environ`` for example. An empty variable counts as unset.

    Returns:
        None when there is no secret.
    """
    variables = environ or {}
    if secret is None:
        secret = _first(api.env_auth, variables)
    else:
        expect("auth", secret, str, "the secret as a str, or Credentials(...)")
    if username is None:
        username = _first(api.env_username, variables)
    return None if secret is None else Credentials(secret, username)


@dataclass(frozen=True, slots=True, repr=False)
class Carried:
    """How one connection carries its credentials.

    Attributes:
        headers: header lines of the request.
        query: query parameters of the request, not yet encoded.
        subprotocols: what the request offers; the last one is or holds the secret.
        fields: by the ids of messages, the field that carries the secret.
        secret: what goes into those fields.
    """

    headers: Pairs = ()
    query: Pairs = ()
    subprotocols: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    secret: str = ""


_NOTHING = Carried()


def credentials_for(
    api: Service, credentials: Credentials | None, messages: Collection[str] = ()
) -> Carried:
    """How a connection to ``api`` carries the credentials.

    Args:
        api: says how it wants them, and which variables a `MissingCredentials` then names.
        credentials: what to carry; not used where the API wants none.
        messages: the ids of the messages that the client may say on this connection.

    Raises:
        MissingCredentials: the API wants a secret or a user name and there is none.
        InvalidParameter: the secret cannot be carried, or not in the way that the credentials are
            meant for. The error does not repeat it.
    """
    way = _way(api, credentials, messages)
    if way.kind is AuthKind.NONE:
        return _NOTHING
    if credentials is None:
        raise MissingCredentials(what="secret", tried=api.env_auth)
    secret = credentials.secret
    if way.kind is AuthKind.BASIC:
        if credentials.username is None:
            raise MissingCredentials(what="username", tried=api.env_username)
        return Carried(headers=_header(way, _basic(credentials.username, secret)))
    if not secret:
        raise MissingCredentials(what="secret", tried=api.env_auth)
    if way.kind is AuthKind.API_KEY_QUERY:
        return Carried(query=((way.name or "", secret),))
    if way.kind is AuthKind.SUBPROTOCOL:
        return Carried(subprotocols=(*way.subprotocols, _subprotocol(way, secret)))
    if way.kind is AuthKind.MESSAGE:
        path = tuple((way.field or "").split("."))
        return Carried(fields=dict.fromkeys(way.messages, path), secret=secret)
    return Carried(headers=_header(way, secret))


def with_field(payload: bytes, path: Sequence[str], text: str) -> bytes:
    """The JSON object ``payload`` with ``text`` in the field at ``path``, unless it is there.

    Objects on the way that are absent or null are made; what is no object is left alone.
    """
    try:
        fields = msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return payload
    name, *rest = path
    there = bytes(fields.get(name, b""))
    if rest:
        inner = b"{}" if there in (b"", b"null") else there
        fields[name] = msgspec.Raw(with_field(inner, rest, text))
    elif not there:
        fields[name] = msgspec.Raw(msgspec.json.encode(text))
    return msgspec.json.encode(fields)


def _way(api: Service, credentials: Credentials | None, messages: Collection[str]) -> AuthStrategy:
    """The way in which these credentials go, on a connection with these messages."""
    ways = [way for way in api.auth.ways if not way.messages or {*way.messages} & {*messages}]
    if credentials is None:
        return next((way for way in ways if way.kind is AuthKind.NONE), ways[0])
    if credentials.via is not None:
        fitting = [way for way in ways if _is_called(way, credentials.via)]
        if not fitting:
            known = ", ".join(way.kind.value for way in ways)
            raise InvalidParameter(parameter="via", problem=f"no such way; there is {known}")
        return fitting[0]
    named = credentials.username is not None
    carrying = [way for way in ways if way.kind is not AuthKind.NONE]
    fitting = [way for way in carrying if (way.kind is AuthKind.BASIC) == named]
    return next(iter((*fitting, *carrying, *ways)))


def _is_called(way: AuthStrategy, via: AuthKind | str) -> bool:
    if isinstance(via, AuthKind):
        return way.kind is via
    return via in (way.name, way.field) or via.lower() == (way.header or "").lower()


def _subprotocol(way: AuthStrategy, secret: str) -> str:
    if subprotocol_problem(secret):
        problem = "holds a character that the name of a subprotocol cannot hold"
        raise InvalidParameter(parameter="secret", problem=problem)
    return (way.prefix or "") + secret


def _header(strategy: AuthStrategy, secret: str) -> Pairs:
    problem = header_value_problem(secret)
    if problem:
        raise InvalidParameter(parameter="secret", problem=problem)
    value = f"{strategy.prefix} {secret}" if strategy.prefix else secret
    return ((strategy.header or "", value),)


def _basic(username: str, password: str) -> str:
    """User name and password as one word, in UTF-8 (RFC 7617, section 2)."""
    if ":" in username:
        raise InvalidParameter(parameter="username", problem="a user name cannot hold a colon")
    return encoded(f"{username}:{password}")


def encoded(text: str) -> str:
    """``text`` in Base64, as Basic authentication has it (RFC 7617)."""
    return b64encode(text.encode()).decode("ascii")


def _first(names: Iterable[str], variables: Mapping[str, str]) -> str | None:
    return next((variables[name] for name in names if variables.get(name)), None)


def _refuse_controls(parameter: str, text: str) -> None:
    if any(character in text for character in "\r\n"):
        problem = "holds a line break; was it read from a file with its last line end?"
    elif any(character < " " or "\x7f" <= character < "\xa0" for character in text):
        problem = "holds a control character"
    elif any("\ud800" <= character <= "\udfff" for character in text):
        problem = "is not text: it holds a lone surrogate"
    else:
        return
    raise InvalidParameter(parameter=parameter, problem=problem)
