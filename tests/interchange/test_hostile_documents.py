"""Nothing that stands in a document becomes code, whatever it is and wherever it stands."""

from __future__ import annotations

import ast
import builtins
import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schematic import SchematicError, WebSocketApi
from schematic.interchange.asyncapi import to_asyncapi
from schematic.interchange.asyncapi_reader import DefinitionModule
from schematic.interchange.reader import modules
from support.imported import CANARY, CAPTIONS, NASTY, ROOMS, changed, imported
from support.lifecycles import LOGIN, bound

ORDERED = to_asyncapi(bound(LOGIN).api)
DOCUMENTS = {"2": ROOMS, "3": CAPTIONS, "x-lifecycle": ORDERED}
TEXTS = st.sampled_from(NASTY) | st.text(max_size=40)
IMPORTED = {"__future__", "datetime", "decimal", "enum", "msgspec", "schematic", "typing", "uuid"}
BUILTIN = {"bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"}
STATEMENTS = (
    *(ast.AnnAssign, ast.Assign, ast.ClassDef, ast.Expr, ast.FunctionDef, ast.ImportFrom),
    ast.Return,
)
EXPRESSIONS = (
    *(ast.Attribute, ast.BinOp, ast.Call, ast.Constant, ast.Dict, ast.List, ast.Name),
    *(ast.Subscript, ast.Tuple, ast.UnaryOp),
)


@pytest.fixture(autouse=True)
def unformatted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layout takes two processes and changes no meaning; what is laid out is tested elsewhere."""
    monkeypatch.setattr(modules, "formatted", str)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each text in a document; that to a key ends with None."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from places(one, (*path, index))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield (*path, key, None)
            yield from places(one, (*path, key))


PLACES = {name: list(places(document)) for name, document in DOCUMENTS.items()}


def with_text(document: Any, path: tuple[Any, ...], text: str) -> Any:
    """A copy of ``document`` with ``text`` at ``path``, or as the key there."""
    if path[-1] is not None:
        return changed(document, *path, to=text)
    copy = deepcopy(document)
    holder = copy
    for key in path[:-2]:
        holder = holder[key]
    items = [(text if key == path[-2] else key, value) for key, value in holder.items()]
    holder.clear()
    holder.update(items)
    return copy


@st.composite
def hostile(draw: st.DrawFn) -> dict[str, Any]:
    """A document with nasty texts at some places."""
    name = draw(st.sampled_from(list(DOCUMENTS)))
    document: dict[str, Any] = DOCUMENTS[name]
    for path in draw(st.lists(st.sampled_from(PLACES[name]), min_size=1, max_size=3)):
        try:
            document = with_text(document, path, draw(TEXTS))
        except (KeyError, IndexError, TypeError):
            continue  # another text has taken the place away
    return document


def check(module: DefinitionModule) -> WebSocketApi:
    """Fail unless a module holds declarations alone; the API that it makes."""
    tree = ast.parse(module.source)
    defined = {"__all__", *BUILTIN}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module in IMPORTED
            defined |= {one.asname or one.name for one in node.names}
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            assert not node.decorator_list
            defined.add(node.name)
    for node in ast.walk(tree):
        check_node(node, defined)
    assert module.name.isidentifier()
    space: dict[str, Any] = {"__name__": "hostile"}
    exec(compile(tree, "hostile", "exec"), space)
    api = space[module.name]()
    assert isinstance(api, WebSocketApi)
    assert not hasattr(builtins, "CANARY")
    return api


def check_node(node: ast.AST, defined: set[str]) -> None:
    """Fail unless a node belongs to a declaration that uses nothing but what is ``defined``."""
    if isinstance(node, ast.stmt):
        assert isinstance(node, STATEMENTS), ast.dump(node)
        assert not isinstance(node, ast.Expr) or isinstance(node.value, ast.Constant)
    if isinstance(node, ast.expr):
        assert isinstance(node, EXPRESSIONS), ast.dump(node)
    if isinstance(node, ast.Call):
        called = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        assert isinstance(called, ast.Name)
        assert called.id in defined
    if isinstance(node, ast.FunctionDef):
        said = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        assert said <= defined


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile())
def test_any_text_anywhere_stays_text_or_is_refused(document: dict[str, Any]) -> None:
    try:
        module = imported(document)
    except SchematicError:
        return
    check(module)


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text[:20]))
def test_texts_that_are_only_told_are_told(name: str, text: str) -> None:
    document = DOCUMENTS[name]
    for path in PLACES[name]:
        if path[-1] in ("description", "summary") and "x-lifecycle" not in path:
            document = with_text(document, path, text)
    document = changed(document, "info", "title", to=text)
    if "\ud800" in text:
        with pytest.raises(SchematicError, match="not Unicode text"):
            imported(document)
    else:
        check(imported(document))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(list(DOCUMENTS)), TEXTS)
@example("2", CANARY)
def test_the_same_text_everywhere_is_read_or_refused(name: str, text: str) -> None:
    document = DOCUMENTS[name]
    for path in PLACES[name]:
        if path[-1] is not None and path != ("asyncapi",):
            document = with_text(document, path, text)
    try:
        check(imported(json.loads(json.dumps(document))))
    except SchematicError:
        return
