"""Fields of a payload that its type does not know, which a decoder passes over without a word."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from msgspec import Struct

__all__ = ["surplus_fields"]


def surplus_fields(body: object, raw: object) -> list[str]:
    """The fields of ``raw`` that are not in ``body``, by their paths: ``response.tone``.

    Objects are looked at wherever a field or a list holds them, but not within sets and objects
    that are written as arrays.

    Args:
        body: what was decoded, as its type says.
        raw: the same, decoded into dicts and lists.
    """
    found: list[str] = []
    # No recursion: what is decoded in C may be nested deeper than Python follows.
    waiting = [("", body, raw)]
    while waiting:
        path, here, said = waiting.pop()
        if isinstance(said, dict):
            fields = _fields(here)
            for name, value in cast("dict[str, object]", said).items():
                if fields is None:
                    continue
                if name in fields:
                    waiting.append((f"{path}{name}.", fields[name], value))
                else:
                    found.append(path + name)
        elif isinstance(said, list) and isinstance(here, list | tuple):
            pairs = zip(cast("list[object]", here), cast("list[object]", said), strict=False)
            waiting += [(path, one, other) for one, other in pairs]
    return found


def _fields(body: object) -> dict[str, object] | None:
    """What an object has, by the names on the wire; None if that cannot be told."""
    if isinstance(body, Struct):
        names = zip(body.__struct_encode_fields__, body.__struct_fields__, strict=True)
        fields = {name: getattr(body, attribute) for name, attribute in names}
        tag = body.__struct_config__.tag_field
        return fields if tag is None else {**fields, tag: None}
    if isinstance(body, dict):
        # The keys of anything but a TypedDict or a dict of texts are not those on the wire.
        known = cast("dict[Any, object]", body)
        return known if all(type(key) is str for key in known) else None
    if dataclasses.is_dataclass(body):
        return {one.name: getattr(body, one.name) for one in dataclasses.fields(body)}
    return None
