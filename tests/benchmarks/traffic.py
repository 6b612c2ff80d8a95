"""The payload files, and the bytes in which a server sends them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from support.frames import BINARY, TEXT, frame

__all__ = ["READ", "content_of", "cut", "framed", "payload"]

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
    """A payload file as a server's frame: of text if it is JSON."""
    return frame(TEXT if name.endswith(".json") else BINARY, payload(name))


def cut(stream: bytes, size: int) -> list[bytes]:
    """The bytes in reads of that size."""
    return [stream[at : at + size] for at in range(0, len(stream), size)]
