"""`File`: what a form uploads, with its name and its media type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import TextIOBase
from pathlib import PurePath
from typing import BinaryIO, TypeAlias

from schematic.define.checks import header_value_problem
from schematic_engine.blame import InvalidParameter

__all__ = ["Content", "File", "FileLike", "as_file", "check_content", "length_of", "pieces_of"]

Content: TypeAlias = bytes | BinaryIO
"""Bytes, or a file that is open for reading bytes. It is read from its beginning, in pieces."""

_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class File:
    """A file to upload.

    Attributes:
        content: its bytes, or a file that is open for reading them.
        name: what the form calls the file; None takes the name of the open file, else that of the
            form's field.
        media_type: its ``Content-Type``; None guesses from the name, else
            ``application/octet-stream``.
    """

    content: Content = field(repr=False)
    name: str | None = None
    media_type: str | None = None


FileLike: TypeAlias = File | Content
"""What a form takes for a file."""


def as_file(field_name: str, given: object) -> File:
    """What was given for the form's field, as a file that has a name.

    Raises:
        InvalidParameter: it is no file, was opened for text, or its media type cannot be one.
    """
    file = given if isinstance(given, File) else File(given)  # type: ignore[arg-type]  # checked next
    check_content(field_name, file.content)
    if problem := header_value_problem(file.media_type or ""):
        raise InvalidParameter(parameter=field_name, problem=f"its media type: {problem}")
    return File(file.content, file.name or _name_of(file.content) or field_name, file.media_type)


def check_content(parameter: str, given: object) -> None:
    """Raise `InvalidParameter` unless this is bytes, or a file that is open for reading them."""
    if isinstance(given, TextIOBase):
        problem = "a file that was opened for text; open it for bytes, open(path, 'rb')"
        raise InvalidParameter(parameter=parameter, problem=problem)
    if not isinstance(given, bytes) and not callable(getattr(given, "read", None)):
        problem = f"takes bytes or an open file, not {type(given).__name__}"
        raise InvalidParameter(parameter=parameter, problem=problem)


def _name_of(content: Content) -> str | None:
    """The name of an open file, without the folders that it is in."""
    name = getattr(content, "name", None)
    return PurePath(name).name if isinstance(name, str) else None


def length_of(content: BinaryIO) -> int | None:
    """How many bytes a file holds; None where that cannot be known. It is set to its beginning."""
    if not content.seekable():
        return None
    length = content.seek(0, 2)
    content.seek(0)
    return length


def pieces_of(content: BinaryIO) -> Iterator[bytes]:
    """What a file holds, in pieces of 64 KiB."""
    while piece := content.read(_PIECE):
        yield piece
