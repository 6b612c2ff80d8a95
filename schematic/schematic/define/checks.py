"""The checks that every kind of definition shares, and the places that their errors name."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar, cast

from schematic.define.errors import DefinitionError

__all__ = [
    "Identified",
    "attribute",
    "check_api_name",
    "check_env_names",
    "check_header",
    "check_headers",
    "check_id",
    "check_unique",
    "definition",
    "header_name_problem",
    "header_value_problem",
    "pick",
    "subprotocol_problem",
    "tuple_of_names",
    "tuple_of_pairs",
]

_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]*")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class Identified(Protocol):
    """Anything that has an id."""

    @property
    def id(self) -> str:
        """The id."""
        ...


_I = TypeVar("_I", bound=Identified)


# Places


@contextmanager
def attribute(name: str) -> Generator[None, None, None]:
    """Name ``name`` as the attribute in which a `DefinitionError` of the block was found."""
    try:
        yield
    except DefinitionError as error:
        raise DefinitionError(error.problem, place=(".".join((name, *error.place)),)) from None


@contextmanager
def definition(*names: str) -> Generator[None, None, None]:
    """Name the definitions in which a `DefinitionError` of the block was found."""
    try:
        yield
    except DefinitionError as error:
        raise error.within(*names) from None


# Normal forms


def tuple_of_names(names: str | Iterable[str] | None) -> tuple[str, ...]:
    """One name, several, or none, as a tuple."""
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def tuple_of_pairs(
    pairs: Mapping[str, str] | Iterable[tuple[str, str]],
) -> tuple[tuple[str, str], ...]:
    """Header lines given as a mapping or as pairs, as a tuple of pairs."""
    if isinstance(pairs, Mapping):
        return tuple(cast("Mapping[str, str]", pairs).items())
    return tuple((name, value) for name, value in pairs)


def pick(kind: str, known: Sequence[_I], wanted: str | None) -> _I:
    """The definition called ``wanted``, or the only one when no name is given.

    Raises:
        DefinitionError: there is none, or no name was given and there are several. The message
            lists the ids.
    """
    ids = ", ".join(item.id for item in known) or "none"
    if wanted is None:
        if len(known) == 1:
            return known[0]
        raise DefinitionError(f"which {kind}? There are: {ids}")
    for item in known:
        if item.id == wanted:
            return item
    raise DefinitionError(f"{wanted!r} is not an {kind} of this API. There are: {ids}")


# Names


def check_api_name(name: str) -> None:
    """Raise unless ``name`` can name an API in reports and on the command line."""
    if not _API_NAME.fullmatch(name):
        raise DefinitionError(
            f"{name!r} is not a name for an API: use letters, digits, spaces, dots and hyphens",
            place=("name",),
        )


def check_id(text: str) -> None:
    """Raise unless ``text`` is an identifier that generated code may use."""
    if not text.isidentifier() or text.startswith("_"):
        raise DefinitionError(
            f"{text!r} is not an id: use a Python identifier such as StreamTextToSpeech",
            place=("id",),
        )


def check_unique(field: str, inner: str, names: Iterable[str]) -> None:
    """Raise if a name occurs twice in the list ``field``; ``inner`` is the naming attribute."""
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if first.setdefault(name, index) != index:
            raise DefinitionError(
                f"{name!r} is taken already by {field}[{first[name]}]",
                place=(f"{field}[{index}].{inner}",),
            )


def check_env_names(field: str, names: Iterable[str]) -> None:
    """Raise unless ``names`` can be names of environment variables."""
    for index, name in enumerate(names):
        if not _ENV_NAME.fullmatch(name):
            raise DefinitionError(
                f"{name!r} is not the name of an environment variable", place=(f"{field}[{index}]",)
            )


# Headers (RFC 9110, sections 5.1, 5.5 and 5.6.2)


def header_name_problem(name: str) -> str | None:
    """What is wrong with a header name (a token of RFC 9110, section 5.6.2), or None."""
    if _TOKEN.fullmatch(name):
        return None
    return f"{name!r} is not a header name"


def subprotocol_problem(name: str) -> str | None:
    """What is wrong with the name of a subprotocol (RFC 6455, section 4.1), or None."""
    return None if _TOKEN.fullmatch(name) else f"{name!r} is not the name of a subprotocol"


def header_value_problem(value: str) -> str | None:
    """What is wrong with a header value, or None. The answer does not repeat the value.

    RFC 9110, section 5.5 allows more than ASCII for the sake of old senders only, and forbids CR,
    LF and NUL since they would end the header or the line early.
    """
    if any(character in value for character in "\r\n"):
        return "a header value cannot hold a line break"
    if not value.isascii():
        return "a header value is ASCII"
    if any(not (character.isprintable() or character == "\t") for character in value):
        return "a header value cannot hold control characters"
    if value != value.strip(" \t"):
        return "a header value neither begins nor ends with white space"
    return None


def check_header(name: str, value: str = "") -> None:
    """Raise unless this can be a header line."""
    problem = header_name_problem(name) or header_value_problem(value)
    if problem:
        raise DefinitionError(problem)


def check_headers(pairs: Iterable[tuple[str, str]]) -> None:
    """Raise unless every pair of the attribute ``headers`` can be a header line."""
    for index, (name, value) in enumerate(pairs):
        with attribute(f"headers[{index}]"):
            check_header(name, value)
