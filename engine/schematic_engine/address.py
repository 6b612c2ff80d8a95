"""Where an endpoint is: from parameters to a request target, and back.

A client builds an `Address` with `address_of`; a server reads what a client asked for with
`match_target`. Both follow the same rules:

* A path parameter fills one segment of the path. It is percent-encoded whole, its slashes too, and
  the path is split into segments before any segment is decoded (RFC 3986, section 2.4).
* An empty value, ``.`` and ``..`` are refused where they would be a whole segment: clients and
  proxies on the way may remove such segments (RFC 3986, section 5.2.4).
* Query parameters are percent-encoded, spaces as ``%20``. ``+`` is read as a space, as forms write
  it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qsl, unquote

from schematic.compile import CompiledEndpoint
from schematic.define import (
    BoundEndpoint,
    ConnectionParam,
    DefinitionError,
    ParamLocation,
    ParamValue,
    WebSocketEndpoint,
)
from schematic.define.urls import split_url, template_parts
from schematic_engine.arguments import expect
from schematic_engine.errors import InvalidParameter
from schematic_engine.placing import (
    Placed,
    given_params,
    header_lines_of,
    placed,
    target_of,
    value_of,
)

__all__ = [
    "Address",
    "Flaw",
    "FlawKind",
    "Reading",
    "address_of",
    "header_params",
    "match_request",
    "match_target",
    "parse_url",
    "read_target",
    "target_for",
    "values_of",
]

_ABSOLUTE = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
_PORTS = {"ws": 80, "wss": 443}


class FlawKind(Enum):
    """What may be wrong with the parameters of a request."""

    MISSING = "missing"
    UNFIT = "unfit"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing that is wrong with the parameters of a request.

    Attributes:
        kind: a parameter is missing, a value does not fit, or a constraint is broken.
        names: the parameters that it is about; ``query`` where the query cannot be read at all.
        problem: what is wrong. It may repeat a value that was sent.
    """

    kind: FlawKind
    names: tuple[str, ...]
    problem: str

    @property
    def error(self) -> InvalidParameter:
        """The same as an error."""
        return InvalidParameter(parameter=", ".join(self.names), problem=self.problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of a request whose path is that of the endpoint.

    Attributes:
        values: by parameter name, defaults filled in.
        flaws: what is wrong; of a server's answers to that, 400 is the first.
        unread: the parameters of which nobody can say what was sent, or meant.
    """

    values: Mapping[str, ParamValue]
    flaws: tuple[Flaw, ...]
    unread: frozenset[str]


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where to connect, and what to ask for there.

    The query may carry credentials, therefore ``repr`` leaves it out.

    Attributes:
        scheme: ``ws`` or ``wss``.
        host: a name, an IPv4 address or an IPv6 address (without brackets).
        port: the TCP port.
        target: the request target: path and query (RFC 9112, section 3.2.1).
    """

    scheme: str
    host: str
    port: int
    target: str = "/"

    @property
    def secure(self) -> bool:
        """Whether the connection uses TLS."""
        return self.scheme == "wss"

    @property
    def authority(self) -> str:
        """The value of the ``Host`` header; a default port is left out (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __repr__(self) -> str:
        path, mark, _ = self.target.partition("?")
        hidden = "?..." if mark else ""
        return f"Address({self.scheme}://{self.authority}{path}{hidden})"


def parse_url(url: str) -> Address:
    """The address that a ``ws://`` or ``wss://`` URL names; its path becomes the target.

    Raises:
        InvalidParameter: it is not such a URL, or carries a query, a fragment or credentials.
    """
    try:
        parts = split_url(url, ("wss", "ws"))
    except DefinitionError as error:
        raise InvalidParameter(parameter="url", problem=error.problem) from None
    port = parts.port or _PORTS[parts.scheme]
    return Address(parts.scheme, parts.hostname or "", port, parts.path)


def address_of(
    bound: BoundEndpoint,
    params: Mapping[str, object] | None = None,
    *,
    url: str | None = None,
    query: Iterable[tuple[str, str]] = (),
) -> Address:
    """Where ``bound`` is, for these parameters.

    Args:
        bound: the endpoint.
        params: values by parameter name, as Python values or as text; None is as good as absent.
        url: replaces the API's ``base_url``: scheme, host, port and path prefix.
        query: pairs to append to the query, credentials for example.

    Raises:
        InvalidParameter: a value is missing, has the wrong type, is not one of the choices or
            cannot be carried; a name is unknown; parameters break a constraint; or ``url`` is not
            a base URL.
    """
    if url is not None:
        expect("url", url, str, "a str such as 'wss://host/path'")
    base = parse_url(url or bound.api.base_url)
    target = target_for(bound, params, base_path=base.target, query=query)
    return Address(base.scheme, base.host, base.port, target)


def target_for(
    bound: BoundEndpoint,
    params: Mapping[str, object] | None = None,
    *,
    base_path: str | None = None,
    query: Iterable[tuple[str, str]] = (),
) -> str:
    """The request target of ``bound`` for these parameters; see `address_of`.

    Args:
        bound: the endpoint.
        params: values by parameter name.
        base_path: the path prefix; None means that of the API's ``base_url``.
        query: pairs to append to the query.

    Raises:
        InvalidParameter: see `address_of`.
    """
    if base_path is None:
        base_path = parse_url(bound.api.base_url).target
    given = _placed(bound.endpoint, params or {})
    return base_path.rstrip("/") + target_of(bound.endpoint.path, given, query)


def header_params(
    bound: BoundEndpoint, params: Mapping[str, object] | None = None
) -> tuple[tuple[str, str], ...]:
    """The header lines that carry parameters.

    Raises:
        InvalidParameter: see `address_of`; and a header holds printable ASCII only.
    """
    return header_lines_of(_placed(bound.endpoint, params or {}))


def match_target(
    endpoint: WebSocketEndpoint,
    target: str,
    base_path: str = "",
    *,
    headers: Iterable[tuple[str, str]] = (),
) -> dict[str, ParamValue] | None:
    """The parameters of a request, if its path is that of ``endpoint``.

    Defaults are filled in. Query parameters that the endpoint does not describe are left out.

    Args:
        endpoint: the endpoint that the path is compared with.
        target: the request target as sent, in origin form or absolute form (RFC 9112, 3.2).
        base_path: the path prefix at which the endpoint is served.
        headers: the request's header lines, for parameters that travel there.

    Returns:
        Values by parameter name; None when the path is another one.

    Raises:
        InvalidParameter: the path is this endpoint's, but a parameter is missing, ill-typed, not
            one of the choices, given twice, or not UTF-8; or parameters break a constraint. A
            server answers that with status 400.
    """
    reading = read_target(endpoint, target, base_path, headers=headers)
    if reading is None:
        return None
    if reading.flaws:
        raise reading.flaws[0].error
    return dict(reading.values)


def read_target(
    endpoint: WebSocketEndpoint,
    target: str,
    base_path: str | None = None,
    *,
    headers: Iterable[tuple[str, str]] | None = None,
) -> Reading | None:
    """Everything that is right and wrong with a request, where `match_target` stops.

    Args:
        endpoint: the endpoint that the path is compared with.
        target: the request target as sent.
        base_path: the path prefix at which the endpoint is served; None for any.
        headers: the request's header lines; None where they are not known, so that nothing is
            held against what travels there.

    Returns:
        what could be read; None when the path is another one.
    """
    path, _, query = _origin_form(target).partition("?")
    if base_path is None:
        path = _without_prefix(path, endpoint.path)
    try:
        texts = _match_path(endpoint.path, path, (base_path or "").rstrip("/"))
        if texts is None:
            return None
        sent = {ParamLocation.PATH: list(texts.items()), ParamLocation.QUERY: _parse_query(query)}
    except InvalidParameter as error:
        flaw = Flaw(kind=FlawKind.UNFIT, names=(error.parameter,), problem=error.problem)
        unread = frozenset(param.name for param in endpoint.params)
        return Reading(values={}, flaws=(flaw,), unread=unread)
    if headers is not None:
        sent[ParamLocation.HEADER] = list(headers)
    return _reading(endpoint, sent)


def _reading(
    endpoint: WebSocketEndpoint, sent: Mapping[ParamLocation, list[tuple[str, str]]]
) -> Reading:
    values: dict[str, ParamValue] = {}
    flaws: list[Flaw] = []
    unread: set[str] = set()
    for param in endpoint.params:
        location = param.location or ParamLocation.QUERY
        if location not in sent:
            unread.add(param.name)
            continue
        read = _read(param, sent[location])
        if isinstance(read, Flaw):
            flaws.append(read)
            unread.add(param.name)
        elif read is not None:
            values[param.name] = read
    completed = _completed(endpoint, values)
    flaws += _broken(endpoint, completed, values, unread)
    return Reading(values=completed, flaws=tuple(flaws), unread=frozenset(unread))


def match_request(
    bound: BoundEndpoint | CompiledEndpoint,
    target: str,
    headers: Iterable[tuple[str, str]] = (),
) -> dict[str, ParamValue] | None:
    """`match_target` with the API's own path prefix, or without any, as a mock is served.

    Raises:
        InvalidParameter: see `match_target`.
    """
    lines = tuple(headers)
    for base_path in dict.fromkeys(("", parse_url(bound.api.base_url).target)):
        params = match_target(bound.endpoint, target, base_path, headers=lines)
        if params is not None:
            return params
    return None


def values_of(
    endpoint: WebSocketEndpoint, params: Mapping[str, object] | None = None
) -> dict[str, ParamValue]:
    """What a server reads when these parameters are sent: Python values, defaults filled in.

    Raises:
        InvalidParameter: see `address_of`.
    """
    given = given_params(endpoint.id, endpoint.params, params or {})
    sent = {param.name: value_of(param, value) for param, value in given}
    values = _completed(endpoint, sent)
    flaw = next(_broken(endpoint, values, sent, ()), None)
    if flaw is not None:
        raise flaw.error
    return values


def _completed(
    endpoint: WebSocketEndpoint, sent: Mapping[str, ParamValue]
) -> dict[str, ParamValue]:
    """What was sent, with the defaults of what was not."""
    return {
        param.name: value
        for param in endpoint.params
        if (value := sent.get(param.name, param.default)) is not None
    }


def _broken(
    endpoint: WebSocketEndpoint,
    values: Mapping[str, ParamValue],
    sent: Mapping[str, ParamValue],
    unread: Collection[str],
) -> Iterator[Flaw]:
    """The constraints that are broken, of those that are about no parameter of ``unread``."""
    for constraint in endpoint.constraints:
        if any(name in unread for name in constraint.names):
            continue
        problem = constraint.resolved(endpoint.params).problem(values, sent)
        if problem is not None:
            yield Flaw(kind=FlawKind.BROKEN, names=constraint.names, problem=problem)


# Building


def _placed(endpoint: WebSocketEndpoint, params: Mapping[str, object]) -> Placed:
    """The parameters to send, each with its texts; no constraint is broken."""
    texts = placed(endpoint.id, endpoint.params, params)
    if endpoint.constraints:
        values_of(endpoint, params)
    return texts


# Reading


def _origin_form(target: str) -> str:
    """Path and query; servers accept absolute URLs as targets too (RFC 9112, section 3.2.2)."""
    origin_form = _ABSOLUTE.sub("", target, count=1)
    return origin_form if origin_form.startswith("/") else f"/{origin_form}"


def _without_prefix(path: str, template: str) -> str:
    """As many of the last segments of ``path`` as ``template`` has."""
    prefix = path.rsplit("/", template.count("/"))[0]
    return "/" if template == "/" else path[len(prefix) :]


def _match_path(template: str, path: str, base_path: str) -> dict[str, str] | None:
    """The decoded texts of the placeholders, or None if the path does not fit the template."""
    expected = (base_path + template).split("/")
    segments = path.split("/")
    if len(segments) != len(expected):
        return None
    texts: dict[str, str] = {}
    undecodable: str | None = None
    for wanted, segment in zip(expected, segments, strict=True):
        before, name, after = template_parts(wanted) or (wanted, "", "")
        before, after = unquote(before), unquote(after)
        text = _decode(segment)
        if text is None and name:
            undecodable = name
        elif text is None or not _fits(text, before, after, name):
            return None
        elif name:
            texts[name] = text[len(before) : len(text) - len(after)]
    if undecodable is not None:
        raise InvalidParameter(parameter=undecodable, problem="not UTF-8")
    return texts


def _fits(text: str, before: str, after: str, name: str) -> bool:
    if not name:
        return text == before
    longer = len(text) > len(before) + len(after)
    return longer and text.startswith(before) and text.endswith(after)


def _decode(segment: str) -> str | None:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return None


def _parse_query(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise InvalidParameter(parameter="query", problem="not UTF-8") from None


def _read(param: ConnectionParam, sent: Iterable[tuple[str, str]]) -> ParamValue | Flaw | None:
    """The value of ``param`` among what was sent, or what is wrong with it, or None."""
    names = (param.name,)
    try:
        value = param.read(sent)
    except ValueError as error:
        return Flaw(kind=FlawKind.UNFIT, names=names, problem=str(error))
    if value is None and param.required and param.default is None:
        return Flaw(kind=FlawKind.MISSING, names=names, problem="required, but missing")
    return value
