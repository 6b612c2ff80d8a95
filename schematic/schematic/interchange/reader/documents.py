"""The text of a document as plain data: JSON or YAML, within limits."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn, cast

from schematic.define import DefinitionError
from schematic.define.values import shown
from schematic.interchange.bounds import MOST_NESTED, MOST_VALUES, check_plain

if TYPE_CHECKING:
    import yaml

__all__ = ["LONGEST_TEXT", "document_from_text"]

LONGEST_TEXT = 10_000_000
"""How many characters the text of a document may have."""

_EXTRA = 'reading YAML needs an extra: pip install "schematic-ws[interchange]"'
_NEITHER = "the document is neither JSON nor YAML"
_TAG = "tag:yaml.org,2002:"
_SCALARS = (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", "[-+]?[0-9]{1,100}", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", "<<", "<"),
)
"""Plain scalars that are no text: those of JSON, as in the core schema of YAML 1.2."""
_TAGS = (None, "!", f"{_TAG}str", f"{_TAG}map", f"{_TAG}seq")
"""Tags that may be written. Others say what JSON cannot, or what the scalar says anyway."""


def document_from_text(text: str) -> dict[str, Any]:
    """The document that ``text`` holds.

    JSON is read by the standard library. YAML is read with the plain scalars of YAML 1.2, so ``on``
    and dates are texts, and its aliases count as what they stand for.

    Args:
        text: JSON or YAML.

    Raises:
        DefinitionError: it is neither, holds no object, or is too long, too deep or too large.
            PyYAML is missing.
    """
    if len(text) > LONGEST_TEXT:
        raise DefinitionError(f"the document is longer than {LONGEST_TEXT} characters")
    data = _json(text) if text.lstrip("\ufeff \t\r\n").startswith("{") else None
    if data is None:
        data = _yaml(text)
    check_plain(data)
    if not isinstance(data, dict):
        raise DefinitionError("the document is no object, as AsyncAPI documents are")
    return cast("dict[str, Any]", data)


def _json(text: str) -> object:
    """What JSON says, or None if it is none: YAML may begin with a brace as well."""
    try:
        return json.loads(text.lstrip("\ufeff"), parse_constant=_refuse)
    except RecursionError:
        raise DefinitionError(f"the document is nested more than {MOST_NESTED} deep") from None
    except ValueError:
        return None


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _yaml(text: str) -> object:
    try:
        import yaml  # noqa: PLC0415  # an extra
    except ImportError:
        raise DefinitionError(_EXTRA) from None
    loader = _loader(yaml)
    try:
        _check_events(yaml, text)
        reading = loader(text)
        try:
            node = reading.get_single_node()
            if node is None:
                return None
            _check_size(yaml, node)
            return reading.construct_document(node)
        finally:
            reading.dispose()
    except yaml.MarkedYAMLError as error:
        where = error.problem_mark or error.context_mark
        line = f"line {where.line + 1}: " if where else ""
        raise DefinitionError(f"{_NEITHER}: {line}{error.problem}") from None
    except yaml.YAMLError as error:
        raise DefinitionError(f"{_NEITHER}: {error}") from None


def _loader(yaml: Any) -> Any:
    """PyYAML's safe loader, with the scalars of YAML 1.2."""
    loader: Any = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
    loader.yaml_implicit_resolvers = {}
    for kind, pattern, first in _SCALARS:
        loader.add_implicit_resolver(f"{_TAG}{kind}", re.compile(rf"(?:{pattern})\Z"), list(first))
    loader.add_constructor(f"{_TAG}int", _integer)
    return loader


def _integer(_: object, node: Any) -> int:
    return int(node.value)


def _check_events(yaml: Any, text: str) -> None:
    """Raise before anything is built from what is too deep, since builders call themselves.

    And from what has a tag, since a builder trusts that it fits.
    """
    depth = 0
    parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for count, event in enumerate(yaml.parse(text, Loader=parser)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if getattr(event, "tag", None) not in _TAGS:
            line = event.start_mark.line + 1
            raise DefinitionError(f"line {line}: the tag {shown(event.tag)} says what JSON cannot")
        if depth > MOST_NESTED + 1:
            raise DefinitionError(f"the document is nested more than {MOST_NESTED} deep")
        if count > 3 * MOST_VALUES:
            raise _too_large()


def _check_size(yaml: Any, root: yaml.Node) -> None:
    """Raise unless all is of a bearable size once each alias is what it stands for.

    Keys become texts on the way.
    """
    sizes: dict[int, int] = {}
    path: set[int] = set()

    def size(node: Any) -> int:
        if id(node) in path:
            raise DefinitionError("the document holds itself, by an alias within its own anchor")
        if id(node) not in sizes:
            path.add(id(node))
            sizes[id(node)] = 1 + sum(map(size, _inner(yaml, node)))
            path.discard(id(node))
            if sizes[id(node)] > MOST_VALUES:
                raise _too_large()
        return sizes[id(node)]

    size(root)


def _inner(yaml: Any, node: Any) -> list[Any]:
    if isinstance(node, yaml.MappingNode):
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != f"{_TAG}merge":
                key.tag = f"{_TAG}str"  # a key is a text, as it is written
        return [one for pair in node.value for one in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _too_large() -> DefinitionError:
    return DefinitionError(
        f"the document is too large: at most {MOST_VALUES} values, with aliases as what they "
        "stand for"
    )
