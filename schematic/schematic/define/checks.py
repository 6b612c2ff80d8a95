"""The checks that every kind of definition shares, and the places that their errors name."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import IPv6Address
from typing import Protocol, TypeVar, cast
from urllib.parse import SplitResult, unquote, urlsplit

from schematic.define.errors import DefinitionError

__all__ = [
    "Identified",
    "attribute",
    "check_api_name",
    "check_docs_url",
    "check_env_names",
    "check_header",
    "check_headers",
    "check_id",
    "check_unique",
    "definition",
    "header_name_problem",
    "header_value_problem",
    "pick",
    "placeholders",
    "split_url",
    "template_parts",
    "tuple_of_names",
    "tuple_of_pairs",
]

_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]*")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOST_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?")
_PATH_TEXT = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_URL_TEXT = re.compile(r"[!-~]+")


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


# URLs (RFC 3986) and path templates


def split_url(url: str, schemes: Sequence[str]) -> SplitResult:
    """The parts of an absolute base URL: scheme, host, perhaps port, perhaps a path prefix.

    Raises:
        DefinitionError: it is not such a URL, or it carries a query, a fragment or credentials.
    """
    parts = _absolute(url, schemes)
    if "?" in url or "#" in url:
        raise DefinitionError("a base URL has neither query nor fragment")
    if not _PATH_TEXT.fullmatch(parts.path):
        raise DefinitionError(f"{parts.path!r} is not the path of a URL")
    return parts


def check_docs_url(url: str | None) -> None:
    """Raise unless ``url`` is None or the address of a web page."""
    if url is not None:
        with attribute("docs_url"):
            _absolute(url, ("https", "http"))


def _absolute(url: str, schemes: Sequence[str]) -> SplitResult:
    if not _URL_TEXT.fullmatch(url):  # urlsplit drops line breaks and tabs silently
        raise DefinitionError("a URL is ASCII without white space and control characters")
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise DefinitionError("a URL is no place for credentials; pass them apart from it")
    expected = " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise DefinitionError(f"{url!r} is not a URL: {error}") from None
    if parts.scheme not in schemes:
        raise DefinitionError(f"{url!r} does not begin with {expected}")
    if not _is_host(parts.hostname or "") or port == 0:
        raise DefinitionError(f"{url!r} has no usable host and port")
    return parts


def _is_host(host: str) -> bool:
    if ":" not in host:
        return bool(_HOST_NAME.fullmatch(host))
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False


def template_parts(segment: str) -> tuple[str, str, str] | None:
    """A path segment as text, placeholder and text; None for a segment without placeholder."""
    found = _PLACEHOLDER.search(segment)
    if found is None:
        return None
    return segment[: found.start()], found[1], segment[found.end() :]


def placeholders(path: str) -> tuple[str, ...]:
    """The names in braces of a path template, in order.

    Raises:
        DefinitionError: the path is not a template: it does not begin with a slash, a brace has no
            partner, a name is not an identifier or occurs twice, two share a segment, or the text
            around them cannot stand in a URL.
    """
    if not path.startswith("/"):
        raise DefinitionError(f"{path!r} does not begin with '/'", place=("path",))
    names: list[str] = []
    for segment in path.split("/"):
        with attribute("path"):
            names.extend(_segment_placeholders(segment))
    for index, name in enumerate(names):
        if name in names[:index]:
            raise DefinitionError(f"{{{name}}} occurs twice", place=("path",))
    return tuple(names)


def _segment_placeholders(segment: str) -> list[str]:
    texts = _PLACEHOLDER.split(segment)
    names = texts[1::2]
    for text in texts[::2]:
        if "{" in text or "}" in text:
            raise DefinitionError(f"a brace without partner in {segment!r}")
        if not _PATH_TEXT.fullmatch(text) or not _is_utf8(text):
            raise DefinitionError(f"{text!r} cannot stand in the path of a URL; percent-encode it")
    for name in names:
        if not name.isidentifier():
            raise DefinitionError(f"{{{name}}} is not a placeholder: use an identifier")
    if len(names) > 1:
        raise DefinitionError(f"{segment!r} holds two placeholders; one to a segment is the limit")
    return names


def _is_utf8(escaped: str) -> bool:
    try:
        unquote(escaped, errors="strict")
    except UnicodeDecodeError:
        return False
    return True
