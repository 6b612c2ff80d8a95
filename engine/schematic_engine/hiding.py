"""Which texts are secret, and how they are found and blacked out of what others say."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Collection, Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus, unquote

from schematic.define.auth import AuthStrategy
from schematic_engine.credentials import Credentials, encoded

__all__ = [
    "HIDDEN",
    "SECRET_WORDS",
    "held_by",
    "secret_forms",
    "surely_without",
    "without",
    "without_bytes",
]

SECRET_WORDS: Final = "key|token|secret|authorization|password|credential|signature"
"""A regular expression for what is in the names of things whose values are secret."""

_SECRET_NAME = re.compile(f"{SECRET_WORDS}|cookie", re.IGNORECASE)
_SHORTEST: Final = 4  # characters of a secret that can be told from other text
_MOST_DECODED: Final = 3
"""How many times over a secret may be percent-encoded and still be found."""
HIDDEN: Final = "[redacted]"
"""What stands where a secret was."""


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
        forms += (secret, quote(secret, safe=""), quote(secret), quote_plus(secret))
        forms += (*_in_json(secret), *_in_base64(secret))
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


def _in_json(secret: str) -> Iterator[str]:
    """The secret as a part of a string in JSON (RFC 8259, section 7), in plain and in ASCII."""
    for ascii_only in (False, True):
        yield json.dumps(secret, ensure_ascii=ascii_only)[1:-1]


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
        text = text.replace(secret, HIDDEN)
    return text


def surely_without(text: str, secrets: Collection[str]) -> str:
    """``text`` with secrets blacked out; all of it, if one is in it in another case or encoding."""
    clean = without(text, secrets)
    return HIDDEN if held_by(clean, secrets) else clean


def without_bytes(data: bytes, secrets: Iterable[str]) -> bytes:
    """``data`` with secrets blacked out."""
    for secret in secrets:
        data = data.replace(secret.encode(), HIDDEN.encode())
    return data
