"""Values, docstrings and comments as source code, from any value and any text.

Nothing that these functions are given can end the string, the docstring or the comment that it is
written into, hide what stands behind it, or change the direction in which a line is read.
"""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from enum import Enum, Flag
from typing import Any

from schematic.define import DefinitionError

__all__ = ["COLUMNS", "comment", "docstring", "literal", "plain_text", "quoted", "string"]

COLUMNS = 100
"""How long a line of generated code may be."""

_LONGEST_STRING = 72
_LONGEST_DECIMAL = 4000
_LONGEST_ESCAPE = 10

_SECTIONS = (
    *("args", "arguments", "attention", "attributes", "caution", "danger", "error", "example"),
    *("examples", "hint", "important", "keyword args", "keyword arguments", "methods", "note"),
    *("notes", "other args", "other arguments", "other params", "other parameters"),
    *("parameters", "raises", "receives", "references", "return", "returns", "see also"),
    *("short summary", "summary", "tip", "todo", "warning", "warnings", "warns", "yield"),
    *("yields", "extended summary"),
)
_SECTION = re.compile(rf"^({'|'.join(_SECTIONS)})\s*:?$", re.IGNORECASE)
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+")


def literal(value: object, *, named: Callable[[object], str] | None = None) -> str:
    """The source of ``value``: ``eval`` of it gives an equal value of the same type.

    Args:
        value: None, a boolean, a number (NaN and infinities too), a text, bytes, a member of an
            enumeration, or a tuple, list, dict, set or frozenset of such. Sets are written in an
            order that does not change from run to run. A long text is cut into several strings in
            parentheses.
        named: what writes all other values, and members of enumerations. Without it, a member is
            written ``Colour.RED``.

    Raises:
        DefinitionError: there is no source for a value of that type.
    """
    if isinstance(value, Enum):
        return named(value) if named else _member(value)
    plain = _plain(value)
    if plain is not None:
        return plain
    container = _container(value, lambda inner: literal(inner, named=named))
    if container is not None:
        return container
    if named is not None:
        return named(value)
    raise DefinitionError(
        f"a {type(value).__name__} cannot be written as source code: use numbers, texts, bytes, "
        "members of enumerations, and tuples, lists, dicts and sets of these"
    )


def quoted(text: str) -> str:
    """The source of ``text``, as one string in double quotes on one line, all of it printable."""
    source = repr(str(text))
    if source.startswith("'") and '"' not in source:
        return f'"{source[1:-1]}"'
    if source.startswith("'"):
        inner = source[1:-1].replace("\\'", "'").replace('"', '\\"')
        return f'"{inner}"'
    return source


def string(text: str, *, width: int = _LONGEST_STRING) -> str:
    """The source of ``text``: several strings in parentheses where one would be too long.

    Args:
        text: anything.
        width: how many columns one string may have, its quotes included.
    """
    whole = quoted(text)
    if _columns(whole) <= width:
        return whole
    return f"({' '.join(map(quoted, _pieces(text, width - 2)))})"


