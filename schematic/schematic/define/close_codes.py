"""Close codes: which may be sent, and which end a connection normally (RFC 6455, section 7.4)."""

from __future__ import annotations

from typing import Final

__all__ = ["NORMAL_CODES", "is_close_code"]

NORMAL_CODES: Final = frozenset({1000, 1001, 1005})
"""The codes of a normal end where nothing else is described; 1005 stands for none given."""


def is_close_code(code: int) -> bool:
    """Whether an endpoint may send ``code`` in a close frame.

    1004 has no meaning yet, and 1005, 1006 and 1015 are never sent; 1012 to 1014 are in the IANA
    registry.
    """
    return code in range(1000, 1004) or code in range(1007, 1015) or code in range(3000, 5000)
