"""From descriptions to source code that a team would commit.

What is generated goes through these modules, so that text in a description stays text: `names`
(identifiers), `literals` (values, docstrings, comments), `imports`, `types` (annotations and
classes) and `layout` (formatting).
"""

from __future__ import annotations

__all__: list[str] = []
