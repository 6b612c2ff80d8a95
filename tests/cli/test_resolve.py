from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from schematic import BoundEndpoint, WebSocketApi
from schematic_engine.cli import resolve
from schematic_engine.cli.resolve import installed, resolve_any, resolve_endpoint, resolve_endpoints
from schematic_engine.cli.unusable import Unusable
from support.commands import CHAT, written


def refusal(reference: str) -> str:
    with pytest.raises(Unusable) as caught:
        resolve_endpoint(reference)
    assert caught.value.exit_code == 2
    return caught.value.message


@pytest.mark.parametrize(
    "reference",
    ["graphql-transport-ws", "GRAPHQL-transport-ws", "GraphQL/TransportWs", "graphql/"],
)
def test_an_installed_api_is_found_by_its_name_in_any_case(reference: str) -> None:
    assert resolve_endpoint(reference).name == "GraphQL/TransportWs"


def test_an_endpoint_is_found_in_any_case() -> None:
    assert isinstance(resolve_any("elevenlabs/streamtexttospeech"), BoundEndpoint)
    assert isinstance(resolve_any("elevenlabs"), WebSocketApi)


def test_an_unknown_name_gets_close_ones_and_a_list() -> None:
    message = refusal("elevnlabs")
    assert "Did you mean elevenlabs" in message
    assert "elevenlabs" in message.partition("There is: ")[2]
    assert "Did you mean" not in refusal("zzz")


def test_an_unknown_endpoint_gets_close_ones_and_a_list() -> None:
    message = refusal("elevenlabs/StreamTextToSpech")
    assert "no endpoint 'StreamTextToSpech' in ElevenLabs" in message
    assert "Did you mean StreamTextToSpeech?" in message


def offer(monkeypatch: pytest.MonkeyPatch, **entries: str) -> None:
    found = {name: EntryPoint(name, value, resolve.GROUP) for name, value in entries.items()}
    monkeypatch.setattr(resolve, "installed", lambda: found)


def test_an_api_is_found_by_its_own_name_past_broken_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(
        monkeypatch,
        broken="no_such_module:api",
        speech="schematic_definitions.elevenlabs:elevenlabs",
    )
    assert resolve_endpoint("elevenlabs/StreamTextToSpeech").api.name == "ElevenLabs"
    assert "ModuleNotFoundError" in refusal("broken")


def test_nothing_installed_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch)
    assert "There is none at all." in refusal("elevenlabs")


def test_the_definitions_of_this_project_are_installed() -> None:
    assert "elevenlabs" in installed()


def test_a_function_and_a_variable_in_a_file_are_found(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert resolve_endpoint(f"{file}:chat").name == "Chat/Talk"
    assert resolve_endpoint(f"{file}:two/listen").name == "Two/Listen"
    assert [one.name for one in resolve_endpoints(f"{file}:two")] == ["Two/Talk", "Two/Listen"]


def test_a_file_alone_will_do_if_it_has_one_candidate(tmp_path: Path) -> None:
    text = CHAT.partition("\ntwo =")[0].replace("endpoint(", "_endpoint(")
    single = written(tmp_path, text)
    assert resolve_endpoint(single).name == "Chat/Talk"
    assert resolve_endpoint(f"{single}/Talk").name == "Chat/Talk"


def test_a_file_with_several_candidates_lists_them(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert f"{file}:chat, {file}:two" in refusal(file)
    assert f"no 'caht' in {file}. Candidates: {file}:chat, {file}:two" in refusal(f"{file}:caht")


def test_several_endpoints_are_listed(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert f"2 endpoints, name one of them: {file}:two/Talk, {file}:two/Listen" in refusal(
        f"{file}:two"
    )


def test_an_api_without_endpoints_is_refused(tmp_path: Path) -> None:
    text = "from schematic import *\napi = WebSocketApi(name='A', base_url='ws://h')\n"
    assert "has no endpoints" in refusal(written(tmp_path, text))


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    assert "There is no file" in refusal(f"{tmp_path}/none.py:api")


def test_neighbours_of_the_file_can_be_imported(tmp_path: Path) -> None:
    written(tmp_path, name="chat_neighbour.py")
    file = written(tmp_path, "from chat_neighbour import chat\napi = chat()\n", "importing.py")
    assert resolve_endpoint(f"{file}:api").name == "Chat/Talk"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\ny = 1 / 0\n", "line 2: ZeroDivisionError: division by zero\n    y = 1 / 0"),
        ("def api():\n    return int('a')\n", "line 2: ValueError"),
        ("api = (\n", "line 1: SyntaxError: '(' was never closed"),
        ("def api(needed):\n    pass\n", "api: TypeError"),
        (
            "from schematic import *\ndef api():\n    return WebSocketApi(name='', base_url='x')\n",
            "line 3: DefinitionError",
        ),
    ],
)
def test_what_fails_in_the_file_is_shown_with_its_line(
    tmp_path: Path, text: str, told: str
) -> None:
    message = refusal(f"{written(tmp_path, text)}:api")
    assert "my_api.py" in message
    assert told in message
    assert "schematic_engine" not in message


def test_something_that_is_no_api_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "def api():\n    return 3\n")
    assert refusal(f"{file}:api") == f"{file}:api is of type int, not a WebSocketApi."
