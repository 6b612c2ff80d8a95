"""The definitions that come with Schematic, as its entry points list them."""

from __future__ import annotations

import functools
import importlib
import tomllib
from pathlib import Path

from schematic import WebSocketApi

_PROJECT = Path(__file__).parents[2] / "pyproject.toml"


@functools.cache
def bundled() -> tuple[WebSocketApi, ...]:
    """All bundled descriptions of WebSocket APIs."""
    project = tomllib.loads(_PROJECT.read_text())["project"]
    made: list[object] = []
    for place in project["entry-points"]["schematic.definitions"].values():
        module, _, function = place.partition(":")
        made.append(getattr(importlib.import_module(module), function)())
    return tuple(api for api in made if isinstance(api, WebSocketApi))
