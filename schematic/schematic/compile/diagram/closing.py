"""How a connection ends, in words: who closes, and what the close codes mean."""

from __future__ import annotations

from collections.abc import Iterator

from schematic.compile.diagram.markup import plain
from schematic.define import Breach, CloseCode, CloseNotice, Closing, ConnectionLifecycle, OnBreach

__all__ = [
    "closing_rows",
    "closing_sentence",
    "closing_to_markdown",
    "notice_words",
    "rule_words",
]

_KINDS = {
    Breach.UNKNOWN: "an unknown message",
    Breach.INVALID: "an invalid message",
    Breach.ILLEGAL: "a message at a wrong moment",
    Breach.FOREIGN: "a message of the other side",
    Breach.EARLY: "too early",
    Breach.REPEATED: "said again",
    Breach.LATE: "after its sender's end",
    Breach.KEY_IN_USE: "under a key in use",
    Breach.NOT_OPEN: "on a channel that is not open",
    Breach.TOO_MANY: "one channel too many",
}
"""What each kind of breach is called."""


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
            _end_words(one),
        )
        for one in closing.codes
    )


def _end_words(one: CloseCode) -> str:
    words = ["normal"] if one.normal else []
    if one.retry is not None:
        words.append("worth another try" if one.retry else "final")
    return ", ".join(words)


def notice_words(notice: CloseNotice) -> str:
    """What a message announces: ``its sender closes next with the code in error.code``."""
    if notice.code is None:
        return "its sender closes next"
    code = notice.code if isinstance(notice.code, int) else f"the code in {notice.code}"
    return f"its sender closes next with {code}"


def rule_words(rule: OnBreach) -> str:
    """A rule about breaches, as a sentence without a full stop."""
    kinds = " or ".join(_KINDS[breach] for breach in rule.breaches)
    what = f"{' or '.join(rule.messages)}, {kinds}," if rule.messages else kinds
    by = "either side" if rule.by is None else f"the {rule.by.value}"
    does = [] if rule.says is None else [f"is answered with {rule.says}"]
    if rule.close_code is not None:
        does.append(f"closes with {rule.close_code}")
    return f"from {by}: {what} {' and '.join(does) or 'is ignored'}"


def closing_to_markdown(lifecycle: ConnectionLifecycle) -> str:
    """Write how connections of ``lifecycle`` end as Markdown.

    Returns:
        Blocks that end with a newline; empty if nothing is described.
    """
    notices = [message for message in lifecycle.messages if message.closes is not None]
    if lifecycle.closing == Closing() and not notices and not lifecycle.on_breach:
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
    rules = [f"- {plain(rule_words(rule))}." for rule in lifecycle.on_breach]
    if rules:
        yield "What should not have come, the first that fits:"
        yield "\n".join(rules)
