"""Modules that were made of AsyncAPI documents, written down and loaded."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from schematic import WebSocketApi
from schematic.interchange.asyncapi_reader import DefinitionModule, definition_from_asyncapi
from schematic.interchange.reader.documents import document_from_text
from schematic_engine.cli.files import api_from_file

FIXTURES = Path(__file__).parent.parent / "interchange" / "fixtures"
ROOMS = document_from_text((FIXTURES / "rooms.yaml").read_text(encoding="utf-8"))
"""AsyncAPI 2, in which publish is what the client sends."""
CAPTIONS = document_from_text((FIXTURES / "captions.json").read_text(encoding="utf-8"))
"""AsyncAPI 3, described from the server's side."""


def changed(document: dict[str, Any], *path: str | int, to: Any) -> dict[str, Any]:
    """A copy of ``document`` with another value at ``path``."""
    copy: Any = deepcopy(document)
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    found: dict[str, Any] = copy
    return found


def imported(document: dict[str, Any], **options: Any) -> DefinitionModule:
    """The module that a document comes to; in AsyncAPI 2, publish is what the client sends."""
    if document.get("asyncapi", "").startswith("2"):
        options.setdefault("publish_means", "client-sends")
    return definition_from_asyncapi(json.dumps(document), **options)


def loaded(module: DefinitionModule, folder: Path) -> WebSocketApi:
    """The API of a module, which is written to ``folder`` and imported."""
    file = folder / f"{module.name}.py"
    file.write_text(module.source, encoding="utf-8")
    return api_from_file(file, module.name)
