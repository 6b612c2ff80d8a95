"""Single fields of JSON payloads."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from schematic_engine.fields import field_at


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a", {"b": None, "c": [1]}),
        ("a.b", None),
        ("a.c", [1]),
        ("a.c.0", UNSET),
        ("a.b.c", UNSET),
        ("b", UNSET),
    ],
)
def test_a_path_leads_to_a_value_or_nowhere(path: str, value: object) -> None:
    assert field_at(path, '{"a": {"b": null, "c": [1]}}') == value


@pytest.mark.parametrize("payload", ["", "{", b"\xff", "[" * 100_000, "[1]", '"a"'])
def test_what_is_no_object_has_no_fields(payload: str | bytes) -> None:
    assert field_at("a", payload) is UNSET
