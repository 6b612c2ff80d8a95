"""Reports about recorded conversations: for people, and for programs.

`Report` holds what was found, and is shown as text and JSON; the other modules write it as JUnit
XML, as SARIF, and as one page of HTML.
"""

from __future__ import annotations

__all__: list[str] = []
