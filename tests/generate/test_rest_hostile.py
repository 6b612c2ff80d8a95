"""Whatever stands in a description of a REST API stays text in the module that is generated."""

from __future__ import annotations

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import RestApi
from schematic.generate.rest import rest_client
from support.generated import running
from support.hostile import HOSTILE, hostile_api

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


def said_by(api: RestApi) -> list[object]:
    """What a client sends, of a description."""
    said: list[object] = [api.base_url, api.headers, api.auth]
    for one in api.endpoints:
        fields = one.request.fields if one.request else ()
        said += [one.id, one.path, one.headers, one.response.media_type]
        said += [(param.name, param.choices, param.default) for param in one.params]
        said += [(field.name, field.file) for field in fields]
    return said
