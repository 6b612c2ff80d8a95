"""Parameters of the upgrade request: of the path, and of the WebSocket binding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import quote

from schematic.define import (
    AuthStrategy,
    ConnectionParam,
    DefinitionError,
    ListStyle,
    ParamLocation,
    ParamType,
    SingleValue,
)
from schematic.generate.names import Names
from schematic.interchange.reader.keywords import allowed, alternatives, type_names
from schematic.interchange.reader.nodes import Node
from schematic.interchange.reader.operations import Conversation
from schematic.interchange.reader.words import is_handshake_header, sentence

__all__ = ["Request", "request_of"]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_IN_PATHS = "/%:@!$&'()*+,;=~"
_TYPES = {
    "string": ParamType.STRING,
    "integer": ParamType.INTEGER,
    "number": ParamType.FLOAT,
    "boolean": ParamType.BOOLEAN,
    "object": ParamType.OBJECT,
}
_OF_PYTHON: dict[type, ParamType] = {
    str: ParamType.STRING,
    bool: ParamType.BOOLEAN,
    int: ParamType.INTEGER,
    float: ParamType.FLOAT,
}


@dataclass(slots=True)
class Request:
    """How a connection is asked for.

    Attributes:
        path: the path below the base URL.
        params: the parameters.
        subprotocols: those that the document names.
        remarks: what could not be read, by the position of the parameter; -1 for none.
        known: where the parameters go, and their names.
    """

    path: str
    params: list[ConnectionParam] = field(default_factory=list[ConnectionParam])
    subprotocols: list[str] = field(default_factory=list[str])
    remarks: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    known: set[tuple[ParamLocation | None, str]] = field(
        default_factory=set[tuple[ParamLocation | None, str]]
    )

    def add(self, param: ConnectionParam, remarks: Sequence[str] = ()) -> None:
        """Enter a parameter, unless one of its name is there already."""
        key = (param.location, param.name)
        if key not in self.known:
            self.known.add(key)
            if remarks:
                self.remarks[len(self.params)] = list(remarks)
            self.params.append(param)

    def remark(self, remark: str) -> None:
        """Enter a remark on the request as a whole."""
        self.remarks.setdefault(-1, []).append(remark)


def request_of(conversation: Conversation, auth: AuthStrategy) -> Request:
    """How to ask for the connection of a conversation.

    Args:
        conversation: all that is said at its address.
        auth: how clients prove who they are; what carries that is no parameter.

    Raises:
        DefinitionError: the address is none, or a parameter contradicts itself.
    """
    path, placeholders = _path(conversation)
    request = Request(path)
    for channel in conversation.channels:
        for name, described in _described(channel):
            if name in placeholders:
                request.add(*_path_param(placeholders[name], described))
    for channel in conversation.channels:
        binding = channel.get("bindings", "ws")
        if binding is not None:
            _add_queries(request, binding.get("query"), auth)
            _add_headers(request, binding.get("headers"), auth)
            if (binding.text_of("method") or "GET").upper() != "GET":
                request.remark("The document wants the method POST; WebSockets are opened with GET")
    return request


# ------------------------------------------------------------------------------------ the path


def _path(conversation: Conversation) -> tuple[str, dict[str, str]]:
    """The address as a path, and what each of its parameters is called there."""
    address = conversation.address
    if "?" in address or "#" in address:
        raise conversation.channels[0].refusal(
            f"the address {address!r} has a query or a fragment; describe it in bindings.ws.query"
        )
    names, called = Names(), dict[str, str]()

    def placeholder(found: re.Match[str]) -> str:
        called.setdefault(found[1], names.new(found[1]))
        return f"{{{called[found[1]]}}}"

    parts = _PLACEHOLDER.split(address)
    texts = [quote(text, safe=_IN_PATHS) for text in parts[::2]]
    holders = [placeholder(found) for found in _PLACEHOLDER.finditer(address)]
    path = "".join(text + holder for text, holder in zip(texts, [*holders, ""], strict=True))
    return path if path.startswith("/") else f"/{path}", called


def _described(channel: Node) -> Iterator[tuple[str, Node]]:
    parameters = channel.get("parameters")
    if parameters is not None:
        yield from parameters.items()


def _path_param(name: str, described: Node) -> tuple[ConnectionParam, list[str]]:
    """A parameter of the path: with a schema (2), or with what is in one (3)."""
    param, remarks = _param(
        described.get("schema") or described,
        name,
        described=described.first_text_of("description"),
        required=True,
    )
    where = described.text_of("location")
    if where is not None:
        remarks.append(f"Its value is repeated in messages: {where}")
    return param, remarks


# ---------------------------------------------------------------------------- query and headers


def _add_queries(request: Request, query: Node | None, auth: AuthStrategy) -> None:
    carried = {way.name for way in auth.ways}
    for name, schema, required in _properties(query):
        if name not in carried:
            request.add(*_param(schema, name, required=required))


def _add_headers(request: Request, headers: Node | None, auth: AuthStrategy) -> None:
    carried = {way.header.lower() for way in auth.ways if way.header is not None}
    for name, schema, required in _properties(headers):
        if name.lower() == "sec-websocket-protocol":
            _add_subprotocols(request, schema)
        elif is_handshake_header(name):
            request.remark(f"The header {name} belongs to the handshake, which sets it itself")
        elif name.lower() not in carried:
            where = ParamLocation.HEADER
            param, remarks = _param(schema, name, required=required, location=where)
            if name.lower() == "authorization":
                remarks.append(
                    "choose: auth=, of the API, if this carries credentials, such as "
                    "AuthStrategy.bearer_token(); then it is no parameter"
                )
            request.add(param, remarks)


def _add_subprotocols(request: Request, schema: Node) -> None:
    names = [name for name in allowed(schema) if isinstance(name, str)]
    request.subprotocols.extend(name for name in names if name not in request.subprotocols)
    if not request.subprotocols:
        request.remark("choose: subprotocols=, which the document does not list")


def _properties(holder: Node | None) -> Iterator[tuple[str, Node, bool]]:
    """The properties of an object: name, schema, and whether it is required.

    What stands beside a reference counts too: real documents write defaults there.
    """
    properties = None if holder is None else holder.get("properties")
    if holder is None or properties is None:
        return
    listed = holder.get("required")
    required = {one.text() for one in listed.each()} if listed is not None else set[str]()
    for name in properties.mapping():
        written = properties.raw(name)
        if written is not None and written.value is not True:
            schema = written.resolved()
            beside = written.mapping() if written.reference() is not None else {}
            yield name, schema.replaced({**schema.mapping(), **beside}), name in required


# -------------------------------------------------------------------------------- one parameter


def _param(
    schema: Node,
    name: str,
    *,
    described: str = "",
    required: bool = False,
    location: ParamLocation | None = None,
) -> tuple[ConnectionParam, list[str]]:
    """A parameter as its schema has it, and remarks on what does not go together."""
    many = "array" in type_names(schema)
    element = (schema.get("items") if many else schema) or schema.replaced({})
    param_type = _type(element)
    numeric = param_type in (ParamType.INTEGER, ParamType.FLOAT)
    style = ListStyle.COMMA if location is ParamLocation.HEADER else ListStyle.REPEATED
    param = ConnectionParam(
        name=name,
        param_type=param_type,
        required=required,
        description=sentence(described or schema.first_text_of("description")),
        location=location,
        choices=[] if param_type is ParamType.OBJECT else _choices(element),
        many=style if many else (),
        minimum=_number(element, "minimum") if numeric else None,
        maximum=_number(element, "maximum") if numeric else None,
    )
    return _checked(schema, param, schema.mapping().get("default"))


def _checked(
    at: Node, param: ConnectionParam, default: object
) -> tuple[ConnectionParam, list[str]]:
    """The parameter with its default, if that is one of its values."""
    try:
        param.check()
    except DefinitionError as error:
        raise at.refusal(f"{param.name}: {error}") from None
    if default is None:
        return param, []
    try:
        given = replace(param, default=cast("Any", default))
        given.check()
    except (DefinitionError, TypeError, ValueError) as error:
        return param, [f"Its default in the document is none of its values: {error}"]
    return given, []


def _type(schema: Node) -> ParamType:
    """The type that a schema says, or that the values have which it allows."""
    own = _plain_types(schema)
    kinds = own[:1] or [kind for one in alternatives(schema) for kind in _plain_types(one)]
    return kinds[0] if len(set(kinds)) == 1 else ParamType.STRING


def _plain_types(schema: Node) -> list[ParamType]:
    """The types that a schema says without its alternatives."""
    known = [_TYPES[name] for name in type_names(schema) if name in _TYPES]
    kinds = known[:1] or list({_OF_PYTHON[type(one)] for one in _choices(schema)})
    return kinds if len(kinds) == 1 else []


def _choices(schema: Node) -> list[SingleValue]:
    return [one for one in allowed(schema) if isinstance(one, str | int | float)]


def _number(schema: Node, keyword: str) -> float | None:
    value = schema.mapping().get(keyword)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
