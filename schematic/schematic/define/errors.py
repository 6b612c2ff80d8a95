"""The errors of descriptions.

`SchematicError` is the root of everything this project raises on purpose::

    SchematicError
    ├── DefinitionError        a description contradicts itself (also a ValueError)
    ├── ProtocolError          see schematic_engine.errors
    └── ConnectionClosed       see schematic_engine.errors
"""

from __future__ import annotations

__all__ = ["DefinitionError", "SchematicError"]


class SchematicError(Exception):
    """Root of every error that Schematic raises on purpose."""


class DefinitionError(SchematicError, ValueError):
    """A description is wrong; the message names the place and what was expected there.

    Places are written from the outside in, for example
    ``ElevenLabs / StreamTextToSpeech / connection_params[2].default: 'maybe' is not a boolean``.
    Each enclosing definition adds its own name in front while it checks what it holds.

    Attributes:
        place: the path to the offending value, outermost first.
        problem: what is wrong there, and what would be right.
    """

    def __init__(self, problem: str, *, place: tuple[str, ...] = ()) -> None:
        self.problem = problem
        self.place = place
        where = " / ".join(place)
        super().__init__(f"{where}: {problem}" if where else problem)

    def within(self, *outer: str) -> DefinitionError:
        """The same problem, seen from one definition further out."""
        return DefinitionError(self.problem, place=(*outer, *self.place))
