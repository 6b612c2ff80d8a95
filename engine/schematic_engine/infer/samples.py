"""What JSON values have in common: their types, their fields, and how often each was there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

__all__ = ["MOST_FIELDS", "Seen", "nameable"]

MOST_FIELDS = 300
"""Fields of one object that are looked at; what has more is any object."""

_MOST_VALUES = 20
_DEEPEST = 12
_MOST_ITEMS = 1000


_UNNAMEABLE = re.compile(r"""[\x00-\x1f"\\\ud800-\udfff]""")
"""What msgspec takes in no name of a field."""


def nameable(body: dict[str, Any]) -> dict[str, Any]:
    """Those fields of an object that a type can name; the others pass unread."""
    return {name: value for name, value in body.items() if not _UNNAMEABLE.search(name)}


@dataclass(slots=True)
class Seen:
    """Everything that was seen in one place.

    Attributes:
        types: how often each type of a value was there that is neither object nor list.
        texts: the texts, as long as there are few; emptied when there are many.
        many_texts: whether there were too many texts to keep.
        objects: how many objects there were.
        fields: their fields.
        lists: how many lists there were.
        items: what was in the lists.
        is_any: whether it is too deep, or has too many fields, to be looked at.
    """

    types: Counter[type] = field(default_factory=Counter[type])
    texts: Counter[str] = field(default_factory=Counter[str])
    many_texts: bool = False
    objects: int = 0
    fields: dict[str, Seen] = field(default_factory=dict[str, "Seen"])
    lists: int = 0
    items: Seen | None = None
    is_any: bool = False

    @property
    def count(self) -> int:
        """How many values there were."""
        return self.types.total() + self.objects + self.lists

    @property
    def is_map(self) -> bool:
        """Whether its fields are data rather than names: most objects have others."""
        most = max((one.count for one in self.fields.values()), default=0)
        return len(self.fields) >= 3 and self.objects >= 3 and most <= self.objects / 2

    def add(self, value: Any, depth: int = 0) -> None:
        """Take in one more value."""
        if isinstance(value, dict):
            self._add_object(cast("dict[str, Any]", value), depth)
        elif isinstance(value, list):
            self.lists += 1
            if self.items is None:
                self.items = Seen(is_any=depth >= _DEEPEST)
            if not self.items.is_any:
                for one in islice(cast("Iterable[Any]", value), _MOST_ITEMS):
                    self.items.add(one, depth + 1)
        else:
            self.types[type(value)] += 1
            if isinstance(value, str) and not self.many_texts:
                self._add_text(value)

    def _add_object(self, value: dict[str, Any], depth: int) -> None:
        self.objects += 1
        if self.is_any:
            return
        if depth >= _DEEPEST or len(self.fields.keys() | value.keys()) > MOST_FIELDS:
            self.is_any = True
            self.fields = {}
            return
        for name, inner in nameable(value).items():
            self.fields.setdefault(name, Seen()).add(inner, depth + 1)

    def _add_text(self, text: str) -> None:
        self.texts[text] += 1
        if len(self.texts) > _MOST_VALUES or len(text) > 64:
            self.many_texts = True
            self.texts.clear()

    def joined(self) -> Seen:
        """What all its fields hold, as one: the values of a map."""
        whole = Seen()
        for one in self.fields.values():
            whole.merge(one)
        return whole

    def merge(self, other: Seen) -> None:
        """Take in all that ``other`` has seen."""
        self.types += other.types
        self.many_texts = self.many_texts or other.many_texts
        self.texts = Counter() if self.many_texts else self.texts + other.texts
        self.objects += other.objects
        self.lists += other.lists
        self.is_any = self.is_any or other.is_any
        for name, one in other.fields.items():
            self.fields.setdefault(name, Seen()).merge(one)
        if other.items is not None:
            self.items = self.items or Seen()
            self.items.merge(other.items)
