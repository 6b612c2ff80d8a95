"""Whether a generated module may be trusted: judged by its syntax, and by hand."""

from __future__ import annotations

import ast
from collections.abc import Iterator

__all__ = ["flaws"]

_MODULES = {
    "__future__",
    "collections.abc",
    "datetime",
    "decimal",
    "enum",
    "msgspec",
    "schematic_engine.client",
    "schematic_engine.client.bodies",
    "schematic_engine.client.sending",
    "schematic_engine.events",
    "typing",
    "uuid",
}

_CALLS = {
    *("Embedded", "KeyedSend", "Meta", "On", "Send", "Walk", "enter", "field", "key_first"),
    *("cls._begin", "cls._connect", "self._proceed", "self._run"),
    *(f"{colour}.{made}" for colour in ("aio", "sync") for made in ("Close", "KeyedStep", "Step")),
    *("aio.Stream", "sync.Stream"),
}


def flaws(source: str) -> list[str]:
    """What in a generated module may do more than declare classes and hold data."""
    return list(_flaws(ast.parse(source)))


def _flaws(module: ast.Module) -> Iterator[str]:
    local = _local_names(module)
    *statements, last = module.body
    if not (isinstance(last, ast.Assign) and ast.unparse(last.value).startswith(local["Embedded"])):
        yield f"the last statement: {ast.unparse(last)[:80]}"
    for statement in statements:
        if not _declares(statement):
            yield f"line {statement.lineno}: {ast.unparse(statement)[:80]}"
    named = [one.name for one in module.body if isinstance(one, ast.ClassDef)]
    named += [name for name in local.values() if name != "annotations"]
    yield from (f"{name} is defined twice" for name in set(named) if named.count(name) > 1)
    classes = {one.name for one in module.body if isinstance(one, ast.ClassDef)}
    calls = {_as_local(call, local) for call in _CALLS} | classes
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and ast.unparse(node.func) not in calls:
            yield f"line {node.lineno}: calls {ast.unparse(node.func)}"
        if isinstance(node, ast.ImportFrom) and node.module not in _MODULES:
            yield f"line {node.lineno}: imports from {node.module}"
        if isinstance(node, ast.Import | ast.Lambda | ast.NamedExpr | ast.JoinedStr):
            yield f"line {node.lineno}: {ast.unparse(node)[:80]}"
        decorators = getattr(node, "decorator_list", [])
        if any(ast.unparse(one) not in ("classmethod", "override") for one in decorators):
            yield f"line {decorators[0].lineno}: decorates"


def _declares(statement: ast.stmt) -> bool:
    """Whether a statement of a module imports, declares a class or an alias, or documents one."""
    if isinstance(statement, ast.If):
        guard = ast.unparse(statement.test)
        return guard.startswith("TYPE_CHECKING") and all(map(_imports, statement.body))
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.AnnAssign):
        return ast.unparse(statement.annotation).startswith("TypeAlias")
    return isinstance(statement, ast.ClassDef) or _imports(statement)


def _imports(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom)


def _local_names(module: ast.Module) -> dict[str, str]:
    """What imported names are called in the module."""
    found: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            found |= {one.name: one.asname or one.name for one in node.names}
    return found


def _as_local(call: str, local: dict[str, str]) -> str:
    name, dot, rest = call.partition(".")
    return f"{local.get(name, name)}{dot}{rest}"
