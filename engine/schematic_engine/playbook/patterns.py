"""What a message of a playbook says, or has to say: values, and patterns in their place.

A pattern is any JSON value in which some places are open. Of an object only the fields that are
named are looked at; of a list every item. The same pattern is read in two ways: `mismatch` holds a
body that was seen against it, and `filled` makes a body of it to be said, with a sample's values
wherever it leaves something open.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

import msgspec

from schematic_engine.conformance.redact import HIDDEN, is_secret, printable

__all__ = [
    "ANY",
    "Anything",
    "Between",
    "Bindings",
    "Exactly",
    "Matching",
    "Mismatch",
    "Named",
    "Pattern",
    "Unfillable",
    "as_list",
    "between",
    "exactly",
    "filled",
    "in_words",
    "matching",
    "mismatch",
    "named",
    "names_in",
    "written",
]

Bindings: TypeAlias = dict[str, Any]
"""What each name stands for, once it was seen or said."""

Pattern: TypeAlias = Any
"""A JSON value, with `ANY`, `matching`, `between`, `named` or `exactly` in places."""

_WIDTH: Final = 60


class Unfillable(ValueError):
    """A pattern of which no value can be made."""


class Anything:
    """Any value; there is one of it, `ANY`."""

    def __repr__(self) -> str:
        return "any"


ANY: Final = Anything()
"""Any value; where it is said, the sample's."""


@dataclass(frozen=True, slots=True)
class Matching:
    """A text that a regular expression matches as a whole; ``example`` is one, to be said."""

    pattern: re.Pattern[str]
    example: str | None = None

    def __repr__(self) -> str:
        return "/" + self.pattern.pattern.replace("/", "\\/") + "/"


@dataclass(frozen=True, slots=True)
class Between:
    """A number between two bounds, which belong to it; None is no bound."""

    low: float | None
    high: float | None

    def __repr__(self) -> str:
        low = "" if self.low is None else f"{self.low:g}"
        return f"{low}..{'' if self.high is None else f'{self.high:g}'}"


@dataclass(frozen=True, slots=True)
class Named:
    """A value with a name: any where the name comes first, the same one from there on."""

    name: str

    def __repr__(self) -> str:
        return f"${self.name}"


@dataclass(frozen=True, slots=True)
class Exactly:
    """An object without any other field, at any depth."""

    value: Pattern = field(hash=False)

    def __repr__(self) -> str:
        return f"={in_words(self.value)}"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where a value departs from a pattern.

    Attributes:
        path: the place, such as ``$.words[0]``; ``$`` is the whole.
        expected: what has to be there.
        seen: what is.
    """

    path: str
    expected: str
    seen: str

    def __str__(self) -> str:
        return f"at {self.path}: expected {self.expected}, seen {self.seen}"


def matching(pattern: str, example: str | None = None) -> Matching:
    """A text that the regular expression ``pattern`` matches as a whole.

    Args:
        pattern: as `re` reads it.
        example: one that does, for a side that has to say it.

    Raises:
        ValueError: it is no regular expression, or the example does not match.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"/{pattern}/ is no regular expression: {error}") from None
    if example is not None and compiled.fullmatch(example) is None:
        raise ValueError(f"the example {example!r} does not match /{pattern}/")
    return Matching(compiled, example)


def between(low: float | None = None, high: float | None = None) -> Between:
    """A number from ``low`` to ``high``, both included; None is no bound.

    Raises:
        ValueError: nothing is between them.
    """
    if low is not None and high is not None and low > high:
        raise ValueError(f"no number is between {low:g} and {high:g}")
    return Between(low, high)


def named(name: str) -> Named:
    """A value called ``name``: whatever is there the first time, and the same ever after."""
    return Named(name)


def exactly(value: Pattern) -> Exactly:
    """``value`` with no other fields than those that it names, at any depth."""
    return Exactly(value)


# ---------------------------------------------------------------------------------------- seen


def mismatch(pattern: Pattern, value: Any, known: Bindings) -> Mismatch | None:
    """The first place at which ``value`` departs from ``pattern``; None if it does not.

    Args:
        pattern: what is expected.
        value: JSON values, ``str`` for a text body, ``bytes`` for a binary one.
        known: what names stand for; those that are new here are added if all fits.
    """
    found = dict(known)
    problem = _compare(pattern, value, found, "$", whole=False)
    if problem is None:
        known.update(found)
    return problem


def _compare(
    pattern: Pattern, value: Any, known: Bindings, path: str, *, whole: bool
) -> Mismatch | None:
    if isinstance(pattern, Exactly):
        return _compare(pattern.value, value, known, path, whole=True)
    if isinstance(pattern, Named) and pattern.name not in known:
        known[pattern.name] = value
        return None
    if isinstance(pattern, Mapping) and isinstance(value, Mapping):
        fields = _as_object(pattern), _as_object(value)
        return _compare_fields(*fields, known, path, whole=whole)
    if isinstance(pattern, (list, tuple)) and isinstance(value, (list, tuple)):
        items = as_list(pattern), as_list(value)
        return _compare_items(*items, known, path, whole=whole)
    if _holds(pattern, value, known):
        return None
    wanted = in_words(pattern)
    if isinstance(pattern, Named):
        wanted = f"{_seen(known[pattern.name], path)} (as {pattern!r} before)"
    return Mismatch(path, wanted, _seen(value, path))


