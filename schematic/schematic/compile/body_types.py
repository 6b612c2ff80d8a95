"""What msgspec knows about the types of bodies, and what it is to know about some more.

msgspec reads no union of objects that it cannot tell apart by a tag of their own: two structs
that share a tag, or have none. A `Schema` may hold one nevertheless, since shapes often can; such
a union is read member by member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import UnionType
from typing import Annotated, Any, TypeAlias, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import inspect

from schematic.define import BodyKind, DefinitionError, Schema

__all__ = [
    "ObjectType",
    "can_say",
    "holds",
    "is_object",
    "lacks",
    "members_of",
    "plain_types",
    "tag_of",
    "type_of",
    "values_of",
]

T = TypeVar("T")

ObjectType: TypeAlias = inspect.StructType | inspect.DataclassType | inspect.TypedDictType
"""The types whose fields are known."""


def type_of(schema: Schema) -> inspect.Type:
    """What msgspec says about the type of a JSON body that is no bare name.

    Raises:
        DefinitionError: it cannot be read, or not be written without losing something.
    """
    members = members_of(schema)
    if members:
        return inspect.UnionType(tuple(type_of(member) for member in members))
    info = _read(schema, inspect.type_info)
    if isinstance(info, inspect.CustomType):
        raise DefinitionError(
            f"{schema.name} cannot be used as a body: msgspec reads Structs, dataclasses, "
            "TypedDicts and plain annotations"
        )
    return info


def tag_of(schema: Schema) -> tuple[str, object] | None:
    """The field and the value of the tag, if a JSON body is a struct that has one.

    This is far quicker than `type_of`, which reads all types that the body holds, too.

    Raises:
        DefinitionError: it cannot be read, or not be written without losing something.
    """
    config = getattr(schema.body, "__struct_config__", None)
    if config is None or config.array_like or config.tag_field is None:
        return None
    _read(schema, msgspec.json.Decoder)
    return config.tag_field, config.tag


def members_of(schema: Schema) -> tuple[Schema, ...]:
    """The members of a union that has to be read member by member; empty for all else."""
    members = tuple(_members(schema.body))
    if len(members) < 2:
        return ()
    try:
        inspect.type_info(schema.body)
    except (TypeError, NameError):
        return tuple(map(Schema, members)) if all(map(_is_object_type, members)) else ()
    return ()


def is_object(info: inspect.Type) -> bool:
    """Whether values of this type are JSON objects whose fields are known."""
    return isinstance(info, ObjectType) and not getattr(info, "array_like", False)


def plain_types(info: inspect.Type) -> Iterator[inspect.Type]:
    """The plain types that ``info`` stands for, annotations stripped and unions opened."""
    if isinstance(info, inspect.Metadata):
        yield from plain_types(info.type)
    elif isinstance(info, inspect.UnionType):
        for member in info.types:
            yield from plain_types(member)
    else:
        yield info


def values_of(info: inspect.Type) -> tuple[object, ...] | None:
    """The values of a literal or an enumeration, as JSON has them; None for other types."""
    if isinstance(info, inspect.LiteralType):
        return tuple(info.values)
    if isinstance(info, inspect.EnumType):
        return tuple(member.value for member in info.cls)
    return None


def holds(schema: Schema, path: tuple[str, ...]) -> bool:
    """Whether a body may have a field at ``path``, names as they are on the wire.

    Where nothing is known of what an object holds, it may.

    Raises:
        DefinitionError: its type cannot be read.
    """
    if schema.kind is not BodyKind.JSON:
        return False
    return schema.is_name_only or _holds(type_of(schema), path)


def lacks(schema: Schema, path: tuple[str, ...]) -> bool:
    """Whether a body may be without a field at ``path``, or have null there.

    Raises:
        DefinitionError: its type cannot be read.
    """
    if schema.kind is not BodyKind.JSON:
        return True
    return schema.is_name_only or _lacks(type_of(schema), path)


def can_say(schema: Schema, path: tuple[str, ...] = ()) -> bool:
    """Whether nothing has to be known to make a body, but what stands at ``path``."""
    if len(schema.words) == 1:
        return True
    if schema.kind is not BodyKind.JSON or (schema.is_name_only and not path):
        return False
    return schema.is_name_only or any(
        _fits(member, _nested(path, key))
        for member in members_of(schema) or (schema,)
        for key in ("key", 1)
    )


def _nested(path: tuple[str, ...], value: object) -> object:
    """An object with ``value`` at ``path``, and nothing else."""
    if not path:
        return {}
    made: object = value
    for name in reversed(path):
        made = {name: made}
    return made


def _fits(schema: Schema, value: object) -> bool:
    try:
        msgspec.convert(value, schema.body)
    except (TypeError, ValueError):
        return False
    return True


def _holds(info: inspect.Type, path: tuple[str, ...]) -> bool:
    return not path or any(_has(one, *path) for one in plain_types(info))


def _has(info: inspect.Type, name: str, *rest: str) -> bool:
    if is_object(info):
        field = _field(info, name)
        tagged = not rest and getattr(info, "tag_field", None) == name
        return tagged or (field is not None and _holds(field.type, rest))
    if isinstance(info, inspect.DictType):
        return _holds(info.value_type, rest)
    return isinstance(info, inspect.AnyType | inspect.RawType | inspect.CustomType)


def _lacks(info: inspect.Type, path: tuple[str, ...]) -> bool:
    types = tuple(plain_types(info))
    if not path:
        return any(isinstance(one, inspect.NoneType | inspect.AnyType) for one in types)
    fields = [_field(one, path[0]) if is_object(one) else None for one in types]
    return any(one is None or not one.required or _lacks(one.type, path[1:]) for one in fields)


def _field(info: inspect.Type, name: str) -> inspect.Field | None:
    """The field of an object type that is called ``name`` on the wire."""
    fields = info.fields if isinstance(info, ObjectType) else ()
    return next((field for field in fields if field.encode_name == name), None)


def _members(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _is_object_type(annotation: Any) -> bool:
    try:
        return is_object(inspect.type_info(annotation))
    except (TypeError, NameError):
        return False


def _read(schema: Schema, read: Callable[[Any], T]) -> T:
    """What ``read`` makes of the body's type, if it can be used as a body."""
    _refuse_omitted_defaults(schema.body)
    try:
        return read(schema.body)
    except (TypeError, NameError) as error:
        raise DefinitionError(f"{schema.name} cannot be used as a body: {error}") from error


def _refuse_omitted_defaults(body: Any) -> None:
    config = getattr(body, "__struct_config__", None)
    if config is not None and config.omit_defaults:
        raise DefinitionError(
            f"{body.__name__} sets omit_defaults, which drops explicit nulls and constant fields "
            "from what is sent; use msgspec.UNSET as the default of what may be absent"
        )
