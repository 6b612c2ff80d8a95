"""Tables as data, and endpoints made of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import BoundEndpoint, DefinitionError
from schematic.compile import (
    CompiledEndpoint,
    Table,
    assemble,
    compile_endpoint,
    compile_lifecycle,
    narrow,
    narrowed_tables,
    table_from_data,
    table_to_data,
)
from schematic_engine.cli.resolve import installed, load
from support.definitions import a_bound, an_api, an_endpoint
from support.forms import API
from support.lifecycles import asked, bound, channelled, lifecycles

ENDPOINT = compile_endpoint(API.endpoint())
BUNDLED = [
    api.endpoint(endpoint.id)
    for name in sorted(installed())
    for api in [load(installed()[name])]
    for endpoint in api.endpoints
]


def through_json(data: object) -> Any:
    return json.loads(json.dumps(data, allow_nan=False))


def assembled(endpoint: CompiledEndpoint) -> CompiledEndpoint:
    """``endpoint`` from its description and its tables, which have been JSON."""
    tables = {
        absent: table_from_data(through_json(table_to_data(table)))
        for absent, table in narrowed_tables(endpoint).items()
    }
    table = table_from_data(through_json(table_to_data(endpoint.table)))
    return assemble(BoundEndpoint(endpoint.api, endpoint.endpoint), table, tables)


def looks(endpoint: CompiledEndpoint) -> tuple[object, ...]:
    return (endpoint.endpoint, endpoint.table, endpoint.kinds, endpoint.absent)


# There and back


@pytest.mark.parametrize("described", BUNDLED, ids=lambda one: one.name)
def test_every_bundled_table_reads_back_as_itself(described: BoundEndpoint) -> None:
    endpoint = compile_endpoint(described)
    for table in (endpoint.table, *narrowed_tables(endpoint).values()):
        data = table_to_data(table)
        assert through_json(data) == data
        assert table_from_data(data) == table
        assert json.dumps(table_to_data(table_from_data(data))) == json.dumps(data)
        assert not re.search(r': (null|\[\])|"(moves|key)": \{\}', json.dumps(data))


@settings(max_examples=200)
@given(st.one_of(lifecycles(), channelled(), asked()).map(compile_lifecycle))
def test_any_table_reads_back_as_itself(table: Table) -> None:
    data = table_to_data(table)
    assert table_from_data(through_json(data)) == table
    assert json.dumps(table_to_data(table_from_data(data))) == json.dumps(data)


def test_a_table_is_written_as_a_reader_would_wish() -> None:
    endpoint = load(installed()["elevenlabs"]).endpoint("StreamTextToSpeech")
    assert table_to_data(compile_endpoint(endpoint).table) == {
        "client": [
            {
                "name": "client_opening_1",
                "kind": "opening",
                "moves": {"InitializeConnection": {"target": 1, "once": 2, "sets": [0, 2]}},
            },
            {
                "name": "client_streaming",
                "moves": {
                    "CloseConnection": {"target": 2, "once": 1, "sets": [1]},
                    "KeepAlive": {},
                    "SendText": {},
                },
            },
            {"name": "client_done", "kind": "done"},
        ],
        "server": [
            {
                "name": "server_streaming",
                "moves": {
                    "AudioOutput": {"needs": [0]},
                    "FinalOutput": {"target": 1, "needs": [0, 1], "once": 3, "sets": [3]},
                    "ServerError": {"target": 1, "once": 4, "sets": [4]},
                },
            },
            {"name": "server_done", "kind": "done"},
        ],
        "marks": [
            "opening step 1 (InitializeConnection) is finished",
            "CloseConnection from the client has passed",
            "InitializeConnection from the client has passed",
            "FinalOutput from the server has passed",
            "ServerError from the server has passed",
        ],
        "opening": [0],
        "ambient": ["ServerError"],
    }


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"client": []}, "client has no rows"),
        ({"client": None}, r"Expected `array`, got `null` - at `\$\.client`"),
        ({"opening": [7]}, "there is no mark 7"),
        ({"colour": 1}, "unknown field `colour`"),
        ({"client": [{"name": "a", "moves": {"B": {"target": 1}}}]}, "client, a, B: .* no row 1"),
        ({"client": [{"name": "a", "moves": {"B": {"target": -1}}}]}, "there is no row -1"),
        ({"client": [{"name": "a", "moves": {"B": {"needs": [-1]}}}]}, "there is no mark -1"),
        ({"server": [{"name": "a", "moves": {"B": {"once": 3}}}]}, "server, a, B: .* mark 3"),
        ({"server": [{"name": "a", "moves": {"B": {"refuses": [0]}}}]}, "there is no channel 0"),
        ({"server": [{"name": "a", "kind": "odd"}]}, "Invalid enum value 'odd'"),
    ],
)
def test_what_is_no_table_is_refused_with_the_place(change: dict[str, Any], problem: str) -> None:
    data = {"client": [{"name": "a"}], "server": [{"name": "b"}]}
    table_from_data(data)
    with pytest.raises(DefinitionError, match=f"not the data of a table: .*{problem}"):
        table_from_data(data | change)


# Endpoints made of them


@pytest.mark.parametrize("described", BUNDLED, ids=lambda one: one.name)
def test_an_assembled_endpoint_is_what_compiling_makes(described: BoundEndpoint) -> None:
    endpoint = compile_endpoint(described)
    again = assembled(endpoint)
    assert looks(again) == looks(endpoint)
    for absent in narrowed_tables(endpoint):
        assert absent in again.narrowed


@given(st.one_of(lifecycles(), channelled(), asked()))
def test_any_endpoint_can_be_assembled(lifecycle: Any) -> None:
    endpoint = compile_endpoint(bound(lifecycle))
    assert looks(assembled(endpoint)) == looks(endpoint)


@pytest.mark.parametrize("form", ["binary", "json", "chunks", None])
def test_an_assembled_endpoint_is_narrowed_by_the_tables_that_it_was_given(
    form: str | None,
) -> None:
    again = assembled(ENDPOINT)
    narrowed = narrow(again, {"form": form})
    assert looks(narrowed) == looks(narrow(ENDPOINT, {"form": form}))
    absent = frozenset(one.id for one in narrowed.absent)
    assert narrowed.table is again.narrowed[absent]
    assert narrow(again, {"form": form}) is narrowed


def test_a_table_that_was_not_given_is_compiled_when_it_is_needed() -> None:
    again = assemble(API.endpoint(), ENDPOINT.table)
    assert looks(narrow(again, {"form": "json"})) == looks(narrow(ENDPOINT, {"form": "json"}))


def test_the_table_of_another_description_is_refused() -> None:
    other = compile_endpoint(an_api(an_endpoint()).endpoint()).table
    with pytest.raises(DefinitionError, match=r"Forms.*another version of this one: .* Say of the"):
        assemble(API.endpoint(), other)


@given(channelled(nested=False))
def test_channels_in_another_order_are_another_description(lifecycle: Any) -> None:
    table = compile_lifecycle(lifecycle)
    turned = replace(lifecycle, channels=lifecycle.channels[::-1])
    if len(lifecycle.channels) == 1:
        turned = replace(lifecycle, channels=())
    with pytest.raises(DefinitionError, match="as channel 0"):
        assemble(bound(turned), table)


PROGRAM = """
import json, sys
from schematic.compile import assemble, table_from_data
from schematic_engine.connection import Connection
from support.forms import API, Audio, Close

