from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from schematic import BoundEndpoint, WebSocketApi
from schematic.compile import compile_endpoint
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


def body_of(reference: str) -> type:
    """The class of what the client says."""
    found = resolve_endpoint(reference)
    says = compile_endpoint(found).kinds
    (body,) = {one.message.schema.body for one in says if one.id == "Say"}
    assert isinstance(body, type)
    return body


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder from which modules are imported."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_file_that_is_imported_is_not_run_again(on_path: Path) -> None:
    file = written(on_path, name="imported_chat.py")
    module = import_module("imported_chat")
    assert body_of(f"{file}:chat") is module.Say
    link = on_path / "other_name.py"
    link.symlink_to(file)
    assert body_of(f"{link}:chat") is module.Say


def test_a_file_that_is_imported_after_it_was_named_is_not_run_again(on_path: Path) -> None:
    file = written(on_path, name="later_chat.py")
    body = body_of(f"{file}:chat")
    assert import_module("later_chat").Say is body
    assert body_of(f"{file}:chat") is body


def test_a_file_that_is_named_twice_is_run_again_only_if_it_has_changed(tmp_path: Path) -> None:
    file = written(tmp_path)
    body = body_of(f"{file}:chat")
    assert body_of(f"{file}:chat") is body
    Path(file).write_text(CHAT.replace("loud", "mild"), encoding="utf-8")
    assert body_of(f"{file}:chat").__annotations__.keys() == {"words", "mild"}


def test_a_file_takes_no_name_by_which_something_else_is_imported(
    on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shadowed, first = on_path / "shadowed", on_path / "first"
    for folder in (shadowed, first):
        folder.mkdir()
        monkeypatch.syspath_prepend(folder)
    file = written(shadowed, name="twofold_chat.py")
    written(first, "x = 1\n", name="twofold_chat.py")
    json = written(shadowed, name="json.py")
    for one in (file, json):
        assert body_of(f"{one}:chat").__module__.startswith("schematic_file_")
    assert import_module("twofold_chat").x == 1


def test_a_file_that_cannot_be_imported_by_its_name_keeps_to_itself(tmp_path: Path) -> None:
    for _ in range(2):  # its folder is searched from the first time on
        written(tmp_path, CHAT + f"# {_}\n")
        assert body_of(f"{tmp_path / 'my_api.py'}:chat").__module__.startswith("schematic_file_")
    assert "my_api" not in sys.modules


def test_what_only_looks_like_a_module_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fake:
        __class__ = ModuleType  # type: ignore[assignment]  # as compiled libraries have it

        def __getattr__(self, name: str) -> object:
            raise AssertionError(name)

    monkeypatch.setitem(sys.modules, "a_fake", Fake())
    monkeypatch.setitem(sys.modules, "a_gap", None)
    assert body_of(f"{written(tmp_path)}:chat").__name__ == "Say"


def test_a_file_that_fails_is_run_again_and_leaves_nothing(on_path: Path) -> None:
    for error in ("ValueError", "KeyError"):
        file = written(on_path, f"raise {error}(3)\n", name="failing_chat.py")
        assert error in refusal(f"{file}:chat")
        assert "failing_chat" not in sys.modules


def test_something_that_is_no_api_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "def api():\n    return 3\n")
    assert refusal(f"{file}:api") == f"{file}:api is of type int, not a WebSocketApi."
