"""Values that are no literals as source code: defaults that are objects, times, or factories."""

from __future__ import annotations

import datetime
import decimal
import sys
import uuid
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import msgspec
from msgspec import inspect

from schematic.define import DefinitionError
from schematic.generate.enum_sources import member_source
from schematic.generate.imports import Imports
from schematic.generate.literals import literal, quoted
from schematic.generate.type_expressions import NamedType, info_of
from schematic.generate.type_fields import FieldPlan

__all__ = ["ValueSources"]


class ValueSources:
    """Writes the values of defaults.

    Args:
        imports: where what they need is imported.
        class_of: the name of a class, which is declared if it was not before.
        plans_of: how its fields are written.
    """

    def __init__(
        self,
        imports: Imports,
        class_of: Callable[[NamedType], str],
        plans_of: Callable[[NamedType], Sequence[FieldPlan]],
    ) -> None:
        self._imports = imports
        self._class_of = class_of
        self._plans_of = plans_of

    def write(self, value: object) -> str:
        """The source of a value.

        Raises:
            DefinitionError: there is none.
        """
        return literal(value, named=self._named)

    def default(self, field: inspect.Field) -> tuple[str, bool]:
        """The source of a field's default, and whether it has to be made for each object anew.

        Empty for a required field.

        Raises:
            DefinitionError: there is no source for it.
        """
        if field.required:
            return "", False
        if field.default is not msgspec.NODEFAULT:
            return self.write(field.default), False
        if field.default_factory is not msgspec.NODEFAULT:
            return self._made(field)
        return self._imports.name("msgspec", "UNSET"), False

    def _made(self, field: inspect.Field) -> tuple[str, bool]:
        factory: Any = field.default_factory
        if factory in (list, dict, set):
            return {list: "[]", dict: "{}", set: "set()"}[factory], False
        module = getattr(factory, "__module__", None) or ""
        name = getattr(factory, "__qualname__", "")
        if module.partition(".")[0] in sys.stdlib_module_names and name.isidentifier():
            return f"{self._function(module, name)}()", True
        value = factory()
        if value != factory():
            raise DefinitionError(
                f"the default of {field.name} is made by {name or factory!r}, which makes "
                "something else each time: use a function of the standard library, or a constant"
            )
        return self.write(value), True

    def _function(self, module: str, name: str) -> str:
        return name if module == "builtins" else self._imports.name(module, name)

    def _named(self, value: object) -> str:
        match value:
            case Enum():
                info: Any = info_of(type(value))
                return member_source(value, self._class_of(info))
            case uuid.UUID() | decimal.Decimal():
                kind = self._imports.name(type(value).__module__, type(value).__name__)
                return f"{kind}({quoted(str(value))})"
            case datetime.datetime() | datetime.date() | datetime.time():
                kind = self._imports.name("datetime", type(value).__name__)
                return f"{kind}.fromisoformat({quoted(value.isoformat())})"
            case datetime.timedelta():
                kind = self._imports.name("datetime", "timedelta")
                return f"{kind}({value.days}, {value.seconds}, {value.microseconds})"
            case msgspec.UnsetType():
                return self._imports.name("msgspec", "UNSET")
            case _:
                return self._object(value)

    def _object(self, value: object) -> str:
        info = info_of(type(value))
        if not isinstance(
            info, inspect.StructType | inspect.DataclassType | inspect.NamedTupleType
        ):
            return literal(value)
        said = ", ".join(
            f"{plan.name}={source}"
            for plan in self._plans_of(info)
            if (source := self.write(getattr(value, plan.original))) != plan.default
        )
        return f"{self._class_of(info)}({said})"
