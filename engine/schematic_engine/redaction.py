"""Nothing that a server repeats of the credentials that it was given reaches a user, or a log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar
from urllib.parse import quote, quote_plus

from msgspec.structs import replace

from schematic_engine.credentials import Credentials, encoded
from schematic_engine.events import Accepted, Closed, Event, Rejected

__all__ = ["secret_forms", "told_without", "without"]

_SHORTEST: Final = 4  # characters of a secret that can be told from other text

T = TypeVar("T", bound=Event)


def secret_forms(credentials: Credentials | None) -> tuple[str, ...]:
    """The secret, plain and encoded as requests carry it; nothing that is too short to be told.

    A server may repeat what it was given, in an error document say.
    """
    if credentials is None:
        return ()
    secret, user = credentials.secret, credentials.username
    basic = "" if user is None else encoded(f"{user}:{secret}")
    forms = (secret, quote(secret, safe=""), quote_plus(secret), basic)
    return tuple(dict.fromkeys(form for form in forms if len(form) >= _SHORTEST))


def without(text: str, secrets: Iterable[str]) -> str:
    """``text`` with secrets blacked out."""
    for secret in secrets:
        text = text.replace(secret, "[redacted]")
    return text


def told_without(told: T, secrets: Sequence[str]) -> T:
    """An event without what the server repeats of ``secrets``."""
    if isinstance(told, Closed):
        return replace(told, reason=without(told.reason, secrets))
    if isinstance(told, Accepted | Rejected):
        lines = tuple(
            # Where to go instead is left whole: it is followed, if the user wants that.
            (name, value if name == "location" else without(value, secrets))
            for name, value in told.headers
        )
        told = replace(told, headers=lines)
    if isinstance(told, Rejected):
        body = without(told.body.decode("latin-1"), secrets).encode("latin-1")
        return replace(told, body=body)
    return told
