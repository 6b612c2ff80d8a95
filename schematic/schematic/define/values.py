"""`ParamType`: what a parameter may be, and how one value of it is written as text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeAlias, cast

__all__ = ["ListStyle", "ParamType", "ParamValue", "SingleValue", "from_json", "shown", "to_json"]

SingleValue: TypeAlias = str | int | bool | float | Mapping[str, Any]
"""One value; a mapping for an object."""

ParamValue: TypeAlias = SingleValue | tuple[SingleValue, ...]
"""What a parameter can be in Python; a tuple for one that takes several values."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,99})")
_LARGEST = 10**100
_FLOAT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class ListStyle(Enum):
    """How a parameter that takes several values is written.

    ``REPEATED``: ``a=1&a=2``. ``COMMA``: ``a=1,2``. ``JSON``: ``a=[1,2]``, percent-encoded.
    """

    REPEATED = "repeated"
    COMMA = "comma"
    JSON = "json"


class ParamType(Enum):
    """The type of a parameter, and how its values are written in a URL or a header.

    Booleans are written ``true`` and ``false`` and read whatever their case. Integers are decimal
    and at most 100 digits long. Floats are finite. Objects have names and JSON values. A string may
    be given as a boolean or a number, which stands for its text.
    """

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    FLOAT = "float"
    OBJECT = "object"

    def parse(self, text: str) -> SingleValue:
        """The value that ``text`` stands for.

        Raises:
            ValueError: it stands for no value of this type.
        """
        if self is ParamType.STRING:
            return text
        if self is ParamType.OBJECT:
            return self._object(text, from_json(text))
        if self is ParamType.BOOLEAN and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if self is ParamType.INTEGER and _INTEGER.fullmatch(text):
            return int(text)
        if self is ParamType.FLOAT and _FLOAT.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        raise ValueError(self._refusal(text))

    def coerce(self, given: object) -> SingleValue:
        """``given``, a Python value or its text, as a value of this type.

        Raises:
            ValueError: it is neither.
        """
        if isinstance(given, str):
            return self.parse(given)
        if self is ParamType.STRING:
            return self._text_of(given)
        if self is ParamType.OBJECT:
            return self._object(given, from_json(to_json(given)))
        return self._scalar(given)

    def _scalar(self, given: object) -> bool | int | float:
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
        if self is ParamType.OBJECT:
            return to_json(value)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _text_of(self, given: object) -> str:
        for own, python in (
            (ParamType.BOOLEAN, bool),
            (ParamType.INTEGER, int),
            (ParamType.FLOAT, float),
        ):
            if isinstance(given, python):
                return own.format(given)
        raise ValueError(self._refusal(given))

    def _object(self, given: object, value: object) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return cast("Mapping[str, Any]", value)
        raise ValueError(self._refusal(given))

    def _refusal(self, given: object) -> str:
        article = "an" if self in (ParamType.INTEGER, ParamType.OBJECT) else "a"
        finite = "finite " if self is ParamType.FLOAT else ""
        return f"{shown(given)} is not {article} {finite}{self.value}"


def shown(given: object) -> str:
    """What was given, for an error: cut where it is long."""
    text = repr(given)
    return text if len(text) <= 80 else f"{text[:77]}..."


# JSON within a parameter


def to_json(value: object) -> str:
    """``value`` as compact JSON.

    Raises:
        ValueError: JSON cannot say it.
    """
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, RecursionError):
        raise ValueError("it cannot be written as JSON") from None


def from_json(text: str) -> object:
    """What the JSON ``text`` says.

    Raises:
        ValueError: it is not JSON, is nested too deeply, or holds what is not text.
    """
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant)
        to_json(value).encode()
    except (ValueError, RecursionError):
        raise ValueError(f"{shown(text)} is not JSON") from None
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
