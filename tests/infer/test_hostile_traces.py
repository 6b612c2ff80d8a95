"""Nothing in a recording becomes code, and no value of a body is repeated."""

from __future__ import annotations

import ast
import builtins
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from infer.drafts import CLIENT, SERVER, gathered, recording, tagged

from schematic import SchematicError, WebSocketApi
from schematic.interchange.reader import modules
from schematic_engine.cli.files import api_from_file
from schematic_engine.conformance import read_trace
from schematic_engine.infer import Gathering, draft_of
from schematic_engine.infer import conversations as bounds
from support.recordings import line

CANARY = "setattr(__import__('builtins'), 'CANARY', 1)"
NASTY = [
    CANARY,
    f'"""\n{CANARY}\n"""',
    f"'''\n{CANARY}\n'''",
    f'"\n{CANARY}\n#',
    f"\\\n{CANARY}",
    f"\r{CANARY}\n",
    f"\u2028{CANARY}\u2029\x0c\x85{CANARY}",
    f"{{{CANARY}}}%s",
    "# type: ignore",
    "../../../etc/passwd",
    *("class", "None", "__class__", "self", "_", "", " ", "\0", "\ud800", "type", "str", "Struct"),
    *("Schema", "WebSocketApi", "annotations", "UNSET", "Literal", "drafted", "Error", "UnsetType"),
    "\u202e\u2066evil\u2069",
    "é" * 300,
    '"' * 200,
]
TEXTS = st.sampled_from(NASTY) | st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
NODES = {"__future__", "typing", "msgspec", "schematic"}


@pytest.fixture
def _unformatted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layout takes two processes and changes no meaning."""
    monkeypatch.setattr(modules, "formatted", str)


def loaded(source: str, folder: Path) -> WebSocketApi:
    """The API of a drafted module, which does nothing but describe it."""
    tree = ast.parse(source)
    imported = {one.module for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    assert imported <= NODES
    assert not [one for one in ast.walk(tree) if isinstance(one, ast.Import | ast.Lambda)]
    called = {
        one.func.id
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
    }
    assert not called & set(dir(builtins))
    file = folder / "drafted_module.py"
    file.write_text(source, encoding="utf-8")
    api = api_from_file(file, None)
    assert not hasattr(builtins, "CANARY")
    return api


@pytest.mark.usefixtures("_unformatted")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    turns=st.lists(
        st.tuples(st.sampled_from([CLIENT, SERVER]), JSON | st.binary(max_size=4)),
        min_size=1,
        max_size=8,
    ),
    target=TEXTS,
    source=TEXTS,
    name=TEXTS,
)
@example(
    turns=[(CLIENT, {name: name, "type": name}) for name in NASTY],
    target=f"/{CANARY}?{CANARY}=1",
    source=CANARY,
    name=CANARY,
)
def test_whatever_is_recorded_the_draft_only_describes_it(
    turns: list[Any], target: str, source: str, name: str, tmp_path: Path
) -> None:
    lines = [line.encode("utf-8", "surrogatepass") for line in recording(turns, path=target)]
    gathering = Gathering()
    gathering.add(source, read_trace(lines))
    try:
        draft = draft_of(gathering, name=name)
    except SchematicError:
        return
    api = loaded(draft.source, tmp_path)
    assert [one.path for one in api.endpoints] == [one.path for one in draft.api.endpoints]
    ids = [[m.id for m in one.lifecycle.every_message] for one in api.endpoints]
    assert ids == [[m.id for m in one.lifecycle.every_message] for one in draft.api.endpoints]


@pytest.mark.usefixtures("_unformatted")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.sampled_from(["role", "text", "api_key", "id", "n"]), min_size=1, max_size=6))
def test_no_value_is_repeated_but_tags(fields: list[str]) -> None:
    marked = {name: f"marked{number} value" for number, name in enumerate(fields)}
    talk = [(CLIENT, tagged("say", **marked)), (SERVER, tagged("said", **marked))]
    asked = recording(talk, path="/talk?token=marked8&model=marked9")
    assert "marked" not in draft_of(gathered(asked, asked)).source


def test_only_so_much_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_MESSAGES", 3)
    gathering = gathered(recording([(CLIENT, tagged("say"))] * 5))
    assert [len(one.said) for one in gathering.conversations] == [3]
    assert "not read: they are too large" in draft_of(gathering).source


@pytest.mark.parametrize(("bound", "most"), [("MOST_BYTES", 20), ("MOST_CONVERSATIONS", 1)])
def test_texts_and_connections_are_bounded_too(
    bound: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, bound, most)
    lines = recording([(CLIENT, tagged("say"))] * 3)
    gathering = gathered(lines, lines)
    assert gathering.is_full
    assert sum(len(one.said) for one in gathering.conversations) in (2, 3)


def test_a_long_message_is_left_out_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "LONGEST", 40)
    talk = [(CLIENT, tagged("say")), (CLIENT, tagged("say", text="x" * 100))]
    gathering = gathered(recording(talk))
    assert gathering.too_long == 1
    assert "1 messages were too long" in draft_of(gathering).source


def test_lines_that_cannot_be_read_end_nothing() -> None:
    draft = draft_of(gathered([*recording([(CLIENT, tagged("say"))]), "{", json.dumps([])]))
    assert "2 lines could not be read" in draft.source


def test_recordings_without_messages_are_refused_with_what_was_expected() -> None:
    with pytest.raises(SchematicError, match="text or binary"):
        draft_of(gathered([line("open", CLIENT, path="/talk")]))
