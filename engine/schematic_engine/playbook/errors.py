"""What is wrong with a playbook: `PlaybookError`."""

from __future__ import annotations

from schematic.define import SchematicError

__all__ = ["PlaybookError"]


class PlaybookError(SchematicError, ValueError):
    """A playbook cannot be read, or says what the description does not allow.

    Attributes:
        place: where, such as ``hello.play:3``.
        problem: what is wrong, and what to do.
    """

    def __init__(self, place: str, problem: str) -> None:
        self.place, self.problem = place, problem
        super().__init__(f"{place}: {problem}")
