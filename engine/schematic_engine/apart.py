"""What tells a message from its look-alikes once its body is known, without looking at it again.

A payload that decodes as one kind may be another one all the same: one that says more. Mostly the
shapes alone rule that out. Where they do not, a look-alike needs a certain text in a field, and
the body has another one there; or it needs a field that is not one of this kind's, and the payload
never mentions its name. These are the facts of an `Apart`. What they do not rule out is not thereby
a look-alike: it has to be looked at (see `schematic_engine.recogniser`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, Literal, get_origin

import msgspec
from msgspec.structs import FieldInfo

from schematic.compile import Shape
from schematic.compile.shapes import FieldShape, overlaps
from schematic.define import BodyKind, Schema

__all__ = ["LONG", "NOTHING", "Apart", "apart", "is_shaped", "mentions"]

_PLAIN = re.compile(r"[\w .\-]+", re.ASCII)
"""The names that JSON writes in one way, or with ``\\u00``."""


LONG: Final = 2048
"""Characters of a payload from which `mentions` is quicker than to look at them all."""

_STEP: Final = 256


@dataclass(frozen=True, slots=True)
class Apart:
    """Facts that rule out all look-alikes of one kind, if they hold.

    Attributes:
        values: for some attributes, texts that they must not have.
        names: names of fields, in quotes, that must not occur in the payload.
        name: all holds if this and backslashes are not in the payload; empty if it takes more.
    """

    values: tuple[tuple[Callable[[Any], Any], frozenset[object]], ...] = ()
    names: tuple[str, ...] = ()
    name: str = field(init=False)

    def __post_init__(self) -> None:
        """Finds the one `name`, once for all payloads."""
        sole = self.names[0] if len(self.names) == 1 and not self.values else ""
        object.__setattr__(self, "name", sole)

    def holds(self, body: object, payload: str) -> bool:
        """Whether ``payload``, which decodes as ``body``, can be nothing else."""
        for get, excluded in self.values:
            value = get(body)
            if type(value) is not str or value in excluded:
                return False
        for name in self.names:
            if mentions(payload, name):
                return False
        return not (self.names and "\\" in payload and "\\u00" in payload)


NOTHING: Final = Apart()
"""No look-alikes."""


def mentions(payload: str, name: str) -> bool:
    """Whether ``name``, which begins with a quote, is in ``payload``.

    A single character is found far quicker than several, so what is between the quotes of a long
    text, such as audio in base64, is passed over.
    """
    at = 0
    while True:
        if payload.find(name, at, at + _STEP + len(name)) >= 0:
            return True
        quote = payload.find('"', at + _STEP)
        if quote < at + 2 * _STEP:
            return quote >= 0 and payload.find(name, quote) >= 0
        at = quote


def is_shaped(schema: Schema, shape: Shape) -> bool:
    """Whether every object that decodes as ``schema`` has its ``shape``."""
    fields = _fields(schema)
    return fields is not None and all(
        field.name in fields and _is_certain(field, fields[field.name]) for field in shape.fields
    )


def apart(
    schema: Schema, shape: Shape, rivals: Iterable[Shape], *, written: bool = False
) -> Apart | None:
    """What tells a payload that has ``shape`` from all ``rivals``; None if nothing does.

    A rival need not match: what has its tag is taken for it, see `Shape.claims`.

    Args:
        schema: what the payload decodes as.
        shape: how such payloads are recognised.
        rivals: what it could be taken for.
        written: whether it was encoded from exactly the type of ``schema``, so that a payload of a
            struct has the fields of that and no other.
    """
    struct = _fields(schema)
    fields = struct or {}
    known = {*fields, *(field.name for field in shape.fields)}
    values: dict[str, frozenset[object]] = {}
    names: list[str] = []
    for rival in rivals:
        telling = [one for one in rival.fields if one.required and rival.tag in ("", one.name)]
        if _never(shape, rival, telling):
            continue
        value = next(_values(telling, fields), None)
        absent = sorted({one.name for one in telling} - known, key=len)
        if written and absent and struct is not None:
            continue
        if value is not None:
            attribute, texts = value
            values[attribute] = values.get(attribute, frozenset()) | texts
        elif absent and not written and _PLAIN.fullmatch(absent[-1]):
            names.append(f'"{absent[-1]}"')
        else:
            return None
    excluded = tuple((attrgetter(name), texts) for name, texts in values.items())
    return Apart(excluded, tuple(dict.fromkeys(names)))


def _never(shape: Shape, rival: Shape, telling: Iterable[FieldShape]) -> bool:
    """Whether nothing of ``shape`` can be taken for ``rival``, in which ``telling`` are needed."""
    if not rival.tag:
        return not overlaps(shape, rival)
    own = {field.name: field for field in shape.fields}
    return any(one.name in own and not one.meets(own[one.name]) for one in telling)


def _values(
    telling: Iterable[FieldShape], fields: Mapping[str, FieldInfo]
) -> Iterator[tuple[str, frozenset[object]]]:
    """The attributes that always hold a text here, with the texts that a rival needs in each."""
    for one in telling:
        field = fields.get(one.name)
        if field is not None and field.type is str and one.literals is not None:
            yield field.name, frozenset(value for _, value in one.literals)


def _is_certain(shape: FieldShape, field: FieldInfo) -> bool:
    """Whether what decodes as ``field`` is as ``shape`` says."""
    if shape.filled or shape.inside is not None or (shape.required and not field.required):
        return False
    if shape.literals is None:
        return True
    texts = all(kind == "str" for kind, _ in shape.literals)
    return texts and get_origin(field.type) is Literal


def _fields(schema: Schema) -> dict[str, FieldInfo] | None:
    """The fields of a struct by their names in JSON, without its tag; None if it is none.

    What changes its fields after they were read (``__post_init__``) tells nothing.
    """
    body = schema.body
    if schema.kind is not BodyKind.JSON or not isinstance(body, type):
        return None
    if not issubclass(body, msgspec.Struct) or hasattr(body, "__post_init__"):
        return None
    if body.__struct_config__.array_like:
        return None
    return {field.encode_name: field for field in msgspec.structs.fields(body)}