data = json.load(sys.stdin)
tables = {frozenset(absent): table_from_data(table) for absent, table in data["narrowed"]}
endpoint = assemble(API.endpoint(), table_from_data(data["table"]), tables)

client, server = Connection.client(endpoint, params={"form": "json"}), Connection.server()
told = server.receive_data(client.data_to_send())
server.accept(endpoint, params={"form": "json"})
told += client.receive_data(server.data_to_send())
client.send(Audio())
client.send(Close())
told += server.receive_data(client.data_to_send())
server.send("Wrapped", Audio())
server.close()
told += client.receive_data(server.data_to_send())
told += server.receive_data(client.data_to_send())
print(*(getattr(event, "id", type(event).__name__) for event in told), *sys.modules)
"""


def test_a_whole_conversation_needs_no_statechart_library() -> None:
    tables = narrowed_tables(ENDPOINT)
    data = {
        "table": table_to_data(ENDPOINT.table),
        "narrowed": [(sorted(absent), table_to_data(one)) for absent, one in tables.items()],
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(data),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    told, modules = done.stdout.split()[:7], done.stdout.split()[7:]
    assert told == ["Request", "Accepted", "Audio", "Close", "Wrapped", "Closed", "Closed"]
    assert "schematic_engine.connection" in modules
    assert [name for name in modules if name.startswith("statemachine")] == []


def test_an_endpoint_of_an_api_with_parameters_has_tables_for_each_choice() -> None:
    assert len(narrowed_tables(ENDPOINT)) == 3
    assert narrowed_tables(compile_endpoint(a_bound())) == {}
