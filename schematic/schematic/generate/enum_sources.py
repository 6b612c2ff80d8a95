"""Declarations of enumerations."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from schematic.generate.imports import Imports
from schematic.generate.literals import docstring, literal
from schematic.generate.names import Names, identifier

__all__ = ["enum_source", "member_names", "member_source"]

_KINDS = (enum.StrEnum, enum.IntFlag, enum.Flag, enum.IntEnum)


def member_names(cls: type[enum.Enum]) -> Mapping[str, str]:
    """What the members of an enumeration are called in generated code.

    Names that hide what every member has (``name``, ``title``) get an underscore behind them.
    """
    taken = {name for base in (_base(cls), str, int) for name in dir(base)}
    names = Names(taken - {name for name in taken if name.isupper()})
    good = {name for name in cls.__members__ if identifier(name) == name and name not in names}
    names.reserve(*good)
    return {name: name if name in good else names.new(name) for name in cls.__members__}


def member_source(value: enum.Enum, name: str) -> str:
    """The source of a member, or of several flags, of the enumeration called ``name``."""
    names = member_names(type(value))
    if value.name not in names:
        return f"{name}({literal(value.value)})"
    return f"{name}.{names[value.name]}"


def enum_source(name: str, cls: type[enum.Enum], about: str, imports: Imports) -> str:
    """The declaration of an enumeration, under ``name``.

    Raises:
        DefinitionError: a value cannot be written.
    """
    base = imports.name("enum", _base(cls).__name__)
    names = member_names(cls)
    members = "".join(
        f"    {names[said]} = {literal(member.value)}\n" for said, member in cls.__members__.items()
    )
    return f"class {name}({base}):\n{docstring(about)}\n{members}"


def _base(cls: type[enum.Enum]) -> type[enum.Enum]:
    for kind in _KINDS:
        if issubclass(cls, kind):
            return kind
    if issubclass(cls, str):
        return enum.StrEnum
    return enum.IntEnum if issubclass(cls, int) else enum.Enum
