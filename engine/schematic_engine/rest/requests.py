"""From a described endpoint and the caller's values to an HTTP request, without sending it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schematic.define.checks import header_name_problem, header_value_problem
from schematic.define.errors import DefinitionError
from schematic.define.rest import Endpoint, RestApi
from schematic.define.urls import split_url
from schematic_engine.arguments import HeaderLines, expect, header_lines
from schematic_engine.blame import InvalidParameter
from schematic_engine.credentials import Carried, Credentials, Pairs, credentials_for
from schematic_engine.hiding import secret_forms
from schematic_engine.placing import header_lines_of, placed, target_of
from schematic_engine.rest.bodies import Body, body_of

__all__ = ["Request", "Requests"]

_ENCODINGS = "gzip, deflate"  # what `Inflater` can bound


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What to send. It may hold credentials, therefore ``repr`` shows method and endpoint alone.

    Attributes:
        endpoint: what it is for.
        method: the HTTP method.
        url: scheme, host, path and query, percent-encoded.
        headers: the header lines.
        body: what it carries.
        shown: the URL without credentials, for logs.
    """

    endpoint: Endpoint
    method: str
    url: str
    headers: Pairs
    body: Body
    shown: str

    def __repr__(self) -> str:
        return f"Request({self.method} {self.endpoint.id})"


class Requests:
    """Builds the requests of one API, all with the same credentials.

    Args:
        api: where the endpoints are and how they want credentials.
        credentials: what proves who the client is; None if it has nothing.
        url: replaces the API's ``base_url``.
        headers: header lines for every request; they replace described ones of the same name.

    Attributes:
        secrets: what must not be shown of what a server says.

    Raises:
        InvalidParameter: ``url`` is not a base URL, a header cannot be sent, or the credentials
            cannot be carried.
        MissingCredentials: the API wants credentials.
    """

    def __init__(
        self,
        api: RestApi,
        credentials: Credentials | None,
        *,
        url: str | None = None,
        headers: HeaderLines = (),
    ) -> None:
        self._base = _base(api.base_url if url is None else url)
        self._api = api
        self._carried: Carried = credentials_for(api, credentials)
        self._headers = header_lines(headers)
        _check_lines(self._headers)
        self.secrets = secret_forms(credentials, self._headers, api.auth.ways)
        self._endpoints = {endpoint.id: endpoint for endpoint in api.endpoints}

    def endpoint(self, endpoint_id: str) -> Endpoint:
        """The endpoint of that id.

        Raises:
            DefinitionError: there is none. The message lists the ids.
        """
        return self._endpoints.get(endpoint_id) or self._api.endpoint(endpoint_id)

    def build(
        self, endpoint: Endpoint, params: Mapping[str, object] | None = None, body: object = None
    ) -> Request:
        """The request that calls ``endpoint``.

        Args:
            endpoint: what to call.
            params: values by parameter name; None is as good as absent.
            body: see `body_of`.

        Raises:
            InvalidParameter: a value is unknown, missing, or not allowed.
        """
        texts = placed(endpoint.id, endpoint.params, params or {})
        sent = body_of(endpoint.request, body)
        described = (*self._api.headers, *endpoint.headers, *header_lines_of(texts))
        return Request(
            endpoint=endpoint,
            method=endpoint.method.value,
            url=self._base + target_of(endpoint.path, texts, self._carried.query),
            headers=_joined((*_defaults(endpoint, sent), *described), self._headers, self._carried),
            body=sent,
            shown=self._base + target_of(endpoint.path, texts),
        )


def _base(url: str) -> str:
    expect("url", url, str, "a str such as 'https://host/path'")
    try:
        split_url(url, ("https", "http"))
    except DefinitionError as error:
        raise InvalidParameter(parameter="url", problem=error.problem) from None
    return url.rstrip("/")


def _check_lines(lines: Pairs) -> None:
    for name, value in lines:
        problem = header_name_problem(name) or header_value_problem(value)
        if problem:
            raise InvalidParameter(parameter=f"headers: {name!r}", problem=problem)


def _defaults(endpoint: Endpoint, body: Body) -> Pairs:
    lines = [("Accept", endpoint.response.media_type or "*/*"), ("Accept-Encoding", _ENCODINGS)]
    if body.media_type:
        lines.append(("Content-Type", body.media_type))
    return tuple(lines)


def _joined(described: Pairs, given: Pairs, carried: Carried) -> Pairs:
    """Header lines, of each name the last: what the caller gave goes before what is described."""
    lines: dict[str, tuple[str, str]] = {}
    for name, value in (*described, *given, *carried.headers):
        lines[name.lower()] = (name, value)
    return tuple(lines.values())
