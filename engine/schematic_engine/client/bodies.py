"""What stands for messages whose bodies are no objects of a type of their own.

A generated client has a class for each message, so that ``match`` can tell them apart. Where the
body is text, bytes, any JSON object, or a type that several messages share, the class holds the
body in its only field.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct

__all__ = ["BinaryBody", "JsonBody", "Secretive", "TextBody", "WebSocketClose", "Wrapped"]


class Secretive(Struct, frozen=True):
    """A message that may carry credentials, which its ``repr`` leaves out.

    Attributes:
        hidden: the names of the fields that hold them.
    """

    hidden: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        """The fields without those that are hidden."""
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The names and values of the fields that may be seen."""
        shown = (name for name in self.__struct_fields__ if name not in self.hidden)
        return [(name, getattr(self, name)) for name in shown]


class Wrapped(Struct, frozen=True):
    """A message whose body is the value of its first field."""


class TextBody(Wrapped, frozen=True):
    """A text frame that is not JSON."""

    text: str


class BinaryBody(Wrapped, frozen=True):
    """A binary frame."""

    data: bytes

    def __repr__(self) -> str:
        """The size, in place of the bytes."""
        return f"{type(self).__name__}(<{len(self.data)} bytes>)"


class JsonBody(Wrapped, frozen=True):
    """Any JSON object: the description has no more than a name for it."""

    fields: dict[str, Any]


class WebSocketClose(Struct, frozen=True):
    """The close frame of an endpoint that has no message for its end (RFC 6455, section 5.5.1).

    Attributes:
        code: 1000 to 1014 without the reserved ones, or 3000 to 4999.
        reason: at most 123 bytes in UTF-8.
    """

    code: int = 1000
    reason: str = ""
