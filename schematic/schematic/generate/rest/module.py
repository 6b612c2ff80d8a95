"""`rest_client`: the source of the client module of a REST API."""

from __future__ import annotations

from schematic.define import RestApi
from schematic.generate.defined import public_names
from schematic.generate.layout import formatted
from schematic.generate.literals import docstring, literal
from schematic.generate.names import class_name
from schematic.generate.rest.embedding import embedded
from schematic.generate.rest.methods import ASYNC, SYNC, client_class
from schematic.generate.rest.source import Source
from schematic.generate.stamp import stamp

__all__ = ["rest_client"]


def rest_client(api: RestApi, *, origin: str = "", prefix: str = "") -> str:
    """The source of a client module for a REST API.

    The same description always gives the same text.

    Args:
        api: the description.
        origin: how to make it again, for the docstring: ``schematic generate elevenlabs``.
        prefix: what the names of the clients begin with; by default the name of the API.

    Raises:
        DefinitionError: the description contradicts itself, or a body type has no source.
        SchematicError: ruff, which lays it out, is not installed.
    """
    source = Source(api, class_name(prefix or api.name))
    clients = [client_class(source, colour) for colour in (ASYNC, SYNC)]
    data = embedded(source)
    text = "\n\n".join(
        part for part in (source.types.declarations(), source.aliases(), *clients, data) if part
    )
    made = stamp(origin, repr(api), source.types.declarations())
    head = f"{_about(source, made)}\n{source.imports.render()}"
    return formatted(f"{head}\n__all__ = {literal(sorted(public_names(text)))}\n\n{text}")


def _about(source: Source, made: str) -> str:
    api, prefix = source.api, source.prefix
    docs = f" ({api.docs_url})" if api.docs_url else ""
    return docstring(
        f"A client of {api.name}{docs}.\n\n"
        f"`{prefix}Rest` has a method for each endpoint, for asyncio; `Sync{prefix}Rest` is the "
        "same with blocking calls.\n\n"
        f"{made}",
        indent=0,
    )
