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
