"""A value in a document, and where it stands: references are followed, surprises are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

from schematic.define import DefinitionError
from schematic.define.values import shown

__all__ = ["Node", "as_list", "as_object", "root_of"]

_LONGEST_NUMBER = 9
_MOST_JOINED = 8
_MOST_STEPS = 100
"""How many references may lead to one value."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place in the document.

    Whoever asks for a value within it gets one that is no reference: ``$ref`` is followed, within
    the document alone.

    Attributes:
        value: what stands there: JSON.
        place: the way to it, as a JSON Pointer in a fragment: ``#/channels/root``.
        root: the whole document.
    """

    value: object
    place: str
    root: dict[str, Any]

    @property
    def name(self) -> str:
        """The last part of its place: its key, or its number in a list."""
        return _unescaped(self.place.rpartition("/")[2])

    # ----------------------------------------------------------------------------- what it holds

    def get(self, *keys: str) -> Node | None:
        """What it holds under ``keys``, one within the other; None if there is nothing.

        Raises:
            DefinitionError: something on the way is no object.
        """
        found: Node | None = self
        for key in keys:
            found = None if found is None else found.child(key)
        return found

    def child(self, key: str) -> Node | None:
        """What it holds under ``key``, after references."""
        value = self.mapping().get(key)
        return None if value is None else self._inner(key, value).resolved()

    def raw(self, key: str) -> Node | None:
        """What it holds under ``key``, where a reference stays one."""
        value = self.mapping().get(key)
        return None if value is None else self._inner(key, value)

    def items(self) -> Iterator[tuple[str, Node]]:
        """Its keys with what it holds under them, after references."""
        for key, value in self.mapping().items():
            yield key, self._inner(key, value).resolved()

    def each(self) -> Iterator[Node]:
        """What it holds, a list, after references."""
        for one in self.each_raw():
            yield one.resolved()

    def each_raw(self) -> Iterator[Node]:
        """What it holds, a list, where a reference stays one."""
        inner = as_list(self.value)
        if inner is None:
            raise self.refusal("expected a list")
        for index, value in enumerate(inner):
            yield self._inner(str(index), value)

    def mapping(self) -> dict[str, Any]:
        """It as an object."""
        inner = as_object(self.value)
        if inner is None:
            raise self.refusal("expected an object")
        return inner

    def is_mapping(self) -> bool:
        """Whether it is an object."""
        return isinstance(self.value, dict)

    def text(self) -> str:
        """It as a text."""
        if not isinstance(self.value, str):
            raise self.refusal("expected a text")
        return self.value

    def text_of(self, key: str) -> str | None:
        """The text under ``key``; None if there is nothing."""
        found = self.get(key)
        return None if found is None else found.text()

    def first_text_of(self, *keys: str) -> str:
        """The first text under one of ``keys`` that says anything; empty if none does."""
        found = (self.text_of(key) for key in keys)
        return next((text.strip() for text in found if text and text.strip()), "")

    # ---------------------------------------------------------------------------------- places

    def resolved(self) -> Node:
        """It, or what it refers to.

        Raises:
            DefinitionError: it refers out of the document, to nothing, or in a circle.
        """
        return _resolved(self, self, [_MOST_STEPS])

    def reference(self) -> str | None:
        """What its ``$ref`` says, if it has one."""
        reference = (as_object(self.value) or {}).get("$ref")
        return reference if isinstance(reference, str) else None

    def target(self) -> Node | None:
        """What its reference points to, which may be a reference again; None if it is none."""
        reference = self.reference()
        return None if reference is None else _target(self, reference, [_MOST_STEPS])

    def refusal(self, problem: str) -> DefinitionError:
        """An error about it, with its place."""
        return DefinitionError(problem, place=(self.place,))

    def replaced(self, value: Mapping[str, Any]) -> Node:
        """Another value at the same place."""
        return Node(dict(value), self.place, self.root)

    def part(self, name: str) -> Node | None:
        """What one part of a JSON Pointer finds in it: a key, or a position in a list."""
        value: object = (as_object(self.value) or {}).get(name)
        inner = as_list(self.value)
        if inner is not None and name.isdecimal() and len(name) < _LONGEST_NUMBER:
            value = inner[int(name)] if int(name) < len(inner) else None
        return None if value is None else self._inner(name, value)

    def _inner(self, key: str, value: object) -> Node:
        escaped = key.replace("~", "~0").replace("/", "~1")
        return Node(value, f"{self.place}/{escaped}", self.root)


def root_of(document: dict[str, Any]) -> Node:
    """A whole document as a node."""
    return Node(document, "#", document)


def as_object(value: object) -> dict[str, Any] | None:
    """``value`` if it is an object."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[object] | None:
    """``value`` if it is a list."""
    return cast("list[object]", value) if isinstance(value, list) else None


def _resolved(node: Node, asked: Node, left: list[int]) -> Node:
    """``node``, or what it refers to, in at most ``left[0]`` steps, which are counted down."""
    while (reference := node.reference()) is not None:
        left[0] -= 1
        if left[0] < 0:
            raise asked.refusal("the reference goes on and on, perhaps in a circle")
        node = _target(asked, reference, left)
    return node


def _target(asked: Node, reference: str, left: list[int]) -> Node:
    """What ``reference`` points to, on the way to which there may be other references."""
    if not reference.startswith("#"):
        raise asked.refusal(
            f"{shown(reference)} points out of the document, which is not followed; put what it "
            "names into the document"
        )
    node = root_of(asked.root)
    parts = unquote(reference[1:]).split("/")[1:]
    while parts:
        found = _next(_resolved(node, asked, left), parts)
        if found is None:
            raise asked.refusal(f"{shown(reference)} points to nothing in this document")
        node = found
    return node


def _next(node: Node, parts: list[str]) -> Node | None:
    """What the first of ``parts`` finds in ``node``; they are taken from the list.

    Real documents have keys with slashes, and refer to them without ``~1``, so if a part finds
    nothing, it is tried together with those that follow.
    """
    for count in range(1, min(len(parts), _MOST_JOINED) + 1):
        found = node.part(_unescaped("/".join(parts[:count])))
        if found is not None:
            del parts[:count]
            return found
    return None


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
