"""Whatever stands in a description of a REST API stays text in the module that is generated."""

from __future__ import annotations

import ast
import builtins
import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import ApiResponse, Endpoint, RestApi, RestMethod, Schema
from schematic.generate.rest import rest_client
from support.generated import running
from support.hostile import HIDING, HOSTILE, hiding_api, hostile_api

_SOURCES = {
    *("__future__", "collections.abc", "contextlib", "msgspec", "schematic_engine.rest", "typing"),
}
_MADE = {
    *("ApiRequest", "ApiResponse", "AuthStrategy", "ConnectionParam", "Endpoint", "FormField"),
    *("Operation", "RestApi", "Schema", "field", "get_args"),
}
"""What may be called while a module is imported."""


def calls_at_import(tree: ast.Module) -> set[str]:
    """What a module calls while it is imported, in classes too."""
    statements = [*tree.body]
    found: set[str] = set()
    while statements:
        statement = statements.pop()
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(statement, ast.ClassDef):
            statements += statement.body
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                found.add(ast.unparse(node.func).partition(".")[0])
    return found


@settings(max_examples=30)
@given(text=st.sampled_from(HOSTILE) | st.text(max_size=60))
def test_hostile_text_is_data(text: str) -> None:
    api = hostile_api(text)
    source = rest_client(api, origin=text)
    tree = ast.parse(source)
    imported: dict[str, str] = {}
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Import)
        if isinstance(node, ast.ImportFrom):
            assert node.module in _SOURCES
            imported |= {one.asname or one.name: one.name for one in node.names}
    assert {imported[name] for name in calls_at_import(tree)} <= _MADE
    assert all(character == "\n" or character.isprintable() for character in source)
    with running(source) as module:
        assert said_by(module._API) == said_by(api)


def test_no_method_hides_what_the_annotations_of_its_class_name() -> None:
    tree = ast.parse(rest_client(hiding_api()))
    clients = [
        one
        for one in tree.body
        if isinstance(one, ast.ClassDef) and one.name.endswith("HidingRest")
    ]
    assert len(clients) == 2
    for client in clients:
        methods = [
            one for one in client.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        used = {
            node.id
            for method in methods
            for annotation in (method.returns, *(one.annotation for one in _arguments(method)))
            if annotation is not None
            for node in ast.walk(annotation)
            if isinstance(node, ast.Name)
        }
        named = {method.name for method in methods}
        assert not named & (used | set(dir(builtins)))
        assert {"str_", "list_", "id_"} <= named
        assert len(named) == len(HIDING) + 4


def _arguments(method: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    return [*method.args.args, *method.args.kwonlyargs]


@given(
    ids=st.lists(
        st.sampled_from(HIDING) | st.from_regex("[abAB][abAB_]{0,3}", fullmatch=True),
        unique=True,
        min_size=1,
    )
)
@settings(max_examples=30)
def test_names_of_methods_are_told_apart_and_hide_no_name_of_the_module(ids: list[str]) -> None:
    body = ApiResponse.json(Schema(dict[str, datetime.date]))
    endpoints = [
        Endpoint(id=one, method=RestMethod.GET, path=f"/{at}", response=body)
        for at, one in enumerate(ids)
    ]
    source = rest_client(RestApi(name="A", base_url="https://a.example", endpoints=endpoints))
    tree = ast.parse(source)
    (client,) = (one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == "ARest")
    methods = [one.name for one in client.body if isinstance(one, ast.AsyncFunctionDef)]
    assert len(methods) == len(set(methods)) == len(endpoints)
    assert not set(methods) & {"date", "get_args", *dir(builtins)}


def said_by(api: RestApi) -> list[object]:
    """What a client sends, of a description."""
    said: list[object] = [api.base_url, api.headers, api.auth]
    for one in api.endpoints:
        fields = one.request.fields if one.request else ()
        said += [one.id, one.path, one.headers, one.response.media_type]
        said += [(param.name, param.choices, param.default) for param in one.params]
        said += [(field.name, field.file) for field in fields]
    return said
