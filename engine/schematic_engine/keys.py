"""Where a message holds the key of its channel, and reading it without the rest of the body."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeAlias, Union, cast, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, UNSET, UnsetType
from msgspec.structs import FieldInfo

from schematic.compile import Kind
from schematic.compile.table import ChannelTable, Table
from schematic_engine.keyed import Key, Keys

__all__ = ["NO_KEYS", "KindKeys", "keys_of", "with_key"]

_NO_KEY = "it has no key, which would tell the channel that is meant"

_Reader: TypeAlias = Callable[[Any], Key | None]


@dataclass(frozen=True, slots=True)
class KindKeys:
    """What can be read of a kind's payloads besides their body.

    Attributes:
        key: payload to key, a pair of keys for a channel within a channel; None for kinds that
            carry none. Raises ValueError for a payload that needs one and has none, or none that
            can be one, and RecursionError.
        in_body: decoded body to key, the same key in less time; None where only the payload tells.
        ticket: payload to what relates a refusal to the opening that it refuses.
        path: where the key of its own channel stands; None where there is none.
    """

    key: Callable[[str | bytes], Keys | None] | None = None
    in_body: Callable[[Any], Keys | None] | None = None
    ticket: _Reader | None = None
    path: tuple[str, ...] | None = None


NO_KEYS = KindKeys()
"""For a message that is on no channel and refuses none."""


def keys_of(kind: Kind, table: Table) -> KindKeys:
    """What to read of the payloads of ``kind``, one of the endpoint of ``table``."""
    message = kind.message
    if not kind.channels:
        refusals = (spec.refusal for spec in table.channels if spec.opener is kind.side.other)
        named = [r.names for r in refusals if r is not None and r.message == kind.id]
        return KindKeys(ticket=_at(named[0] if named else None))
    spec = table.channels[kind.channels[0]]
    if len(kind.channels) == 1:
        opens = spec.table.legal(spec.table.start, kind.side, kind.id) is not None
        ticket = spec.refusal.ticket if opens and spec.refusal is not None else None
        return KindKeys(
            _reads(kind, spec),
            _looks_up(kind, spec),
            _at(ticket),
            _path(kind, spec, message.key),
        )
    inner = spec.table.channels[kind.channels[1]]
    outer, own = _reads(kind, spec, outer=True), _reads(kind, inner)
    looks = _looks_up(kind, spec, outer=True), _looks_up(kind, inner)
    in_body = None if None in looks else _pair(*looks)
    return KindKeys(_pair(outer, own), in_body, path=_path(kind, inner, message.key))


def with_key(body: dict[str, Any], path: tuple[str, ...], key: Key) -> dict[str, Any]:
    """``body``, JSON values that are the caller's own, with ``key`` written at ``path``."""
    *outer, last = path
    place = body
    for name in outer:
        place = place.setdefault(name, {})
    place[last] = key
    return body


def _path(kind: Kind, spec: ChannelTable, instead: str | None) -> tuple[str, ...] | None:
    """Where payloads of ``kind`` hold the key of ``spec``; None where they do not."""
    if kind.id in spec.keyless:
        return None
    return spec.key.path(kind.side) if instead is None else tuple(instead.split("."))


def _reads(kind: Kind, spec: ChannelTable, *, outer: bool = False) -> _Reader | None:
    """What reads the key of ``spec`` in payloads of ``kind``; None where there is none."""
    path = _path(kind, spec, kind.message.outer_key if outer else kind.message.key)
    if path is None:
        return None
    read = _reader(path, spec.key.default)
    return read if kind.id in spec.to_all else _insist(read)


@cache
def _insist(read: _Reader) -> _Reader:
    """``read``, for a message that needs a key."""

    def read_key(said: Any) -> Key:
        key = read(said)
        if key is None:
            raise ValueError(_NO_KEY)
        return key

    return read_key


def _pair(
    outer: _Reader | None, own: _Reader | None
) -> Callable[[Any], tuple[Key | None, Key | None]]:
    """What reads the keys of a channel and of the one around it."""
    read_outer, read_own = outer or _none, own or _none
    return lambda said: (read_outer(said), read_own(said))


def _none(said: object) -> None:
    del said


def _looks_up(kind: Kind, spec: ChannelTable, *, outer: bool = False) -> _Reader | None:
    """What finds the key of ``spec`` in decoded bodies of ``kind``; None if that is not known."""
    path = _path(kind, spec, kind.message.outer_key if outer else kind.message.key)
    names = None if path is None else _attributes(kind.message.schema.body, path)
    if names is None:
        return None
    return _getter(names, spec.key.default, required=kind.id not in spec.to_all)


def _attributes(body: object, path: tuple[str, ...]) -> tuple[str, ...] | None:
    """The attributes of a struct by which ``path``, names on the wire, is reached.

    None where a body may hold another key than its payload: what is absent there may have a
    default here.
    """
    found: list[str] = []
    for name in path:
        members = list(_members(body))
        struct = members[0] if len(members) == 1 else None
        if not isinstance(struct, type) or not issubclass(struct, msgspec.Struct):
            return None
        named = (one for one in msgspec.structs.fields(struct) if one.encode_name == name)
        field = next(named, None)
        if struct.__struct_config__.array_like or field is None or not _is_plain(field):
            return None
        found.append(field.name)
        body = field.type
    return tuple(found)


def _is_plain(field: FieldInfo) -> bool:
    """Whether ``field`` stays empty where a payload does not have it."""
    return field.default_factory is NODEFAULT and (
        field.default is NODEFAULT or field.default is UNSET or field.default is None
    )


def _members(annotation: object) -> Iterator[object]:
    """What ``annotation`` may be, besides nothing."""
    if get_origin(annotation) in (Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    elif annotation not in (None, type(None), UnsetType):
        yield annotation


def _getter(names: tuple[str, ...], default: Key | None, *, required: bool) -> _Reader:
    """What gets the key out of a body by the attributes ``names``."""

    def look_up(body: Any) -> Key | None:
        found = body
        for name in names:
            found = getattr(found, name, None)
        if type(found) is str or type(found) is int:
            return found
        if found is not None and found is not UNSET:
            raise ValueError("a key is a text or an integer")
        if required and default is None:
            raise ValueError(_NO_KEY)
        return default

    return look_up


def _at(path: str | None) -> _Reader | None:
    return None if path is None else _reader(tuple(path.split(".")), None)


@cache
def _reader(path: tuple[str, ...], default: Key | None) -> _Reader:
    """What reads the field at ``path`` out of JSON objects, and nothing else of them.

    Args:
        path: the names of the fields that lead to it.
        default: what stands for a field that is absent or null.
    """
    annotation: Any = str | int | None | UnsetType
    for name in reversed(path):
        field = msgspec.field(name=name, default=UNSET)
        annotation = msgspec.defstruct("Keyed", [("value", annotation, field)]) | None | UnsetType
    decode = msgspec.json.Decoder(annotation).decode

    def read(payload: str | bytes) -> Key | None:
        found: Any = decode(payload)
        for _ in path:
            if found is UNSET or found is None:
                return default
            found = found.value
        return default if found is UNSET or found is None else cast("Key", found)

    return read
