"""The arguments of a generated method: parameters, and the body or the fields of a form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schematic.define import (
    ConnectionParam,
    Endpoint,
    FormField,
    ParamLocation,
    ParamType,
    RequestKind,
)
from schematic.define.values import shown
from schematic.generate.literals import literal
from schematic.generate.names import Names, snake_case
from schematic.generate.rest.source import Source

__all__ = ["Argument", "Arguments", "arguments_of"]

_TYPES = {
    ParamType.STRING: "str",
    ParamType.INTEGER: "int",
    ParamType.BOOLEAN: "bool",
    ParamType.FLOAT: "float",
}
_WHERE = {
    ParamLocation.PATH: "part of the path",
    ParamLocation.QUERY: "part of the query",
    ParamLocation.HEADER: "a header",
}


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument.

    Attributes:
        name: its name in Python.
        wire: its name in the description; empty for a body.
        annotation: its type.
        default: the source of its default; empty for one that is required.
        about: what it means.
        keyword: whether it is passed by name only.
    """

    name: str
    wire: str
    annotation: str
    default: str
    about: str
    keyword: bool

    @property
    def declared(self) -> str:
        """As it stands in the list of arguments."""
        default = f" = {self.default}" if self.default else ""
        return f"{self.name}: {self.annotation}{default}"


@dataclass(frozen=True, slots=True)
class Arguments:
    """All arguments of a method.

    Attributes:
        params: those that go into path, query and headers.
        fields: those that go into a form; None if the body is none.
        body: what the body is, if it is one value.
    """

    params: tuple[Argument, ...]
    fields: tuple[Argument, ...] | None
    body: Argument | None

    @property
    def ordered(self) -> tuple[Argument, ...]:
        """As they are declared: what is passed by position comes first, what is required too."""
        body = () if self.body is None else (self.body,)
        every = (*self.params, *body, *(self.fields or ()))
        return tuple(
            sorted(every, key=lambda one: (one.keyword, one.keyword and one.default != ""))
        )

    @property
    def signature(self) -> str:
        """The list of arguments."""
        written = ["self"]
        for one in self.ordered:
            if one.keyword and "*" not in written:
                written.append("*")
            written.append(one.declared)
        return f"({', '.join(written)})"

    @property
    def passed(self) -> str:
        """What the runtime is called with: the parameters, and the body if there is one."""
        given = [_mapping(self.params)]
        if self.fields is not None:
            given.append(_mapping(self.fields))
        elif self.body is not None:
            given.append(self.body.name)
        return ", ".join(given)


def _mapping(arguments: tuple[Argument, ...]) -> str:
    return f"{{{', '.join(f'{literal(one.wire)}: {one.name}' for one in arguments)}}}"


def arguments_of(source: Source, endpoint: Endpoint) -> Arguments:
    """What the method of an endpoint takes."""
    names = Names(("self",))
    params = tuple(_param(source, names, one) for one in endpoint.params)
    request = endpoint.request
    if request is None:
        return Arguments(params, None, None)
    if request.kind in (RequestKind.FORM_DATA, RequestKind.URLENCODED):
        return Arguments(params, tuple(_field(source, names, one) for one in request.fields), None)
    if request.schema is not None:
        annotation, about = source.body(request.schema), "what to send."
    elif request.kind is RequestKind.TEXT:
        annotation, about = "str", f"the text to send, {request.media_type}."
    else:
        annotation = source.runtime("Content")
        about = f"the bytes to send, or an open file that holds them, {request.media_type}."
    body = Argument(names.new("body"), "", annotation, "", about, keyword=False)
    return Arguments(params, None, body)


def _param(source: Source, names: Names, param: ConnectionParam) -> Argument:
    written = source.choices(param) or _single(source, param.param_type)
    if param.many:
        written = (
            f"{source.imports.name('collections.abc', 'Sequence', typing_only=True)}[{written}]"
        )
    default = ""
    if param.required and param.default is not None:
        default = literal(param.default)
    elif not param.required:
        written, default = f"{written} | None", "None"
    in_header = param.location is ParamLocation.HEADER
    return Argument(
        name=names.new(snake_case(param.name) if in_header else param.name),
        wire=param.name,
        annotation=written,
        default=default,
        about=_about(param),
        keyword=param.location is not ParamLocation.PATH or default != "",
    )


def _field(source: Source, names: Names, field: FormField) -> Argument:
    written = source.runtime("FileLike") if field.file else _single(source, field.param_type)
    if field.repeatable:
        written = (
            f"{source.imports.name('collections.abc', 'Sequence', typing_only=True)}[{written}]"
        )
    return Argument(
        name=names.new(field.name),
        wire=field.name,
        annotation=written if field.required else f"{written} | None",
        default="" if field.required else "None",
        about=field.description or ("a file." if field.file else "a field of the form."),
        keyword=True,
    )


def _single(source: Source, param_type: ParamType) -> str:
    if param_type is ParamType.OBJECT:
        return f"{source.abstract('Mapping')}[str, object]"
    return _TYPES[param_type]


def _about(param: ConnectionParam) -> str:
    where = _WHERE[param.location or ParamLocation.QUERY]
    described = param.description.strip().rstrip(".") or where
    more = "; ".join(_limits(param))
    return f"{described}. {more[:1].upper()}{more[1:]}." if more else f"{described}."


def _limits(param: ConnectionParam) -> Iterator[str]:
    least, most = param.minimum, param.maximum
    if least is not None and most is not None:
        yield f"{least:g} to {most:g}"
    elif least is not None:
        yield f"at least {least:g}"
    elif most is not None:
        yield f"at most {most:g}"
    if param.min_items:
        yield f"{param.min_items} values or more"
    if param.max_items is not None:
        yield f"up to {param.max_items} values"
    if param.default is not None:
        yield f"{shown(param.default)} by default"
