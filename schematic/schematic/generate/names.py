"""Names for generated code, from any text.

What these functions return is an identifier, whatever the text: never empty, never a keyword, never
private, no longer than a name should be. So it can stand in source code as it is. `Names` keeps the
names of one scope apart.
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable
from itertools import dropwhile

__all__ = ["BUILTINS", "Names", "class_name", "constant_name", "identifier", "snake_case"]

BUILTINS: frozenset[str] = frozenset(name for name in dir(builtins) if not name.startswith("_"))
"""What Python defines without being asked: names that a parameter or a class should not take."""

_LONGEST = 60

_ONE_WORD = ("AssemblyAI", "ElevenLabs", "GraphQL", "IPv4", "IPv6", "OAuth", "OpenAI", "WebSocket")
"""Names with a capital letter inside, which are one word in snake case."""

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def identifier(text: str, *, empty: str = "unnamed") -> str:
    """``text`` as a Python name; what is a good name already stays as it is.

    Args:
        text: anything. Characters that no name can hold become underscores, those at its ends are
            dropped, compatible forms are made one (NFKC, as Python reads names), and what is longer
            than 60 characters is cut.
        empty: the name if nothing is left.

    Returns:
        A name that is neither private nor a keyword: ``xi-api-key`` gives ``xi_api_key``, ``class``
        gives ``class_``, ``3d`` gives ``n3d``.
    """
    name = "_".join(_words(text))[:_LONGEST].strip("_") or empty
    if not name.isidentifier():
        name = f"n{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def snake_case(text: str, *, empty: str = "unnamed") -> str:
    """``text`` as the name of a function, a parameter or a module.

    Returns:
        A name as `identifier` gives it, in lower case, with words apart: ``SendText`` gives
        ``send_text``, ``HTTPServer`` gives ``http_server``, ``response.create`` gives
        ``response_create``.
    """
    for word in _ONE_WORD:
        text = text.replace(word, word.capitalize())
    parts = [part for word in _words(text) for part in _WORD_STARTS.split(word)]
    return identifier("_".join(parts).lower(), empty=empty)


def constant_name(text: str, *, empty: str = "UNNAMED") -> str:
    """``text`` as the name of a constant: ``SendText`` gives ``SEND_TEXT``."""
    return identifier(snake_case(text, empty=empty).upper(), empty=empty)


def class_name(text: str, *, empty: str = "Unnamed") -> str:
    """``text`` as the name of a class.

    Returns:
        A name as `identifier` gives it, without underscores: ``response.create`` gives
        ``ResponseCreate``, ``TTSChunk`` stays, ``None`` gives ``NoneType``.
    """
    words = _words(text)
    shouted = len(words) > 1 and all(word.isupper() for word in words)
    parts = [word.capitalize() if shouted else word[:1].upper() + word[1:] for word in words]
    name = "".join(parts)[:_LONGEST] or empty
    if not name.isidentifier():
        name = f"N{name}"
    return f"{name}Type" if keyword.iskeyword(name) else name


def _words(text: str) -> list[str]:
    """The stretches of letters and digits in ``text``."""
    normal = unicodedata.normalize("NFKC", text[: 20 * _LONGEST])
    spaced = "".join(one if one != "_" and f"n{one}".isidentifier() else " " for one in normal)
    # A mark that combines with what stood before it can begin no word.
    words = ("".join(dropwhile(lambda one: not one.isalnum(), word)) for word in spaced.split())
    return [word for word in words if word]


class Names:
    """The names of one scope: gives out each only once.

    The same names, asked for in the same order, get the same answers.

    Args:
        reserved: names that are never given out, such as `BUILTINS`.
        within: the scope around this one, whose names are avoided too.
    """

    def __init__(self, reserved: Iterable[str] = (), *, within: Names | None = None) -> None:
        self._reserved = set(reserved)
        self._taken: set[str] = set()
        self._within = within

    def __contains__(self, name: str) -> bool:
        """Whether ``name`` is reserved or was given out, here or in a scope around this one."""
        return name in self._taken or name in self._reserved or name in (self._within or ())

    def reserve(self, *names: str) -> None:
        """Never give out ``names``, which are identifiers."""
        self._reserved.update(names)

    def new(self, text: str) -> str:
        """A name for ``text`` that nothing else has.

        Returns:
            `identifier` of the text; if that is reserved, with an underscore behind it; if it is
            taken, with ``_2``, ``_3``, and so on.
        """
        name = identifier(text)
        if name in self._reserved:
            name = f"{name}_"
        return self._take(name, "_" if not name.endswith("_") else "")

    def new_class(self, text: str) -> str:
        """A name of a class for ``text`` that nothing else has.

        Returns:
            `class_name` of the text; if that is reserved, with ``Message`` behind it; if it is
            taken, with ``2``, ``3``, and so on (``V1No2`` behind a digit).
        """
        name = class_name(text)
        if name in self._reserved:
            name = f"{name}Message"
        return self._take(name, "No" if name[-1].isdigit() else "")

    def new_family(self, text: str, members: Callable[[str], Iterable[str]]) -> str:
        """A name of a class for ``text``, from which other names are made that nothing has either.

        Args:
            text: anything.
            members: the names that are made of it.

        Returns:
            What `new_class` gives, or the next of its kind.
        """
        name = self.new_class(text)
        while any(one in self for one in members(name) if one != name):
            name = self.new_class(text)
        self.reserve(*members(name))
        return name

    def scope(self, reserved: Iterable[str] = ()) -> Names:
        """A scope within this one, as that of a function: avoids all names of this one too."""
        return Names(reserved, within=self)

    def _take(self, wanted: str, between: str) -> str:
        name, number = wanted, 1
        while name in self:
            number += 1
            name = f"{wanted}{between}{number}"
        self._taken.add(name)
        return name
