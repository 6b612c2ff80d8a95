"""`ConnectionParam`: one parameter of a request's path, query or headers."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeAlias, cast

from schematic.define.checks import (
    attribute,
    check_unique,
    header_name_problem,
    header_value_problem,
)
from schematic.define.errors import DefinitionError
from schematic.define.values import (
    ListStyle,
    ParamType,
    ParamValue,
    SingleValue,
    from_json,
    shown,
    to_json,
)

__all__ = ["ConnectionParam", "ParamLocation", "check_params", "resolve_params"]

_Texts: TypeAlias = tuple[tuple[str, str], ...]
_Path: TypeAlias = tuple[str, ...]
_MOST_NESTED = 16
_BRACKETED = re.compile(r"(?:\[[^\[\]]+\])+")
_NUMBERS = (ParamType.INTEGER, ParamType.FLOAT)


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
        param_type: its type; of a list, the type of each element.
        required: whether a request without it is wrong. Path parameters always are required.
        default: a value of that type, or its text. An optional parameter's default is what the
            server assumes when nothing is sent, so nothing is sent; a required one's is sent when
            the caller gives no value.
        description: one or two sentences for people.
        location: where it travels; None means: decided by the path, as said above.
        choices: the only values allowed, of a list the only elements; empty means any.
        many: it takes several values, and how they are written; several styles mean that all are
            read, and the first that can say the value is written:
            ``(ListStyle.JSON, ListStyle.REPEATED)``. Its value is a tuple. Empty: one value.
        brackets: an object is written as keys in brackets, ``session[audio][rate]=16000``, rather
            than as JSON. All that such an object holds in the end is text.
        words: how a boolean says true and false. ``true`` and ``false`` are read besides, and case
            never counts.
        minimum: the least number allowed.
        maximum: the greatest number allowed.
        min_items: the least number of values in a list.
        max_items: the greatest number of values in a list.
    """

    name: str
    param_type: ParamType
    required: bool = False
    default: ParamValue | None = None
    description: str = ""
    location: ParamLocation | None = None
    choices: Sequence[SingleValue] = ()
    many: ListStyle | Sequence[ListStyle] = ()
    brackets: bool = False
    words: tuple[str, str] = ("true", "false")
    minimum: float | None = None
    maximum: float | None = None
    min_items: int = 0
    max_items: int | None = None

    def __post_init__(self) -> None:
        choices = (self.choices,) if isinstance(self.choices, str) else self.choices
        object.__setattr__(self, "choices", tuple(self._normal(choice) for choice in choices))
        many = (self.many,) if isinstance(self.many, ListStyle) else self.many
        object.__setattr__(self, "many", tuple(many))
        object.__setattr__(self, "words", tuple(self.words))
        if self.many and isinstance(self.default, Sequence) and not isinstance(self.default, str):
            defaults = tuple(self._normal(element) for element in self.default)
            object.__setattr__(self, "default", defaults)
        elif self.default is not None:
            default = self._normal(cast("SingleValue", self.default))
            object.__setattr__(self, "default", (default,) if self.many else default)

    def _normal(self, value: SingleValue) -> SingleValue:
        try:
            return self._coerce(value)
        except ValueError:
            return value  # reported by check()

    @property
    def styles(self) -> tuple[ListStyle, ...]:
        """How a list is written, first, and read; empty for a single value."""
        return cast("tuple[ListStyle, ...]", self.many)

    # ---------------------------------------------------------------------------------- values

    def value(self, given: object) -> ParamValue:
        """``given``, a Python value or its text, as a value that this parameter allows.

        A single value given for a list is a list of one.

        Raises:
            ValueError: it has another type, is out of bounds, or is not one of the choices.
        """
        if not self.many:
            return self._single(given)
        elements = _elements_of(given)
        if not self.min_items <= len(elements) <= (self.max_items or len(elements)):
            allowed = _within(self.min_items or None, self.max_items)
            raise ValueError(f"{len(elements)} values; it takes {allowed}")
        return tuple(self._single(element) for element in elements)

    def _single(self, given: object) -> SingleValue:
        value = self._coerce(given)
        if self.choices and value not in self.choices:
            allowed = ", ".join(self.text(choice) for choice in self.choices)
            raise ValueError(f"{shown(given)} is not one of {allowed}")
        if self.param_type in _NUMBERS and isinstance(value, int | float):
            least = value if self.minimum is None else self.minimum
            most = value if self.maximum is None else self.maximum
            if not least <= value <= most:
                allowed = _within(self.minimum, self.maximum)
                raise ValueError(f"{shown(given)} is out of bounds: {allowed}")
        return value

    def _coerce(self, given: object) -> SingleValue:
        if self.param_type is ParamType.BOOLEAN and isinstance(given, str):
            for word, meant in zip(self.words, (True, False), strict=True):
                if given.lower() == word.lower():
                    return meant
        if self.param_type is ParamType.STRING and isinstance(given, bool):
            return self._word(given)
        value = self.param_type.coerce(given)
        return self._texts_only(cast("Mapping[str, Any]", value)) if self.brackets else value

    def _texts_only(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for path, leaf in _leaves(value, ()):
            _put(found, path, self._leaf(leaf))
        return found

    def _leaf(self, leaf: object) -> str:
        if isinstance(leaf, bool):
            return self._word(leaf)
        if isinstance(leaf, str | int | float):
            return str(leaf)
        raise ValueError(f"brackets hold texts and objects, not {shown(leaf)}")

    def _word(self, value: bool) -> str:
        return self.words[0] if value else self.words[1]

    def text(self, value: SingleValue) -> str:
        """The text of a single value that is allowed, or of an element of a list."""
        return self._word(value) if isinstance(value, bool) else self.param_type.format(value)

    # ------------------------------------------------------------------------ as it is written

    def write(self, given: object) -> _Texts:
        """How a value is sent: names and texts, before any percent-encoding.

        Raises:
            ValueError: it is not allowed, see `value`, or would not be read back as it is.
        """
        value = self.value(given)
        if self.brackets:
            leaves = _leaves(cast("Mapping[str, Any]", value), ())
            return tuple((self.name + "".join(f"[{k}]" for k in path), t) for path, t in leaves)
        if not isinstance(value, tuple):
            return ((self.name, self.text(value)),)
        for style in self.styles:
            texts = self._listed(value, style)
            if texts and self._reads_back(texts, value):
                return texts
        if not value:
            raise ValueError("an empty list cannot be written: leave the parameter out")
        # A comma within an element, an element that looks like a JSON array.
        raise ValueError(f"{shown(given)} cannot be written so that it is read back")

    def _listed(self, value: tuple[SingleValue, ...], style: ListStyle) -> _Texts:
        if style is ListStyle.JSON:
            return ((self.name, to_json(value)),)
        texts = [self.text(element) for element in value]
        if style is ListStyle.COMMA:
            texts = [",".join(texts)] if texts else []
        return tuple((self.name, text) for text in texts)

    def _reads_back(self, texts: _Texts, value: ParamValue) -> bool:
        try:
            return self.read(texts) == value
        except ValueError:
            return False

    def read(self, sent: Iterable[tuple[str, str]]) -> ParamValue | None:
        """The value among what was sent: pairs of name and text, percent-decoded already.

        Returns:
            None if it is not among them.

        Raises:
            ValueError: it is not allowed, see `value`, or is given more than once.
        """
        if self.brackets:
            return self._read_brackets(sent)
        in_header = self.location is ParamLocation.HEADER
        wanted = self.name.lower() if in_header else self.name
        texts = [text for name, text in sent if (name.lower() if in_header else name) == wanted]
        if not texts:
            return None
        if in_header and self.many:  # lines of one name are one list (RFC 9110, section 5.3)
            texts = [", ".join(texts)]
        if len(texts) > 1 and ListStyle.REPEATED not in self.styles:
            raise ValueError(f"given {len(texts)} times")
        return self.value(self._elements(texts) if self.many else texts[0])

    def _elements(self, texts: Sequence[str]) -> Sequence[object]:
        if ListStyle.JSON in self.styles and len(texts) == 1:
            try:
                array = from_json(texts[0]) if texts[0].lstrip().startswith("[") else None
            except ValueError:
                array = None
            if isinstance(array, list):
                return cast("list[object]", array)
            if self.styles == (ListStyle.JSON,):
                raise ValueError(f"{shown(texts[0])} is not a JSON array")
        if ListStyle.COMMA in self.styles and len(texts) == 1:
            in_header = self.location is ParamLocation.HEADER
            return [part.strip(" \t") if in_header else part for part in texts[0].split(",")]
        return texts

    def _read_brackets(self, sent: Iterable[tuple[str, str]]) -> ParamValue | None:
        found: dict[str, Any] = {}
        for name, text in sent:
            if name == self.name or name.startswith(f"{self.name}["):
                keys = name[len(self.name) :]
                if not _BRACKETED.fullmatch(keys):
                    raise ValueError(f"{shown(name)} is not {self.name}[key]")
                _put(found, tuple(keys[1:-1].split("][")), text)
        return self.value(found) if found else None

    # ---------------------------------------------------------------------------------- checks

    def check(self) -> None:
        """Raise `DefinitionError` if the parts do not go together."""
        for place, problem in self._problems():
            raise DefinitionError(problem, place=(place,))
        for index, choice in enumerate(self.choices):
            with attribute(f"choices[{index}]"), _refusal():
                self._single(choice)
        if self.default is not None:
            with attribute("default"), _refusal():
                self._check_default(self.write(self.default))

    def _check_default(self, texts: _Texts) -> None:
        for _, text in texts:
            problem = header_value_problem(text)
            if problem and self.location is ParamLocation.HEADER:
                raise ValueError(problem)

    def _problems(self) -> Iterator[tuple[str, str]]:
        in_header = self.location is ParamLocation.HEADER
        if not self.name or not self.name.isprintable():
            yield "name", f"{self.name!r} is not a parameter name"
        if in_header and (problem := header_name_problem(self.name)):
            yield "name", problem
        yield from self._problems_of_type()
        if in_header and ListStyle.REPEATED in self.styles:
            yield "many", "keys are repeated in the query only; a header holds one list"
        if not self.many and (self.min_items or self.max_items is not None):
            yield "many", "only a list has a number of values; say how it is written"
        if self.max_items is not None and not max(1, self.min_items) <= self.max_items:
            yield "max_items", f"no list has {self.min_items} to {self.max_items} values"

    def _problems_of_type(self) -> Iterator[tuple[str, str]]:
        is_object = self.param_type is ParamType.OBJECT
        if is_object and (self.default is not None or self.choices):
            yield "default" if self.default is not None else "choices", "an object has none"
        if self.brackets and not is_object:
            yield "brackets", "only an object is written with keys in brackets"
        if self.brackets and (self.many or self.location not in (None, ParamLocation.QUERY)):
            yield "brackets", "keys in brackets are for one object in the query"
        if is_object and self.many and ListStyle.COMMA in self.styles:
            yield "many", "JSON holds commas itself; write the objects in another style"
        for field, bound in (("minimum", self.minimum), ("maximum", self.maximum)):
            if bound is not None and self.param_type not in _NUMBERS:
                yield field, f"a {self.param_type.value} has no bounds"
        least, most = self.minimum, self.maximum
        if least is not None and most is not None and not least <= most:
            yield "maximum", f"no number is {_within(least, most)}"
        true, false = (word.lower() for word in self.words)
        if not true or not false or true in (false, "false") or false == "true":
            yield "words", f"{self.words!r} are not a word for true and another for false"


def _within(least: float | None, most: float | None) -> str:
    """Bounds in words."""
    if least is None or most is None:
        return f"at most {most}" if least is None else f"at least {least}"
    return f"{least} to {most}"


@contextmanager
def _refusal() -> Generator[None, None, None]:
    """Turn the refusal of a value into one of the definition."""
    try:
        yield
    except ValueError as error:
        raise DefinitionError(str(error)) from None


def _elements_of(given: object) -> Sequence[object]:
    """What was given for a list; what is no sequence is its only element."""
    if isinstance(given, str | bytes) or not isinstance(given, Sequence):
        return (given,)
    return cast("Sequence[object]", given)


# Objects in brackets


def _leaves(
    value: Mapping[str, Any], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What is no object in ``value``, with the keys that lead there."""
    if not value or len(above) == _MOST_NESTED:
        raise ValueError("an object in brackets is neither empty nor nested more than 16 deep")
    for key, inner in value.items():
        if not key or "[" in key or "]" in key:
            raise ValueError(f"{shown(key)} cannot stand in brackets")
        if isinstance(inner, dict):
            yield from _leaves(cast("Mapping[str, Any]", inner), (*above, key))
        else:
            yield (*above, key), inner


def _put(found: dict[str, Any], path: _Path, text: str) -> None:
    """Put ``text`` where the keys of ``path`` lead."""
    for key in path[:-1]:
        inner = found.setdefault(key, {})
        if not isinstance(inner, dict):
            raise ValueError(f"{shown(key)} holds a text and an object")
        found = cast("dict[str, Any]", inner)
    if path[-1] in found:
        raise ValueError(f"{shown(path[-1])} is given twice")
    found[path[-1]] = text


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
            _check_segment(param, param.name in placeholders)
    check_unique(field, "name", (param.name for param in params))


def _check_location(param: ConnectionParam, in_path: bool) -> None:
    if param.location is ParamLocation.PATH and not in_path:
        raise DefinitionError(f"the path has no {{{param.name}}}", place=("location",))
    if in_path and param.location not in (None, ParamLocation.PATH):
        raise DefinitionError(
            f"{{{param.name}}} is in the path; give one of the two another name",
            place=("location",),
        )


def _check_segment(param: ConnectionParam, in_path: bool) -> None:
    """Raise if a parameter of the path needs more than the one text that a segment is."""
    if in_path and (param.brackets or ListStyle.REPEATED in param.styles):
        field = "brackets" if param.brackets else "many"
        raise DefinitionError(
            f"{{{param.name}}} is one segment of the path, which has no keys to repeat",
            place=(field,),
        )
