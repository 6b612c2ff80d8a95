"""Definitions as plain data, and back, without loss.

The data is made of JSON values. The keys are the names of the fields, what has its default is left
out, enumerations are written by their values. Types of bodies are written by name, so whoever reads
the data has to say which type each name stands for; `types_of` says it for a definition that is at
hand::

    data = to_data(api)
    assert api_from_data(data, types_of(api)) == api

Four things have a form of their own:

* a message is described once, under ``messages`` of the outermost lifecycle, and is its id
  everywhere else;
* a body is ``{"type": name}`` for a type, ``{"name_only": name}`` for a bare name, and
  ``{"kind": "text"}`` or ``{"kind": "binary"}`` for what is not JSON;
* a value of a body type, such as what a timer says, is ``{"type": name, "value": JSON}``;
* a condition is a list of ``{"param": name, "values": [...]}``, without values if the parameter has
  to be given.

Data is read as if a stranger had written it: what is unknown, of the wrong kind, too deep or too
large is refused with its place, and what was read is checked as every definition is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schematic.define import ConnectionLifecycle, WebSocketApi, WebSocketEndpoint
from schematic.define.checks import definition
from schematic.define.lifecycle_checks import check_lifecycle
from schematic.interchange.bounds import check_plain
from schematic.interchange.naming import types_of
from schematic.interchange.reading import Reader
from schematic.interchange.writing import Writer

__all__ = [
    "api_from_data",
    "endpoint_from_data",
    "lifecycle_from_data",
    "lifecycle_to_data",
    "to_data",
    "types_of",
]


def to_data(
    described: WebSocketApi | WebSocketEndpoint,
    types: Mapping[str, object] | None = None,
    *,
    docs: bool = True,
) -> dict[str, Any]:
    """An API or an endpoint as JSON values.

    Args:
        described: the API or the endpoint.
        types: the names of the types of bodies; those of `types_of` if None.
        docs: whether what is only for people, descriptions and links, is written too.

    Raises:
        DefinitionError: a type has no name, or something in it cannot be said in JSON.
    """
    return _written(described, types_of(described) if types is None else types, docs)


def lifecycle_to_data(
    lifecycle: ConnectionLifecycle,
    types: Mapping[str, object] | None = None,
    *,
    docs: bool = True,
) -> dict[str, Any]:
    """The order of the messages of one endpoint as JSON values.

    The arguments and errors are those of `to_data`.
    """
    return _written(lifecycle, types_of(lifecycle) if types is None else types, docs)


def api_from_data(data: object, types: Mapping[str, object]) -> WebSocketApi:
    """The API that ``data``, which `to_data` has written, describes.

    Args:
        data: JSON values, of any origin.
        types: the types of bodies by the names that the data gives them.

    Raises:
        DefinitionError: the data describes none, or one that contradicts itself, or names a type
            that is not among ``types``. The message names the place.
    """
    check_plain(data)
    api: WebSocketApi = Reader(types).read(WebSocketApi, data)
    return api


def endpoint_from_data(data: object, types: Mapping[str, object]) -> WebSocketEndpoint:
    """The endpoint that ``data``, which `to_data` has written, describes.

    The arguments and errors are those of `api_from_data`.
    """
    check_plain(data)
    endpoint: WebSocketEndpoint = Reader(types).read(WebSocketEndpoint, data)
    with definition(endpoint.id):
        endpoint.check()
    return endpoint


def lifecycle_from_data(data: object, types: Mapping[str, object]) -> ConnectionLifecycle:
    """The lifecycle that ``data``, which `lifecycle_to_data` has written, describes.

    The arguments and errors are those of `api_from_data`.
    """
    check_plain(data)
    lifecycle: ConnectionLifecycle = Reader(types).read(ConnectionLifecycle, data)
    check_lifecycle(lifecycle)
    return lifecycle


def _written(
    described: WebSocketApi | WebSocketEndpoint | ConnectionLifecycle,
    types: Mapping[str, object],
    docs: bool,
) -> dict[str, Any]:
    data: dict[str, Any] = Writer(types, docs=docs).write(described)
    check_plain(data)
    return data
