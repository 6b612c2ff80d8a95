"""The payload files, and the bytes in which a server sends them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["READ", "content_of", "cut", "frame", "framed", "payload"]

READ = 65_536
"""Bytes of one read, as much as an event loop or a blocking client asks for."""

_FOLDER = Path(__file__).parent / "payloads"


@cache
def payload(name: str) -> bytes:
    """The content of a payload file."""
    return (_FOLDER / name).read_bytes()


def content_of(size: int) -> bytes:
    """Binary content of that size: the payload files', over and over."""
    whole = payload("audio_256.bin" if size < 65536 else "audio_65536.bin")
    return (whole * (size // len(whole) + 1))[:size]


def framed(name: str) -> bytes:
    """A payload file as a server's frame."""
    return frame(payload(name), is_text=name.endswith(".json"))


def frame(content: bytes, *, is_text: bool) -> bytes:
    """A server's frame (RFC 6455, section 5.2)."""
    length, kind = len(content), 0x81 if is_text else 0x82
    if length < 126:
        return bytes((kind, length)) + content
    if length <= 0xFFFF:
        return bytes((kind, 126)) + length.to_bytes(2, "big") + content
    return bytes((kind, 127)) + length.to_bytes(8, "big") + content


def cut(stream: bytes, size: int) -> list[bytes]:
    """The bytes in reads of that size."""
    return [stream[at : at + size] for at in range(0, len(stream), size)]
