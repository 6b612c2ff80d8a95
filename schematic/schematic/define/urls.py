"""Base URLs and path templates (RFC 3986)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv6Address
from urllib.parse import SplitResult, unquote, urlsplit

from schematic.define.checks import attribute
from schematic.define.errors import DefinitionError

__all__ = ["check_docs_url", "is_host", "placeholders", "split_url", "template_parts"]

_HOST_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?")
_LONGEST_LABEL, _LONGEST_NAME = 63, 253  # RFC 1035, section 2.3.4
_PATH_TEXT = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_URL_TEXT = re.compile(r"[!-~]+")


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
    if not is_host(parts.hostname or "") or port == 0:
        raise DefinitionError(f"{url!r} has no usable host and port")
    return parts


def is_host(host: str) -> bool:
    """Whether ``host`` can be one: a name that DNS can hold, or an address without brackets."""
    if ":" not in host:
        known = _HOST_NAME.fullmatch(host) and len(host) <= _LONGEST_NAME
        return bool(known) and all(len(one) <= _LONGEST_LABEL for one in host.split("."))
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
