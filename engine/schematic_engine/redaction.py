"""Nothing that a server repeats of the secrets that it was given reaches a user, or a log."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar
from urllib.parse import quote, quote_plus, unquote

from msgspec.structs import replace

from schematic.define import AuthStrategy
from schematic_engine.credentials import Credentials, encoded
from schematic_engine.events import Accepted, Closed, Event, Rejected

__all__ = ["SECRET_WORDS", "held_by", "secret_forms", "told_without", "without"]

SECRET_WORDS: Final = "key|token|secret|authorization|password|credential|signature"
"""A regular expression for what is in the names of things whose values are secret."""

_SECRET_NAME = re.compile(f"{SECRET_WORDS}|cookie", re.IGNORECASE)
_SHORTEST: Final = 4  # characters of a secret that can be told from other text
_MOST_DECODED: Final = 3
"""How many times over a secret may be percent-encoded and still be found."""
_HIDDEN: Final = "[redacted]"

T = TypeVar("T", bound=Event)


def secret_forms(
    credentials: Credentials | None,
    headers: Iterable[tuple[str, str]] = (),
    ways: Iterable[AuthStrategy] = (),
) -> tuple[str, ...]:
    """The secrets of a request, plain and encoded; nothing that is too short to be told.

    A server may repeat what it was given, in an error document say.

    Args:
        credentials: what proves who the client is.
        headers: header lines that the user gave. The value is secret of those whose name says
            so, such as ``Authorization``, ``Cookie`` and ``X-Api-Key``: whole, after the scheme,
            and of each cookie.
        ways: how the API takes credentials; the headers that they name are secret, too.

    Returns:
        The longest first, so that none is hidden in part only.
    """
    named = {way.header.lower() for way in ways if way.header}
    secrets: list[str] = []
    forms: list[str] = []
    if credentials is not None:
        secrets.append(credentials.secret)
        if credentials.username is not None:
            forms.append(encoded(f"{credentials.username}:{credentials.secret}"))
    for name, value in headers:
        if _SECRET_NAME.search(name) or name.lower() in named:
            secrets += _parts(name, value.strip())
    for secret in secrets:
        forms += (secret, quote(secret, safe=""), quote_plus(secret), *_in_base64(secret))
    told = {form for form in forms if len(form) >= _SHORTEST}
    return tuple(sorted(told, key=lambda form: (-len(form), form)))


def _parts(name: str, value: str) -> Iterator[str]:
    """What is secret of a header's value: all of it, and what it is made of."""
    yield value
    if name.lower() == "cookie":
        for cookie in value.split(";"):
            yield cookie.partition("=")[2].strip().strip('"')
    else:
        yield value.partition(" ")[2].strip()


def _in_base64(secret: str) -> Iterator[str]:
    """The secret in Base64, alone and as a part of something, in either alphabet (RFC 4648)."""
    data = secret.encode()
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(data).decode().rstrip("=")
        for before in range(3):  # bytes to the last boundary of three, on which all depends
            text = encode(bytes(before) + data).decode()
            yield text[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]


def held_by(text: str, secrets: Iterable[str]) -> bool:
    """Whether a URL, or a part of one, repeats a secret, in whatever case and encoding."""
    wanted = [secret.casefold() for secret in secrets]
    for _ in range(_MOST_DECODED + 1):
        folded = text.casefold()
        if any(secret in folded for secret in wanted):
            return True
        text = unquote(text)
    return False


def without(text: str, secrets: Iterable[str]) -> str:
    """``text`` with secrets blacked out."""
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    return text


def told_without(told: T, secrets: Sequence[str]) -> T:
    """An event without what the server repeats of ``secrets``."""
    if isinstance(told, Closed):
        return replace(told, reason=without(told.reason, secrets))
    if isinstance(told, Accepted | Rejected):
        lines = tuple((name, _value_without(name, value, secrets)) for name, value in told.headers)
        told = replace(told, headers=lines)
    if isinstance(told, Rejected):
        body = told.body
        for secret in secrets:
            body = body.replace(secret.encode(), _HIDDEN.encode())
        return replace(told, body=body)
    return told


def _value_without(name: str, value: str, secrets: Sequence[str]) -> str:
    hidden = without(value, secrets)
    return _HIDDEN if name == "location" and held_by(hidden, secrets) else hidden
