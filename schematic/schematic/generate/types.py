"""Python types as source code: annotations, and declarations of the classes that they name.

::

    names = Names(BUILTINS)
    imports = Imports(names)
    types = TypeSources(names, imports)
    types.expect("SendText", SendText)                      # the ids of all messages, first
    types.declare(SendText, name="SendText", secrets=("xi_api_key",))
    types.wrap("Audio", bytes, about="A piece of audio.")
    method = f"def send(self, alignment: {types.annotation(Alignment | None)}) -> None: ..."
    module = imports.render() + types.declarations() + method

What a type looks like on the wire stays the same: whatever the old types decode and encode, the new
ones do, with the same errors for what does not fit. What is written by hand in a class (methods,
``__post_init__``) is not carried over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import inspect

from schematic.define import DefinitionError
from schematic.generate.class_sources import ClassSources, Wish
from schematic.generate.imports import Imports
from schematic.generate.names import Names
from schematic.generate.type_expressions import NamedType, info_of

__all__ = ["TypeSources"]


class TypeSources:
    """Writes types, and collects the classes that have to be declared for them.

    Structs and dataclasses become frozen Structs without bases, with all fields. TypedDicts, named
    tuples and enumerations stay what they are. Each class is declared once, under its own name if
    that is free; two classes of one name get two names. The module needs
    ``from __future__ import annotations``, which `Imports.render` writes.

    Args:
        names: the names of the module that is written.
        imports: the imports of that module.
    """

    def __init__(self, names: Names, imports: Imports) -> None:
        self._sources = ClassSources(names, imports)

    def annotation(self, type_: Any) -> str:
        """The source of an annotation for ``type_``; classes in it are declared.

        Raises:
            DefinitionError: msgspec cannot decode into it, or it cannot be written: it is a custom
                type, or has a default that has no source.
        """
        return self._sources.annotation(info_of(type_))

    def expect(self, name: str, type_: Any = None) -> str:
        """Keep a name for a class that is declared later, and return it.

        Messages should have the names that their ids give, also if some nested type has the same
        name; so the ids come first.

        Args:
            name: any text.
            type_: the class that will be declared so; other types that name it use this name.
                None for what `wrap` and `alias` declare.

        Raises:
            DefinitionError: see `declare`.
        """
        return self._sources.expect(name, None if type_ is None else _class(type_))

    def declare(
        self,
        type_: Any,
        *,
        name: str = "",
        about: str = "",
        first: Sequence[str] = (),
        secrets: Sequence[str] = (),
    ) -> str:
        """Declare a class, and return its name.

        Args:
            type_: a Struct, dataclass, TypedDict, named tuple or enumeration.
            name: any text from which the name is made, such as the id of a message; the class's
                own name unless given. Under a second name the type is declared a second time.
            about: the text of the docstring, instead of that of the type.
            first: fields that come first, and without keywords, such as the key of a channel; by
                their names in Python or on the wire. Among them, and among all others, those
                without a default still come before those with one.
            secrets: fields that the ``repr`` leaves out; by their names in Python or on the wire.

        Raises:
            DefinitionError: it is none of these types; it has no such field; or see `annotation`.
        """
        wish = Wish(name, about, tuple(first), tuple(secrets))
        return self._sources.declare(_class(type_), wish)

    def fields(self, type_: Any) -> dict[str, str]:
        """The fields of a declared Struct or dataclass: their names on the wire, and in Python.

        Raises:
            DefinitionError: see `declare`, which is called for a class that is not declared.
        """
        info = _class(type_)
        self._sources.declare(info, Wish())
        return {one.wire: one.name for one in self._sources.plans(info)}

    def wrap(self, name: str, type_: Any, *, field: str = "data", about: str = "") -> str:
        """Declare a class that holds one value, for bodies that are no objects.

        ``wrap("Audio", bytes)`` declares ``class Audio(Struct, frozen=True)`` with ``data: bytes``.

        Returns:
            The name of the class.
        """
        return self._sources.wrap(name, info_of(type_), field, about)

    def alias(self, name: str, type_: Any, *, about: str = "") -> str:
        """Declare another name for a type: ``Payload: TypeAlias = dict[str, Any]``.

        Returns:
            The name.
        """
        return self._sources.alias(name, info_of(type_), about)

    def declarations(self) -> str:
        """All declarations so far, each class after those that it uses, unless they use it too.

        The same calls in the same order give the same text.
        """
        return self._sources.text()


def _class(type_: Any) -> NamedType:
    """What msgspec says of a type that can be declared."""
    info = info_of(type_)
    while isinstance(info, inspect.Metadata):
        info = info.type
    if isinstance(info, NamedType):
        return info
    raise DefinitionError(
        f"{type_!r} is no class with fields or values: use `wrap` or `alias` for other types"
    )
