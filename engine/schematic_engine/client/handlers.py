"""Handlers for the messages of a server, registered one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["BoundOn", "Handlers", "On"]

M = TypeVar("M")
C = TypeVar("C", bound="Handlers")


class Handlers:
    """Which function is called for which message.

    Attributes:
        opening: the arguments that say what is said first, with what makes it where they are left
            out; None where they have to be given.
        goodbye: the same for what is said at the end, whose argument is called ``goodbye``.
        plain: types that stand for a message, such as a text, with what makes it of them.
    """

    opening: ClassVar[tuple[tuple[str, Callable[[], object] | None], ...]] = ()
    goodbye: ClassVar[type[object] | None] = None
    plain: ClassVar[tuple[tuple[type, Callable[[Any], object]], ...]] = ()

    def __init__(self) -> None:
        self._handlers: dict[object, list[Callable[[Any], object]]] = {}
        self._others: list[Callable[[Any], object]] = []

    def add(self, kind: type[M], handler: Callable[[M], object]) -> Self:
        """Call ``handler`` for each message of the class ``kind``; several are called in turn."""
        self._handlers.setdefault(kind, []).append(handler)
        return self

    def on_other(self, handler: Callable[[object], object]) -> Self:
        """Call ``handler`` for each message that has no handler of its own."""
        self._others.append(handler)
        return self

    def conversation(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], object]:
        """The arguments of `run` parted: those of `connect`, with an opening, and the goodbye.

        The one called ``opening`` makes what is said first; `run` says it, and waits for what the
        server has to say, while handlers hear that.

        Raises:
            TypeError: one that is needed is missing, ``opening`` is given beside them, or
                ``reconnect`` is.
        """
        options = dict(given)
        if options.get("reconnect") is not None:
            raise TypeError("this is one conversation: leave out reconnect, and run it once more")
        first = [_said(options, name, make) for name, make in self.opening]
        if first and options.get("opening") is not None:
            names = ", ".join(f"{name}=…" for name, _ in self.opening)
            raise TypeError(f"leave out opening: what is said first is given as {names} here")
        if options.get("opening") is None:
            options["opening"] = lambda: first
        return options, _said(options, "goodbye", self.goodbye)

    def message(self, item: object) -> object:
        """The message that ``item`` is, or stands for."""
        for kind, make in self.plain:
            if type(item) is kind:
                return make(item)
        return item

    def handlers(self, message: object) -> Sequence[Callable[[Any], object]]:
        """What is to be called for ``message``."""
        found: Sequence[Callable[[Any], object]] = self._handlers.get(type(message), self._others)
        return found


class BoundOn(Generic[M, C]):
    """A method that takes a handler for one kind of message."""

    __slots__ = ("_kind", "_on")

    def __init__(self, kind: type[M], on: C) -> None:
        self._kind = kind
        self._on = on

    def __call__(self, handler: Callable[[M], object]) -> C:
        """Call ``handler`` for each such message.

        Args:
            handler: takes the message; for asyncio it may be a coroutine function. Messages are
                handled one after the other, in the order of arrival.

        Returns:
            The builder itself.
        """
        return self._on.add(self._kind, handler)


class On(Generic[M]):
    """Declares a method that takes a handler for messages of the class ``kind``."""

    __slots__ = ("_kind",)

    def __init__(self, kind: type[M]) -> None:
        self._kind = kind

    @overload
    def __get__(self, on: None, owner: type) -> Self: ...
    @overload
    def __get__(self, on: C, owner: type) -> BoundOn[M, C]: ...
    def __get__(self, on: C | None, owner: type) -> Self | BoundOn[M, C]:
        return self if on is None else BoundOn(self._kind, on)


def _said(options: dict[str, Any], name: str, make: Callable[[], object] | None) -> object:
    """What the argument ``name`` says, or else what ``make`` makes; takes it out of ``options``."""
    if name in options:
        return options.pop(name)
    if make is None:
        raise TypeError(f"say {name}=…: there is more than one thing that could be said")
    return make()
