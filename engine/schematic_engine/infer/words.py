"""What names of messages hint at: a beginning, an end, an error, an answer to another message.

A name proves nothing. It only decides whether what held in the few conversations that there are is
believed.
"""

from __future__ import annotations

import re

from schematic.generate.names import snake_case

__all__ = ["alike", "answers", "begins", "ends", "fails", "is_idle"]

_BEGINS = re.compile(
    r"^(?:auth\w*|begin|blank|connect\w*|created|greet\w*|handshake|hello|init\w*|join\w*|login|open\w*|"
    r"ready|register\w*|settings|setup|start\w*|welcome)$"
)
_ENDS = re.compile(
    r"^(?:bye|close\w*|complete\w*|disconnect\w*|done|empty|end\w*|eof|eos|exit|final\w*|finish\w*|"
    r"goodbye|hangup|logout|quit|stop\w*|terminat\w*)$"
)
_FAILS = re.compile(r"^(?:errors?|exception|fail\w*|fatal|invalid|warnings?)$")
_IDLE = re.compile(r"^(?:ping|pong|heartbeat)$")
_COMMON = frozenset({"client", "server", "message", "event", "data", "request", "response", "type"})
_ENDINGS = re.compile(r"(?:ation|ated|ates|ate|ions?|ied|ies|ing|ed|es|d|s|e|y)$")


def _parts(name: str) -> list[str]:
    return snake_case(name).split("_")


def begins(name: str) -> bool:
    """Whether a message of this name may open a conversation."""
    return any(map(_BEGINS.match, _parts(name)))


def ends(name: str) -> bool:
    """Whether a message of this name may end one."""
    return any(map(_ENDS.match, _parts(name)))


def fails(name: str) -> bool:
    """Whether a message of this name may come at any moment, since something went wrong."""
    return any(map(_FAILS.match, _parts(name)))


def is_idle(name: str) -> bool:
    """Whether a message of this name only asks whether anybody is there, or says so."""
    return any(map(_IDLE.match, _parts(name)))


def answers(name: str, other: str) -> bool:
    """Whether ``name`` sounds like the answer to ``other``: ``Flushed`` to ``Flush``.

    All that the question is called is in the name of the answer: ``ItemAdded`` is none to
    ``ItemCreate``.
    """
    asked = _stems(other)
    return bool(asked) and asked <= _stems(name)


def alike(name: str, other: str) -> bool:
    """Whether two names have a word in common: ``ToolCall`` and ``ToolResult``."""
    return bool(_stems(name) & _stems(other))


def _stems(name: str) -> set[str]:
    """The words of a name without their endings, common words left out."""
    stems = {_ENDINGS.sub("", one)[:6] for one in _parts(name) if one not in _COMMON}
    return {one for one in stems if len(one) >= 3}
