"""What a body may be."""

from __future__ import annotations

import pytest
from msgspec import Struct

from schematic import BodyKind, DefinitionError, Schema


class Body(Struct):
    number: int


@pytest.mark.parametrize(
    ("schema", "kind", "name"),
    [
        (Schema(Body), BodyKind.JSON, "Body"),
        (Schema("Body"), BodyKind.JSON, "Body"),
        (Schema(dict[str, int]), BodyKind.JSON, "dict"),
        (Schema(int | str), BodyKind.JSON, "int | str"),
        (Schema(Body, name="Other"), BodyKind.JSON, "Other"),
        (Schema.text("ping", "pong"), BodyKind.TEXT, "text"),
        (Schema.binary("audio"), BodyKind.BINARY, "audio"),
    ],
)
def test_a_schema_has_a_kind_and_a_name(schema: Schema, kind: BodyKind, name: str) -> None:
    schema.check()
    assert (schema.kind, schema.name) == (kind, name)
    assert schema.is_name_only == (schema.body == "Body")


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        (Schema("not a name"), "'not a name' is not a schema name"),
        (Schema(None), "needs a type or a name"),
        (Schema(Body, kind=BodyKind.BINARY), "a binary body has no type"),
        (Schema(None, kind=BodyKind.TEXT, frame="binary"), "only JSON has a choice of frame"),
        (Schema(Body, frame="both"), "a frame is text, binary or either, not 'both'"),  # type: ignore[arg-type]
        (Schema(None, kind=BodyKind.TEXT, words=(5,)), "words of a text body are strings"),  # type: ignore[arg-type]
    ],
)
def test_parts_that_do_not_go_together_are_refused(schema: Schema, problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        schema.check()
