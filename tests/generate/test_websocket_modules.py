"""A generated module holds the endpoint that it was made from, and is the same every time."""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
import time
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import ConnectionLifecycle, WebSocketApi
from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic.generate.websocket import module as written
from schematic.generate.websocket import websocket_client, websocket_files
from schematic.interchange.description import to_data
from schematic_engine.client import Wrapped
from support.bundled import bundled
from support.generated import running
from support.lifecycles import asked, bound, channelled, lifecycles

PROGRAM = """
import hashlib
from schematic.generate.websocket import websocket_files
from support.bundled import bundled
for api in bundled()[:3]:
    for text in websocket_files(api, "some").values():
        print(hashlib.sha256(text.encode()).hexdigest())
"""

IMPORTING = """
import sys
import {module}
assert "statemachine" not in sys.modules, "when imported"
assert "asyncio" not in sys.modules, "when imported"
client = min((one for one in vars({module}).values() if hasattr(one, "endpoint")), key=repr)
client.endpoint.compiled
assert "statemachine" not in sys.modules, "when assembled"
"""

MODULES = [
    "schematic_definitions.elevenlabs_ws.stream_text_to_speech",
    "schematic_definitions.openai_ws",
]


def described(compiled: CompiledEndpoint, types: dict[str, object]) -> Any:
    """What an endpoint is, with its types by name and without its texts."""
    bound = compiled.api.endpoint(compiled.endpoint.id)
    data = to_data(
        WebSocketApi(**{**_parts(bound.api), "endpoints": [bound.endpoint]}), types, docs=False
    )
    return data["endpoints"]


def _parts(api: WebSocketApi) -> dict[str, Any]:
    return {"name": api.name, "base_url": api.base_url, "auth": api.auth, "env_auth": api.env_auth}


def check_embedded(module: Any, original: CompiledEndpoint) -> None:
    """The module's endpoint is the one that it was made from."""
    prefix = next(one for one in vars(module) if one.endswith("Phases") and "Sync" not in one)
    embedded = getattr(module, f"{prefix.removesuffix('Phases')}Ws").endpoint
    again, classes = embedded.compiled, embedded.classes
    assert again.table == original.table
    bodies = {one.id: one.schema for one in original.endpoint.lifecycle.every_message}
    new = {one.id: one.schema for one in again.endpoint.lifecycle.every_message}
    typed = [one for one, schema in bodies.items() if schema.body is not None]
    for name in typed:
        if issubclass(classes[name], Wrapped):
            continue
        assert new[name].body is classes[name]
    old_types = {classes[one].__name__: bodies[one].body for one in typed}
    new_types = {classes[one].__name__: new[one].body for one in typed}
    assert described(again, new_types) == described(original, old_types)


@settings(max_examples=60)
@given(st.one_of(lifecycles(), channelled(), asked()))
def test_a_module_holds_the_endpoint_that_it_was_made_from(lifecycle: ConnectionLifecycle) -> None:
    made = bound(lifecycle)
    with mock.patch.object(written, "formatted", str):
        source = websocket_client(made)
    with running(source) as module:
        check_embedded(module, compile_endpoint(made))


@pytest.mark.parametrize("module", MODULES)
def test_importing_and_assembling_a_client_loads_no_chart(module: str) -> None:
    subprocess.run([sys.executable, "-c", IMPORTING.format(module=module)], check=True)


def test_the_text_is_the_same_in_every_process() -> None:
    here = [
        hashlib.sha256(text.encode()).hexdigest()
        for api in bundled()[:3]
        for text in websocket_files(api, "some").values()
    ]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == here


def test_each_bundled_endpoint_takes_less_than_a_second() -> None:
    importlib.import_module("statemachine")  # what is loaded once is no part of it
    for api in bundled():
        for one in api.endpoints:
            start = time.process_time()
            websocket_client(api.endpoint(one.id))
            assert time.process_time() - start < 1
