"""What documents become is code that a team would commit, and says what the documents say."""

from __future__ import annotations

import builtins
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schematic.compile import compile_endpoint
from schematic.compile.verify import verify
from schematic.interchange.asyncapi import to_asyncapi
from schematic.interchange.description import to_data
from schematic_engine.cli.resolve import installed, load
from support.imported import CANARY, CAPTIONS, NASTY, ROOMS, changed, imported, loaded
from support.type_checkers import refusals

BUNDLED = installed()


@pytest.mark.parametrize("name", BUNDLED)
def test_the_order_of_each_bundled_api_comes_back_from_its_document(
    name: str, tmp_path: Path
) -> None:
    api = load(BUNDLED[name])
    read = loaded(imported(to_asyncapi(api)), tmp_path)
    assert [one.id for one in read.endpoints] == [one.id for one in api.endpoints]
    for old, new in zip(api.endpoints, read.endpoints, strict=True):
        assert without_types(to_data(new)) == without_types(to_data(old))
        compile_endpoint(read.endpoint(new.id))
        names = {one.id: one.schema.name for one in old.lifecycle.every_message}
        for message in new.lifecycle.every_message:
            assert names[message.id] in message.schema.name or "|" in names[message.id]


def test_a_property_that_no_type_can_have_costs_its_payload_alone(tmp_path: Path) -> None:
    fields = {f'"\n{CANARY}\n#': {"type": "string"}}
    document = changed(ROOMS, "components", "schemas", "Say", "properties", to=fields)
    module = imported(document)
    assert "# choose: a type; its schema has the property" in module.source
    api = loaded(module, tmp_path)
    bodies = [one.schema.body for one in api.endpoint().endpoint.lifecycle.every_message]
    assert bodies.count(dict[str, Any]) == 1
    assert module.to_choose == imported(ROOMS).to_choose + 2  # another body holds such an object
    assert not hasattr(builtins, "CANARY")


def test_a_property_that_no_type_can_have_is_told_where_the_order_is_known(tmp_path: Path) -> None:
    document = to_asyncapi(load(BUNDLED["graphql-transport-ws"]))
    document["components"]["schemas"]["Ping"]["properties"]["\\"] = {}
    module = imported(document)
    assert "# choose: a type; the schema Ping has the property" in module.source
    assert module.to_choose == 1
    loaded(module, tmp_path)


def test_the_booleans_of_elevenlabs_come_back(tmp_path: Path) -> None:
    read = loaded(imported(to_asyncapi(load(BUNDLED["elevenlabs"]))), tmp_path)
    messages = read.endpoint("StreamMultiContext").endpoint.lifecycle.every_message
    bodies: dict[str, Any] = {one.id: one.schema.body for one in messages}
    assert bodies["CloseSocket"]().close_socket is True
    assert bodies["CloseContext"](context_id="a").close_context is True


def without_types(value: Any) -> Any:
    """Plain data without the names of types, which may have another in front or behind."""
    if isinstance(value, list):
        return [without_types(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: without_types(one) for key, one in value.items() if key != "type"}
    if "schema" in kept:
        kept["schema"].pop("name", None)
    return kept


@pytest.mark.parametrize("document", [ROOMS, CAPTIONS], ids=["2", "3"])
def test_an_imported_api_compiles_and_has_no_faults(
    document: dict[str, Any], tmp_path: Path
) -> None:
    api = loaded(imported(document), tmp_path)
    assert not verify(compile_endpoint(api.endpoint()))


def hostile() -> dict[str, Any]:
    """A document whose names and descriptions would break out, if they could."""
    texts = [text for text in NASTY if "\ud800" not in text]
    names = [text for text in texts if text.isprintable() and not set(text) & set('"\\')]
    fields = {name: {"type": "string", "description": name} for name in names}  # others: any object
    document = changed(ROOMS, "components", "schemas", "Say", "properties", to=fields)
    words = {"contentType": "text/plain", "payload": {"enum": texts}}
    document = changed(document, "components", "messages", "sound", to=words)
    document["components"]["schemas"]["Say"]["description"] = "".join(texts)
    document["components"]["messages"]["both"]["summary"] = "".join(texts)
    return changed(document, "info", to={"title": "Hostile", "description": "\n".join(texts)})


def test_ruff_mypy_and_pyright_find_nothing(tmp_path: Path) -> None:
    documents = [ROOMS, CAPTIONS, hostile(), to_asyncapi(load(BUNDLED["elevenlabs"]))]
    folder = tmp_path / "modules"
    folder.mkdir()
    for document in documents:
        module = imported(document)
        (folder / f"{module.name}.py").write_text(module.source, encoding="utf-8")
    settings = Path(__file__).parents[2] / "pyproject.toml"
    no_ours = ["--config=lint.isort.known-first-party=[]", "--exclude=hostile.py"]  # its names
    for command in (
        ["check", f"--config={settings}", "--force-exclude", *no_ours],
        ["format", "--check", f"--config={settings}"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, folder],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert refusals(folder, tmp_path / "scratch") == {"mypy": set(), "pyright": set()}
