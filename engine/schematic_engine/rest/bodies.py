"""The body of a request: from what callers give to bytes, or to the parts of a form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeAlias, cast
from urllib.parse import urlencode

import msgspec

from schematic.define.bodies import ApiRequest, FormField, RequestKind
from schematic.define.params import ConnectionParam
from schematic.define.schema import Schema
from schematic_engine.blame import InvalidParameter
from schematic_engine.rest.files import File, as_file, check_content

__all__ = ["NO_BODY", "Body", "Part", "body_of", "json_type"]

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)

Part: TypeAlias = tuple[str, str | File]
"""One field of a form: its name, and a text or a file."""


@dataclass(frozen=True, slots=True, repr=False)
class Body:
    """The body of a request, ready to be sent.

    Attributes:
        content: the bytes, or a file that holds them; None for none and for a form with files.
        parts: the fields of a form that is sent as ``multipart/form-data``; else None.
        media_type: the ``Content-Type``; empty for none and where it depends on the parts.
    """

    content: bytes | BinaryIO | None = None
    parts: tuple[Part, ...] | None = None
    media_type: str = ""


NO_BODY = Body()


def body_of(request: ApiRequest | None, given: object) -> Body:
    """The body that says ``given``.

    Args:
        request: how the endpoint wants it; None for an endpoint that takes none.
        given: a value of the schema's type, a mapping from the names of a form's fields to their
            values, a text, or bytes or an open file.

    Raises:
        InvalidParameter: it is not what the endpoint takes.
    """
    if request is None:
        if given is not None:
            raise InvalidParameter(parameter="body", problem="this endpoint takes none")
        return NO_BODY
    if request.kind is RequestKind.JSON:
        return Body(_json(cast("Schema", request.schema), given), None, request.media_type)
    if request.kind is RequestKind.TEXT:
        return Body(_text(request.media_type, given), None, request.media_type)
    if request.kind is RequestKind.BINARY:
        check_content("body", given)
        return Body(cast("bytes | BinaryIO", given), None, request.media_type)
    parts = tuple(_parts(request.fields, given))
    if request.kind is RequestKind.FORM_DATA:
        return Body(None, parts)
    return Body(urlencode(parts).encode("ascii"), None, request.media_type)


def json_type(schema: Schema) -> Any:
    """What msgspec decodes a JSON body into; a bare name stands for any object."""
    return dict[str, Any] if schema.is_name_only else schema.body


def _json(schema: Schema, given: object) -> bytes:
    try:
        content = msgspec.json.encode(given)
        msgspec.json.decode(content, type=json_type(schema))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidParameter(parameter="body", problem=f"{schema.name}: {error}") from None
    return content


def _text(media_type: str, given: object) -> bytes:
    if not isinstance(given, str):
        raise InvalidParameter(parameter="body", problem=f"a str, not {type(given).__name__}")
    found = _CHARSET.search(media_type)
    charset = found[1] if found else "utf-8"
    try:
        return given.encode(charset)
    except LookupError:
        problem = f"the charset {charset!r} of {media_type!r} is not known"
    except UnicodeEncodeError:
        problem = f"holds a character that {charset} has not"
    raise InvalidParameter(parameter="body", problem=problem)


# Forms


def _parts(fields: Sequence[FormField], given: object) -> Iterator[Part]:
    if not isinstance(given, Mapping | None):
        problem = f"a form takes names and values, not {type(given).__name__}"
        raise InvalidParameter(parameter="body", problem=problem)
    values = cast("Mapping[str, object]", given or {})
    known = ", ".join(field.name for field in fields)
    for name in values:
        if all(field.name != name for field in fields):
            problem = f"the form has no such field. It has: {known or 'none'}"
            raise InvalidParameter(parameter=str(name), problem=problem)
    for field in fields:
        yield from _field(field, values.get(field.name))


def _field(field: FormField, given: object) -> Iterator[Part]:
    several = _several(field, given)
    if field.required and not several:
        raise InvalidParameter(parameter=field.name, problem="the form requires it")
    for value in several:
        if field.file:
            yield field.name, as_file(field.name, value)
        else:
            yield field.name, _value(field, value)


def _several(field: FormField, given: object) -> Sequence[object]:
    """The values of a field; one that may not be repeated has one, or none."""
    if given is None:
        return ()
    if field.repeatable and isinstance(given, Sequence) and not isinstance(given, str | bytes):
        return cast("Sequence[object]", given)
    return (given,)


def _value(field: FormField, given: object) -> str:
    """A value as a query would hold it."""
    param = ConnectionParam(name=field.name, param_type=field.param_type)
    try:
        ((_, text),) = param.write(given)
        text.encode()
    except UnicodeEncodeError:
        raise InvalidParameter(
            parameter=field.name, problem="not UTF-8: a lone surrogate"
        ) from None
    except ValueError as error:
        raise InvalidParameter(parameter=field.name, problem=str(error)) from None
    return text
