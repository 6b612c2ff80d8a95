"""`websocket_files`: the client modules of an API, as files."""

from __future__ import annotations

from schematic.define import WebSocketApi
from schematic.generate.defined import public_names
from schematic.generate.layout import formatted
from schematic.generate.literals import docstring, literal
from schematic.generate.names import Names, class_name, snake_case
from schematic.generate.stamp import stamp
from schematic.generate.websocket.module import websocket_client

__all__ = ["websocket_files"]


def websocket_files(
    api: WebSocketApi, name: str, *, endpoint: str | None = None, origin: str = ""
) -> dict[str, str]:
    """The client modules of an API: the path of each file, with slashes, and its text.

    An API with one endpoint, or one of its endpoints alone, is a module ``NAME_ws.py``. One with
    several is a package ``NAME_ws`` with a module for each; the package offers the client of the
    first endpoint under the API's name, with its messages, and the clients of the others.

    Args:
        api: the API.
        name: what it is called in names of files: ``elevenlabs``.
        endpoint: the id of the only endpoint that is wanted; None for all.
        origin: what `schematic generate` is told to make it again, without the endpoint; ``name``
            unless given.

    Raises:
        DefinitionError: there is no such endpoint, or see `websocket_client`.
    """
    stem = snake_case(name)
    stem += "_client" if stem.endswith("_ws") else "_ws"
    ids = [one.id for one in api.endpoints] if endpoint is None else [endpoint]
    again = f"schematic generate {origin or name}" + ("" if endpoint is None else f"/{endpoint}")
    if len(ids) == 1:
        bound = api.endpoint(ids[0])
        return {f"{stem}.py": websocket_client(bound, prefix=api.name, origin=again)}
    names = Names()
    modules = {one: names.new(snake_case(one)) for one in ids}
    written = {
        modules[one]: websocket_client(
            api.endpoint(one), prefix=api.name if one == ids[0] else one, origin=again
        )
        for one in ids
    }
    files = {f"{stem}/{module}.py": text for module, text in written.items()}
    return {f"{stem}/__init__.py": _package(api, written, modules, again), **files}


def _package(
    api: WebSocketApi, written: dict[str, str], modules: dict[str, str], origin: str
) -> str:
    """The module of the package: what it offers of the others."""
    first, *others = modules
    offered: dict[str, str] = dict.fromkeys(public_names(written[modules[first]]), modules[first])
    listed = [f"`{class_name(api.name)}Ws` for {first}"]
    for one in others:
        prefix = class_name(one)
        listed.append(f"`{prefix}Ws` for {one}")
        for public in public_names(written[modules[one]]):
            if prefix in public and public not in offered:
                offered[public] = modules[one]
    about = docstring(
        f"Clients of {api.name}.\n\n"
        f"There is {', '.join(listed)}. Each endpoint has a module of its own, with its messages "
        f"and its phases; those of {first} are offered here, too.\n\n{stamp(origin)}",
        indent=0,
    )
    lines = "".join(f"from .{module} import {public}\n" for public, module in offered.items())
    return formatted(f"{about}\n{lines}\n__all__ = {literal(sorted(offered))}\n")