def plain_text(text: str) -> str:
    """``text`` without characters that are not seen: control, direction, private, unassigned.

    Line breaks and tabs stay; other control characters become spaces; invisible ones vanish.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(map(_seen, lines))


def docstring(
    text: str,
    *,
    indent: int = 4,
    attributes: Mapping[str, str] | None = None,
    section: str = "Attributes",
) -> str:
    r"""A docstring in Google style, ready to stand in a class or function.

    Args:
        text: anything. The first sentence becomes the summary, empty lines part paragraphs, lines
            are wrapped to 100 columns. What would open a section (``Args:``) becomes a sentence.
            Backslashes make the docstring raw. ``\"\"\"`` becomes ``'''``.
        indent: how many spaces stand before each line.
        attributes: what each field means, for a section ``Attributes:``; empty texts are left out.
        section: what that section is called instead, such as ``Args``.

    Returns:
        Lines that end in a line break, the first one indented too.
    """
    width = COLUMNS - indent
    summary, rest = _summary(_paragraphs(text), width - 6)
    blocks = ["\n".join(_wrapped(one, width)) for one in rest]
    listed = [
        _attribute(" ".join(_paragraphs(name)), " ".join(_paragraphs(about)), width)
        for name, about in (attributes or {}).items()
        if about.strip()
    ]
    if listed:
        blocks.append("\n".join([f"{section}:", *listed]))
    body = "\n\n".join([summary, *blocks]) + ("\n" if blocks else "")
    prefix = "r" if "\\" in body else ""
    return textwrap.indent(f'{prefix}"""{body}"""\n', " " * indent)


def comment(text: str, *, indent: int = 0) -> str:
    """``text`` as lines of comment, wrapped to 100 columns.

    Returns:
        Lines that end in a line break; nothing for an empty text. No line can be read as an
        instruction to a linter or type checker, or as the encoding of the file.
    """
    margin = " " * indent
    lines = [
        line
        for paragraph in _paragraphs(text)
        for line in _wrapped(_harmless(paragraph), COLUMNS - indent - 2)
    ]
    return "".join(f"{margin}# {line}\n" for line in lines)


def _plain(value: object) -> str | None:
    """The source of a value that holds no others; None for all else."""
    if value is None or isinstance(value, bool):
        return str(value)
    if type(value) is int:
        return _integer(value)
    if type(value) is float:
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if type(value) is str:
        return string(value)
    return repr(value) if type(value) is bytes else None


def _integer(value: int) -> str:
    # Python refuses to write or read decimals of more than 4300 digits.
    return str(value) if value.bit_length() < 3 * _LONGEST_DECIMAL else hex(value)


def _pieces(text: str, width: int) -> Iterator[str]:
    """``text`` in pieces whose sources have at most ``width`` columns, cut after spaces."""
    piece, columns = "", 0
    for word in _words(text, width):
        wide = _columns(quoted(word)) - 2
        if piece and columns + wide > width:
            yield piece
            piece, columns = "", 0
        piece, columns = piece + word, columns + wide
    yield piece


def _words(text: str, width: int) -> Iterator[str]:
    """The words of ``text``, each with the spaces behind it, long ones in parts."""
    longest = max(1, width // _LONGEST_ESCAPE)
    for word in re.findall(r"(?s)[^ ]* *", text):
        if _columns(quoted(word)) - 2 <= width:
            yield word
        else:
            yield from (word[at : at + longest] for at in range(0, len(word), longest))


def _columns(text: str) -> int:
    """How many columns ``text`` takes: characters of East Asia take two."""
    wide = 0 if text.isascii() else sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return len(text) + wide


def _container(value: Any, inner: Callable[[object], str]) -> str | None:
    """The source of a value that holds others; None for all else."""
    kind = _kind(value)
    if kind is dict:
        return f"{{{', '.join(f'{inner(key)}: {inner(one)}' for key, one in value.items())}}}"
    if kind not in (tuple, list, set, frozenset):
        return None
    items = [inner(one) for one in value]
    if kind is tuple:
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    if kind is list:
        return f"[{', '.join(items)}]"
    braces = f"{{{', '.join(sorted(items))}}}" if items else ""
    return f"frozenset({braces})" if kind is frozenset else braces or "set()"


def _kind(value: object) -> Any:
    return type(value)


def _member(value: Enum) -> str:
    kind = type(value).__name__
    if isinstance(value, Flag) and (value.name is None or "|" in value.name):
        return f"{kind}({value.value})"
    return f"{kind}.{value.name}"


def _seen(character: str) -> str:
    if character in "\n\t" or character.isprintable():
        return character
    return "" if unicodedata.category(character) == "Cf" else " "


def _paragraphs(text: str) -> list[str]:
    """The paragraphs of ``text``, each on one line, that no docstring or section can start in."""
    blocks = re.split(r"\n\s*\n", plain_text(text).replace('"""', "'''"))
    lines = (" ".join(block.split()) for block in blocks)
    return [line for line in lines if line]


def _summary(paragraphs: list[str], width: int) -> tuple[str, list[str]]:
    """One line that sums up, and the paragraphs that are left to say."""
    if not paragraphs:
        return "No description.", []
    first, *rest = paragraphs
    sentence, *more = _SENTENCE_ENDS.split(first, maxsplit=1)
    line = _sentence(sentence)
    if _fits(line, width):
        return line, [*more, *rest]
    cut = next(iter(_wrapped(sentence, width - 3)))
    return f"{cut.rstrip('.,;:')}...", paragraphs


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text.rstrip(':')}."


def _attribute(name: str, about: str, width: int) -> str:
    first, *more = _wrapped(f"{name}: {about}", width - 8) or [name]
    return textwrap.indent("\n".join([first, *(f"    {line}" for line in more)]), " " * 4)


def _wrapped(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` columns, none of which opens a section."""
    if any(unicodedata.east_asian_width(one) in "WF" for one in text):
        width //= 2  # such characters take two columns
    lines = textwrap.wrap(text, width, break_on_hyphens=False)
    return [f"{line.rstrip(':')}." if _SECTION.match(line) else line for line in lines]


def _fits(line: str, width: int) -> bool:
    return len(_wrapped(line, width)) <= 1 and not _SECTION.match(line)


_INSTRUCTIONS = re.compile(
    r"(?i)coding(?=[:=])|(?<![a-z])(?:type(?=\s*:)|noqa|nosec|pyright|mypy|ruff|pylint|isort"
    r"|fmt|yapf|pragma|flake8|(?:todo|fixme|xxx|hack)(?![a-z]))"
)


def _harmless(text: str) -> str:
    """``text`` without words that tools look for in comments: they are put in quotes."""
    return _INSTRUCTIONS.sub(r"'\g<0>'", text).lstrip("#!%")
