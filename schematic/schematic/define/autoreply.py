"""`AutoReply`: a message that answers another without anybody having to think about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from schematic.define.checks import tuple_of_names
from schematic.define.errors import DefinitionError

__all__ = ["AutoReply"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoReply:
    """Says that a message is the reply to another, and how it is made from that.

    Whoever receives the question says the reply at once, by itself, if it is legal then. That is
    for application pings and the like; whatever needs an answer of the application is no such
    message.

    Attributes:
        to: the ids of the questions, which the other side says.
        copies: the fields that the reply repeats, by their paths: names where both messages have
            the field at the same place, or a mapping from the question's to the reply's:
            ``{"ping_event.event_id": "event_id"}``. A field that the question lacks is left out.
    """

    to: str | Sequence[str]
    copies: str | Sequence[str] | Mapping[str, str] | Sequence[tuple[str, str]] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "to", tuple_of_names(self.to))
        if isinstance(self.copies, Mapping):
            pairs = tuple(self.copies.items())
        else:
            given = (self.copies,) if isinstance(self.copies, str) else self.copies
            pairs = tuple((one, one) if isinstance(one, str) else one for one in given)
        object.__setattr__(self, "copies", pairs)

    @property
    def questions(self) -> tuple[str, ...]:
        """The ids of the questions, whichever way they were written."""
        return tuple_of_names(self.to)

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """What is copied: the path in the question, and the path in the reply."""
        return cast("tuple[tuple[str, str], ...]", self.copies)

    def without(self, ids: frozenset[str]) -> AutoReply | None:
        """The same where there are no messages ``ids``; None if it replies to nothing then."""
        left = tuple(name for name in self.questions if name not in ids)
        return replace(self, to=left) if left else None

    def check(self) -> None:
        """Raise `DefinitionError` if it makes no sense by itself."""
        if not self.questions:
            raise DefinitionError("say what it replies to", place=("to",))
        for path in (path for pair in self.fields for path in pair):
            if not all(path.split(".")):
                raise DefinitionError(
                    f"{path!r} is not the name of a field, or names joined by dots",
                    place=("copies",),
                )
