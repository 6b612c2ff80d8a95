"""What a message that announces the close says about the close frame: its code and its reason."""

from __future__ import annotations

from schematic.define import CloseNotice
from schematic.define.close_codes import is_close_code
from schematic_engine.fields import field_at

__all__ = ["MAX_REASON", "announced", "cut_reason"]

MAX_REASON = 123
"""How many bytes of UTF-8 a close frame holds beside its code (RFC 6455, section 5.5)."""


def announced(notice: CloseNotice, payload: str | bytes) -> tuple[int | None, str]:
    """The close code and the reason that ``payload``, a message as it was said, announces.

    Returns:
        The code, or None if it tells none that can be in a close frame; and the reason, cut to
        what fits, empty if it tells none.
    """
    code = field_at(notice.code, payload) if isinstance(notice.code, str) else notice.code
    if not isinstance(code, int) or not is_close_code(code):
        code = None
    reason = None if notice.reason is None else field_at(notice.reason, payload)
    return code, cut_reason(reason) if isinstance(reason, str) else ""


def cut_reason(text: str) -> str:
    """As much of ``text`` as fits into a close frame."""
    return text.encode("utf-8", "replace")[:MAX_REASON].decode("utf-8", "ignore")
