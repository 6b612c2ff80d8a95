"""Credentials: where they come from and how a request carries them.

Nothing here shows a secret: not in ``repr``, not in errors.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schematic.define import AuthKind, AuthStrategy
from schematic.define.checks import header_value_problem
from schematic.define.service import Service
from schematic_engine.errors import InvalidParameter, MissingCredentials

__all__ = ["Credentials", "Pairs", "credentials_for", "find_credentials", "headers_and_query"]

Pairs = tuple[tuple[str, str], ...]
"""Names and values, in order."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What proves who a client is.

    Attributes:
        secret: the key, token or password.
        username: the user name, for APIs that want one.

    Raises:
        InvalidParameter: a part holds a control character or a lone surrogate. The error does
            not repeat it.
    """

    secret: str
    username: str | None = None

    def __post_init__(self) -> None:
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
    if username is None:
        username = _first(api.env_username, variables)
    return None if secret is None else Credentials(secret, username)


def credentials_for(api: Service, credentials: Credentials | None) -> tuple[Pairs, Pairs]:
    """`headers_and_query` for ``api``, whose variables a `MissingCredentials` then names."""
    return headers_and_query(
        api.auth, credentials, env_auth=api.env_auth, env_username=api.env_username
    )


def headers_and_query(
    strategy: AuthStrategy,
    credentials: Credentials | None,
    *,
    env_auth: tuple[str, ...] = (),
    env_username: tuple[str, ...] = (),
) -> tuple[Pairs, Pairs]:
    """How a request carries the credentials: header lines, and query parameters not yet encoded.

    Args:
        strategy: how the API wants them.
        credentials: what to carry; not used where the API wants none.
        env_auth: the variables to name when there is no secret.
        env_username: the variables to name when there is no user name.

    Raises:
        MissingCredentials: the API wants a secret or a user name and there is none.
        InvalidParameter: the secret cannot be carried. The error does not repeat it.
    """
    if strategy.kind is AuthKind.NONE:
        return (), ()
    if credentials is None:
        raise MissingCredentials(what="secret", tried=env_auth)
    if strategy.kind is AuthKind.BASIC:
        if credentials.username is None:
            raise MissingCredentials(what="username", tried=env_username)
        return _header(strategy, _basic(credentials.username, credentials.secret)), ()
    if not credentials.secret:
        raise MissingCredentials(what="secret", tried=env_auth)
    if strategy.kind is AuthKind.API_KEY_QUERY:
        return (), ((strategy.name or "", credentials.secret),)
    return _header(strategy, credentials.secret), ()


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
    return b64encode(f"{username}:{password}".encode()).decode("ascii")


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
