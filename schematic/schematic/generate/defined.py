"""What a generated module defines for others."""

from __future__ import annotations

import ast

__all__ = ["public_names"]


def public_names(text: str) -> list[str]:
    """The public classes and annotated names, such as aliases, at the top of a module, in order.

    Args:
        text: the source of the module.
    """
    found: list[str] = []
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.ClassDef):
            found.append(statement.name)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found.append(statement.target.id)
    return [name for name in found if not name.startswith("_")]
