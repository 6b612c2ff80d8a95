"""Secrets in what is said: found in JSON by the names of fields, and taken out where they stand.

A text is rewritten as little as possible: only the values that are hidden change, so whatever is
wrong with it, such as a field that is there twice, is still wrong with it afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import msgspec

from schematic_engine.conformance.redact import HIDDEN, redact_text
from schematic_engine.hiding import SECRET_WORDS, surely_without, without

__all__ = ["Names", "Path", "hide", "sounds_secret"]

Path = tuple[str, ...]
"""The names of a field and of those around it, from the top; those of lists are left out."""

_TOKEN = re.compile(
    r"""(?P<string> "[^"\\]*+(?:\\.[^"\\]*+)*+" ) (?P<name> \s*+: )?
        | (?P<number> -?[0-9][0-9.eE+-]*+ ) | [{}\[\]]""",
    re.VERBOSE | re.DOTALL,
)
_ENDS_A_WORD = "(?:key|token)"
_SOUNDS = re.compile(
    "|".join(
        rf"(?i:{word})s?(?![a-z])" if re.fullmatch(_ENDS_A_WORD, word) else f"(?i:{word})"
        for word in SECRET_WORDS.split("|")
    )
)
"""A ``key`` and a ``token`` have to end a word: ``keywords`` and ``tokenize`` are no secrets."""

_SURELY = re.compile("password|secret|credential|pin$", re.IGNORECASE)
"""The names of fields whose numbers and shortest texts are secret, too: ``max_tokens`` counts."""

_SHORTEST: Final = 4
"""Characters of what is secret for the name of its field alone: ``"max_tokens": "inf"`` is not."""

_WORDS: Final = (*SECRET_WORDS.split("|"), "pin", "\\u")
_LONG: Final = 4096
"""Characters from which a text is gone through at once: most are one long string, passed over."""

_MOST_WITHIN: Final = 3
"""How many texts within texts are looked into."""


@dataclass(frozen=True, slots=True)
class Names:
    """Which fields are secret, besides those that sound like it.

    Attributes:
        secret: names of fields that hold credentials, at any depth.
        public: paths of fields that hold none, whatever they sound like.
        sounding: whether what sounds secret is; if not, only known secrets are.
    """

    secret: frozenset[str] = frozenset()
    public: frozenset[Path] = frozenset()
    sounding: bool = True


@dataclass(slots=True)
class _Level:
    """An object or a list that is being gone through."""

    is_object: bool
    path: Path
    secret: bool = False
    surely: bool = False


def hide(
    text: str,
    names: Names,
    secrets: Collection[str] = (),
    *,
    within: int = 0,
    found: list[str] | None = None,
) -> str:
    """``text`` without secrets: the same object if there are none.

    Args:
        text: what was said. Of JSON, the values of secret fields are hidden, also in texts that
            are JSON again; of any other text, what is assigned to names that sound secret.
        names: which fields are secret.
        secrets: texts that are hidden wherever they stand.
        within: how many texts this one stands in.
        found: takes what stood in secret fields.
    """
    present = [secret for secret in secrets if secret in text]
    if "\\" in text or "%" in text:  # anything may stand in an escape
        present = list(secrets)
    if not (present or _may_name_any(text, names)):
        return text
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.MsgspecError, RecursionError):
        clean = _rid(text, secrets)
        return redact_text(clean) if names.sounding else clean
    return _Scan(names, present, within, [] if found is None else found).run(text)


def sounds_secret(name: str) -> bool:
    """Whether what is called ``name`` sounds like a credential.

    Reports hide more, and lose less by it: what is written down may be needed again.
    """
    return _SOUNDS.search(name) is not None


def _rid(text: str, secrets: Collection[str]) -> str:
    """``text`` without secrets; nothing of it, if one is in it in a percent-encoding of its own."""
    return surely_without(text, secrets) if "%" in text else without(text, secrets)


def _may_name_any(text: str, names: Names) -> bool:
    """Whether a field of the text may be secret; not worth asking of long ones."""
    if len(text) > _LONG:
        return True
    lower = text.lower()
    return any(word in lower for word in _WORDS) or any(name in text for name in names.secret)


class _Scan:
    """Goes through one text that is JSON."""

    def __init__(
        self, names: Names, secrets: Collection[str], within: int, found: list[str]
    ) -> None:
        self._names, self._secrets, self._within = names, secrets, within
        self._found = found
        self._levels = [_Level(False, ())]
        self._name = ""

    def run(self, text: str) -> str:
        """The text without secrets."""
        pieces: list[str] = []
        done = 0
        for token in _TOKEN.finditer(text):
            new = self._take(token)
            if new is not None:
                pieces += (text[done : token.start()], new)
                done = token.end()
        return "".join((*pieces, text[done:])) if pieces else text

    def _take(self, token: re.Match[str]) -> str | None:
        """What stands in the place of ``token``; None to leave it."""
        string = token["string"]
        if token["number"] is not None:
            return self._number(token["number"])
        if string is None:
            self._turn(token[0])
            return None
        if token["name"] is None or not self._levels[-1].is_object:
            return self._value(string)
        self._name = _decoded(string)
        clean = _rid(self._name, self._secrets)
        return None if clean == self._name else _encoded(clean) + token["name"]

    def _turn(self, bracket: str) -> None:
        """An object or a list begins or ends."""
        if bracket in "}]":
            self._levels.pop()
            return
        self._levels.append(_Level(bracket == "{", *self._place()))

    def _place(self) -> tuple[Path, bool, bool]:
        """Where a value stands, and whether it is secret, and surely, even if it is a number."""
        level = self._levels[-1]
        if not level.is_object:
            return level.path, level.secret, level.surely
        name, path = self._name, (*level.path, self._name)
        known = name in self._names.secret
        if path in self._names.public and not known:
            return path, level.secret, level.surely
        if not self._names.sounding:
            return path, known or level.secret, known or level.surely
        surely = known or level.surely or _SURELY.search(name) is not None
        return path, surely or level.secret or sounds_secret(name), surely

    def _number(self, number: str) -> str | None:
        if self._place()[2]:
            self._found.append(number)
        elif number not in self._secrets:
            return None
        return _encoded(HIDDEN)

    def _value(self, string: str) -> str | None:
        text = _decoded(string)
        _, secret, surely = self._place()
        if secret and text and (surely or len(text) >= _SHORTEST):
            clean = HIDDEN
            self._found.append(text)
        elif text[:1] in ("{", "[") and self._within < _MOST_WITHIN:
            inner = self._within + 1
            clean = hide(text, self._names, self._secrets, within=inner, found=self._found)
        else:
            clean = _rid(text, self._secrets)
        return None if clean == text else _encoded(clean)


def _decoded(string: str) -> str:
    return msgspec.json.decode(string, type=str) if "\\" in string else string[1:-1]


def _encoded(text: str) -> str:
    return msgspec.json.encode(text).decode()
