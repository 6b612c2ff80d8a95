"""Endpoints whose order stands in the document: ``x-lifecycle``, which `asyncapi` writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schematic.define import WebSocketEndpoint
from schematic.interchange.asyncapi import EXTENSION, order_from_asyncapi
from schematic.interchange.fields import TYPE
from schematic.interchange.reader.nodes import Node, as_list, as_object
from schematic.interchange.reader.types import Types

__all__ = ["EXTENSION", "ask_for_types", "ordered_endpoints"]


def ask_for_types(root: Node, types: Types) -> None:
    """Ask for the types that the extensions of the channels of a document name.

    Args:
        root: the document.
        types: its types.
    """
    components = _Components(root, types)
    for _, extension in _extensions(root):
        for name in _names(extension):
            components.get(name)


def ordered_endpoints(root: Node, types: Types) -> tuple[WebSocketEndpoint, ...]:
    """The endpoints of the channels that say their order.

    Args:
        root: the document.
        types: its types, which are read.

    Raises:
        DefinitionError: an extension is not as it is documented.
    """
    channels = {name: {EXTENSION: extension} for name, extension in _extensions(root)}
    return order_from_asyncapi({"channels": channels}, _Components(root, types))


class _Components(Mapping[str, object]):
    """The types of the schemas of a document by their names; each is asked for when it is needed.

    Args:
        root: the document.
        types: its types.
    """

    def __init__(self, root: Node, types: Types) -> None:
        self._holder = root.get("components", "schemas") or root.replaced({})
        self._types = types

    def __getitem__(self, key: str) -> Any:
        schema = self._holder.raw(key)
        if schema is None:
            raise KeyError(key)
        return self._types.type_of(schema, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._holder.mapping())

    def __len__(self) -> int:
        return len(self._holder.mapping())


def _extensions(root: Node) -> Iterator[tuple[str, object]]:
    channels = root.get("channels")
    for name, channel in channels.items() if channels else ():
        if EXTENSION in channel.mapping():
            yield name, channel.mapping()[EXTENSION]


def _names(value: object) -> Iterator[str]:
    """All texts that may be names of types."""
    for one in as_list(value) or ():
        yield from _names(one)
    for key, one in (as_object(value) or {}).items():
        if key == TYPE and isinstance(one, str):
            yield one
        yield from _names(one)
