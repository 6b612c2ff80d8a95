"""The methods that say one message each on a channel, whose key they fill in."""

from __future__ import annotations

from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    Self,
    TypeVar,
    cast,
    overload,
)

from msgspec import UNSET, structs

from schematic_engine.client.sending import BoundSend, Sends, bound
from schematic_engine.errors import LocalInvalidMessage

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ChannelSends", "Keyed", "KeyedSend", "key_first", "with_key"]

P = ParamSpec("P")
M = TypeVar("M")
R_co = TypeVar("R_co", covariant=True)


class Keyed(Sends[R_co]):
    """Something that belongs to one channel."""

    @property
    def key(self) -> str | int:
        """The key of the channel."""
        raise NotImplementedError


class ChannelSends(Keyed[R_co]):
    """One channel of a connection, by its key; what is said on it carries the key.

    Nothing has to be opened before it is made, and nothing happens when it is forgotten: it is a
    way of speaking, and the channel begins and ends with its messages.
    """

    def __init__(self, on: Sends[R_co], key: str | int) -> None:
        self._on = on
        self._key = key

    @property
    def key(self) -> str | int:
        """The key of the channel."""
        return self._key

    def __say__(self, message: object) -> R_co:
        return self._on.__say__(message)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key!r}>"


class KeyedSend(Generic[P, M]):
    """Declares a method that says a message whose class takes the channel's key first."""

    __slots__ = ("_body",)

    def __init__(self, body: Callable[Concatenate[Any, P], M]) -> None:
        self._body = body

    @overload
    def __get__(self, on: None, owner: type) -> Self: ...
    @overload
    def __get__(self, on: Keyed[R_co], owner: type) -> BoundSend[P, M, R_co]: ...
    def __get__(self, on: Keyed[R_co] | None, owner: type) -> Self | BoundSend[P, M, R_co]:
        return self if on is None else bound(with_key(self._body, on.key), on.__say__)


class _KeyFirst:
    """Takes the key of a channel first, of a message whose class does not."""

    def __init__(self, body: Callable[..., Any], field: str) -> None:
        self.body = body
        self.field = field

    def __call__(self, key: str | int, *args: Any, **fields: Any) -> Any:
        return self.body(*args, **{self.field: key, **fields})


def key_first(body: Callable[P, M], field: str) -> Callable[Concatenate[Any, P], M]:
    """``body`` as something that takes the key first, which is its optional field ``field``."""
    return cast("Callable[Concatenate[Any, P], M]", _KeyFirst(body, field))


def with_key(make: Callable[Concatenate[Any, P], M], key: str | int) -> Callable[P, M]:
    """Makes messages for the channel ``key``, by what takes the key of a channel first.

    What is made takes a message, too: one that has the key, or leaves it out.
    """
    body, field = _taken_apart(make)

    def keyed(*args: Any, **fields: Any) -> Any:
        if len(args) == 1 and not fields and type(args[0]) is body:
            return _filled(args[0], key, field)
        anything: Callable[..., Any] = make
        return anything(key, *args, **fields)

    return keyed


def _taken_apart(make: Any) -> tuple[Any, str]:
    """The class of the message, and the name of the field with the key."""
    if isinstance(make, _KeyFirst):
        return make.body, make.field
    fields: tuple[str, ...] = make.__struct_fields__
    return make, fields[0]


def _filled(message: Any, key: str | int, field: str) -> Any:
    """``message`` with the key."""
    found = getattr(message, field)
    if found is UNSET:
        return structs.replace(message, **{field: key})
    if found != key:
        raise LocalInvalidMessage(
            message=type(message).__name__,
            problem=f"its {field} is {found!r}, and this is the channel {key!r}: leave it out",
        )
    return message
