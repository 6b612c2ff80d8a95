"""`Embedded`: the endpoint that a generated module carries in itself, compiled.

The module holds its description and its table as data. Nothing is read before the first connection
is made, so that importing a client costs little; and then no chart is built, since the table is
there.
"""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_type_hints

import msgspec

from schematic_engine.client.bodies import Wrapped
from schematic_engine.events import Message, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

    from schematic.compile import CompiledEndpoint
    from schematic_engine.events import Delivered
    from schematic_engine.greeting import Greeting
    from schematic_engine.retry import Again

__all__ = ["FORMAT", "Embedded"]

T = TypeVar("T")

FORMAT: Final = 1
"""The version of the form of the data."""


class Embedded:
    """What a generated module knows about its endpoint.

    Args:
        module: the name of the module, in which the classes of the messages are.
        data: JSON: the description, the tables, and which class is which message's where the names
            differ. `schematic.generate` writes it.
    """

    def __init__(self, module: str, data: str) -> None:
        self._module = module
        self._text = data

    @property
    def module(self) -> ModuleType:
        """The generated module."""
        return sys.modules[self._module]

    @cached_property
    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = msgspec.json.decode("".join(self._text.splitlines()))
        if data["format"] != FORMAT:
            raise ImportError(
                f"{self._module} was generated for another version of Schematic (its data has the "
                f"form {data['format']}, this is {FORMAT}): generate it again"
            )
        return data

    @cached_property
    def compiled(self) -> CompiledEndpoint:
        """The endpoint as the engine runs it.

        Raises:
            ImportError: the module was generated for another version of Schematic.
        """
        # Imported here, as everything is that costs more than a client's import may.
        from schematic.compile import assemble  # noqa: PLC0415
        from schematic.compile.embed import table_from_data  # noqa: PLC0415
        from schematic.interchange.description import api_from_data  # noqa: PLC0415

        data = self._data
        lifecycle = data["api"]["endpoints"][0].get("lifecycle", {})
        for name, message in lifecycle.get("messages", {}).items():
            message.setdefault("schema", {"type": name})
        api = api_from_data(data["api"], _body_types(self.module))
        narrowed = {
            frozenset(absent): table_from_data(table) for absent, table in data.get("narrowed", ())
        }
        return assemble(api.endpoint(), table_from_data(data["table"]), narrowed)

    @cached_property
    def classes(self) -> dict[str, type[msgspec.Struct]]:
        """The class of each message, by the message's id."""
        called: dict[str, str] = self._data.get("classes", {})
        kinds = {kind.id for kind in self.compiled.kinds}
        return {name: getattr(self.module, called.get(name, name)) for name in kinds}

    @cached_property
    def _ids(self) -> dict[object, str]:
        """The ids of the messages that their class alone does not tell."""
        return {of: name for name, of in self.wrappers.items()}

    @cached_property
    def wrappers(self) -> dict[str, type[Any]]:
        """The classes that hold a body, rather than being its type, by the messages' ids."""
        return {name: of for name, of in self.classes.items() if issubclass(of, Wrapped)}

    def said(self, message: object) -> tuple[object, ...]:
        """What `send` of a connection is called with to say ``message``."""
        name = self._ids.get(type(message))
        if name is None:
            return (message,)
        return (name, getattr(message, message.__struct_fields__[0]))  # type: ignore[attr-defined]

    def saying(self, body: object, send: Callable[..., T]) -> Callable[[Any], T]:
        """What says messages of the class ``body`` with the method `send` of a connection."""
        name = self._ids.get(body)
        if name is None:
            return send
        field = self.classes[name].__struct_fields__[0]
        return lambda message: send(name, getattr(message, field))

    def greeting(self, opening: Greeting) -> Greeting:
        """``opening``, which makes messages of this module, as the engine takes it."""

        def said() -> Iterator[object]:
            for message in opening():
                pair = self.said(message)
                yield pair if len(pair) == 2 else message

        return said

    def resumed(self, again: Again | None) -> Again | None:
        """``again``, which names parameters and messages as this module does, for the engine."""
        from dataclasses import replace  # noqa: PLC0415  # see `compiled`

        if again is None:
            return None
        opening = again.opening and self.greeting(again.opening)
        params = None if again.params is None else self.params(again.params)
        return replace(again, opening=opening, params=params)

    def params(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters by their names on the wire, of those by their names in Python."""
        renamed: dict[str, str] = self._data.get("params", {})
        return {renamed.get(name, name): value for name, value in given.items()}

    def delivered(self, event: Delivered) -> Any:
        """What a client hands over for ``event``: the body of a message, or else the event.

        Raises:
            RemoteProtocolError: the event is a breach, and the connection goes on.
        """
        if isinstance(event, Message):
            wrapper = self.wrappers.get(event.id)
            return event.body if wrapper is None else wrapper(event.body)
        if isinstance(event, Violation):
            raise event.error
        return event


def _body_types(module: ModuleType) -> dict[str, object]:
    """The types of bodies, by the names of the classes that stand for them in a module."""
    found: dict[str, object] = {}
    for name, value in vars(module).items():
        if not isinstance(value, type) or value.__module__ != module.__name__:
            continue  # what is imported, such as `Wrapped` itself, is no message's
        if issubclass(value, Wrapped):
            hints = get_type_hints(value)
            found[name] = hints[value.__struct_fields__[0]]
        elif issubclass(value, msgspec.Struct):
            found[name] = value
    return found
