"""`ConnectionParam`: one parameter of a request's path, query or headers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from schematic.define.checks import (
    attribute,
    check_unique,
    header_name_problem,
    header_value_problem,
)
from schematic.define.errors import DefinitionError

__all__ = [
    "ConnectionParam",
    "ParamLocation",
    "ParamType",
    "ParamValue",
    "check_params",
    "resolve_params",
]

ParamValue: TypeAlias = str | int | bool | float
"""What a parameter can be in Python."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,99})")
_LARGEST = 10**100
_FLOAT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class ParamType(Enum):
    """The type of a parameter, and how its values are written in a URL or a header.

    Booleans are written ``true`` and ``false`` and read whatever their case. Integers are decimal
    and at most 100 digits long. Floats are finite.
    """

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    FLOAT = "float"

    def parse(self, text: str) -> ParamValue:
        """The value that ``text`` stands for.

        Raises:
            ValueError: it stands for no value of this type.
        """
        if self is ParamType.STRING:
            return text
        if self is ParamType.BOOLEAN and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if self is ParamType.INTEGER and _INTEGER.fullmatch(text):
            return int(text)
        if self is ParamType.FLOAT and _FLOAT.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        raise ValueError(self._refusal(text))

    def coerce(self, given: object) -> ParamValue:
        """``given``, a Python value or its text, as a value of this type.

        Raises:
            ValueError: it is neither.
        """
        if isinstance(given, str):
            return self.parse(given)
        if isinstance(given, bool):
            if self is ParamType.BOOLEAN:
                return given
        elif isinstance(given, int):
            if not -_LARGEST < given < _LARGEST:
                raise ValueError("an integer of more than 100 digits")
            if self is ParamType.INTEGER:
                return given
            if self is ParamType.FLOAT:
                return float(given)
        elif isinstance(given, float) and self is ParamType.FLOAT and math.isfinite(given):
            return given
        raise ValueError(self._refusal(given))

    def format(self, given: object) -> str:
        """The text of a value of this type, before any percent-encoding.

        Raises:
            ValueError: ``given`` is not a value of this type, nor the text of one.
        """
        value = self.coerce(given)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _refusal(self, given: object) -> str:
        article = "an" if self is ParamType.INTEGER else "a"
        finite = "finite " if self is ParamType.FLOAT else ""
        shown = repr(given)
        shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
        return f"{shown} is not {article} {finite}{self.value}"


class ParamLocation(Enum):
    """Where a parameter travels."""

    QUERY = "query"
    PATH = "path"
    HEADER = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionParam:
    """One parameter of a request.

    A parameter named like a ``{placeholder}`` of the path goes there; any other goes into the
    query unless ``location`` says that it is a header. Placeholders without a `ConnectionParam`
    are required strings.

    Attributes:
        name: the name on the wire, and the key under which callers pass the value.
        param_type: its type.
        required: whether a request without it is wrong. Path parameters always are required.
        default: a value of that type, or its text. An optional parameter's default is what the
            server assumes when nothing is sent, so nothing is sent; a required one's is sent when
            the caller gives no value.
        description: one or two sentences for people.
        location: where it travels; None means: decided by the path, as said above.
        choices: the only values allowed; empty means any.
    """

    name: str
    param_type: ParamType
    required: bool = False
    default: ParamValue | None = None
    description: str = ""
    location: ParamLocation | None = None
    choices: Sequence[ParamValue] = ()

    def __post_init__(self) -> None:
        choices = (self.choices,) if isinstance(self.choices, str) else self.choices
        object.__setattr__(self, "choices", tuple(self._normal(choice) for choice in choices))
        if self.default is not None:
            object.__setattr__(self, "default", self._normal(self.default))

    def _normal(self, value: ParamValue) -> ParamValue:
        try:
            return self.param_type.coerce(value)
        except ValueError:
            return value  # reported by check()

    def value(self, given: object) -> ParamValue:
        """``given``, a Python value or its text, as a value that this parameter allows.

        Raises:
            ValueError: it has another type, or is not one of the choices.
        """
        value = self.param_type.coerce(given)
        if self.choices and value not in self.choices:
            allowed = ", ".join(self.param_type.format(choice) for choice in self.choices)
            raise ValueError(f"{given!r} is not one of {allowed}")
        return value

    def parse(self, text: str) -> ParamValue:
        """The value that ``text``, already percent-decoded, stands for. Raises like `value`."""
        return self.value(text)

    def format(self, given: object) -> str:
        """The text of a value, before any percent-encoding. Raises like `value`."""
        return self.param_type.format(self.value(given))

    def check(self) -> None:
        """Raise `DefinitionError` if the parts do not go together."""
        if not self.name or not self.name.isprintable():
            raise DefinitionError(f"{self.name!r} is not a parameter name", place=("name",))
        for index, choice in enumerate(self.choices):
            self._check_value(f"choices[{index}]", choice)
        if self.default is not None:
            self._check_value("default", self.default)
        if self.location is ParamLocation.HEADER:
            self._check_header()

    def _check_value(self, place: str, given: ParamValue) -> None:
        try:
            self.value(given)
        except ValueError as error:
            raise DefinitionError(str(error), place=(place,)) from None

    def _check_header(self) -> None:
        problem = header_name_problem(self.name)
        if problem:
            raise DefinitionError(problem, place=("name",))
        if self.default is not None:
            problem = header_value_problem(self.format(self.default))
            if problem:
                raise DefinitionError(problem, place=("default",))


def resolve_params(
    params: Iterable[ConnectionParam], placeholders: Sequence[str]
) -> tuple[ConnectionParam, ...]:
    """All parameters of a path template, each with its location.

    Path parameters come first, in the order of the path; those of which the description says
    nothing are required strings.
    """
    declared = {param.name: param for param in params}
    path = tuple(
        replace(
            declared.pop(name, ConnectionParam(name=name, param_type=ParamType.STRING)),
            location=ParamLocation.PATH,
            required=True,
        )
        for name in placeholders
    )
    rest = (replace(p, location=p.location or ParamLocation.QUERY) for p in declared.values())
    return (*path, *rest)


def check_params(
    field: str, params: Sequence[ConnectionParam], placeholders: Sequence[str]
) -> None:
    """Raise `DefinitionError` unless the parameters fit each other and the path template."""
    for index, param in enumerate(params):
        with attribute(f"{field}[{index}]"):
            param.check()
            _check_location(param, param.name in placeholders)
    check_unique(field, "name", (param.name for param in params))


def _check_location(param: ConnectionParam, in_path: bool) -> None:
    if param.location is ParamLocation.PATH and not in_path:
        raise DefinitionError(f"the path has no {{{param.name}}}", place=("location",))
    if in_path and param.location not in (None, ParamLocation.PATH):
        raise DefinitionError(
            f"{{{param.name}}} is in the path; give one of the two another name",
            place=("location",),
        )
