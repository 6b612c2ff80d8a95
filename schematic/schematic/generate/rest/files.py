"""`rest_files`: the client module of a REST API, as a file."""

from __future__ import annotations

from schematic.define import RestApi
from schematic.generate.names import snake_case
from schematic.generate.rest.module import rest_client

__all__ = ["rest_files"]


def rest_files(api: RestApi, name: str, *, origin: str = "") -> dict[str, str]:
    """The client module of an API: the path of the file, with slashes, and its text.

    Args:
        api: the description.
        name: what it is called in names of files: ``elevenlabs`` gives ``elevenlabs_rest.py``.
        origin: what `schematic generate` is told to make it again; ``name`` unless given.

    Raises:
        DefinitionError: see `rest_client`.
        SchematicError: see `rest_client`.
    """
    stem = snake_case(name)
    stem += "_client" if stem.endswith("_rest") else "_rest"
    return {f"{stem}.py": rest_client(api, origin=f"schematic generate {origin or name}")}
