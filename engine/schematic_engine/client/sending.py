"""The methods that say one message each.

A generated class lists them: ``send_text = Send(SendText)``. Such a method takes the typed message,
or its fields; type checkers see the fields of the message's class as its parameters. What it
returns is the concern of the class that it is listed in: nothing, or something to await.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BoundSend", "Send", "Sends", "Sink", "made"]

P = ParamSpec("P")
M = TypeVar("M")
R_co = TypeVar("R_co", covariant=True)
C_contra = TypeVar("C_contra", contravariant=True)


class Sends(Generic[R_co]):
    """Something that messages can be said on; saying one returns an ``R_co``.

    It has no method for any message, which leaves it to each class what may be said on it.
    """

    def __say__(self, message: object) -> R_co:
        """Say one message: what the methods for messages stand on, and not meant for callers."""
        raise NotImplementedError


class Sink(Sends[R_co], Generic[C_contra, R_co]):
    """Something on which everything can be said that the client may ever say."""

    def send(self, message: C_contra) -> R_co:
        """Say one message, whichever it is.

        Args:
            message: an instance of the class of one of the client's messages.

        Raises:
            LocalIllegalMessage: it is not this side's turn to say that. Nothing was written.
            LocalInvalidMessage: the body does not fit. Nothing was written.
            ConnectionClosed: the connection is over. Nothing was written.
        """
        return self.__say__(message)


class BoundSend(Generic[P, M, R_co]):
    """A method that says one message."""

    __slots__ = ("_body", "_on")

    def __init__(self, body: Callable[P, M], on: Sends[R_co]) -> None:
        self._body = body
        self._on = on

    @overload
    def __call__(self, message: M, /) -> R_co: ...
    @overload
    def __call__(self, *args: P.args, **fields: P.kwargs) -> R_co: ...
    def __call__(self, *args: Any, **fields: Any) -> R_co:
        """Say the message: it, or its fields.

        Raises:
            LocalIllegalMessage: it is not this side's turn to say that. Nothing was written.
            LocalInvalidMessage: the body does not fit. Nothing was written.
            ConnectionClosed: the connection is over. Nothing was written.
        """
        return self._on.__say__(made(self._body, args, fields))


class Send(Generic[P, M]):
    """Declares a method that says the message whose class is ``body``."""

    __slots__ = ("body",)

    def __init__(self, body: Callable[P, M]) -> None:
        self.body = body

    @overload
    def __get__(self, on: None, owner: type) -> Self: ...
    @overload
    def __get__(self, on: Sends[R_co], owner: type) -> BoundSend[P, M, R_co]: ...
    def __get__(self, on: Sends[R_co] | None, owner: type) -> Self | BoundSend[P, M, R_co]:
        return self if on is None else BoundSend(self.body, on)


def made(body: Callable[..., M], args: tuple[Any, ...], fields: dict[str, Any]) -> M:
    """The message that a caller means: an instance of ``body`` that was given, or a new one."""
    if len(args) == 1 and not fields and type(args[0]) is body:
        message: M = args[0]
        return message
    return body(*args, **fields)
