"""What is asked of ``httpx``. Only this module imports it, and only clients import this module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, BinaryIO

import httpx

from schematic_engine.rest.files import File, length_of, pieces_of
from schematic_engine.rest.requests import Request

__all__ = ["HiddenUrl", "arguments_of", "later", "lines_of", "with_hidden_url"]

_EMPTY_FORM = ("multipart/form-data; boundary=empty", b"--empty--\r\n")
"""A form without any field, which ``httpx`` has no words for."""


class HiddenUrl(httpx.URL):
    """A URL whose text leaves credentials out: ``httpx`` writes it to its log."""

    shown = ""

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"HiddenUrl({self.shown!r})"


def with_hidden_url(built: httpx.Request, request: Request) -> httpx.Request:
    """The request that ``httpx`` built, with a URL that shows no credentials."""
    if request.shown != request.url:
        url = HiddenUrl(built.url)
        url.shown = request.shown
        built.url = url
    return built


def arguments_of(request: Request) -> dict[str, Any]:
    """What ``build_request`` of either client takes; an open file comes as an iterator."""
    headers = list(request.headers)
    body = request.body
    arguments: dict[str, Any] = {"method": request.method, "url": request.url, "headers": headers}
    if body.parts:
        arguments["files"] = [(name, _part(value)) for name, value in body.parts]
    elif body.parts is not None:
        media_type, arguments["content"] = _EMPTY_FORM
        headers.append(("Content-Type", media_type))
    elif isinstance(body.content, bytes):
        arguments["content"] = body.content
    elif body.content is not None:
        arguments["content"] = _opened(body.content, headers)
    return arguments


def _part(value: str | File) -> tuple[Any, ...]:
    if isinstance(value, str):
        return (None, value.encode())
    return (value.name, value.content, value.media_type)


def _opened(content: BinaryIO, headers: list[tuple[str, str]]) -> Iterator[bytes]:
    length = length_of(content)
    if length is not None:
        headers.append(("Content-Length", str(length)))
    return pieces_of(content)


async def later(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, for ``async for``."""
    for piece in pieces:
        yield piece


def lines_of(response: httpx.Response) -> tuple[tuple[str, str], ...]:
    """The header lines of a response."""
    return tuple(response.headers.multi_items())
