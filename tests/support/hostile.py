"""A REST API with the same hostile text wherever text may be."""

from __future__ import annotations

import builtins
import datetime
import uuid
from typing import Any

import msgspec
from msgspec import Struct

from schematic import (
    ApiRequest,
    ApiResponse,
    AuthStrategy,
    ConnectionParam,
    Endpoint,
    FormField,
    ListStyle,
    ParamLocation,
    ParamType,
    RestApi,
    RestMethod,
    Schema,
)

__all__ = ["HIDING", "HOSTILE", "hiding_api", "hostile_api"]

HOSTILE = (
    '"""\nraise SystemExit("escaped")\n"""',
    "'''\nraise SystemExit('escaped')\n'''",
    '\\"""\\\nimport os\n',
    "\\",
    '"',
    "x\r\nimport os  # noqa",
    "\u202eevil\u2066 \u200b\x00\x1b[31m\x0c\x85\u2028\u2029",
    "{__import__('os')} %s {0}",
    "# type: ignore\n# pyright: basic",
    "Args:\n    x: y\nReturns:\n    z",
    "coding: latin-1",
    "\N{GRINNING FACE}\ud800",
    "class",
    "self",
    "None",
    "__init__",
    "RestSurface",
    "",
    " ",
    "a" * 500,
)


def hostile_api(text: str) -> RestApi:
    """An API that says ``text``, or as much of it as is allowed there."""
    name = "".join(filter(str.isprintable, text)) or "class"
    note = _struct("Schema", text, name)
    query = [
        ConnectionParam(
            name=f"{name}{one}",
            param_type=ParamType.STRING,
            description=text,
            choices=list(dict.fromkeys([text, "self", *"abcde"]))[: 3 * one],
            default=text if one % 2 else None,
            required=one > 1,
            location=ParamLocation.QUERY,
            many=ListStyle.REPEATED if one == 1 else (),
        )
        for one in range(3)
    ]
    form = [FormField(name=name, file=True, description=text), FormField(name=f"{name}2")]
    bodies: list[tuple[ApiRequest | None, ApiResponse]] = [
        (ApiRequest.form_data(*form), ApiResponse.binary("'\"\\", streamed=True)),
        (ApiRequest.text('text/x; a="\\"'), ApiResponse.json(Schema(list[int], name=text))),
        (ApiRequest.json(Schema(note, name=text)), ApiResponse.json(Schema(note))),
        (
            ApiRequest.json(Schema(_struct("RestSurface", text, name))),
            ApiResponse.json(Schema("class")),
        ),
        (None, ApiResponse.json(Schema(_struct("ARest", text, name)))),
    ]
    ids = ("Close", "aclose", "RestSurface", "None_", "na\N{LATIN SMALL LETTER I WITH DIAERESIS}ve")
    return RestApi(
        name="A",
        description=text,
        base_url="https://a.example/'$(x)",
        docs_url="https://a/'''\"\"\"\\",
        auth=AuthStrategy.api_key_query(name="'\"\\"),
        headers={"X-A": '"""\\'},
        endpoints=[
            Endpoint(
                id=one,
                method=RestMethod.POST,
                path=f"/'{index}/{{pass}}/{{self}}",
                description=text,
                request=request,
                response=response,
                request_params=query,
                headers={"X-B": "'''\\"},
            )
            for index, (one, (request, response)) in enumerate(zip(ids, bodies, strict=True))
        ],
    )


HIDING = (
    *(name for name in dir(builtins) if name.isidentifier() and name[0].islower()),
    *("Literal", "Mapping", "Sequence", "date", "datetime", "field", "get_args", "uuid", "UUID"),
)
"""Names that annotations, or the module around them, use for something else."""


def hiding_api() -> RestApi:
    """An API that calls endpoints, parameters, classes and fields by those names."""
    types = (str, bytes, int, float, bool, list[str], dict[str, Any], datetime.date, uuid.UUID)
    fields: list[Any] = [(name, types[at % len(types)]) for at, name in enumerate(HIDING)]
    every = Schema(msgspec.defstruct("Every", fields, frozen=True, kw_only=True))
    query = [
        ConnectionParam(
            name=name,
            param_type=(ParamType.STRING, ParamType.INTEGER, ParamType.BOOLEAN)[at % 3],
            many=ListStyle.REPEATED if at % 2 else (),
        )
        for at, name in enumerate(("str", "bytes", "int", "list", "dict", "Sequence", "Literal"))
    ]
    form = ApiRequest.form_data(*(FormField(name=name, repeatable=True) for name in HIDING))
    endpoints = [
        Endpoint(
            id=name,
            method=RestMethod.POST,
            path=f"/{at}",
            request=ApiRequest.json(Schema(list[datetime.datetime])),
            response=ApiResponse.json(Schema(msgspec.defstruct(name, [("a", uuid.UUID)]))),
            request_params=query,
        )
        for at, name in enumerate(HIDING)
    ]
    bodies = [
        (form, ApiResponse.binary(streamed=True)),
        (ApiRequest.json(every), ApiResponse.json(Schema(dict[str, datetime.date]))),
        (ApiRequest.binary(), ApiResponse.text()),
    ]
    more = [
        Endpoint(id=f"z{at}", method=RestMethod.POST, path=f"/z{at}", request=one, response=other)
        for at, (one, other) in enumerate(bodies)
    ]
    return RestApi(name="Hiding", base_url="https://hiding.example", endpoints=endpoints + more)


def _struct(name: str, text: str, wire: str) -> type[Struct]:
    text = text.encode("utf-8", "ignore").decode()
    wire = wire.translate({ord('"'): None, ord("\\"): None}) or "class"  # as msgspec has it
    fields: list[Any] = [("f0", str, text), ("f1", str | None, None)]
    renamed = {"f0": wire, "f1": f"{wire}1"}
    return msgspec.defstruct(name, fields, rename=renamed, namespace={"__doc__": text})
