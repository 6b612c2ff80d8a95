"""What one peer may cost the other: sizes, times and queue lengths, each with its precedent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["DEFAULT_LIMITS", "Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what is received, on what waits, and on how long is waited.

    Each has an error that names it, see the page on limits. A queue or a buffer that was full is
    filled again when a quarter of it is left, as asyncio has it for its write buffers.

    Attributes:
        max_message_size: bytes of one message, after joining fragments and after inflating.
            16 MiB, as the ElevenLabs Python SDK allows itself for conversations; ``websockets``
            has 1 MiB, aiohttp 4 MiB, uvicorn 16 MiB.
        max_empty_fragments: fragments without content, the last one not counted, in one message.
            128: they are legal, and mean nothing but work. Envoy allows one HTTP/2 frame of that
            kind in a row since CVE-2019-9518; fragments with content are bounded by their bytes.
        max_channels: channels that the peer may have open at once, those within channels included.
            16,384: more than the 100 to 250 streams that HTTP/2 servers allow, since a channel
            costs a few hundred bytes and some services take thousands of subscriptions.
        max_key_size: characters of the key of a channel. 1,024; the keys of the APIs that are
            described have up to 64.
        max_header_size: bytes of the HTTP header block, start line included. 16 KiB, as in h11.
        max_rejection_body: bytes kept of the body of a rejecting HTTP response; the rest is
            dropped. 64 KiB: error documents of API vendors are a few hundred bytes.
        max_queue: received messages that may wait to be read before an adapter stops reading from
            the network. 1,024; ``websockets`` stops at 16 frames. More are allowed here because
            a blocked `send` of the sync client has to take messages in while it waits.
        max_queue_bytes: bytes of payload that may wait so. 16 MiB, which is what 16 frames of
            1 MiB come to in ``websockets``. The message that passes the bound is kept.
        max_unconfirmed: messages that were sent and are not known to have arrived, of which it is
            remembered which they were; older ones are counted. 1,024, as in `max_queue`: at fifty
            messages a second that is the 20 s from one ping, and its pong, to the next.
        max_write_buffer: bytes that may wait to be written before `send` waits for the peer.
            64 KiB, as in asyncio; ``websockets`` has 32 KiB.
        open_timeout: seconds for the opening handshake; None waits for ever. 10 s, as in
            ``websockets``.
        close_timeout: seconds from sending a close frame until the TCP connection may be dropped
            without an answer; None waits for ever. 10 s, as in ``websockets`` and aiohttp.
        ping_interval: seconds from one ping to the next while the connection is open; None sends
            none. 20 s, as in ``websockets`` and uvicorn: proxies drop what is silent for 30 to
            60 s.
        ping_timeout: seconds in which a ping has to be answered, or anything else of a message to
            arrive; None waits for ever. 20 s, as in ``websockets`` and uvicorn.
        idle_timeout: seconds that may pass without anything of a message from the peer, pings and
            pongs not counted; None waits for ever. None, as aiohttp has it: a conversation may be
            silent for as long as it likes.
    """

    max_message_size: int = 16 * 1024 * 1024
    max_empty_fragments: int = 128
    max_channels: int = 16 * 1024
    max_key_size: int = 1024
    max_header_size: int = 16 * 1024
    max_rejection_body: int = 64 * 1024
    max_queue: int = 1024
    max_queue_bytes: int = 16 * 1024 * 1024
    max_unconfirmed: int = 1024
    max_write_buffer: int = 64 * 1024
    open_timeout: float | None = 10.0
    close_timeout: float | None = 10.0
    ping_interval: float | None = 20.0
    ping_timeout: float | None = 20.0
    idle_timeout: float | None = None

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ValueError(f"Limits.{name}: {value!r} is not a whole number >= {least}")
        for name in _TIMES:
            value = getattr(self, name)
            if value is not None and not _is_seconds(value):
                raise ValueError(f"Limits.{name}: {value!r} is neither None nor seconds > 0")

    @property
    def low_queue(self) -> int:
        """How many messages may be left when an adapter starts to read again: a quarter."""
        return self.max_queue // 4

    @property
    def low_queue_bytes(self) -> int:
        """How many bytes may be left then: a quarter."""
        return self.max_queue_bytes // 4

    @property
    def low_write_buffer(self) -> int:
        """How many bytes may be left unwritten when `send` goes on: a quarter."""
        return self.max_write_buffer // 4


_LEAST: Final = {
    "max_message_size": 1,
    "max_empty_fragments": 0,
    "max_channels": 1,
    "max_key_size": 1,
    "max_header_size": 256,
    "max_rejection_body": 0,
    "max_queue": 1,
    "max_queue_bytes": 1,
    "max_unconfirmed": 1,
    "max_write_buffer": 1,
}
_TIMES: Final = ("open_timeout", "close_timeout", "ping_interval", "ping_timeout", "idle_timeout")


def _is_seconds(value: object) -> bool:
    return (
        isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf")
    )


DEFAULT_LIMITS: Final = Limits()
"""What holds where nothing else is said."""
