"""What the writer and the reader of descriptions have to know about the definition types."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from inspect import Parameter, signature
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

from schematic.define import Schema

__all__ = [
    "BARE",
    "MESSAGES",
    "PARAM",
    "REQUIRED",
    "TYPE",
    "VALUE",
    "VALUES",
    "Field",
    "fields_of",
    "is_definition",
]

MESSAGES: Final = "messages"
"""The key of an outermost lifecycle under which each message is described, by its id."""
TYPE: Final = "type"
"""The key of a schema, or of a value of a body type, that holds the name of the type."""
BARE: Final = "name_only"
"""The key of a schema that is a bare name, which stands for any JSON object."""
VALUE: Final = "value"
"""The key of a value of a body type that holds its JSON."""
PARAM: Final = "param"
"""The key of a term of a condition that holds the name of a parameter."""
VALUES: Final = "values"
"""The key of a term that holds the values the parameter may have; without it, it is given."""
REQUIRED: Final[object] = Parameter.empty
"""What stands for the default of a field that has none."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a definition type.

    Attributes:
        name: its name, which is the key in the data.
        hint: what it may be given as, as the typing module says it.
        default: what it is when it is not written; `REQUIRED` if it has to be.
        variadic: its elements are positional arguments of the constructor.
    """

    name: str
    hint: Any
    default: object
    variadic: bool

    def is_default(self, value: object) -> bool:
        """Whether ``value`` is what reads back from nothing."""
        if self.default is REQUIRED:
            return False
        if self.default is None and value == ():  # another word for none
            return self.hint is not object and NoneType not in get_args(self.hint)
        return value == self.default


@cache
def fields_of(definition: type) -> tuple[Field, ...]:
    """The fields of a definition type, in their order."""
    assert is_dataclass(definition)
    hints = get_type_hints(definition)
    given = signature(definition).parameters
    return tuple(
        Field(
            name=field.name,
            hint=hints[field.name],
            default=given[field.name].default,
            variadic=given[field.name].kind is Parameter.VAR_POSITIONAL,
        )
        for field in fields(definition)
    )


def is_definition(hint: object) -> bool:
    """Whether ``hint`` is a definition type that is read and written field by field."""
    return isinstance(hint, type) and is_dataclass(hint) and hint is not Schema
