"""The bodies of HTTP requests and responses: `ApiRequest`, `ApiResponse` and `FormField`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from schematic.define.checks import attribute, check_unique, header_value_problem
from schematic.define.errors import DefinitionError
from schematic.define.schema import BodyKind, Schema
from schematic.define.values import ParamType

__all__ = ["ApiRequest", "ApiResponse", "FormField", "RequestKind", "ResponseKind"]


class RequestKind(Enum):
    """How the body of a request is written."""

    JSON = "json"
    FORM_DATA = "form-data"
    URLENCODED = "urlencoded"
    TEXT = "text"
    BINARY = "binary"


class ResponseKind(Enum):
    """How the body of a response is read."""

    JSON = "json"
    TEXT = "text"
    BINARY = "binary"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a form.

    Attributes:
        name: its name on the wire.
        param_type: the type of its value, written as in a query; a file has none.
        required: whether a form without it is wrong.
        repeatable: whether it may occur several times.
        file: it is a file, not a value; only forms sent as ``multipart/form-data`` have files.
        description: one or two sentences for people.
    """

    name: str
    param_type: ParamType = ParamType.STRING
    required: bool = False
    repeatable: bool = False
    file: bool = False
    description: str = ""

    def check(self) -> None:
        """Raise `DefinitionError` if the parts do not go together."""
        if not self.name or not self.name.isprintable():
            raise DefinitionError(f"{self.name!r} is not a field name", place=("name",))
        if self.file and self.param_type is not ParamType.STRING:
            raise DefinitionError("a file is bytes and has no other type", place=("param_type",))


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """The body of a request. Make one with a constructor: ``ApiRequest.json(Schema(Speech))``.

    Attributes:
        kind: how it is written.
        schema: what a JSON body holds; None for the other kinds.
        fields: what a form holds; empty for the other kinds.
        media_type: what ``Content-Type`` says of it.
    """

    kind: RequestKind
    schema: Schema | None = None
    fields: tuple[FormField, ...] = ()
    media_type: str = ""

    @classmethod
    def json(cls, schema: Schema) -> ApiRequest:
        """A JSON document."""
        return cls(kind=RequestKind.JSON, schema=schema, media_type="application/json")

    @classmethod
    def form_data(cls, *fields: FormField) -> ApiRequest:
        """A form that may hold files (``multipart/form-data``, RFC 7578)."""
        return cls(kind=RequestKind.FORM_DATA, fields=fields, media_type="multipart/form-data")

    @classmethod
    def urlencoded(cls, *fields: FormField) -> ApiRequest:
        """A form of short values (``application/x-www-form-urlencoded``)."""
        media_type = "application/x-www-form-urlencoded"
        return cls(kind=RequestKind.URLENCODED, fields=fields, media_type=media_type)

    @classmethod
    def text(cls, media_type: str = "text/plain; charset=utf-8") -> ApiRequest:
        """Text."""
        return cls(kind=RequestKind.TEXT, media_type=media_type)

    @classmethod
    def binary(cls, media_type: str = "application/octet-stream") -> ApiRequest:
        """Bytes."""
        return cls(kind=RequestKind.BINARY, media_type=media_type)

    def check(self) -> None:
        """Raise `DefinitionError` if the parts do not go together."""
        _check_json(self.schema, self.kind is RequestKind.JSON)
        _check_media_type(self.media_type)
        if self.fields and self.kind not in (RequestKind.FORM_DATA, RequestKind.URLENCODED):
            raise DefinitionError(f"a {self.kind.value} body has no fields", place=("fields",))
        for index, field in enumerate(self.fields):
            with attribute(f"fields[{index}]"):
                field.check()
                if field.file and self.kind is RequestKind.URLENCODED:
                    raise DefinitionError("a file needs a form_data body", place=("file",))
        check_unique("fields", "name", (field.name for field in self.fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResponse:
    """The body of a successful response. Make one with a constructor: ``ApiResponse.binary()``.

    Attributes:
        kind: how it is read.
        schema: what a JSON body holds; None for the other kinds.
        media_type: what ``Accept`` asks for; empty for an empty body.
        streamed: the server sends it while it makes it, so callers get it in pieces; for binary
            bodies.
    """

    kind: ResponseKind
    schema: Schema | None = None
    media_type: str = ""
    streamed: bool = False

    @classmethod
    def json(cls, schema: Schema) -> ApiResponse:
        """A JSON document."""
        return cls(kind=ResponseKind.JSON, schema=schema, media_type="application/json")

    @classmethod
    def text(cls, media_type: str = "text/plain") -> ApiResponse:
        """Text."""
        return cls(kind=ResponseKind.TEXT, media_type=media_type)

    @classmethod
    def binary(
        cls, media_type: str = "application/octet-stream", *, streamed: bool = False
    ) -> ApiResponse:
        """Bytes, whole or in pieces."""
        return cls(kind=ResponseKind.BINARY, media_type=media_type, streamed=streamed)

    @classmethod
    def empty(cls) -> ApiResponse:
        """Nothing but a status."""
        return cls(kind=ResponseKind.EMPTY)

    def check(self) -> None:
        """Raise `DefinitionError` if the parts do not go together."""
        _check_json(self.schema, self.kind is ResponseKind.JSON)
        _check_media_type(self.media_type)
        if self.streamed and self.kind is not ResponseKind.BINARY:
            problem = f"a {self.kind.value} body is read whole"
            raise DefinitionError(problem, place=("streamed",))


def _check_json(schema: Schema | None, is_json: bool) -> None:
    if is_json != (schema is not None):
        needs = "needs a schema" if is_json else "has no schema"
        raise DefinitionError(f"this kind of body {needs}", place=("schema",))
    if schema is not None:
        with attribute("schema"):
            schema.check()
            if schema.kind is not BodyKind.JSON:
                raise DefinitionError(f"a JSON body cannot be {schema.kind.value}")


def _check_media_type(media_type: str) -> None:
    problem = header_value_problem(media_type)
    if problem:
        raise DefinitionError(problem, place=("media_type",))
