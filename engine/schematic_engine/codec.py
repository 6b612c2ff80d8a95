"""Bodies to payloads and back, for all kinds of message that one side of an endpoint may say.

Nothing here knows whose turn it is: a `SideCodec` says which kinds a payload may be, decodes it
as one of them, and encodes bodies. `schematic_engine.session` adds the order.

Structs that have a tag of their own are decoded in one pass, whatever else the side may say. All
else is recognised first (see `schematic_engine.recogniser`) and decoded then: what has no tag, or
shares it with another kind. Null, absent and default stay three things in both directions.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, is_typeddict

import msgspec
import orjson
from msgspec import UNSET, inspect

from schematic.compile import CompiledEndpoint, Kind, Shape, shapes_of
from schematic.compile.body_types import members_of, type_of
from schematic.compile.shapes import overlaps
from schematic.define import BodyKind, Schema, Side
from schematic_engine.apart import NOTHING, Apart, apart, is_shaped
from schematic_engine.errors import LocalInvalidMessage
from schematic_engine.keyed import Key, Keys
from schematic_engine.keys import NO_KEYS, KindKeys, keys_of
from schematic_engine.long_texts import LongTexts
from schematic_engine.recogniser import Recogniser

__all__ = [
    "KindCodec",
    "OnePass",
    "SideCodec",
    "codecs_of",
    "copy_in_words",
    "elsewhere_in_words",
]

_LONG = 1024
"""Bytes from which it pays to check a body without its long texts."""

_encode_json = msgspec.json.Encoder().encode


class KindCodec:
    """Encodes and decodes the bodies of one kind of message.

    Attributes:
        id: the message's id.
        side: who sends it.
        schema: what its body is.
        shape: how its payloads are recognised.
        is_text: whether it is sent in text frames.
        specificity: how much they say for themselves, see `Shape.specificity`.
        types: the classes whose instances are such a body.
        by_member: whether it is a union that msgspec does not read as one.
        read_key: for a message of a channel, payload to key; None for a kind that carries none.
            Raises ValueError or RecursionError.
        read_ticket: payload to what relates a refusal to an opening; None where nothing does.
            Raises ValueError or RecursionError.
        key_path: where it holds the key of its channel; None where it holds none.
        decode: payload (of a matching shape) to body. Raises ValueError or RecursionError.
    """

    __slots__ = (
        "_exact",
        "_fields",
        "_is_json",
        "_key_in_body",
        "_texts",
        "_write",
        "by_member",
        "decode",
        "id",
        "is_text",
        "key_path",
        "read_key",
        "read_ticket",
        "schema",
        "shape",
        "side",
        "specificity",
        "types",
    )

    def __init__(self, kind: Kind, keys: KindKeys = NO_KEYS) -> None:
        self.id = kind.id
        self.read_key = keys.key
        self.read_ticket = keys.ticket
        self.key_path = keys.path
        self._key_in_body = keys.in_body
        self.side = kind.side
        self.schema = kind.message.schema
        self.shape = kind.shape
        self.is_text = kind.shape.in_text
        self.specificity = kind.shape.specificity
        self.types: tuple[type, ...] = ()
        self.decode: Callable[[Any], Any]
        self.by_member = False
        self._fields: frozenset[str] | None = None
        self._is_json = self.schema.kind is BodyKind.JSON
        self._exact: Any = None  # the type of its bodies, if that is a class
        self._texts = LongTexts(None)
        self._write: Callable[[Any], bytes]
        if self.schema.kind is BodyKind.TEXT:
            self.decode, self._write = _text, self._write_text
        elif self.schema.kind is BodyKind.BINARY:
            self.types, self.decode, self._write = (bytes,), bytes, _write_binary
        elif self.schema.is_name_only:
            self.decode, self._write = orjson.loads, _write_object
        else:
            self.types = tuple(_classes(self.schema.body))
            members = members_of(self.schema)
            self.by_member = bool(members)
            self.decode = _decoder(self.schema, members)
            self._write = self._write_typed
            if self.types == (self.schema.body,):
                self._exact = self.schema.body
                self._texts = LongTexts(self.schema.body)

    def key_in(self, payload: str | bytes) -> Keys | None:
        """The key in ``payload``; None if none is needed and there is none.

        Raises:
            ValueError: it has no key and needs one, or one that cannot be a key.
            RecursionError: it is nested too deeply to read.
        """
        return None if self.read_key is None else self.read_key(payload)

    def key_of(self, body: object, payload: str | bytes) -> Keys | None:
        """The same as `key_in`, where ``payload`` has been decoded as ``body``."""
        if self.read_key is None:
            return None
        look_up = self._key_in_body
        return self.read_key(payload) if look_up is None else look_up(body)

    def ticket_in(self, payload: str | bytes) -> Key | None:
        """What relates a refusal to an opening in ``payload``. Raises like `key_in`."""
        return None if self.read_ticket is None else self.read_ticket(payload)

    def encode(self, body: object) -> bytes:
        """The payload that says ``body``.

        Args:
            body: an instance of the schema's type, or JSON values that fit it; UNSET for a
                message that can only say one thing.

        Raises:
            LocalInvalidMessage: it does not fit the schema.
        """
        try:
            if type(body) is self._exact:
                payload = _encode_json(body)
                self._check(body, payload)
            else:
                payload = self._write(self._constant() if body is UNSET else body)
                if self._is_json:
                    self.decode(payload)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise LocalInvalidMessage(message=self.id, problem=str(error)) from error
        return payload

    def encoder(self, apart: Apart) -> Callable[[object], bytes | None]:
        """The same as `encode` for instances of exactly the schema's type, in less time.

        It returns None for a body that does not fit, or for which ``apart`` does not hold.
        """
        decode, check, values = self.decode, self._check, apart.values

        def encode(body: object) -> bytes | None:
            for get, excluded in values:
                value = get(body)
                if type(value) is not str or value in excluded:
                    return None
            try:
                payload = _encode_json(body)
                if len(payload) < _LONG:
                    decode(payload)
                else:
                    check(body, payload)
            except (TypeError, ValueError, OverflowError, RecursionError):
                return None
            return payload

        return encode

    def _check(self, body: object, payload: bytes) -> None:
        """Finds out whether ``payload``, which encodes ``body``, fits: structs check nothing.

        Raises:
            ValueError: it does not fit.
            RecursionError: it is nested too deeply to read.
        """
        short = self._texts.without(body) if len(payload) >= _LONG else body
        self.decode(payload if short is body else _encode_json(short))

    def _constant(self) -> object:
        """The body of a message that is sent by its id alone."""
        if len(self.schema.words) == 1:
            return self.schema.words[0]
        if self.schema.kind is BodyKind.JSON and not self.schema.is_name_only:
            return {}
        raise ValueError("say what to send: it has no constant body")

    def _write_text(self, body: object) -> bytes:
        if not isinstance(body, str):
            raise TypeError(f"expected a text, got {type(body).__name__}")
        if not self.shape.matches(body):
            raise ValueError(f"expected one of {', '.join(map(repr, self.shape.words))}")
        return body.encode()

    def _write_typed(self, body: object) -> bytes:
        if isinstance(body, self.types):
            return _encode_json(body)
        if isinstance(body, dict):
            if self._fields is None:
                self._fields = _field_names(type_of(self.schema))
            surplus = [str(key) for key in cast("dict[object, object]", body)]
            surplus = [key for key in surplus if key not in self._fields]
            if self._fields and surplus:
                raise ValueError(f"{self.schema.name} has no field {', '.join(surplus)}")
        if self.by_member:
            return _encode_json(self.decode(_encode_json(body)))
        return _encode_json(msgspec.convert(body, self.schema.body))


@dataclass(frozen=True, slots=True)
class OnePass:
    """How the contents of text frames are decoded without being looked at before.

    Attributes:
        decode: the content to a body. Raises ValueError or RecursionError if it is of none of
            the kinds, or broken.
        kinds: the kinds, by the classes of their bodies.
        apart: what has to hold besides, for the content to be of that kind and of no other.
    """

    decode: Callable[[str | bytes], object]
    kinds: Mapping[type, KindCodec]
    apart: Apart = NOTHING


class SideCodec:
    """All kinds of message that one side may say.

    Attributes:
        side: that side.
        kinds: them, by id.
        recogniser: tells which of them a payload may be.
        tagged: decodes the kinds that their tag alone tells from all others; None if there are
            none, or only one.
        binary: the kind that everything in a binary frame is, if there is only one.
    """

    __slots__ = (
        "_apart",
        "_by_type",
        "_one_pass",
        "_rivals",
        "binary",
        "kinds",
        "recogniser",
        "side",
        "tagged",
    )

    def __init__(self, side: Side, endpoint: CompiledEndpoint) -> None:
        codecs = [
            KindCodec(kind, keys_of(kind, endpoint.table))
            for kind in endpoint.kinds
            if kind.side is side
        ]
        self.side = side
        self.kinds = {codec.id: codec for codec in codecs}
        self.recogniser: Recogniser[KindCodec] = Recogniser(codecs)
        self.tagged = _by_tag(codecs)
        in_binary = [codec for codec in codecs if codec.shape.in_binary]
        is_sole = len(in_binary) == 1 and in_binary[0].schema.kind is BodyKind.BINARY
        self.binary = in_binary[0] if is_sole else None
        self._by_type: dict[type, list[KindCodec]] = {}
        for codec in codecs:
            for body in codec.types:
                self._by_type.setdefault(body, []).append(codec)
        self._rivals: dict[str, frozenset[str]] = {}
        self._one_pass: dict[str, OnePass | None] = {}
        self._apart: dict[tuple[str, frozenset[str]], Apart | None] = {}

    def of_type(self, body: type) -> list[KindCodec]:
        """The kinds whose body is an instance of ``body``."""
        for base in body.__mro__:
            if base in self._by_type:
                return self._by_type[base]
        return []

    def rivals(self, kind: KindCodec) -> frozenset[str]:
        """The ids of the kinds that a receiver may prefer when it sees a payload of ``kind``.

        Two bare names are not rivals, although they look alike, and neither are two kinds of
        bytes: the description says nothing about either, so what is sent is taken at its word.
        """
        rivals = self._rivals.get(kind.id)
        if rivals is None:
            rivals = self._rivals[kind.id] = frozenset(
                other.id for other in self.kinds.values() if _is_rival(other, kind)
            )
        return rivals

    def sole(self, body: type) -> KindCodec | None:
        """The kind whose bodies are of exactly the type ``body``, if there is only one."""
        kinds = self._by_type.get(body, ())
        return kinds[0] if len(kinds) == 1 and kinds[0].schema.body is body else None

    def apart(self, kind: KindCodec, rivals: frozenset[str]) -> Apart | None:
        """What tells a payload, encoded from exactly the type of ``kind``, from ``rivals``.

        None if nothing does, so that each payload has to be looked at.
        """
        known = self._apart.get((kind.id, rivals), NOTHING)
        if known is NOTHING:
            shapes = [self.kinds[name].shape for name in rivals]
            known = apart(kind.schema, kind.shape, shapes, written=True)
            self._apart[kind.id, rivals] = known
        return known

    def one_pass(self, kind: KindCodec) -> OnePass | None:
        """How payloads are decoded that are expected to be of ``kind``; None if that tells nothing.

        What it decodes is what the recogniser would find, at any moment at which it is legal.
        """
        if kind.id not in self._one_pass:
            told = None
            if kind.is_text and is_shaped(kind.schema, kind.shape):
                rivals = [
                    other.shape
                    for other in self.kinds.values()
                    if other is not kind and other.is_text and other.specificity >= kind.specificity
                ]
                told = apart(kind.schema, kind.shape, rivals)
            kinds = dict.fromkeys(kind.types, kind)
            found = None if told is None else OnePass(kind.decode, kinds, told)
            self._one_pass[kind.id] = found
        return self._one_pass[kind.id]


@lru_cache(maxsize=256)
def codecs_of(endpoint: CompiledEndpoint) -> dict[Side, SideCodec]:
    """The codecs of both sides of ``endpoint``, made once and shared by its connections."""
    return {side: SideCodec(side, endpoint) for side in Side}


def copy_in_words(body: type, kinds: Iterable[KindCodec]) -> str:
    """That ``body`` is another class than one of these kinds that has its name; empty if none."""
    for one in {kind: None for codec in kinds for kind in codec.types}:
        if one.__qualname__ == body.__qualname__:
            names = f"{body.__module__}.{body.__qualname__}", f"{one.__module__}.{one.__qualname__}"
            file = _file_of(body)
            if file and file == _file_of(one):
                name = Path(file).name
                return (
                    f"this one comes from a second copy of {name}: it is {names[0]}, and that of "
                    f"the description is {names[1]}; import {name} before it is loaded by name"
                )
            return f"this one is {names[0]}, and that of the description is {names[1]}"
    return ""


def _file_of(body: type) -> str:
    """The file in which a class is written; empty if it is not known."""
    file = getattr(sys.modules.get(body.__module__), "__file__", None)
    return str(Path(file).resolve()) if isinstance(file, str) else ""


def elsewhere_in_words(
    endpoint: CompiledEndpoint, side: Side, payload: str | bytes, *, is_text: bool
) -> str:
    """What ``payload``, unknown here, looks like on connections with other parameters.

    Returns:
        words to add to a description of the payload; empty where there is nothing to say.
    """
    recogniser = _absent(endpoint, side)
    try:
        found = recogniser.find(payload, is_text=is_text)[:1]
    except (ValueError, RecursionError):
        found = ()
    return "".join(
        f" (it looks like {kind.id}, which needs the parameters {kind.message.condition})"
        for kind in found
    )


@lru_cache(maxsize=256)
def _absent(endpoint: CompiledEndpoint, side: Side) -> Recogniser[Kind]:
    """Recognises the messages of ``side`` that the endpoint has with other parameters only."""
    messages = [one for one in endpoint.absent if side in one.direction.senders]
    shapes = shapes_of([one.schema for one in messages])
    return Recogniser([Kind(side, *one) for one in zip(messages, shapes, strict=True)])


def _is_rival(other: KindCodec, kind: KindCodec) -> bool:
    if other is kind or other.specificity < kind.specificity:
        return False
    if _says_nothing(other.schema) and _says_nothing(kind.schema):
        return False
    return overlaps(other.shape, kind.shape)


def _says_nothing(schema: Schema) -> bool:
    return schema.is_name_only or schema.kind is BodyKind.BINARY


def _by_tag(codecs: list[KindCodec]) -> OnePass | None:
    """One decoder for the kinds that it tells apart by their tag.

    What it decodes must be what the recogniser would find. So no other kind may look like any of
    them and be preferred, whatever the moment.
    """
    found = [codec for codec in codecs if _is_told_by_tag(codec, codecs)]
    # A union has one tag field; let it be the one that serves most.
    [(field, _)] = Counter(codec.shape.tag for codec in found).most_common(1) or [("", 0)]
    found = [codec for codec in found if codec.shape.tag == field]
    classes = {body: codec for codec in found for body in codec.types}
    # A struct that stands alone is decoded even where its tag is missing, so two are needed.
    if len(classes) < 2:
        return None
    union: Any = Union[tuple(codec.schema.body for codec in found)]  # noqa: UP007  # made at run time
    return OnePass(msgspec.json.Decoder(union).decode, classes)


def _is_told_by_tag(codec: KindCodec, codecs: list[KindCodec]) -> bool:
    """Whether a payload with the tag of ``codec`` can be meant for nothing else."""
    configs = [getattr(body, "__struct_config__", None) for body in codec.types]
    tags = [config.tag_field for config in configs if config is not None]
    return (
        set(tags) == {codec.shape.tag}
        and codec.is_text
        and len(codec.shape.fields) == 1
        and not codec.by_member
        and not any(
            other.specificity >= codec.specificity and overlaps(other.shape, codec.shape)
            for other in codecs
            if other is not codec
        )
    )


def _decoder(schema: Schema, members: tuple[Schema, ...]) -> Callable[[str | bytes], Any]:
    """What decodes a payload as a body; as one of the ``members`` of a union, if it has any."""
    if not members:
        return msgspec.json.Decoder(schema.body).decode
    shaped = zip(members, shapes_of(members), strict=True)
    recogniser = Recogniser(
        [_Member(shape, msgspec.json.Decoder(one.body).decode) for one, shape in shaped]
    )

    def decode(payload: str | bytes) -> Any:
        found = recogniser.text(payload)
        if not found:
            names = ", ".join(member.name for member in members)
            raise ValueError(
                f"{recogniser.describe(payload, is_text=True)}, which is none of {names}"
            )
        return found[0].decode(payload)

    return decode


@dataclass(frozen=True, slots=True)
class _Member:
    """One type of a union."""

    shape: Shape
    decode: Callable[[str | bytes], object]


def _classes(annotation: Any) -> Iterator[type]:
    """The classes whose instances ``annotation`` describes, as far as they have one."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _classes(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for member in get_args(annotation):
            yield from _classes(member)
    else:
        found = origin or annotation
        if isinstance(found, type) and not is_typeddict(found):
            yield found


def _field_names(info: inspect.Type) -> frozenset[str]:
    """The keys that an object of this type may have; empty if that is not known."""
    if isinstance(info, inspect.StructType):
        tag = () if info.tag_field is None else (info.tag_field,)
        return frozenset([*(field.encode_name for field in info.fields), *tag])
    if isinstance(info, inspect.DataclassType | inspect.TypedDictType):
        return frozenset(field.encode_name for field in info.fields)
    return frozenset()


def _text(payload: str | bytes) -> str:
    return payload if isinstance(payload, str) else payload.decode()


def _write_object(body: object) -> bytes:
    if not isinstance(body, dict):
        raise TypeError(f"expected a dict, got {type(body).__name__}")
    return orjson.dumps(body)


def _write_binary(body: object) -> bytes:
    if not isinstance(body, bytes | bytearray | memoryview):
        raise TypeError(f"expected bytes, got {type(body).__name__}")
    return bytes(cast("bytes", body))
