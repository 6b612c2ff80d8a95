"""A REST client costs nothing of the WebSocket side, and works without it."""

from __future__ import annotations

import subprocess
import sys

import pytest

STRANGERS = (
    *(f"schematic.define.{name}" for name in ("channels", "lifecycle", "messages", "websocket")),
    *("schematic.compile", "schematic_engine.connection", "schematic_engine.errors"),
    *("schematic_engine.events", "schematic_engine.session", "schematic_engine.asyncio"),
    *("schematic_engine.sync", "statemachine", "wsproto"),
)
CALL = """
import httpx
from schematic_engine.rest import *
api = RestApi(name="A", base_url="https://a.example", endpoints=[
    Endpoint(id="Do", method=RestMethod.GET, path="/", response=ApiResponse.text())])
answer = httpx.MockTransport(lambda request: httpx.Response(200, text="done"))
with SyncRestClient(api, transport=answer) as client:
    assert client.call("Do") == "done"
"""


def imported_by(script: str) -> set[str]:
    """Which of the strangers a script has imported when it is done."""
    names = f"\nimport sys; print(*sys.modules.keys() & set({STRANGERS!r}))"
    done = subprocess.run(
        [sys.executable, "-c", script + names],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stdout.split())


DEFINITIONS = """
from schematic_definitions.rest.elevenlabs import elevenlabs_rest
from schematic_definitions.rest.openai import openai_rest
elevenlabs_rest(), openai_rest()
"""
CLIENTS = """
from schematic_definitions.elevenlabs_rest import ElevenLabsRest, SyncElevenLabsRest
from schematic_definitions.openai_rest import OpenAIRest, SyncOpenAIRest
for client in (ElevenLabsRest, SyncElevenLabsRest, OpenAIRest, SyncOpenAIRest):
    client(auth="key")
"""


@pytest.mark.parametrize(
    "script",
    [
        *("import schematic.define.rest", "from schematic import RestApi, Endpoint"),
        *(DEFINITIONS, CLIENTS, CALL),
    ],
    ids=["description", "façade", "definitions", "clients", "call"],
)
def test_no_module_of_the_websocket_side_is_imported(script: str) -> None:
    assert imported_by(script) == set()


def test_a_websocket_module_would_be_noticed() -> None:
    assert "wsproto" in imported_by("import schematic_engine.connection")


def test_without_httpx_the_error_names_the_extra() -> None:
    described = CALL.replace("import httpx", "import sys; sys.modules['httpx'] = None")
    script = described.split("answer =")[0] + "SyncRestClient(api)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (
        'ModuleNotFoundError: a REST client needs an extra: pip install "schematic-ws[rest]"'
        in (done.stderr)
    )
