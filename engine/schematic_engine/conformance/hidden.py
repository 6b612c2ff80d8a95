"""Payloads in which something was redacted: can it still be told what they are?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import msgspec

from schematic.compile import CompiledEndpoint
from schematic.compile.shapes import FieldShape, Null
from schematic.define import Side
from schematic_engine.codec import codecs_of
from schematic_engine.conformance.redact import HIDDEN

__all__ = ["Hidden"]


class Hidden:
    """Knows which fields tell the messages, and the channels, of one endpoint apart.

    A recorder puts `HIDDEN` in the place of a secret. That costs nothing where only the presence
    of the field counts, and everything where its value does.
    """

    def __init__(self, endpoint: CompiledEndpoint) -> None:
        self._names = {side: frozenset(_names(endpoint, side)) for side in Side}

    def tells(self, side: Side, payload: str) -> bool:
        """Whether what ``side`` said is what it looks like, whatever is hidden in it."""
        if HIDDEN not in payload:
            return True
        try:
            body = msgspec.json.decode(payload)
        except (msgspec.MsgspecError, RecursionError):
            return False
        if not isinstance(body, dict):
            return False
        fields = cast("dict[str, object]", body)
        return not any(
            name in self._names[side] and HIDDEN in msgspec.json.encode(value).decode()
            for name, value in fields.items()
        )


def _names(endpoint: CompiledEndpoint, side: Side) -> Iterator[str]:
    """The fields whose values count, by their names at the top of a payload."""
    for kind in codecs_of(endpoint)[side].kinds.values():
        yield from (field.name for field in kind.shape.fields if _counts(field))
        if kind.key_path is not None:
            yield kind.key_path[0]
    for _, channel in endpoint.table.every_channel():
        path = channel.key.path(side)
        if path is not None:
            yield path[0]


def _counts(field: FieldShape) -> bool:
    """Whether more counts than that the field is there."""
    says = field.literals is not None or field.inside is not None or field.filled
    return says or field.null is Null.ONLY
