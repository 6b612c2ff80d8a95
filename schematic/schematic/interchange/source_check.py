"""Whether source declares types, and does nothing else: asked before any of it is run."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from schematic.define import DefinitionError
from schematic.define.values import shown

__all__ = ["IMPORTABLE", "check_declarations"]

IMPORTABLE = frozenset(
    {"__future__", "builtins", "datetime", "decimal", "enum", "msgspec", "typing", "uuid"}
)
"""The modules that declarations may import from."""

_CALLED = frozenset({"Meta", "UUID", "Decimal", "convert", "field"})
_BUILTIN = frozenset(
    {"None", "bool", "bytes", "dict", "float", "frozenset", "int", "list", "object", "set", "str"}
    | {"tuple"}
)
_IMPORTED = frozenset(
    {"Annotated", "Any", "Literal", "NotRequired", "Optional", "TypeAlias", "TypedDict", "Union"}
    | {"UNSET", "Meta", "Raw", "Struct", "UnsetType", "convert", "field", "annotations"}
    | {"Enum", "IntEnum", "StrEnum", "UUID", "Decimal", "date", "datetime", "time", "timedelta"}
    | _BUILTIN
)


def check_declarations(source: str) -> ast.Module:
    """The syntax tree of ``source``, if all it does is to declare types.

    That is: imports of known names from `IMPORTABLE`; classes without decorators, that hold fields;
    aliases of types; values that are literals, ``field``, ``Meta`` or ``convert``. Texts that are
    read as types later are looked at as types.

    Raises:
        DefinitionError: it is no Python, or does anything else.
    """
    tree = _parsed(source)
    _Checker(tree).check()
    return tree


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DefinitionError(
            f"the types that were made of schemas are no Python: {error}"
        ) from None


class _Checker:
    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._names = set(_BUILTIN)
        for node in tree.body:
            self._names.update(_defined(node))

    def check(self) -> None:
        for node in self._tree.body:
            if isinstance(node, ast.ClassDef):
                self._class(node)
            elif not isinstance(node, ast.ImportFrom):  # looked at when its names were taken
                self._statement(node)

    def _class(self, node: ast.ClassDef) -> None:
        if node.decorator_list:
            raise _refusal(node)
        for base in node.bases:
            self._type(base)
        for keyword in node.keywords:
            self._constant(keyword.value)
        for inner in node.body:
            self._statement(inner)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):
                return
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                _check_name(name, node)
                self._type(annotation)
                if value is not None:
                    alias = isinstance(annotation, ast.Name) and annotation.id == "TypeAlias"
                    (self._type if alias else self._value)(value)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                _check_name(name, node)
                self._constant(value)
            case _:
                raise _refusal(node)

    def _type(self, node: ast.expr) -> None:
        """Check an expression that is a type."""
        match node:
            case ast.Constant(value=None):
                return
            case ast.Constant(value=str() as text):
                self._type(_expression(text, node))
            case ast.Name(id=name):
                if name not in self._names:
                    raise _refusal(node)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                self._type(left)
                self._type(right)
            case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
                self._constant(inner)
            case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[of, *more])):
                self._type(of)
                for one in more:
                    self._value(one)
            case ast.Subscript(value=ast.Name() as outer, slice=inner):
                self._type(outer)
                self._arguments(inner)
            case _:
                raise _refusal(node)

    def _arguments(self, node: ast.expr) -> None:
        for one in node.elts if isinstance(node, ast.Tuple) else (node,):
            if not (isinstance(one, ast.Constant) and one.value is ...):
                self._type(one)

    def _value(self, node: ast.expr) -> None:
        """Check an expression that is a default, or says more of a type."""
        match node:
            case ast.Name(id="UNSET"):
                return
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in _CALLED:
                for one in args:
                    self._constant(one)
                for keyword in keywords:
                    self._keyword(keyword)
            case _:
                self._constant(node)

    def _keyword(self, keyword: ast.keyword) -> None:
        value = keyword.value
        if keyword.arg == "type":
            self._type(value)
        elif keyword.arg == "default_factory":
            self._factory(value)
        elif keyword.arg is None:
            raise _refusal(value)
        else:
            self._value(value)

    def _factory(self, node: ast.expr) -> None:
        match node:
            case ast.Lambda(args=ast.arguments(posonlyargs=[], args=[], kwonlyargs=[]), body=body):
                if node.args.vararg or node.args.kwarg:
                    raise _refusal(node)
                self._value(body)
            case _:
                self._type(node)

    def _constant(self, node: ast.expr) -> None:
        """Check an expression that is a literal."""
        match node:
            case ast.Constant():
                return
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
                return
            case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
                for one in items:
                    self._constant(one)
            case ast.Dict(keys=keys, values=values):
                for key in keys:
                    self._constant(key or node)
                for one in values:
                    self._constant(one)
            case _:
                raise _refusal(node)


def _defined(node: ast.stmt) -> Iterator[str]:
    """The names that a statement of a module defines; imports are checked here."""
    match node:
        case ast.ImportFrom(module=module, names=names, level=0) if module in IMPORTABLE:
            for one in names:
                if one.name not in _IMPORTED:
                    raise _refusal(node)
                yield _check_name(one.asname or one.name, node)
        case ast.ImportFrom() | ast.Import():
            raise _refusal(node)
        case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
            yield _check_name(name, node)
        case _:
            return


def _check_name(name: str, node: ast.AST) -> str:
    dunder = name.startswith("__")
    if dunder or (hasattr(builtins, name) and isinstance(node, ast.ImportFrom | ast.ClassDef)):
        raise _refusal(node)
    return name


def _expression(text: str, node: ast.AST) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _refusal(node) from None


def _refusal(node: ast.AST) -> DefinitionError:
    line = getattr(node, "lineno", 0)
    what = shown(ast.unparse(node)) if isinstance(node, ast.stmt | ast.expr) else "something"
    return DefinitionError(
        f"line {line} of the types that were made of schemas does more than declare types: {what}"
    )
