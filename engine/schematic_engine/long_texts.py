"""Long texts in structs: left out where a struct is checked.

Structs check nothing when they are made, so what was encoded is decoded again to find out whether
it is right. In a long one, mostly a single text is long, such as audio in base64, and there is
nothing to find out about it: its field may hold any text. What is left without it is checked in
a fraction of the time.
"""

from __future__ import annotations

from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

import msgspec

__all__ = ["LongTexts"]

_LONG: Final = 256
"""Characters of a text that is worth leaving out."""


class LongTexts:
    """The fields of one type of body that may hold any text.

    Nothing is left out of what is no struct, or changes its fields after they were set.

    Args:
        body: the type.
    """

    __slots__ = ("_names",)

    def __init__(self, body: object) -> None:
        self._names: tuple[str, ...] = ()
        if not isinstance(body, type) or not issubclass(body, msgspec.Struct):
            return
        if hasattr(body, "__post_init__"):
            return
        fields = msgspec.structs.fields(body)
        self._names = tuple(field.name for field in fields if str in _members(field.type))

    def without(self, body: Any) -> Any:
        """``body``, of exactly that type, with "" for long texts where any would fit."""
        short: dict[str, str] = {}
        for name in self._names:
            text = getattr(body, name)
            if type(text) is str and len(text) > _LONG:
                short[name] = ""
        return msgspec.structs.replace(body, **short) if short else body


def _members(annotation: Any) -> tuple[Any, ...]:
    """What a value may be, by itself or as one of a union."""
    if get_origin(annotation) in (Union, UnionType):
        return tuple(member for one in get_args(annotation) for member in _members(one))
    return (annotation,)
