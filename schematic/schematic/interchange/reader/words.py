"""What documents say for people, cut to a sentence or two."""

from __future__ import annotations

import re

__all__ = ["api_name", "is_handshake_header", "sentence"]

_HANDSHAKE = ("connection", "content-length", "host", "transfer-encoding", "upgrade")
_LONGEST = 300
_SENTENCES = re.compile(r"(?<=[.!?])\s+")


def sentence(text: str) -> str:
    """The first paragraph of ``text`` on one line, its first sentences if it is long."""
    paragraph = next((one for one in re.split(r"\n\s*\n", text) if one.strip()), "")
    line = " ".join("".join(map(_seen, paragraph)).split())
    if len(line) <= _LONGEST:
        return line
    kept = ""
    for part in _SENTENCES.split(line):
        if kept and len(kept) + len(part) > _LONGEST:
            return kept
        kept = f"{kept} {part}".strip()
    return kept if len(kept) <= _LONGEST else f"{kept[: _LONGEST - 3].rstrip()}..."


def api_name(title: str) -> str:
    """A title as the name of an API: letters, digits, spaces, dots and hyphens of ASCII."""
    plain = " ".join(re.sub(r"[^A-Za-z0-9 ._-]+", " ", title).split())
    return re.sub(r"^[^A-Za-z]+", "", plain)[:60].strip() or "Api"


def is_handshake_header(name: str) -> bool:
    """Whether the opening handshake itself sets this header (RFC 6455, section 4.1)."""
    return name.lower() in _HANDSHAKE or name.lower().startswith("sec-websocket-")


def _seen(character: str) -> str:
    return character if character.isprintable() else " "
