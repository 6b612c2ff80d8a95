"""Payloads on one line of a report: secrets hidden, control characters shown, long ones cut."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, cast

import msgspec

from schematic_engine.hiding import SECRET_WORDS

__all__ = ["HIDDEN", "excerpt", "is_secret", "laid_out", "printable", "redact_text", "shown_path"]

HIDDEN = "[redacted]"

_SECRET = re.compile(SECRET_WORDS, re.IGNORECASE)
"""A field whose name contains one of these holds something that a report must not show."""

_ASSIGNED = re.compile(
    rf"""(?P<name> (?:{SECRET_WORDS}) [\w.-]* \\*["']? \s*[:=]\s* )
         (?: \\*"[^"]*"? | '[^']*'? | (?:bearer|basic)\s+\S+ | [^\s,;&}}\]]+ )""",
    re.IGNORECASE | re.VERBOSE,
)
_SCHEME = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{4,}", re.IGNORECASE)

_LONGEST = 400
"""Characters of a string that are looked at: more is never shown."""

_WORD = re.compile(r"(?!.{25})(?:[a-z]+(?:[._-][a-z]+)*[0-9]{0,3}|[0-9]{1,4}|)", re.IGNORECASE)
"""A segment of a path that is shown."""

_LONGEST_PATH = 120
"""Characters of a path that are shown."""


def excerpt(payload: str | bytes, width: int = 76, *, secret: Collection[str] = ()) -> str:
    """One printable line that shows ``payload`` in at most ``width`` characters.

    The values of JSON fields whose names look like credentials are hidden, at any depth and in
    JSON within strings too; in text that is no JSON, whatever is assigned to such a name is.

    Args:
        payload: what was said.
        width: the most characters of the answer.
        secret: names of further fields that hold credentials.
    """
    if isinstance(payload, bytes):
        return f"<{len(payload)} bytes>"
    line = printable(_redacted(payload, secret).decode())
    return line if len(line) <= width else line[: width - 3] + "..."


def laid_out(payload: str | bytes, *, most: int = 4000, secret: Collection[str] = ()) -> str:
    """``payload`` over several lines, if it is JSON; secrets hidden as by `excerpt`.

    Args:
        payload: what was said.
        most: characters of it that are shown.
        secret: names of further fields that hold credentials.
    """
    if isinstance(payload, bytes):
        return f"<{len(payload):,} bytes>"
    try:
        text = msgspec.json.format(_redacted(payload, secret, most), indent=2).decode()
    except (msgspec.MsgspecError, RecursionError):
        text = redact_text(payload[:most])
    shown = "\n".join(printable(line) for line in text[:most].split("\n"))
    left = len(text) - most
    return shown if left <= 0 else f"{shown}\n... and {left:,} characters more"


def redact_text(text: str) -> str:
    """``text`` without what is assigned to names that look like credentials."""
    hidden = _ASSIGNED.sub(lambda found: found["name"] + HIDDEN, text)
    return _SCHEME.sub(lambda found: f"{found[1]} {HIDDEN}", hidden)


def shown_path(target: str) -> str:
    """The path of a request target, ready to be shown.

    The query is left out, and so is every segment that may be a credential or a name: only words
    and small numbers stay.
    """
    before, shown = "", list[str]()
    for segment in target.partition("?")[0][:_LONGEST].split("/"):
        is_word = _WORD.fullmatch(segment) is not None and not is_secret(before)
        shown.append(segment if is_word else HIDDEN)
        before = segment
    path = "/".join(shown) or "nothing"
    return path if len(path) <= _LONGEST_PATH else path[: _LONGEST_PATH - 3] + "..."


def is_secret(name: str, secret: Collection[str] = ()) -> bool:
    """Whether what is called ``name`` must not be shown: it is of ``secret``, or sounds like it."""
    return name in secret or _SECRET.search(name) is not None


def printable(text: str) -> str:
    """``text`` with everything escaped that could move a terminal's cursor or turn the writing."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _redacted(payload: str, secret: Collection[str], longest: int = _LONGEST) -> bytes:
    """``payload`` as JSON if it is, without its secrets; else the beginning of it, likewise."""
    try:
        return msgspec.json.encode(_hide(msgspec.json.decode(payload), secret, longest))
    except (msgspec.MsgspecError, RecursionError):
        return redact_text(payload[:longest]).encode("utf-8", "backslashreplace")


def _hide(value: Any, secret: Collection[str], longest: int) -> Any:
    if isinstance(value, dict):
        # A null or an empty value is no secret, and which of them it is may be the point.
        return {
            name: HIDDEN if inner and is_secret(name, secret) else _hide(inner, secret, longest)
            for name, inner in cast("dict[str, Any]", value).items()
        }
    if isinstance(value, list):
        return [_hide(inner, secret, longest) for inner in cast("Sequence[Any]", value)]
    return redact_text(value[:longest]) if isinstance(value, str) else value
