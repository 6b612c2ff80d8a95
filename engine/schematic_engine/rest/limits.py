"""How much a server may cost a REST client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["DEFAULT_REST_LIMITS", "RestLimits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestLimits:
    """Bounds on what is kept of one response.

    Attributes:
        max_response_size: bytes of a body that is read whole, after decompression. 16 MiB, like a
            message of a WebSocket. What is streamed has no bound: it is never held whole.
        max_error_body: bytes kept of the body of an error; the rest is not read. 64 KiB: error
            documents of API vendors are a few hundred bytes.

    Raises:
        ValueError: a bound is not a whole number of bytes, 1 or more.
    """

    max_response_size: int = 16 * 1024 * 1024
    max_error_body: int = 64 * 1024

    def __post_init__(self) -> None:
        for name in ("max_response_size", "max_error_body"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"RestLimits.{name}: {value!r} is not a whole number >= 1")


DEFAULT_REST_LIMITS: Final = RestLimits()
"""What holds where nothing else is said."""
