"""``schematic generate`` for services that are spoken to over WebSockets, over HTTP, or both."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.commands import run

REST = """
from schematic import Endpoint, RestApi, RestMethod

def shop() -> RestApi:
    return RestApi(
        name="Shop",
        base_url="https://shop.example",
        endpoints=[Endpoint(id="GetItem", method=RestMethod.GET, path="/items/{item}")],
    )
"""


@pytest.mark.parametrize(
    ("only", "wanted"),
    [
        ([], {"elevenlabs_ws", "elevenlabs_rest.py"}),
        (["--only", "websocket"], {"elevenlabs_ws"}),
        (["--only", "rest"], {"elevenlabs_rest.py"}),
    ],
)
def test_a_service_with_both_gets_the_clients_that_are_wanted(
    only: list[str], wanted: set[str], tmp_path: Path
) -> None:
    result = run("generate", "elevenlabs", "-o", str(tmp_path), *only)
    assert result.exit_code == 0, result.output
    assert {file.name for file in tmp_path.iterdir()} == wanted


def test_a_file_with_a_rest_api_says_how_its_client_is_made_again(tmp_path: Path) -> None:
    file = tmp_path / "shop_api.py"
    file.write_text(REST, encoding="utf-8")
    result = run("generate", f"{file}:shop", "-o", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    text = (tmp_path / "out" / "shop_rest.py").read_text(encoding="utf-8")
    assert "schematic generate\nshop_api.py:shop" in text or "generate shop_api.py:shop" in text
    assert str(tmp_path) not in text


def test_what_there_is_not_is_said() -> None:
    result = run("generate", "nothing")
    assert result.exit_code == 2
    assert "There is no API 'nothing' installed" in result.output
    result = run("generate", "assemblyai", "--only", "rest")
    assert result.exit_code == 2
    assert "There is no REST API 'assemblyai' installed" in result.output


CHATS = """
from schematic import *

def say():
    return MessageSchema(
        id="Say", direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema.text()
    )

def chats():
    return WebSocketApi(
        name="Chats",
        base_url="ws://127.0.0.1",
        endpoints=[
            WebSocketEndpoint(
                id=name, path=f"/{name}", lifecycle=ConnectionLifecycle(streaming_messages=[say()])
            )
            for name in NAMES
        ],
    )
"""


def test_what_is_left_of_endpoints_that_are_gone_is_found_and_removed(tmp_path: Path) -> None:
    file, out = tmp_path / "api.py", tmp_path / "out"
    arguments = ("generate", f"{file}:chats", "-o", str(out))
    file.write_text(f"NAMES = ['One', 'Two']\n{CHATS}", encoding="utf-8")
    assert run(*arguments).exit_code == 0
    (out / "chats_ws" / "own.py").write_text("# by hand\n", encoding="utf-8")
    file.write_text(f"NAMES = ['One']\n{CHATS}", encoding="utf-8")
    assert "two.py is left over" in run(*arguments, "--check").output.replace("\n", "")
    result = run(*arguments)
    assert result.exit_code == 0
    assert {path.name for path in out.rglob("*.py")} == {"chats_ws.py", "own.py"}
    assert run(*arguments, "--check").exit_code == 0
