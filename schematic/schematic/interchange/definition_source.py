"""Definition objects as Python source: the calls that make them again.

What has its default is left out, enums are written as members, types by their names, and a
constructor such as ``Timer.idle`` is used where it says the same. The source is not laid out, only
cut into lines; a formatter does the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from enum import Enum
from inspect import Parameter, signature
from keyword import iskeyword
from types import EllipsisType, NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, cast, get_args, get_origin

from msgspec import NODEFAULT, Struct, UnsetType
from msgspec.structs import fields

from schematic.define import (
    AuthKind,
    AuthStrategy,
    BodyKind,
    Condition,
    ConnectionLifecycle,
    ConnectionParam,
    Constraint,
    DefinitionError,
    OnBreach,
    OpeningStep,
    Schema,
    Timer,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.generate.literals import comment, string

__all__ = ["DefinitionSource", "Names", "Notes", "Path", "source_of_definition"]

Path: TypeAlias = tuple[str | int, ...]
"""Where something stands in a definition: attributes, and positions in lists and calls."""

Notes: TypeAlias = Mapping[Path, Sequence[str]]
"""Remarks by the place before which they stand; one may stand where an attribute is left out."""

_TAKE_LISTS = (ConnectionLifecycle, ConnectionParam, WebSocketApi, WebSocketEndpoint)
"""Types whose constructors take any sequence, where a list is what one would write."""

_INDENT, _COLUMNS, _LEAST = 4, 99, 24


@dataclass(frozen=True, slots=True)
class DefinitionSource:
    """An expression, and what it needs.

    Attributes:
        text: the expression, on as many lines as its comments and long texts make it.
        imports: modules and names that it uses. Body types are not among them: whoever has the
            types has their names.
    """

    text: str
    imports: frozenset[tuple[str, str]]


def source_of_definition(
    value: object,
    notes: Notes | None = None,
    *,
    depth: int = 1,
    names: Names | None = None,
    instead: Mapping[int, str] | None = None,
) -> DefinitionSource:
    """The source of ``value``: a definition, or anything that one holds.

    Args:
        value: what to write.
        notes: comments, by the place before which they stand.
        depth: how many times four columns the expression will be indented; long texts are cut to
            fit.
        names: what things are called where the expression stands; by their own names unless told.
        instead: expressions for things within ``value`` that are written elsewhere, by their
            ``id``.

    Returns:
        An expression that evaluates to an equal value, where the body types have their names.

    Raises:
        DefinitionError: it holds something that cannot be written down, such as a type without a
            name.
    """
    writer = _Writer(notes or {}, names or Names(), instead or {})
    text = writer.write(value, (), depth)
    return DefinitionSource(text, frozenset(writer.imports))


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called where an expression stands; None for their own names.

    Attributes:
        imported: the name of something that is imported, from its module and its own name.
        type: the type of a body as an annotation writes it.
        fields: the fields of the type of a body: their names on the wire, and in Python.
    """

    imported: Callable[[str, str], str] | None = None
    type: Callable[[Any], str] | None = None
    fields: Callable[[Any], Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that makes a value again.

    Attributes:
        maker: the constructor, as it follows the name of the type: ``.idle``, or nothing.
        positional: its first arguments.
        named: its other arguments; `_DEFAULT` for one that is left out.
    """

    maker: str = ""
    positional: Sequence[object] = ()
    named: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class _Type:
    """A type that is to be written as an annotation would be."""

    hint: object


class _Default:
    """Stands for an argument that is left out."""


_DEFAULT = _Default()


class _Writer:
    """Writes one definition and collects what it needs."""

    def __init__(self, notes: Notes, names: Names, instead: Mapping[int, str]) -> None:
        self.imports: set[tuple[str, str]] = set()
        self._notes, self._names, self._instead = notes, names, instead

    def write(self, value: object, path: Path, depth: int, prefix: str = "") -> str:
        """``value`` as an expression, behind ``prefix`` on a line that is ``depth`` deep."""
        if isinstance(value, str) and not isinstance(value, Enum):
            width = _COLUMNS - _INDENT * depth - len(prefix)
            return string(value, width=max(_LEAST, width))
        if isinstance(value, Mapping):
            return self._mapping(cast("Mapping[object, object]", value), path, depth)
        if isinstance(value, list | tuple):
            return self._sequence(cast("Sequence[object]", value), path, depth)
        return self._constant(value) or self._object(value, path, depth)

    def _constant(self, value: object) -> str | None:
        if isinstance(value, Enum):
            return f"{self._named(type(value))}.{value.name}"
        if isinstance(value, UnsetType):
            return self._imported("msgspec", "UNSET")
        if isinstance(value, float) and not math.isfinite(value):
            return f'float("{value}")'
        if value is None or isinstance(value, bool | int | float | bytes):
            return repr(value)
        return None

    def _mapping(self, value: Mapping[object, object], path: Path, depth: int) -> str:
        entries = [
            (f"{self.write(key, (), depth + 1)}: ", one, (*path, str(key)))
            for key, one in value.items()
        ]
        return self._listed("{", entries, "}", depth)

    def _sequence(self, value: Sequence[object], path: Path, depth: int) -> str:
        entries = [("", one, (*path, index)) for index, one in enumerate(value)]
        if isinstance(value, list):
            return self._listed("[", entries, "]", depth)
        return self._listed("(", entries, ",)" if len(value) == 1 else ")", depth)

    def _object(self, value: object, path: Path, depth: int) -> str:
        if id(value) in self._instead:
            return self._instead[id(value)]
        if isinstance(value, _Type):
            return self._annotation(value.hint)
        if isinstance(value, Condition):
            written = _as_written(value)
            if not isinstance(written, Condition):
                return self.write(written, path, depth)
        call = self._struct(value) if isinstance(value, Struct) else _call_of(value)
        entries: list[tuple[str, object, Path]] = [
            ("", one, (*path, index)) for index, one in enumerate(call.positional)
        ]
        for name, one in call.named.items():
            given = _listed(one) if isinstance(value, _TAKE_LISTS) else one
            entries.append((f"{name}=", given, (*path, name)))
        return self._listed(f"{self._named(type(value))}{call.maker}(", entries, ")", depth)

    def _struct(self, value: Struct) -> _Call:
        names: Mapping[str, str] = {}
        if self._names.fields is not None:
            names = self._names.fields(type(value))
        given = _fields(value)
        called = {one.name: names.get(one.encode_name, one.name) for one in fields(value)}
        return _Call(named={called[name]: held for name, held in given.items()})

    def _listed(
        self, opened: str, entries: Iterable[tuple[str, object, Path]], closed: str, depth: int
    ) -> str:
        """Entries between brackets, one to a line, with their notes before them.

        No comma follows the last, since a formatter takes one for a wish: one entry to a line.
        """
        lines: list[str] = []
        last = None
        for prefix, one, path in entries:
            lines.extend(self._noted(path, depth + 1))
            if one is not _DEFAULT:
                if last is not None:
                    lines[last] += ","
                last = len(lines)
                lines.append(f"{prefix}{self.write(one, path, depth + 1, prefix)}")
        return "\n".join([opened, *lines, closed]) if lines else f"{opened}{closed}"

    def _noted(self, path: Path, depth: int) -> list[str]:
        margin = _INDENT * depth
        said = [comment(note, indent=margin) for note in self._notes.get(path, ())]
        return [line.strip() for note in said for line in note.splitlines()]

    # -------------------------------------------------------------------------------- names

    def _named(self, kind: type) -> str:
        if kind.__module__.startswith("schematic.define."):
            return self._imported("schematic", kind.__name__)
        return self._annotation(kind)

    def _imported(self, module: str, name: str) -> str:
        self.imports.add((module, name))
        return name if self._names.imported is None else self._names.imported(module, name)

    def _annotation(self, hint: object) -> str:
        return self._hint(hint) if self._names.type is None else self._names.type(hint)

    def _hint(self, hint: object) -> str:
        """A type as an annotation writes it."""
        origin: Any = get_origin(hint)
        if origin is None:
            return self._simple(hint)
        if origin in (Union, UnionType):
            return " | ".join(map(self._hint, get_args(hint)))
        if origin is Literal:
            words = ", ".join(self.write(one, (), 1) for one in get_args(hint))
            return f"{self._imported('typing', 'Literal')}[{words}]"
        return f"{_plain(origin)}[{', '.join(map(self._hint, get_args(hint)))}]"

    def _simple(self, hint: object) -> str:
        if hint is None or hint is NoneType:
            return "None"
        if hint is Any:
            return self._imported("typing", "Any")
        return "..." if isinstance(hint, EllipsisType) else _plain(hint)


def _listed(value: object) -> object:
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value


def _plain(kind: object) -> str:
    """The name of a type, where it is one that source can say."""
    name = getattr(kind, "__name__", "")
    if isinstance(kind, type) and name.isidentifier() and not iskeyword(name):
        return name
    raise DefinitionError(f"{kind!r} has no name under which source could call it")


# --------------------------------------------------------------------------------- how it is made


def _call_of(value: object) -> _Call:
    """The shortest call that makes ``value`` again."""
    if isinstance(value, Schema):
        return _schema(value)
    if isinstance(value, OpeningStep):
        named = {} if value.gating else {"gating": False}
        return _Call(positional=value.messages, named=named)
    if not is_dataclass(value) or isinstance(value, type):
        raise DefinitionError(f"{value!r} cannot be written as source")
    for call in _constructors(value):
        made = getattr(type(value), call.maker.removeprefix("."))
        given = {name: one for name, one in call.named.items() if one is not _DEFAULT}
        if made(*call.positional, **given) == value:
            return call
    return _Call(named=_attributes(type(value), value))


def _schema(value: Schema) -> _Call:
    named: dict[str, object] = {}
    if value.kind is BodyKind.BINARY:
        call, bare = _Call(".binary"), Schema.binary()
    elif value.kind is BodyKind.TEXT:
        call, bare = _Call(".text", value.words), Schema.text()
    else:
        bare = Schema(value.body)
        body = value.body if isinstance(value.body, str) else _Type(value.body)
        call = _Call(positional=(body,))
    if value.name != bare.name:
        named["name"] = value.name
    if value.frame != bare.frame:
        named["frame"] = value.frame
    return _Call(call.maker, call.positional, named)


def _constructors(value: object) -> Iterable[_Call]:
    """Constructors that might make ``value``, with the arguments that would."""
    if isinstance(value, Timer):
        maker = getattr(Timer, value.kind.value)
        named = {k: v for k, v in _attributes(maker, value).items() if k != "seconds"}
        yield _Call(f".{value.kind.value}", (value.seconds,), named)
    elif isinstance(value, AuthStrategy):
        yield _auth(value)
    elif isinstance(value, OnBreach):
        yield _on_breach(value)
    elif isinstance(value, Constraint):
        yield _Call(f".{value.kind.name.lower()}", value.conditions)


def _auth(value: AuthStrategy) -> _Call:
    prefix = {} if value.prefix is None else {"prefix": value.prefix}
    header = {} if value == AuthStrategy.bearer_token() else {"header": value.header}
    return {
        AuthKind.NONE: _Call(".none"),
        AuthKind.API_KEY: _Call(".api_key", (), {"header": value.header, **prefix}),
        AuthKind.BEARER_TOKEN: _Call(".bearer_token", (), header),
        AuthKind.BASIC: _Call(".basic"),
        AuthKind.API_KEY_QUERY: _Call(".api_key_query", (), {"name": value.name}),
        AuthKind.SUBPROTOCOL: _Call(".subprotocol", value.subprotocols, prefix),
        AuthKind.MESSAGE: _Call(".in_message", value.messages, {"field": value.field}),
        AuthKind.ANY_OF: _Call(".any_of", value.alternatives),
    }[value.kind]


def _on_breach(value: OnBreach) -> _Call:
    named: dict[str, object] = {}
    if value.messages:
        named["message"] = value.messages
    if value.by is not OnBreach(breaches=()).by:
        named["by"] = value.by
    if value.says is not None:
        body = {} if value.body is None else {"body": value.body}
        return _Call(".say", (value.says, *value.breaches), {**body, **named})
    if value.close_code is not None:
        reason = {"reason": value.reason} if value.reason else {}
        return _Call(".close", (value.close_code, *value.breaches), {**named, **reason})
    return _Call(".ignore", value.breaches, named)


def _attributes(maker: Callable[..., object], value: object) -> dict[str, object]:
    """The parameters of ``maker`` with the attributes of ``value``, `_DEFAULT` for the same."""
    found: dict[str, object] = {}
    for name, parameter in signature(maker).parameters.items():
        given = getattr(value, name)
        found[name] = _DEFAULT if _same(given, parameter) else given
    return found


def _same(given: object, parameter: Parameter) -> bool:
    default = parameter.default
    if parameter.name == "env_username" and default is None:
        return given == ()  # as it is kept
    return type(given) is type(default) and given == default


def _fields(value: Struct) -> dict[str, object]:
    """What a body holds that its type does not say by itself."""
    found: dict[str, object] = {}
    for one in fields(value):
        given = getattr(value, one.name)
        default = one.default
        if default is NODEFAULT and one.default_factory is not NODEFAULT:
            default = one.default_factory()
        same = type(given) is type(default) and given == default
        found[one.name] = _DEFAULT if same else given
    return found


def _as_written(condition: Condition) -> object:
    """A condition in the form in which one would write it, if there is one."""
    terms = dict(condition.terms)
    if len(terms) < len(condition.terms) or not terms:
        return condition
    if len(terms) == 1 and not next(iter(terms.values())):
        return next(iter(terms))
    if not all(terms.values()):
        return condition
    return {name: values[0] if len(values) == 1 else values for name, values in terms.items()}
