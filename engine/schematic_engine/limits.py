"""What one peer may cost the other: sizes, times and queue lengths, each with its precedent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["DEFAULT_LIMITS", "Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what is received and on how long is waited.

    Attributes:
        max_message_size: bytes of one message, after joining fragments and after inflating.
            16 MiB, as the ElevenLabs Python SDK allows itself for conversations; ``websockets``
            has 1 MiB, aiohttp 4 MiB, uvicorn 16 MiB.
        max_header_size: bytes of the HTTP header block, start line included. 16 KiB, as in h11.
        max_rejection_body: bytes kept of the body of a rejecting HTTP response; the rest is
            dropped. 64 KiB: error documents of API vendors are a few hundred bytes.
        open_timeout: seconds for the opening handshake; None waits for ever. 10 s, as in
            ``websockets``.
        close_timeout: seconds from sending a close frame until the TCP connection may be dropped
            without an answer; None waits for ever. 10 s, as in ``websockets`` and aiohttp.
        max_queue: received messages that may wait to be read before an adapter stops reading from
            the network. ``websockets`` stops at 16 frames; more are allowed here because a
            blocked `send` of the sync client has to take messages in while it waits.
    """

    max_message_size: int = 16 * 1024 * 1024
    max_header_size: int = 16 * 1024
    max_rejection_body: int = 64 * 1024
    open_timeout: float | None = 10.0
    close_timeout: float | None = 10.0
    max_queue: int = 1024

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ValueError(f"Limits.{name}: {value!r} is not a whole number >= {least}")
        for name in ("open_timeout", "close_timeout"):
            value = getattr(self, name)
            if value is not None and not _is_seconds(value):
                raise ValueError(f"Limits.{name}: {value!r} is neither None nor seconds > 0")

    @property
    def low_queue(self) -> int:
        """How many messages may be left when an adapter starts to read again: a quarter."""
        return self.max_queue // 4


_LEAST = {"max_message_size": 1, "max_header_size": 256, "max_rejection_body": 0, "max_queue": 1}


def _is_seconds(value: object) -> bool:
    return (
        isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf")
    )


DEFAULT_LIMITS: Final = Limits()
"""What holds where nothing else is said."""
