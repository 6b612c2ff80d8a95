from __future__ import annotations

from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from schematic import BoundEndpoint, Schema, Side
from schematic.compile import Kind, compile_endpoint
from schematic_engine import recogniser as module
from schematic_engine.recogniser import Recogniser
from support.apis import LISTEN, NAMES, SPEECH, TAGGED, TO_SERVER, kind, one_endpoint
from support.lookalikes import SHARED, EventY
from support.lookalikes import payloads as lookalikes


def kinds_of(endpoint: BoundEndpoint, side: Side) -> list[Kind]:
    return [kind for kind in compile_endpoint(endpoint).kinds if kind.side is side]


SIDES = [kinds_of(api, side) for api in (SPEECH, TAGGED, LISTEN, NAMES, SHARED) for side in Side]
values: st.SearchStrategy[object] = st.sampled_from(
    [None, "", " ", "hi", "ask", "done", 1, True, 0.5, [], {}, [{"text": ""}], {"text": [1]}]
)
keys = st.sampled_from(["text", "audio", "isFinal", "message", "error", "code", "type", "other"])
payloads: st.SearchStrategy[object] = st.dictionaries(keys, values) | values | lookalikes


def matching(kinds: list[Kind], raw: object, content: str | bytes) -> list[Kind]:
    """What the shapes say alone: those that match, or else the likest that has the tag."""
    in_text = isinstance(content, str)
    kinds = [kind for kind in kinds if (kind.shape.in_text if in_text else kind.shape.in_binary)]
    found = [kind for kind in kinds if kind.shape.matches(raw if kind.shape.types else content)]
    claiming = [kind for kind in kinds if kind.shape.claims(raw)]
    if claiming and not any(kind in found for kind in claiming):
        best = max(kind.shape.likeness(raw) for kind in claiming)
        ranked = sorted(claiming, key=lambda kind: kind.shape.specificity)
        found.append(next(kind for kind in ranked if kind.shape.likeness(raw) == best))
    return found


@given(st.sampled_from(SIDES), st.lists(payloads, max_size=4))
def test_the_quick_lookup_finds_what_the_shapes_say(kinds: list[Kind], raws: list[object]) -> None:
    recogniser = Recogniser(kinds)
    for raw in raws:
        text = msgspec.json.encode(raw).decode()
        for payload, is_text in ((text, True), (text.encode(), True), (text.encode(), False)):
            expected = matching(kinds, raw, text if is_text else text.encode())
            found = list(recogniser.find(payload, is_text=is_text))
            assert sorted(kind.id for kind in found) == sorted(kind.id for kind in expected)
            ranks = [kind.shape.specificity for kind in found]
            assert ranks == sorted(ranks, reverse=True)


def test_the_memory_for_signatures_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SIGNATURES", 1)
    recogniser = Recogniser(kinds_of(SPEECH, Side.SERVER))
    for _ in range(2):
        assert [kind.id for kind in recogniser.text('{"audio": ""}')] == ["AudioOutput"]
        assert [kind.id for kind in recogniser.text('{"isFinal": true}')] == ["FinalOutput"]
    assert len(recogniser._json_in_text._known) == 1


def test_true_is_not_the_literal_one() -> None:
    recogniser = Recogniser(kinds_of(SPEECH, Side.CLIENT))
    assert [kind.id for kind in recogniser.text('{"text": true}')] == ["SendText"]


def test_a_literal_true_is_told_from_false_in_either_order() -> None:
    class On(Struct):
        on: Literal[True]

    class Off(Struct):
        on: Literal[False]

    messages = [kind(TO_SERVER, body) for body in (On, Off)]
    api = one_endpoint("Switch", streaming_messages=messages)
    recogniser = Recogniser(kinds_of(api, Side.CLIENT))
    assert [kind.id for kind in recogniser.text('{"on": true}')] == ["On"]
    assert [kind.id for kind in recogniser.text('{"on": false}')] == ["Off"]


def test_json_in_binary_frames_is_looked_at_beside_bytes_of_any_content() -> None:
    sides = {"Text": Schema(EventY, frame="either"), "Audio": Schema.binary()}
    messages = [kind(TO_SERVER, schema, name) for name, schema in sides.items()]
    kinds = kinds_of(one_endpoint("Mixed", streaming_messages=messages), Side.CLIENT)
    both, alone = Recogniser(kinds), Recogniser(kinds[:1])
    assert [kind.id for kind in both.binary(b'{"type": "y"}')] == ["Text", "Audio"]
    assert [kind.id for kind in both.text('{"type": "y"}')] == ["Text"]
    for content in (b'{"type": "new"}', b"\xff", b'{"type": "y", "skipped": "\xff"}', b"PCM"):
        assert [kind.id for kind in both.binary(content)] == ["Audio"]
    assert alone.binary(b'{"type": "new"}') == ()
    with pytest.raises(ValueError, match="malformed"):
        alone.binary(b"PCM")
    with pytest.raises(ValueError, match="utf-8"):
        alone.binary(b'{"type": "y", "skipped": "\xff"}')
    assert both.reads_binary
    assert not Recogniser(kinds_of(SPEECH, Side.CLIENT)).reads_binary


def test_a_tag_that_belongs_to_a_kind_is_never_unknown() -> None:
    recogniser = Recogniser(kinds_of(SHARED, Side.CLIENT))
    for broken, likest in [
        ('{"type": "response.create", "response": 1}', "Create"),
        ('{"type": "Inject"}', "Inject"),
    ]:
        assert [kind.id for kind in recogniser.text(broken)] == [likest]
    assert recogniser.text('{"event": {"type": "new"}}') == ()


def test_an_object_that_is_only_passed_over_still_has_to_be_json() -> None:
    recogniser = Recogniser(kinds_of(SPEECH, Side.SERVER))
    assert [kind.id for kind in recogniser.text('{"audio": {"left": [1]}}')] == ["AudioOutput"]
    with pytest.raises(ValueError, match="malformed"):
        recogniser.text('{"audio": {"left": [1}}')


def test_text_that_is_not_json_is_an_error_only_where_no_text_is_known() -> None:
    assert [kind.id for kind in Recogniser(kinds_of(LISTEN, Side.SERVER)).text("PONG")] == [
        "Pong",
        "Remark",
    ]
    assert Recogniser(kinds_of(LISTEN, Side.CLIENT)).text("PONG") == ()
    with pytest.raises(ValueError, match="malformed"):
        Recogniser(kinds_of(SPEECH, Side.CLIENT)).text("PONG")


def test_json_beside_words_needs_no_word_to_match() -> None:
    apart = [kind for kind in kinds_of(LISTEN, Side.SERVER) if kind.id in ("Transcript", "Pong")]
    assert [kind.id for kind in Recogniser(apart).text('{"transcript": ""}')] == ["Transcript"]
    with pytest.raises(ValueError, match="malformed"):
        Recogniser(apart).text("neither")


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("{}", "an object with nothing in it"),
        ('{"type": "new", "secret": "x"}', "an object with type='new', secret"),
        ('{"event": {"type": "new", "n": 1}}', "an object with event, event.type='new'"),
        ("[1]", r"JSON that is no object but \[1\]"),
        ("nonsense", "a text message that is not JSON"),
    ],
)
def test_what_is_unknown_is_described_by_its_keys_and_its_tag(payload: str, words: str) -> None:
    import re

    kinds = kinds_of(TAGGED, Side.CLIENT) + kinds_of(SHARED, Side.CLIENT)
    assert re.fullmatch(words, Recogniser(kinds).describe(payload, is_text=True))
