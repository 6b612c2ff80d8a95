"""Parameters on their way: from names and values to the texts of a path, a query, header lines.

Clients of plain HTTP and of WebSockets build their requests with it:

* A path parameter fills one segment of the path. It is percent-encoded whole, its slashes too.
* An empty value, ``.`` and ``..`` are refused where they would be a whole segment: clients and
  proxies on the way may remove such segments (RFC 3986, section 5.2.4).
* Query parameters are percent-encoded, spaces as ``%20``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TypeAlias
from urllib.parse import quote

from schematic.define.checks import header_value_problem
from schematic.define.params import ConnectionParam, ParamLocation
from schematic.define.urls import template_parts
from schematic.define.values import ListStyle, ParamValue
from schematic_engine.blame import InvalidParameter

__all__ = ["Placed", "given_params", "header_lines_of", "placed", "target_of", "value_of"]

_MOST_NAMES = 8
"""How many names of parameters an error lists."""

Placed: TypeAlias = Mapping[str, tuple[ConnectionParam, tuple[tuple[str, str], ...]]]
"""By name, the parameters to send, each with the names and texts that say it."""


def given_params(
    owner: str, params: Sequence[ConnectionParam], given: Mapping[str, object]
) -> Iterator[tuple[ConnectionParam, object]]:
    """The parameters to send, in the order of the description, each with what to send.

    Args:
        owner: the id of the endpoint, for errors.
        params: what it describes.
        given: values by name; None is as good as absent.

    Raises:
        InvalidParameter: a name is unknown, or a required value is missing.
    """
    known = {param.name: param for param in params}
    for name in given:
        if name not in known:
            problem = f"{owner} has no such parameter{_instead(str(name), tuple(known))}"
            raise InvalidParameter(parameter=str(name), problem=problem)
    for name, param in known.items():
        value = given.get(name)
        if value is None and param.required:
            value = param.default
        if value is not None:
            yield param, value
        elif param.required:
            raise InvalidParameter(parameter=name, problem=f"{owner} requires it")


def _instead(name: str, known: tuple[str, ...]) -> str:
    """What may have been meant by an unknown name, or else which names there are."""
    spelt = {one.casefold(): one for one in known}
    close = [repr(spelt[one]) for one in get_close_matches(name.casefold(), spelt)]
    if close:
        return f"; did you mean {' or '.join(close)}?"
    more = f", … ({len(known)} in all)" if len(known) > _MOST_NAMES else ""
    return f". It has: {', '.join(known[:_MOST_NAMES]) or 'none'}{more}"


def placed(
    owner: str, params: Sequence[ConnectionParam], given: Mapping[str, object]
) -> dict[str, tuple[ConnectionParam, tuple[tuple[str, str], ...]]]:
    """The parameters to send, each with its texts; see `given_params`.

    Raises:
        InvalidParameter: a name is unknown, or a value is missing or not allowed.
    """
    return {
        param.name: (param, _write(param, v)) for param, v in given_params(owner, params, given)
    }


def target_of(path: str, params: Placed, query: Iterable[tuple[str, str]] = ()) -> str:
    """A path template filled in, and the query.

    Args:
        path: the template.
        params: what fills it, and what the query holds.
        query: pairs to append to the query, credentials for example.

    Raises:
        InvalidParameter: a value cannot stand there.
    """
    filled = "/".join(_fill(segment, params) for segment in path.split("/"))
    pairs = [
        f"{_encode(name, name)}={_encode(name, text, _separator(param))}"
        for param, texts in params.values()
        if param.location is ParamLocation.QUERY
        for name, text in texts
    ]
    encoded = "&".join([*pairs, *(f"{_encode(n, n)}={_encode(n, t)}" for n, t in query)])
    return filled + (f"?{encoded}" if encoded else "")


def header_lines_of(params: Placed) -> tuple[tuple[str, str], ...]:
    """The header lines that carry parameters.

    Raises:
        InvalidParameter: a header holds printable ASCII only.
    """
    lines = [
        line
        for param, texts in params.values()
        if param.location is ParamLocation.HEADER
        for line in texts
    ]
    for name, text in lines:
        problem = header_value_problem(text)
        if problem:
            raise InvalidParameter(parameter=name, problem=problem)
    return tuple(lines)


def value_of(param: ConnectionParam, given: object) -> ParamValue:
    """What was given, as a value that the parameter allows.

    Raises:
        InvalidParameter: it is not allowed.
    """
    try:
        return param.value(given)
    except ValueError as error:
        raise InvalidParameter(parameter=param.name, problem=str(error)) from None


def _write(param: ConnectionParam, given: object) -> tuple[tuple[str, str], ...]:
    try:
        return param.write(given)
    except ValueError as error:
        raise InvalidParameter(parameter=param.name, problem=str(error)) from None


def _fill(segment: str, given: Placed) -> str:
    parts = template_parts(segment)
    if parts is None:
        return segment
    before, name, after = parts
    ((_, text),) = given[name][1]
    filled = before + _encode(name, text) + after
    if text == "" or filled in (".", ".."):
        problem = "a segment of a path cannot be empty, '.' or '..'"
        raise InvalidParameter(parameter=name, problem=problem)
    return filled


def _separator(param: ConnectionParam) -> str:
    """What stays as it is: some servers split a list at its commas before they decode it."""
    return "," if param.styles[:1] == (ListStyle.COMMA,) else ""


def _encode(name: str, text: str, safe: str = "") -> str:
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError:
        raise InvalidParameter(parameter=name, problem="not UTF-8: a lone surrogate") from None
