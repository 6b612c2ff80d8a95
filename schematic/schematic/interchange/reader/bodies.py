"""The bodies of messages: JSON with a type, a text, or bytes; and the schemas that they need."""

from __future__ import annotations

from schematic.define import BodyKind, Schema
from schematic.interchange.reader.keywords import allowed
from schematic.interchange.reader.nodes import Node
from schematic.interchange.reader.types import Types

__all__ = ["Bodies"]

_JSON_SCHEMAS = (
    "application/vnd.aai.asyncapi",
    "application/schema+json",
    "application/schema+yaml",
    "application/vnd.oai.openapi",
)
"""Formats of schemas that are JSON Schema, or a dialect of it."""

_BINARY = ("audio/", "image/", "video/", "application/octet-stream")
_NAME_ONLY = "which is not read: the body is any JSON object"


class Bodies:
    """The bodies of all messages of a document.

    Args:
        root: the document.
    """

    def __init__(self, root: Node) -> None:
        self._content_type = root.first_text_of("defaultContentType")
        self.types = Types(root)

    def schema(self, message: Node, message_id: str) -> tuple[Schema, list[str]]:
        """The body of a message, and remarks on what could not be read.

        Args:
            message: the message, traits merged in.
            message_id: what it is called, in case its body has no other name.
        """
        payload, written = _payload(message)
        media = (message.first_text_of("contentType") or self._content_type).partition(";")[0]
        kind, remarks = _kind(media.strip().lower(), payload)
        if kind is BodyKind.BINARY:
            return Schema.binary(), remarks
        if kind is BodyKind.TEXT:
            return Schema.text(*_words(payload)), remarks
        if written and not written.lower().startswith(_JSON_SCHEMAS):
            return Schema(message_id), [f"choose: a type; its schema is {written}, {_NAME_ONLY}"]
        if payload is None or payload.value in (True, {}):
            return Schema(message_id), [
                "choose: a type; the document describes no payload, so the body is any JSON object"
            ]
        if self.types.is_alike(payload, message_id):
            remarks.append(
                "choose: types; nothing tells the objects of its schema apart, so it is any object"
            )
        remarks += self.types.remarks(payload, message_id)
        return self.types.schema(payload, message_id), remarks


def _payload(message: Node) -> tuple[Node | None, str]:
    """The schema of a message, where a reference stays one, and the format that it is written in.

    AsyncAPI 2 has the format in the message, AsyncAPI 3 wraps the schema (Multi Format Schema).
    """
    payload = message.raw("payload")
    written = message.first_text_of("schemaFormat")
    if payload is None:
        return None, written
    inner = payload.resolved()
    if inner.is_mapping() and "schemaFormat" in inner.mapping():
        return inner.raw("schema"), inner.first_text_of("schemaFormat")
    return payload, written


def _kind(media: str, payload: Node | None) -> tuple[BodyKind, list[str]]:
    """How a body with a content type travels; a remark where that is a guess."""
    if _is_binary(payload) or media.startswith(_BINARY):
        return BodyKind.BINARY, []
    if not media or media.endswith(("/json", "+json", "-json")):
        return BodyKind.JSON, []
    if media.startswith("text/"):
        return BodyKind.TEXT, []
    return BodyKind.BINARY, [f"choose: its content type is {media}; it is taken for a binary frame"]


def _is_binary(payload: Node | None) -> bool:
    schema = None if payload is None else payload.resolved()
    if schema is None or not schema.is_mapping():
        return False
    keywords = schema.mapping()
    return keywords.get("type") == "string" and keywords.get("format") == "binary"


def _words(payload: Node | None) -> list[str]:
    """The texts that a schema allows; none where it allows any."""
    values = [] if payload is None else allowed(payload.resolved())
    return list(dict.fromkeys(one for one in values if isinstance(one, str)))