def _compare_fields(
    pattern: Mapping[str, Any], value: Mapping[str, Any], known: Bindings, path: str, *, whole: bool
) -> Mismatch | None:
    for name, inner in pattern.items():
        place = f"{path}.{name}"
        if name not in value:
            return Mismatch(place, in_words(inner), "nothing")
        problem = _compare(inner, value[name], known, place, whole=whole)
        if problem is not None:
            return problem
    if whole:
        for name in value:
            if name not in pattern:
                place = f"{path}.{name}"
                return Mismatch(place, "nothing", _seen(value[name], place))
    return None


def _compare_items(
    pattern: list[Any], value: list[Any], known: Bindings, path: str, *, whole: bool
) -> Mismatch | None:
    for number, (inner, item) in enumerate(zip(pattern, value, strict=False)):
        problem = _compare(inner, item, known, f"{path}[{number}]", whole=whole)
        if problem is not None:
            return problem
    if len(pattern) != len(value):
        return Mismatch(path, f"{len(pattern)} items", f"{len(value)}")
    return None


def _seen(value: Any, path: str) -> str:
    """What was seen at ``path``, unless it sounds like a secret."""
    return HIDDEN if is_secret(path.rpartition(".")[2]) else in_words(value)


def _holds(pattern: Pattern, value: Any, known: Bindings) -> bool:
    """Whether a value that has nothing within fits."""
    if pattern is ANY:
        return True
    if isinstance(pattern, Matching):
        return isinstance(value, str) and pattern.pattern.fullmatch(value) is not None
    if isinstance(pattern, Between):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        low, high = pattern.low, pattern.high
        return (low is None or value >= low) and (high is None or value <= high)
    wanted = known[pattern.name] if isinstance(pattern, Named) else pattern
    return isinstance(wanted, bool) == isinstance(value, bool) and bool(wanted == value)


# ---------------------------------------------------------------------------------------- said


def filled(pattern: Pattern, sample: Any, known: Bindings) -> Any:
    """A body to be said: what ``pattern`` gives, and what it leaves open as in ``sample``.

    Args:
        pattern: what is to be said.
        sample: a valid body as JSON values, ``str`` or ``bytes``; None where there is none.
        known: what names stand for; those that are new here are added.

    Raises:
        Unfillable: a regular expression without an example.
    """
    if isinstance(pattern, Exactly):
        return _filled_whole(pattern.value, sample, known)
    if isinstance(pattern, Mapping):
        base = _as_object(sample)
        made = {n: filled(inner, base.get(n), known) for n, inner in _as_object(pattern).items()}
        return {**base, **made}
    if isinstance(pattern, (list, tuple)):
        first = as_list(sample)[:1]
        items = as_list(pattern)
        return [filled(inner, first[0] if first else None, known) for inner in items]
    return _chosen(pattern, sample, known)


def _filled_whole(pattern: Pattern, sample: Any, known: Bindings) -> Any:
    """The same with no other fields than those that ``pattern`` names."""
    if not isinstance(pattern, Mapping):
        return filled(pattern, sample, known)
    base = _as_object(sample)
    fields = _as_object(pattern).items()
    return {name: _filled_whole(inner, base.get(name), known) for name, inner in fields}


def _chosen(pattern: Pattern, sample: Any, known: Bindings) -> Any:
    """A value that has nothing within."""
    if pattern is ANY:
        return sample
    if isinstance(pattern, Named):
        return known.setdefault(pattern.name, sample)
    if isinstance(pattern, Matching):
        if pattern.example is None:
            raise Unfillable(f"{pattern!r} cannot be said: give an example, matching(..., '...')")
        return pattern.example
    return _number(pattern, sample) if isinstance(pattern, Between) else pattern


def _as_object(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    """The items of a list or a tuple; none of anything else."""
    return list(cast("list[Any]", value)) if isinstance(value, (list, tuple)) else []


def _number(pattern: Between, sample: Any) -> Any:
    """The sample's if it is between the bounds, or a bound."""
    if _holds(pattern, sample, {}):
        return sample
    bound = pattern.low if pattern.low is not None else pattern.high
    value = 0.0 if bound is None else bound
    return int(value) if isinstance(sample, int) and value == int(value) else value


def names_in(pattern: Pattern) -> Iterator[str]:
    """The names that a pattern holds, in order of appearance."""
    if isinstance(pattern, Named):
        yield pattern.name
    elif isinstance(pattern, Exactly):
        yield from names_in(pattern.value)
    elif isinstance(pattern, Mapping):
        for inner in cast("Mapping[str, Any]", pattern).values():
            yield from names_in(inner)
    elif isinstance(pattern, (list, tuple)):
        for inner in cast("list[Any]", pattern):
            yield from names_in(inner)


def in_words(pattern: Pattern, width: int = _WIDTH) -> str:
    """A pattern or a value on one line, as playbooks write it; long ones are cut."""
    text = printable(written(pattern))
    return text if len(text) <= width else text[: width - 3] + "..."


def written(pattern: Pattern) -> str:
    """A pattern or a value on one line, as playbooks write it, whole."""
    if isinstance(pattern, (Anything, Matching, Between, Named)):
        return repr(pattern)
    if isinstance(pattern, Exactly):
        return f"={written(pattern.value)}"
    if isinstance(pattern, bytes):
        return f'base64"{base64.b64encode(pattern).decode()}"'
    if isinstance(pattern, Mapping):
        fields = cast("Mapping[str, Any]", pattern).items()
        return "{" + ", ".join(f"{_json(name)}: {written(inner)}" for name, inner in fields) + "}"
    if isinstance(pattern, (list, tuple)):
        return "[" + ", ".join(map(written, cast("list[Any]", pattern))) + "]"
    return _json(pattern)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
