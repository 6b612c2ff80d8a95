"""Structs that hold nothing but texts, integers, truth values and null: checked at a glance.

Structs check nothing when they are made, so what was encoded is decoded again to find out whether
it is right. Where each field holds a plain value that its annotation names and does not narrow,
there is nothing to find out; for long texts that is the quicker way. What is not admitted here is
not thereby wrong: it has to be decoded.
"""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, cast, get_args, get_origin

import msgspec
from msgspec import UnsetType

__all__ = ["PlainFields", "plain_fields"]

_PLAIN: Final[frozenset[type]] = frozenset({str, int, bool, NoneType, UnsetType})
_INT: Final = 1 << 63  # integers beyond are left to those who read them


class PlainFields:
    """The fields of one struct type, each with the types of its plain values.

    Args:
        types: those types by attribute.
        texts: by attribute, the only texts that it may hold; the others may hold any.
    """

    __slots__ = ("_texts", "_types")

    def __init__(
        self, types: dict[str, frozenset[type]], texts: dict[str, frozenset[object]]
    ) -> None:
        self._types = tuple(types.items())
        self._texts = texts

    def admit(self, body: object) -> bool:
        """Whether each field of ``body``, a struct of that type, holds a value that fits it."""
        for name, types in self._types:
            value: object = getattr(body, name)
            kind = type(value)
            if kind not in types:
                return False
            if isinstance(value, str):
                if name in self._texts and value not in self._texts[name]:
                    return False
            elif isinstance(value, int) and not -_INT <= value < _INT:
                return False
        return True


def plain_fields(body: object) -> PlainFields | None:
    """The fields of the struct ``body``; None if it takes more than a glance to check one."""
    if not isinstance(body, type) or not issubclass(body, msgspec.Struct):
        return None
    if hasattr(body, "__post_init__") or body.__struct_config__.array_like:
        return None
    types: dict[str, frozenset[type]] = {}
    texts: dict[str, frozenset[object]] = {}
    for field in msgspec.structs.fields(body):
        members = _members(field.type)
        literals = [text for one in members for text in _literals(one)]
        plain = {kind for kind in _PLAIN if kind in members}
        if literals and str not in plain:
            plain.add(str)
            texts[field.name] = frozenset(literals)
        if field.required:  # what is UNSET is left out
            plain.discard(UnsetType)
        if not plain:
            return None
        types[field.name] = frozenset(plain)
    return PlainFields(types, texts)


def _members(annotation: Any) -> tuple[Any, ...]:
    """What a value may be, by itself or as one of a union."""
    if get_origin(annotation) in (Union, UnionType):
        return tuple(member for one in get_args(annotation) for member in _members(one))
    return (NoneType if annotation is None else annotation,)


def _literals(annotation: Any) -> tuple[str, ...]:
    """The texts of a `Literal`; none of one that holds anything else."""
    values = get_args(annotation) if get_origin(annotation) is Literal else ()
    return cast("tuple[str, ...]", values) if all(type(one) is str for one in values) else ()
