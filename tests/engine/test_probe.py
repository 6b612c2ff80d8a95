from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import BoundEndpoint, Side
from schematic.compile import Kind, compile_endpoint
from schematic_engine import probe as module
from schematic_engine.probe import Probe
from support.apis import LISTEN, NAMES, SPEECH, TAGGED


def kinds_of(endpoint: BoundEndpoint, side: Side) -> list[Kind]:
    return [kind for kind in compile_endpoint(endpoint).kinds if kind.side is side]


SIDES = [kinds_of(api, side) for api in (SPEECH, TAGGED, LISTEN, NAMES) for side in Side]
values: st.SearchStrategy[object] = st.sampled_from(
    [None, "", " ", "hi", "ask", "done", 1, True, 0.5, [], {}, [{"text": ""}], {"text": [1]}]
)
keys = st.sampled_from(["text", "audio", "isFinal", "message", "error", "code", "type", "other"])
payloads: st.SearchStrategy[object] = st.dictionaries(keys, values) | values


@given(st.sampled_from(SIDES), st.lists(payloads, max_size=4))
def test_the_quick_lookup_finds_what_the_shapes_say(kinds: list[Kind], raws: list[object]) -> None:
    probe = Probe(kinds)
    for raw in raws:
        text = msgspec.json.encode(raw).decode()
        expected = [
            kind
            for kind in kinds
            if kind.shape.matches(raw if kind.shape.types else text) and kind not in probe.binary
        ]
        for payload in (text, text.encode()):
            found = list(probe.text(payload))
            assert sorted(kind.id for kind in found) == sorted(kind.id for kind in expected)
            ranks = [kind.shape.specificity for kind in found]
            assert ranks == sorted(ranks, reverse=True)


def test_the_memory_for_signatures_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SIGNATURES", 1)
    probe = Probe(kinds_of(SPEECH, Side.SERVER))
    for _ in range(2):
        assert [kind.id for kind in probe.text('{"audio": ""}')] == ["AudioOutput"]
        assert [kind.id for kind in probe.text('{"isFinal": true}')] == ["FinalOutput"]
    assert len(probe._known) == 1


def test_true_is_not_the_literal_one() -> None:
    probe = Probe(kinds_of(SPEECH, Side.CLIENT))
    assert [kind.id for kind in probe.text('{"text": true}')] == ["SendText"]


def test_an_object_that_is_only_passed_over_still_has_to_be_json() -> None:
    probe = Probe(kinds_of(SPEECH, Side.SERVER))
    assert [kind.id for kind in probe.text('{"audio": {"left": [1]}}')] == ["AudioOutput"]
    with pytest.raises(ValueError, match="malformed"):
        probe.text('{"audio": {"left": [1}}')


def test_text_that_is_not_json_is_an_error_only_where_no_text_is_known() -> None:
    assert [kind.id for kind in Probe(kinds_of(LISTEN, Side.SERVER)).text("PONG")] == [
        "Pong",
        "Remark",
    ]
    assert Probe(kinds_of(LISTEN, Side.CLIENT)).text("PONG") == ()
    with pytest.raises(ValueError, match="malformed"):
        Probe(kinds_of(SPEECH, Side.CLIENT)).text("PONG")


def test_json_beside_words_needs_no_word_to_match() -> None:
    apart = [kind for kind in kinds_of(LISTEN, Side.SERVER) if kind.id in ("Transcript", "Pong")]
    assert [kind.id for kind in Probe(apart).text('{"transcript": ""}')] == ["Transcript"]
    with pytest.raises(ValueError, match="malformed"):
        Probe(apart).text("neither")


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("{}", "an object with nothing in it"),
        ('{"type": "new", "secret": "x"}', "an object with type='new', secret"),
        ("[1]", r"JSON that is no object but \[1\]"),
        ("nonsense", "a text message that is not JSON"),
    ],
)
def test_what_is_unknown_is_described_by_its_keys_and_its_tag(payload: str, words: str) -> None:
    import re

    assert re.fullmatch(words, Probe(kinds_of(TAGGED, Side.CLIENT)).describe(payload))
