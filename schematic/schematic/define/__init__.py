"""The vocabulary in which an API is described."""

from schematic.define.errors import DefinitionError, SchematicError
from schematic.define.lifecycle import ConnectionLifecycle, OpeningStep
from schematic.define.messages import MessageDirection, MessageSchema, Side
from schematic.define.schema import BodyKind, Schema

__all__ = [
    "BodyKind",
    "ConnectionLifecycle",
    "DefinitionError",
    "MessageDirection",
    "MessageSchema",
    "OpeningStep",
    "Schema",
    "SchematicError",
    "Side",
]
