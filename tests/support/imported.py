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


CANARY = "setattr(__import__('builtins'), 'CANARY', 1)"
"""What would be seen if it were run."""
NASTY = [
    CANARY,
    f'"""\n{CANARY}\n"""',
    f"'''\n{CANARY}\n'''",
    f'"\n{CANARY}\n#',
    f"')\n{CANARY}\n(",
    f"\\\n{CANARY}",
    f"\r{CANARY}\n",
    f"\u2028{CANARY}\u2029\x0c\x85{CANARY}",
    f"x\n\n    Raises:\n\n{CANARY}",
    f"{{{CANARY}}}",
    f"{{{{{CANARY}}}}}%s%(x)s",
    "# type: ignore\n# noqa",
    "-*- coding: utf-7 -*-",
    "../../../etc/passwd",
    "/etc/passwd",
    "class",
    "None",
    "__class__",
    "_",
    "",
    " ",
    "\0",
    "\ud800",
    "\u202e\u2066evil\u2069",
    "schematic",
    "Schema",
    "WebSocketApi",
    "str",
    "Struct",
    "annotations",
    "é" * 300,
    "wide 字" * 60,
    "a" * 5000,
    '"' * 200,
    "\\" * 201,
]
"""Texts that would break out of strings and comments, or are no names."""


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
