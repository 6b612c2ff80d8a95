"""From plain data back to definitions: nothing in the data is trusted."""

from __future__ import annotations

import types as kinds
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, Union, cast, get_args, get_origin

from schematic.define import (
    BodyKind,
    Condition,
    ConditionLike,
    ConnectionLifecycle,
    DefinitionError,
    MessageSchema,
    Schema,
    WebSocketApi,
)
from schematic.define.checks import definition
from schematic.define.values import shown
from schematic.interchange.fields import (
    BARE,
    MESSAGES,
    PARAM,
    REQUIRED,
    TYPE,
    VALUE,
    VALUES,
    fields_of,
    is_definition,
)
from schematic.interchange.writing import BUILTINS, value_from_json

__all__ = ["Reader"]

_SCALARS: Mapping[object, tuple[tuple[type, ...], str]] = {
    str: ((str,), "a text"),
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    kinds.NoneType: ((kinds.NoneType,), "null"),
}
_UNIONS = (Union, kinds.UnionType)
_LISTS = (tuple, Sequence)
_SCHEMA = {BARE: str, TYPE: str, "kind": BodyKind, "name": str, "words": Sequence[str]}
_CONDITIONS = (Condition, ConditionLike)
_OBJECTS = Mapping[str, Any]
_SINGLE = tuple[str | int | bool | float, ...]
_FRAME = next(field.hint for field in fields_of(Schema) if field.name == "frame")


class Reader:
    """Reads definitions from data that `check_plain` has passed.

    Args:
        types: the types of bodies by name.
    """

    def __init__(self, types: Mapping[str, object]) -> None:
        self._types = types
        self._messages: dict[str, MessageSchema] | None = None
        self._used: set[str] = set()

    def read(self, hint: Any, data: object, place: str = "") -> Any:
        """What ``data`` says, as something that may be given where the ``hint`` stands.

        Args:
            hint: a definition type, or any other type that a field of one may have.
            data: JSON values.
            place: where they stand, for errors.

        Raises:
            DefinitionError: they say no such thing. The message names the place.
        """
        if not _admits(hint, data):
            raise _refusal(f"{shown(data)} is not {_in_words(hint)}", place)
        origin, held = get_origin(hint), cast("Any", data)
        if hint in _CONDITIONS:
            return self._condition(held, place)
        if origin in _UNIONS:
            return self.read(_chosen(get_args(hint), data), data, place)
        if isinstance(held, list) and origin is not None:
            return self._several(hint, cast("list[object]", held), place)
        return self._single(hint, data, place)

    def _single(self, hint: Any, data: object, place: str) -> Any:
        if hint is object:
            return self._body(data, place)
        if _is_enum(hint):
            return hint(data)
        if hint is MessageSchema and isinstance(data, str):
            return self._known(data, place)
        if hint is Schema or is_definition(hint):
            return self._definition(hint, cast("dict[str, object]", data), place)
        return data

    def _definition(self, hint: type, data: dict[str, object], place: str) -> Any:
        if hint is Schema:
            return self._schema(data, place)
        if hint is ConnectionLifecycle and self._messages is None:
            return self._outermost(data, place)
        return self._made(hint, data, place)

    # -------------------------------------------------------------------------- field by field

    def _made(self, hint: type, data: dict[str, object], place: str) -> Any:
        fields = fields_of(hint)
        _refuse_unknown(data, [field.name for field in fields], place)
        positional: tuple[object, ...] = ()
        named: dict[str, object] = {}
        for field in fields:
            if field.name not in data:
                if field.default is REQUIRED:
                    raise _refusal(f"{field.name} is missing", place)
                continue
            value = self.read(field.hint, data[field.name], _within(place, field.name))
            if field.variadic:
                positional = value
            else:
                named[field.name] = value
        with definition(*([place] if place and hint is not WebSocketApi else [])):
            return hint(*positional, **named)

    def _several(self, hint: Any, data: list[object], place: str) -> tuple[Any, ...]:
        hints = _elements(hint, len(data))
        if len(hints) != len(data):
            raise _refusal(f"{shown(data)} is not a list of {len(hints)}", place)
        return tuple(
            self.read(one, element, f"{place}[{index}]")
            for index, (one, element) in enumerate(zip(hints, data, strict=True))
        )

    # -------------------------------------------------------------------- with a form of its own

    def _outermost(self, data: dict[str, object], place: str) -> ConnectionLifecycle:
        within = _within(place, MESSAGES)
        self._messages, self._used = {}, set()
        for name, message in self.read(_OBJECTS, data.get(MESSAGES, {}), within).items():
            inner = _within(within, name)
            written: dict[str, object] = self.read(_OBJECTS, message, inner)
            if "id" in written:
                raise _refusal("its key is its id, so it has no other", inner)
            self._messages[name] = self._made(MessageSchema, {"id": name, **written}, inner)
        rest = {key: value for key, value in data.items() if key != MESSAGES}
        lifecycle: ConnectionLifecycle = self._made(ConnectionLifecycle, rest, place)
        for name in self._messages:
            if name not in self._used:
                raise _refusal("nothing refers to it", _within(within, name))
        self._messages = None
        return lifecycle

    def _known(self, name: str, place: str) -> MessageSchema:
        messages = self._messages or {}
        if name not in messages:
            known = ", ".join(messages) or "none"
            raise _refusal(f"there is no message {shown(name)}. There are: {known}", place)
        self._used.add(name)
        return messages[name]

    def _schema(self, data: dict[str, object], place: str) -> Schema:
        hints: dict[str, Any] = {**_SCHEMA, "frame": _FRAME}
        _refuse_unknown(data, hints, place)
        given = {k: self.read(hints[k], one, _within(place, k)) for k, one in data.items()}
        if (TYPE in given) + (BARE in given) + ("kind" in given) != 1:
            raise _refusal(f"give one of {TYPE}, {BARE} and kind", place)
        body = given.pop(BARE, None)
        if TYPE in given:
            body = self._type(given.pop(TYPE), _within(place, TYPE))
        schema = Schema(body, **given)
        with definition(*([place] if place else [])):
            schema.check()
        return schema

    def _type(self, name: str, place: str) -> object:
        if name not in self._types:
            known = ", ".join(self._types) or "none"
            raise _refusal(f"there is no type {shown(name)} among those given: {known}", place)
        return self._types[name]

    def _body(self, data: object, place: str) -> object:
        """A value of a body type: JSON alone, or JSON with the name of the type."""
        if not isinstance(data, list | dict):
            return data
        written = cast("dict[str, object]", data)
        name = written[TYPE] if set(written) == {TYPE, VALUE} else None
        if not isinstance(name, str):
            raise _refusal(f"give {TYPE}, the name of a type, and {VALUE}", place)
        kind = BUILTINS[name] if name in BUILTINS and name not in self._types else None
        kind = kind or self._type(name, _within(place, TYPE))
        try:
            return value_from_json(written[VALUE], kind)
        except (TypeError, ValueError) as error:
            raise _refusal(str(error), _within(place, VALUE)) from None

    def _condition(self, data: list[object], place: str) -> Condition:
        found: list[tuple[str, tuple[Any, ...]]] = []
        for index, term in enumerate(data):
            inner = f"{place}[{index}]"
            written: dict[str, object] = self.read(_OBJECTS, term, inner)
            _refuse_unknown(written, (PARAM, VALUES), inner)
            name = self.read(str, written.get(PARAM), _within(inner, PARAM))
            values = self.read(_SINGLE, written.get(VALUES, []), _within(inner, VALUES))
            found.append((name, values))
        return Condition(tuple(found))


