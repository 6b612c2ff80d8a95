"""The methods that say one message each.

A generated class lists them: ``send_text = Send(SendText)``. Such a method takes the typed message,
or its fields; type checkers see the fields of the message's class as its parameters. What it
returns is the concern of the class that it is listed in: nothing, or something to await.
"""

from __future__ import annotations

from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Final,
    Generic,
    ParamSpec,
    Self,
    TypeVar,
    cast,
    overload,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BoundSend", "Send", "Sends", "Sink", "bound", "made"]

P = ParamSpec("P")
M = TypeVar("M")
R_co = TypeVar("R_co", covariant=True)
C_contra = TypeVar("C_contra", contravariant=True)

_LEFT_OUT: Final[Any] = object()


class Sends(Generic[R_co]):
    """Something that messages can be said on; saying one returns an ``R_co``.

    It has no method for any message, which leaves it to each class what may be said on it.
    """

    __keeps__: ClassVar[bool] = False
    """Whether methods for messages are made once; what `__saying__` gives then knows not of it."""

    def __say__(self, message: object) -> R_co:
        """Say one message: what the methods for messages stand on, and not meant for callers."""
        raise NotImplementedError

    def __saying__(self, body: object) -> Callable[[Any], R_co]:
        """What says messages of the class ``body`` alone."""
        del body
        return self.__say__


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
    """A method that says one message: what type checkers see of the function of `bound`."""

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
        raise NotImplementedError


def bound(body: Callable[P, M], say: Callable[[M], R_co]) -> BoundSend[P, M, R_co]:
    """The method that says messages made by ``body``: a function, which is called fastest."""
    make: Callable[..., M] = body

    def said(first: Any = _LEFT_OUT, /, *args: Any, **fields: Any) -> R_co:
        """Say the message: it, or its fields."""
        if fields or args or first is _LEFT_OUT:
            return say(make(**fields) if first is _LEFT_OUT else make(first, *args, **fields))
        return say(first if type(first) is body else make(first))

    return cast("BoundSend[P, M, R_co]", said)


class Send(Generic[P, M]):
    """Declares a method that says the message whose class is ``body``."""

    __slots__ = ("_name", "body")

    def __init__(self, body: Callable[P, M]) -> None:
        self.body = body
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, on: None, owner: type) -> Self: ...
    @overload
    def __get__(self, on: Sends[R_co], owner: type) -> BoundSend[P, M, R_co]: ...
    def __get__(self, on: Sends[R_co] | None, owner: type) -> Self | BoundSend[P, M, R_co]:
        if on is None:
            return self
        method = bound(self.body, on.__saying__(self.body))
        if on.__keeps__:
            vars(on)[self._name] = method  # which Python finds first from now on
        return method


def made(body: Callable[..., M], args: tuple[Any, ...], fields: dict[str, Any]) -> M:
    """The message that a caller means: an instance of ``body`` that was given, or a new one."""
    if len(args) == 1 and not fields and type(args[0]) is body:
        message: M = args[0]
        return message
    return body(*args, **fields)
