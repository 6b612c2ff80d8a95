"""Kinds of messages: what tells them apart, and what they are called."""

from __future__ import annotations

import msgspec
import pytest
from infer.drafts import CLIENT, SERVER, drafted, gathered, messages, recording, tagged

from schematic.compile import compile_endpoint
from schematic.define import BodyKind, WebSocketApi
from schematic_engine.conformance import Judge, Record, read_trace
from schematic_engine.infer import definition_of


def test_a_tag_tells_kinds_and_names_them() -> None:
    found = messages(
        drafted(
            recording(
                [
                    (CLIENT, tagged("response.create", n=1)),
                    (SERVER, tagged("response.text.delta", text="a")),
                    (SERVER, tagged("response.done")),
                ]
            )
        )
    )
    assert list(found) == ["ResponseCreate", "ResponseTextDelta", "ResponseDone"]
    body = msgspec.json.decode('{"type": "response.done"}', type=found["ResponseDone"].schema.body)
    assert msgspec.to_builtins(body) == tagged("response.done")


@pytest.mark.parametrize("name", ["message_type", "event", "op", "flavour"])
def test_a_tag_has_its_usual_names_or_tells_the_other_fields(name: str) -> None:
    turns = [(CLIENT, {name: kind, kind: 1}) for kind in ("alpha", "beta") for _ in range(4)]
    assert list(messages(drafted(recording(turns)))) == ["Alpha", "Beta"]


def test_free_texts_are_no_tags() -> None:
    turns = [(CLIENT, {"message": text}) for text in ("hello", "there", "my", "friend")]
    assert list(messages(drafted(recording(turns)))) == ["Message"]


def test_without_a_tag_fields_and_blank_texts_tell_kinds() -> None:
    turns = [
        (CLIENT, {"text": " ", "voice": {"speed": 1.0}}),
        (CLIENT, {"text": "Hello."}),
        (SERVER, {"audio": "QQ==", "isFinal": None}),
        (CLIENT, {"text": ""}),
        (SERVER, {"audio": None, "isFinal": True}),
    ]
    endpoint = drafted(recording(turns))
    assert set(messages(endpoint)) == {"BlankText", "Text", "Audio", "EmptyText", "IsFinal"}
    lifecycle = endpoint.lifecycle
    assert [step.messages[0].id for step in lifecycle.opening] == ["BlankText"]
    assert lifecycle.close is not None
    assert lifecycle.close.id == "EmptyText"
    assert messages(endpoint)["IsFinal"].final


def test_a_first_message_with_fields_of_its_own_is_a_kind_that_later_ones_are_not() -> None:
    first, later = tagged("chunk", sound="QQ==", before="So"), tagged("chunk", sound="QQ==")
    lines = recording(
        [(CLIENT, first), (CLIENT, later), (SERVER, tagged("heard")), (CLIENT, later)]
    )
    endpoint = drafted(lines)
    [step] = endpoint.lifecycle.opening
    assert [one.id for one in step.messages] == ["FirstChunk", "Chunk"]
    api = definition_of(gathered(lines)).api
    assert _errors(api, lines) == []
    assert _errors(api, recording([(CLIENT, later), (CLIENT, later)])) == []
    assert _errors(api, recording([(CLIENT, later), (CLIENT, first)])) == ["SCH-101"]


def test_a_second_field_tells_messages_that_share_a_tag() -> None:
    turns = [
        (SERVER, tagged("turn", event=event, n=1))
        for event in ("StartOfTurn", "Update", "Update", "EndOfTurn")
    ]
    found = messages(drafted(recording(turns)))
    assert set(found) == {"StartOfTurn", "Update", "EndOfTurn"}


def test_frames_words_and_arrays_are_kinds_of_their_own() -> None:
    turns = [
        (CLIENT, b"\x00\x01"),
        (SERVER, b'{"type": "late"}'),
        (CLIENT, "ping"),
        (CLIENT, "ping"),
        (CLIENT, [1, 2]),
        (SERVER, "free text"),
    ]
    found = messages(drafted(recording(turns)))
    kinds = {name: (one.schema.kind, one.schema.words) for name, one in found.items()}
    assert kinds == {
        "Binary": (BodyKind.BINARY, ()),
        "Late": (BodyKind.JSON, ()),
        "Ping": (BodyKind.TEXT, ("ping",)),
        "Array": (BodyKind.JSON, ()),
        "Text": (BodyKind.TEXT, ()),
    }
    assert found["Late"].schema.frame == "binary"


@pytest.mark.parametrize("text", ["Bearer sk-12345", "a1b2c3d4e5f6", "x" * 40])
def test_a_text_that_could_be_a_token_is_no_word(text: str) -> None:
    [found] = messages(drafted(recording([(CLIENT, text), (CLIENT, text)]))).values()
    assert found.schema.words == ()


def test_what_both_sides_say_is_called_after_the_side() -> None:
    found = messages(drafted(recording([(CLIENT, tagged("x")), (SERVER, tagged("x"))])))
    assert set(found) == {"ClientX", "ServerX"}


def test_fields_are_required_when_five_conversations_have_them() -> None:
    def talks(count: int) -> WebSocketApi:
        return definition_of(
            gathered(*(recording([(CLIENT, tagged("a", n=1, s="x"))]) for _ in range(count)))
        ).api

    short = recording([(CLIENT, tagged("a", n=1))])
    assert _errors(talks(4), short) == []
    assert _errors(talks(5), short) == ["SCH-202"]


def _errors(api: WebSocketApi, lines: list[str]) -> list[str]:
    judge = Judge(compile_endpoint(api.endpoint()))
    records = list(read_trace(line.encode() for line in lines))
    return [
        finding.rule.id
        for record in records
        if isinstance(record, Record)
        for finding in judge.feed(record).findings
    ]


def test_texts_stay_texts_unless_few_words_are_said_often_in_several_conversations() -> None:
    def words(*conversations: list[str]) -> str:
        talks = [[(CLIENT, tagged("a", role=word)) for word in some] for some in conversations]
        body = messages(drafted(*map(recording, talks)))["A"].schema.body
        return str(body.__annotations__["role"])

    few = ["user", "assistant"] * 3
    assert "Literal" in words(few, few, few)
    assert "Literal" not in words(few * 3)
    assert "Literal" not in words(few, few, [*few, "once"])
    assert "Literal" not in words(*[["a sentence", "another one"] * 3] * 3)
