from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import yaml

from schematic.interchange.asyncapi import order_from_asyncapi, to_asyncapi
from schematic.interchange.description import types_of
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.cli import resolve
from schematic_engine.cli.resolve import REST_GROUP
from support.commands import run, written

REST = """\
from schematic import *
def notes():
    return RestApi(
        name="Notes",
        base_url="https://example.com",
        endpoints=[Endpoint(id="List", method=RestMethod.GET, path="/notes")],
    )
"""


def test_an_api_is_written_as_asyncapi_to_standard_output() -> None:
    result = run("export", "elevenlabs")
    assert result.exit_code == 0
    document = json.loads(result.output)
    assert document == json.loads(json.dumps(to_asyncapi(elevenlabs())))
    assert order_from_asyncapi(document, types_of(elevenlabs())) == elevenlabs().endpoints


def test_versions_and_formats_are_chosen() -> None:
    older = run("export", "elevenlabs", "--format", "asyncapi-3.0", "--api-version", "7")
    document = json.loads(older.output)
    assert (document["asyncapi"], document["info"]["version"]) == ("3.0.0", "7")
    schemas = run("export", "elevenlabs/StreamTextToSpeech", "--format", "json-schema")
    assert "StreamTextToSpeech.SendText" in json.loads(schemas.output)["$defs"]


@pytest.mark.parametrize("arguments", [["-o", "api.yaml"], ["--yaml", "-o", "api.txt"]])
def test_yaml_is_written_where_the_suffix_or_the_option_says_so(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("export", "elevenlabs", *arguments)
    assert (result.exit_code, result.output) == (0, "")
    text = (tmp_path / arguments[-1]).read_text(encoding="utf-8")
    assert text.startswith('asyncapi: "3.1.0"\n')
    assert yaml.safe_load(text) == json.loads(json.dumps(to_asyncapi(elevenlabs())))


def test_a_file_that_is_there_stays_unless_it_is_forced(tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    file.write_text("mine", encoding="utf-8")
    refused = run("export", "elevenlabs", "-o", str(file))
    assert refused.exit_code == 2
    assert "is there already; --force writes over it" in refused.output
    assert file.read_text(encoding="utf-8") == "mine"
    assert run("export", "elevenlabs", "-o", str(file), "--force").exit_code == 0
    assert json.loads(file.read_text(encoding="utf-8"))["asyncapi"] == "3.1.0"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    result = run("export", "elevenlabs", "-o", str(tmp_path / "none" / "api.json"))
    assert result.exit_code == 2
    assert "cannot be written: No such file or directory" in result.output


def test_a_rest_api_in_a_file_is_written_as_openapi(tmp_path: Path) -> None:
    file = written(tmp_path, REST, "notes.py")
    result = run("export", f"{file}:notes", "--format", "openapi")
    assert list(json.loads(result.output)["paths"]) == ["/notes"]


def test_an_installed_rest_api_is_written_as_openapi(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("openai", "schematic_definitions.rest.openai:openai_rest", REST_GROUP)
    monkeypatch.setattr(resolve, "entry_points", lambda group: [entry])
    result = run("export", "OpenAI", "--format", "openapi")
    assert json.loads(result.output)["info"]["title"] == "OpenAI"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["elevenlabs/StreamTextToSpeech"], "AsyncAPI is written for a whole API"),
        (["no-such-api", "--format", "openapi"], "There is no REST API 'no-such-api' installed"),
        (["no-such-api"], "There is no API 'no-such-api' installed"),
    ],
)
def test_what_cannot_be_exported_is_named(arguments: list[str], problem: str) -> None:
    result = run("export", *arguments)
    assert result.exit_code == 2
    assert problem in result.output


@pytest.mark.parametrize("name", [":notes", ""])
def test_openapi_is_what_a_rest_api_is_written_as_unless_a_format_is_given(
    name: str, tmp_path: Path
) -> None:
    file = written(tmp_path, REST, "notes.py")
    result = run("export", f"{file}{name}")
    assert result.exit_code == 0
    assert result.output == run("export", f"{file}:notes", "--format", "openapi").output


@pytest.mark.parametrize("form", ["asyncapi", "asyncapi-3.0", "json-schema"])
def test_the_format_of_a_rest_api_is_named_where_another_is_asked_for(
    form: str, tmp_path: Path
) -> None:
    file = written(tmp_path, REST, "notes.py")
    result = run("export", f"{file}:notes", "--format", form)
    assert result.exit_code == 2
    assert "is a REST API: write it with --format openapi" in result.output


def test_an_api_of_neither_kind_is_named(tmp_path: Path) -> None:
    file = written(tmp_path, "notes = 1\n", "notes.py")
    result = run("export", f"{file}:notes")
    assert result.exit_code == 2
    assert "is of type int, not a WebSocketApi" in result.output
