"""A few keywords of JSON Schema that decide how a value travels."""

from __future__ import annotations

from collections.abc import Iterator

from schematic.interchange.reader.nodes import Node, as_list, as_object

__all__ = ["allowed", "alternatives", "type_names"]


def allowed(schema: Node) -> list[object]:
    """The values that ``const`` or ``enum`` allow; empty where any is."""
    keywords = as_object(schema.value) or {}
    return [keywords["const"]] if "const" in keywords else as_list(keywords.get("enum")) or []


def alternatives(schema: Node) -> Iterator[Node]:
    """The schemas of ``anyOf`` and ``oneOf``, references followed."""
    for keyword in ("anyOf", "oneOf"):
        choice = schema.get(keyword) if schema.is_mapping() else None
        if choice is not None:
            yield from choice.each()


def type_names(schema: Node) -> list[str]:
    """The names under ``type``, of which there may be one, several or none."""
    named = (as_object(schema.value) or {}).get("type")
    listed = as_list(named)
    return [one for one in ([named] if listed is None else listed) if isinstance(one, str)]
