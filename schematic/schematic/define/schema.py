"""`Schema`: the body of a message or of an HTTP request, as a type, a name, a text or bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias, get_args

from schematic.define.errors import DefinitionError

__all__ = ["BodyKind", "JsonFrame", "Schema"]

JsonFrame: TypeAlias = Literal["text", "binary", "either"]
"""The kind of frame that carries JSON; ``either`` is sent as text and read from both."""


class BodyKind(Enum):
    """How a body travels: JSON text, literal text, or bytes."""

    JSON = "json"
    TEXT = "text"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class Schema:
    """The body of a message.

    These forms exist::

        Schema(SendText)                  # JSON, checked against a Python type
        Schema(SendText, frame="binary")  # the same, in binary frames
        Schema("SendText")                # JSON, a name alone: any JSON object
        Schema.text("ping", "PING")       # a text frame holding one of these words
        Schema.text()                     # a text frame holding any text
        Schema.binary()                   # a binary frame

    A type is anything msgspec can decode into: a ``msgspec.Struct`` (preferred), a dataclass, a
    ``TypedDict`` or an annotation such as ``dict[str, int]``; and also a union of objects that
    share a tag, or have none, if anything tells them apart. A name alone says nothing about the
    content: two such messages that are legal at the same moment cannot be told apart, which
    ``schematic verify`` reports as ``decodes-alike``.

    Attributes:
        body: the Python type or the bare name; ``None`` for text and binary bodies.
        name: what documents and generated code call the body.
        kind: how the body travels.
        words: the texts accepted by a text body; empty means any text.
    """

    body: object
    name: str = ""
    kind: BodyKind = BodyKind.JSON
    words: tuple[str, ...] = ()
    frame: JsonFrame = "text"

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(self.words))
        if not self.name:
            object.__setattr__(self, "name", self._default_name())

    def check(self) -> None:
        """Raise `DefinitionError` if the parts do not go together."""
        if self.kind is not BodyKind.JSON:
            if self.body is not None:
                raise DefinitionError(f"a {self.kind.value} body has no type, got {self.body!r}")
            if self.frame != "text":
                raise DefinitionError(f"only JSON has a choice of frame, not {self.kind.value}")
        elif isinstance(self.body, Mapping):
            raise DefinitionError(
                "a JSON Schema has to become a type: Schema takes types and names, and "
                "schematic.interchange.schema_types.schema_of makes one of a JSON Schema"
            )
        elif isinstance(self.body, str):
            if not self.body.isidentifier():
                raise DefinitionError(f"{self.body!r} is not a schema name: use letters and digits")
        elif self.body is None:
            raise DefinitionError("a JSON schema needs a type or a name, got None")
        if self.frame not in get_args(JsonFrame):
            raise DefinitionError(f"a frame is text, binary or either, not {self.frame!r}")
        if any(type(word) is not str for word in self.words):
            raise DefinitionError("the words of a text body are strings")

    def _default_name(self) -> str:
        if isinstance(self.body, str):
            return self.body
        if self.kind is not BodyKind.JSON:
            return str(self.kind.value)
        return str(getattr(self.body, "__name__", self.body))

    @property
    def is_name_only(self) -> bool:
        """Whether this is a bare name, which means "any JSON object"."""
        return isinstance(self.body, str)

    @classmethod
    def text(cls, *words: str, name: str = "") -> Schema:
        """A text frame that is not JSON: one of ``words``, or any text when none is given."""
        return cls(None, name=name, kind=BodyKind.TEXT, words=words)

    @classmethod
    def binary(cls, name: str = "") -> Schema:
        """A binary frame, delivered as ``bytes``."""
        return cls(None, name=name, kind=BodyKind.BINARY)
