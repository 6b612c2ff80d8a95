"""Bodies in words."""

from __future__ import annotations

import pytest

from schematic import Schema
from schematic_engine.cli.bodies import body_fields, body_summary
from support.lookalikes import INJECT, CreateApart


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (Schema.binary(), "binary"),
        (Schema.text("PING", "PONG"), "text: 'PING' | 'PONG'"),
        (Schema.text(), "text: anything"),
        (Schema("Anything"), "JSON object Anything, of any content"),
        (Schema(CreateApart), "JSON object CreateApart"),
        (Schema(CreateApart, frame="binary"), "JSON object CreateApart, in a binary frame"),
        (
            Schema("Any", frame="either"),
            "JSON object Any, of any content, in a frame of either kind",
        ),
        (Schema(list[int]), "JSON list of int"),
        (INJECT, "JSON InjectWords | InjectAnything"),
    ],
)
def test_a_body_is_said_in_a_few_words(schema: Schema, words: str) -> None:
    assert body_summary(schema) == words


def test_the_fields_of_objects_within_a_body_are_below_theirs() -> None:
    fields = [(one.depth, one.name, one.type) for one in body_fields(Schema(CreateApart))]
    assert fields == [
        (0, "type", "'response.create'"),
        (0, "response", "Apart"),
        (1, "conversation", "'none'"),
        (1, "tone", "'cold' | 'warm'"),
    ]
    assert body_fields(Schema("Anything")) == body_fields(INJECT) == ()
