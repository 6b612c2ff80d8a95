"""What one side wants of permessage-deflate (RFC 7692)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Compression", "wanted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compression:
    """How a side compresses, and what it asks of the other. ``True`` stands for the defaults.

    A compressor takes about ``2 ** (bits + 2) + 2 ** (mem_level + 9)`` bytes of memory and a
    decompressor ``2 ** bits``, for as long as the connection lives, or for one message where
    there is no context takeover.

    Attributes:
        min_size: bytes of UTF-8 or binary from which a message is compressed. 1024, as in ``ws``
            for Node.js: below, it rarely pays.
        server_no_context_takeover: each message of the server is compressed by itself. A client
            asks for it and fails the connection if the answer does not grant it.
        client_no_context_takeover: the same for messages of the client. A client keeps to it, and
            says so; a server demands it.
        server_max_window_bits: 9 to 15: the server looks back ``2 ** bits`` bytes at the most.
        client_max_window_bits: the same for the client. A server can ask for less than 15 only
            where the client says that it understands it.
        level: 1, fast, to 9, small; 0 stores only, and -1 leaves it to zlib, which takes 6.
        mem_level: 1 to 9. 5, as in ``websockets``: messages are short.
    """

    min_size: int = 1024
    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = 15
    client_max_window_bits: int = 15
    level: int = -1
    mem_level: int = 5

    def __post_init__(self) -> None:
        for name in ("server_no_context_takeover", "client_no_context_takeover"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"Compression.{name}: {getattr(self, name)!r} is no bool")
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise ValueError(f"Compression.{name}: {value!r} is no whole number")
            if value < least or (most is not None and value > most):
                bounds = f">= {least}" if most is None else f"from {least} to {most}"
                raise ValueError(f"Compression.{name}: {value!r} is not {bounds}")


_RANGES: dict[str, tuple[int, int | None]] = {
    "min_size": (0, None),
    # 8 is a window that RFC 7692 knows and zlib cannot compress into.
    "server_max_window_bits": (9, 15),
    "client_max_window_bits": (9, 15),
    "level": (-1, 9),
    "mem_level": (1, 9),
}

_DEFAULT = Compression()


def wanted(compression: bool | Compression) -> Compression | None:
    """The options that an argument stands for; None for no compression."""
    if isinstance(compression, Compression):
        return compression
    return _DEFAULT if compression else None
