"""What the surface whose types are phases has in common for both kinds of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from schematic_engine.errors import LocalProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

    from schematic_engine.client.sending import Sends

__all__ = ["Walk", "enter"]

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
N = TypeVar("N")


class Walk(Generic[R_co]):
    """A way through the phases of a connection, or of one of its channels.

    Attributes:
        on: what the messages are said on.
        key: the key of the channel; None for a connection.
        phase: the object that stands for the present phase.
    """

    def __init__(self, on: Sends[R_co], key: str | int | None = None) -> None:
        self.on = on
        self.key = key
        self.phase: object = None

    @property
    def channel(self) -> str | int:
        """The key of the channel.

        Raises:
            TypeError: this is a connection's way.
        """
        if self.key is None:
            raise TypeError("a connection has no key")
        return self.key

    def check(self, phase: object) -> None:
        """Raise unless ``phase`` is the present one.

        Raises:
            LocalProtocolError: it is over.
        """
        if phase is not self.phase:
            raise LocalProtocolError(
                f"this {type(phase).__name__} is over: use the {type(self.phase).__name__} that "
                "the last step returned"
            )


def enter(phase: Callable[[Walk[R]], N], walk: Walk[R]) -> N:
    """The object of the phase that a way comes to."""
    entered = phase(walk)
    walk.phase = entered
    return entered
