"""Our documents as the parser of the AsyncAPI initiative reads them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, seed, settings

from peers.node_packages import NODE, install
from schematic import (
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    Schema,
    WebSocketApi,
)
from schematic.interchange.asyncapi import AsyncApiVersion, to_asyncapi
from support.bundled import bundled
from support.definitions import an_api, an_endpoint, param
from support.descriptions import apis

VERSIONS: tuple[AsyncApiVersion, ...] = ("3.0.0", "3.1.0")
EXPLAINED = {
    # It is on purpose that 3.0.0 is written too: many tools do not read 3.1.0 yet.
    "asyncapi-latest-version",
}


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the parser is installed."""
    return install("asyncapi_parser", tmp_path_factory.mktemp("asyncapi_parser"))


def parsed(parser: Path, documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the parser says of each document, and the names of the messages that it has found."""
    files = [parser / f"{number}.json" for number in range(len(documents))]
    for file, document in zip(files, documents, strict=True):
        file.write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run(
        [NODE, "parse.mjs", *files], cwd=parser, capture_output=True, check=True, timeout=100
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def names(api: WebSocketApi) -> list[str]:
    return [message.id for one in api.endpoints for message in one.lifecycle.every_message]


def test_every_bundled_api_is_read_in_each_version_with_nothing_to_remark(parser: Path) -> None:
    pairs = [(api, to_asyncapi(api, version)) for api in bundled() for version in VERSIONS]
    answers = parsed(parser, [document for _, document in pairs])
    for (api, _), answer in zip(pairs, answers, strict=True):
        assert [one for one in answer["said"] if one["code"] not in EXPLAINED] == []
        assert answer["messages"] == names(api)


def test_documents_of_any_definition_with_any_text_are_read(parser: Path) -> None:
    made: list[WebSocketApi] = []

    @seed(0)
    @settings(max_examples=15, phases=[Phase.generate], database=None)
    @given(apis())
    def collect(api: WebSocketApi) -> None:
        made.append(api)

    collect()
    answers = parsed(parser, [to_asyncapi(api) for api in made])
    for api, answer in zip(made, answers, strict=True):
        assert answer["said"] == []
        assert answer["messages"] == names(api)


def test_names_in_any_script_are_read(parser: Path) -> None:
    greeting = MessageSchema(
        id="Grüße", direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema("Grüße")
    )
    lifecycle = ConnectionLifecycle(streaming_messages=[greeting])
    api = an_api(an_endpoint(param("größe"), id="Größe", path="/{größe}", lifecycle=lifecycle))
    assert parsed(parser, [to_asyncapi(api)]) == [{"said": [], "messages": ["Grüße"]}]
