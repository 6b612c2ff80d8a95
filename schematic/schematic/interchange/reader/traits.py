"""Traits: what several messages or operations share, merged into each of them."""

from __future__ import annotations

from typing import Any, cast

from schematic.interchange.reader.nodes import Node

__all__ = ["merge_patch", "with_traits"]


def with_traits(node: Node, *, traits_win: bool) -> Node:
    """A message or an operation with its traits merged in (JSON Merge Patch, RFC 7386).

    Args:
        node: the message or operation.
        traits_win: whether a trait replaces what the message says itself. It does in AsyncAPI 2,
            where traits are patches of the message; in AsyncAPI 3 it must not.
    """
    traits = node.get("traits")
    if traits is None:
        return node
    own = {key: value for key, value in node.mapping().items() if key != "traits"}
    merged: dict[str, Any] = own if traits_win else {}
    for trait in traits.each():
        patch = {key: value for key, value in trait.mapping().items() if key != "traits"}
        merged = cast("dict[str, Any]", merge_patch(merged, patch))
    if not traits_win:
        merged = cast("dict[str, Any]", merge_patch(merged, own))
    return node.replaced(merged)


def merge_patch(target: object, patch: object) -> object:
    """``target`` as ``patch`` changes it; neither is changed itself (RFC 7386, section 2)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(cast("dict[str, Any]", target)) if isinstance(target, dict) else {}
    for key, value in cast("dict[str, Any]", patch).items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged
