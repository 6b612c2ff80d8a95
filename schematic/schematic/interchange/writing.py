"""From definitions to plain data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, cast

import msgspec

from schematic.define import (
    BodyKind,
    Condition,
    ConnectionLifecycle,
    DefinitionError,
    MessageSchema,
    Schema,
)
from schematic.define.values import shown
from schematic.interchange.fields import (
    BARE,
    MESSAGES,
    PARAM,
    TYPE,
    VALUE,
    VALUES,
    fields_of,
    is_definition,
)

__all__ = ["BUILTINS", "Writer", "value_from_json"]

BUILTINS: Mapping[str, object] = {one.__name__: one for one in (bytes, tuple, frozenset)}
"""Types of values that have a JSON form but are none, which need no name of the user's."""

_DOCS = frozenset({"description", "docs_url"})


class Writer:
    """Writes definitions as plain data.

    Args:
        types: the types of bodies by name.
        docs: whether what is only for people is written too.
    """

    def __init__(self, types: Mapping[str, object], *, docs: bool) -> None:
        self._types = types
        self._names: dict[object, str] = {body: name for name, body in types.items()}
        self._docs = docs
        self._messages: dict[str, tuple[MessageSchema, object]] | None = None
        self._forms: dict[type, Callable[[Any], Any]] = {
            Schema: self._schema,
            MessageSchema: self._message,
            ConnectionLifecycle: self._lifecycle,
            Condition: _condition,
        }

    def write(self, value: object) -> Any:
        """``value``, a definition or what stands in one, as JSON values.

        Raises:
            DefinitionError: a body type has no name, or a value has no JSON form.
        """
        form = self._forms.get(type(value))
        if form is not None:
            return form(value)
        if isinstance(value, Enum):
            return value.value
        if is_definition(type(value)):
            return self._fields(value)
        if isinstance(value, tuple | list):
            return [self.write(one) for one in cast("tuple[object, ...]", value)]
        if isinstance(value, Mapping):
            return {
                key: self.write(one) for key, one in cast("Mapping[str, object]", value).items()
            }
        return value

    def _fields(self, value: object) -> dict[str, Any]:
        return dict(self._written(value))

    def _written(self, value: object) -> Iterator[tuple[str, Any]]:
        definition: type = type(value)
        for field in fields_of(definition):
            held = getattr(value, field.name)
            if field.is_default(held) or (field.name in _DOCS and not self._docs):
                continue
            yield field.name, self._body(held) if field.hint is object else self.write(held)

    def _lifecycle(self, lifecycle: ConnectionLifecycle) -> dict[str, Any]:
        if self._messages is not None:
            return self._fields(lifecycle)
        self._messages = {}
        fields = self._fields(lifecycle)
        messages = {name: written for name, (_, written) in self._messages.items()}
        self._messages = None
        return {MESSAGES: messages, **fields} if messages else fields

    def _message(self, message: MessageSchema) -> Any:
        """The id of the message, which is described apart; all of it if the id is taken."""
        if self._messages is None:
            return self._fields(message)
        if message.id not in self._messages:
            described = {key: one for key, one in self._written(message) if key != "id"}
            self._messages[message.id] = message, described
        known, _ = self._messages[message.id]
        return message.id if known == message else self._fields(message)

    def _schema(self, schema: Schema) -> dict[str, Any]:
        schema.check()
        written: dict[str, Any] = {}
        if schema.is_name_only:
            written[BARE] = schema.body
        elif schema.kind is BodyKind.JSON:
            written[TYPE] = self._name_of(schema)
        else:
            written["kind"] = schema.kind.value
        plain = Schema(schema.body, kind=schema.kind)
        if schema.name != plain.name:
            written["name"] = schema.name
        if schema.words:
            written["words"] = list(schema.words)
        if schema.frame != plain.frame:
            written["frame"] = schema.frame
        return written

    def _name_of(self, schema: Schema) -> str:
        if schema.body not in self._names:
            raise DefinitionError(
                f"the body {schema.name} has no name; give types= one that names {schema.body!r}"
            )
        return self._names[schema.body]

    def _body(self, body: object) -> Any:
        """A value of a body type, which is JSON or has one that reads back as the same."""
        if body is None or isinstance(body, str | bool | int | float):
            return body
        for name, kind in self._kinds_for(body):
            try:
                written = json.loads(json.dumps(msgspec.to_builtins(body, str_keys=True)))
                read = value_from_json(written, kind)
            except (TypeError, ValueError):
                continue
            if type(read) is type(body) and read == body:
                return {TYPE: name, VALUE: written}
        raise DefinitionError(f"{shown(body)} has no JSON form that reads back as the same")

    def _kinds_for(self, body: object) -> Iterator[tuple[str, object]]:
        own: object = type(body)
        if own in self._names:
            yield self._names[own], own
        yield from ((name, kind) for name, kind in BUILTINS.items() if kind is own)
        yield from self._types.items()


def value_from_json(data: object, kind: object) -> object:
    """The value of a body type that the JSON ``data`` stands for.

    Raises:
        ValueError: it stands for none.
        TypeError: the type is none that msgspec reads.
    """
    return msgspec.convert(data, cast("Any", kind), str_keys=True)


def _condition(condition: Condition) -> list[dict[str, Any]]:
    """Its terms: the names of parameters, with the values that each may have."""
    return [
        {PARAM: name, VALUES: list(values)} if values else {PARAM: name}
        for name, values in condition.terms
    ]
