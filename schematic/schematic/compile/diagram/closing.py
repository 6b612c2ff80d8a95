"""How a connection ends, in words: who closes, and what the close codes mean."""

from __future__ import annotations

from collections.abc import Iterator

from schematic.compile.diagram.markup import plain
from schematic.define import CloseNotice, Closing, ConnectionLifecycle

__all__ = ["closing_rows", "closing_sentence", "closing_to_markdown", "notice_words"]


def closing_sentence(closing: Closing) -> str:
    """Who closes the WebSocket when everything has been said."""
    who = "Either side" if closing.by is None else f"The {closing.by.value}"
    return f"{who} closes the WebSocket when everything has been said."


def closing_rows(closing: Closing) -> tuple[tuple[str, str, str, str], ...]:
    """For each documented code: the code, what it means, who gives it, and how it ends."""
    return tuple(
        (
            "none" if one.code == 1005 else str(one.code),
            one.meaning,
            "either side" if one.by is None else f"the {one.by.value}",
            "normal" if one.normal else "",
        )
        for one in closing.codes
    )


def notice_words(notice: CloseNotice) -> str:
    """What a message announces: ``its sender closes next with the code in error.code``."""
    if notice.code is None:
        return "its sender closes next"
    code = notice.code if isinstance(notice.code, int) else f"the code in {notice.code}"
    return f"its sender closes next with {code}"


def closing_to_markdown(lifecycle: ConnectionLifecycle) -> str:
    """Write how connections of ``lifecycle`` end as Markdown.

    Returns:
        Blocks that end with a newline; empty if nothing is described.
    """
    notices = [message for message in lifecycle.messages if message.closes is not None]
    if lifecycle.closing == Closing() and not notices:
        return ""
    return "\n\n".join(_blocks(lifecycle)) + "\n"


def _blocks(lifecycle: ConnectionLifecycle) -> Iterator[str]:
    yield closing_sentence(lifecycle.closing)
    notices = [
        f"- *{plain(message.id)}*: {plain(notice_words(message.closes))}."
        for message in lifecycle.messages
        if message.closes is not None
    ]
    if notices:
        yield "\n".join(notices)
    rows = closing_rows(lifecycle.closing)
    if rows:
        lines = [f"| {' | '.join(map(plain, row))} |" for row in rows]
        yield "\n".join(["| Code | Meaning | Given by | End |", "|---|---|---|---|", *lines])
