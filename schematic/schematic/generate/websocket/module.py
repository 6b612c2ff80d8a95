"""`websocket_client`: the source of the client module of one endpoint."""

from __future__ import annotations

from schematic.define import BoundEndpoint
from schematic.generate.layout import formatted
from schematic.generate.literals import docstring
from schematic.generate.names import class_name
from schematic.generate.stamp import stamp
from schematic.generate.websocket.coloured import ASYNC, SYNC
from schematic.generate.websocket.embedding import described, embedded
from schematic.generate.websocket.messages import (
    client_message,
    declare_messages,
    server_message,
    wrappers,
)
from schematic.generate.websocket.parameters import connect_params, param_names
from schematic.generate.websocket.plan import plan_of
from schematic.generate.websocket.source import Source
from schematic.generate.websocket.surfaces import Surfaces

__all__ = ["websocket_client"]


_WIDTH = 94
"""How long the first line of a module may be within its quotes."""


def websocket_client(bound: BoundEndpoint, *, prefix: str = "", origin: str = "") -> str:
    """The source of a client module for one endpoint.

    The same description always gives the same text.

    Args:
        bound: the endpoint.
        prefix: what the names of the clients begin with; by default the name of the API if this
            is its only endpoint, and else the endpoint's id.
        origin: how to make it again, for the docstring: ``schematic generate elevenlabs``.

    Raises:
        DefinitionError: the description contradicts itself, or a body type has no source.
        SchematicError: ruff, which lays it out, is not installed.
    """
    alone = len(bound.api.endpoints) == 1
    prefix = class_name(prefix or (bound.api.name if alone else bound.endpoint.id))
    source = Source(plan_of(bound), prefix)
    declare_messages(source)
    surfaces = Surfaces(source)
    wrapped = wrappers(source)
    unions = f"{client_message(source)}\n{server_message(source)}"
    names = param_names(source)
    body = [
        connect_params(source, names),
        surfaces.run_params(),
        surfaces.sends(),
        surfaces.handlers(),
        surfaces.of(ASYNC),
        surfaces.of(SYNC),
        embedded(source, names),
    ]
    types = source.types.declarations()
    text = "\n\n".join([types, wrapped, unions, *body])
    made = stamp(origin, described(source), types, wrapped)
    head = f"{_about(source, made)}\n{source.imports.render()}"
    return formatted(f"{head}\n\n{text}")


def _about(source: Source, made: str) -> str:
    compiled, prefix = source.plan.compiled, source.prefix
    url = compiled.api.docs_url
    title = f"A client of {compiled.name} ({url})."
    if not url or len(title) > _WIDTH:
        title = f"A client of {compiled.name}.{f' It is described at {url}.' if url else ''}"
    return docstring(
        f"{title}\n\n"
        f"`{prefix}Ws` has a method for each message; in `{prefix}Phases` what may not be said has "
        f"no method; `{prefix}Callbacks` runs a whole conversation; ``split()`` gives a sink and a "
        f"stream. `Sync{prefix}Ws` and so on are the same with blocking calls.\n\n"
        f"{made}",
        indent=0,
    )