# What data may stand for a hint


def _admits(hint: Any, data: object) -> bool:
    """Whether ``data`` is of the JSON kind that is read as ``hint``; what it holds is not seen."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _SCALARS:
        return type(data) in _SCALARS[hint][0]
    if hint in _CONDITIONS or origin in _LISTS:
        return isinstance(data, list)
    if origin in _UNIONS:
        return any(_admits(one, data) for one in arguments)
    if origin is Literal:
        return isinstance(data, str) and data in arguments
    return hint in (Any, object) or _admits_class(hint, data)


def _admits_class(hint: Any, data: object) -> bool:
    if _is_enum(hint):
        return isinstance(data, str) and data in [member.value for member in hint]
    if hint is MessageSchema:
        return isinstance(data, str) or (isinstance(data, dict) and "id" in data)
    return isinstance(data, dict)


def _chosen(hints: Sequence[Any], data: object) -> Any:
    """The first hint of a union as which ``data`` can be read; lists are told by their elements."""
    fitting = [hint for hint in hints if _admits(hint, data)]
    if isinstance(data, list):
        elements = cast("list[object]", data)
        for hint in fitting:
            each = _elements(hint, len(elements))
            if len(each) == len(elements) and all(map(_admits, each, elements)):
                return hint
    return fitting[0]


def _elements(hint: Any, count: int) -> tuple[Any, ...]:
    """The hint of each element of a list of ``count``; as many as it has to have."""
    arguments = get_args(hint)
    if get_origin(hint) is tuple and Ellipsis not in arguments:
        return arguments
    return (arguments[0],) * count


def _is_enum(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, Enum)


def _in_words(hint: Any) -> str:
    """What is expected, for an error."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _SCALARS:
        return _SCALARS[hint][1]
    if hint in _CONDITIONS or origin in _LISTS:
        return "a list"
    if origin in _UNIONS:
        return " or ".join(dict.fromkeys(map(_in_words, arguments)))
    if origin is Literal or _is_enum(hint):
        values = arguments or tuple(member.value for member in hint)
        return f"one of {', '.join(map(str, values))}"
    return "the id of a message" if hint is MessageSchema else "an object"


# Places


def _within(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _refusal(problem: str, place: str) -> DefinitionError:
    return DefinitionError(problem, place=(place,) if place else ())


def _refuse_unknown(data: Mapping[str, object], known: Collection[str], place: str) -> None:
    for name in data:
        if name not in known:
            listed = ", ".join(known)
            raise _refusal(f"there is no field {shown(name)}. There are: {listed}", place)
