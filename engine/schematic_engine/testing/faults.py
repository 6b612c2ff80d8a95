"""What a network can do to a connection, as values.

A `Plan` holds the faults of both directions. Places are counted in bytes that the sender has
written from the beginning, the opening handshake and, on sockets, TLS included. A fault strikes
once that many bytes have passed; several at one place strike in the order in which they are given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from schematic.define import Side

__all__ = [
    "Chop",
    "Corrupt",
    "Cut",
    "Delay",
    "Fault",
    "Garbage",
    "HalfClose",
    "HalfOpen",
    "Manner",
    "Plan",
    "Reset",
    "Stall",
    "Strike",
]


@dataclass(frozen=True, slots=True)
class Delay:
    """Everything of this direction arrives ``seconds`` after it was written."""

    seconds: float

    def __post_init__(self) -> None:
        if not 0 <= self.seconds < math.inf:
            raise ValueError(f"Delay.seconds: {self.seconds!r} is not a time; Stall holds for ever")


@dataclass(frozen=True, slots=True)
class Chop:
    """What is written arrives in reads of these sizes at most, over and over.

    On sockets these are writes. The kernel may join what is read late, and TLS hides it all.
    """

    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.sizes or any(size < 1 for size in self.sizes):
            raise ValueError(f"Chop.sizes: {self.sizes!r} are not one or more sizes of 1 byte up")


@dataclass(frozen=True, slots=True)
class _AtByte:
    at: int = 0

    def __post_init__(self) -> None:
        if self.at < 0:
            raise ValueError(f"{type(self).__name__}.at: {self.at} is no place; the first is 0")


@dataclass(frozen=True, slots=True)
class Cut(_AtByte):
    """Both directions end, as if each process had closed its socket (FIN).

    Nothing says goodbye: there is no close frame, and over TLS no ``close_notify``, which makes
    it a truncation (RFC 8446, section 6.1). What was under way the other way still arrives.
    """


@dataclass(frozen=True, slots=True)
class Reset(_AtByte):
    """The connection is reset (RST): both ends get an error, and what was under way is lost."""


@dataclass(frozen=True, slots=True)
class HalfClose(_AtByte):
    """This direction ends (FIN); the other one goes on."""


@dataclass(frozen=True, slots=True)
class HalfOpen(_AtByte):
    """Nothing written from now on arrives, in either direction, and nobody is told.

    So a connection looks whose other end lost its power, or whose router forgot it.
    """


@dataclass(frozen=True, slots=True)
class Stall(_AtByte):
    """This direction stands still, for ever unless told otherwise; what is written piles up.

    Attributes:
        seconds: from when the place is reached until everything behind it arrives.
    """

    seconds: float = math.inf

    def __post_init__(self) -> None:
        _AtByte.__post_init__(self)
        if not self.seconds >= 0:
            raise ValueError(f"Stall.seconds: {self.seconds!r} is not a time")


@dataclass(frozen=True, slots=True)
class Garbage(_AtByte):
    """Bytes arrive that nobody sent.

    Attributes:
        data: what they are.
    """

    data: bytes = b"\xff" * 16

    def __post_init__(self) -> None:
        _AtByte.__post_init__(self)
        if not self.data:
            raise ValueError("Garbage.data: there has to be some")


@dataclass(frozen=True, slots=True)
class Corrupt(_AtByte):
    """The next byte arrives with other bits.

    Attributes:
        mask: which bits are turned over, 1 to 255.
    """

    mask: int = 0xFF

    def __post_init__(self) -> None:
        _AtByte.__post_init__(self)
        if not 1 <= self.mask <= 255:
            raise ValueError(f"Corrupt.mask: {self.mask!r} is not 1 to 255")


Strike: TypeAlias = Cut | Reset | HalfClose | HalfOpen | Stall | Garbage | Corrupt
"""What happens at a place."""

Manner: TypeAlias = Delay | Chop
"""How a direction is all along; the last of each kind holds."""

Fault: TypeAlias = Manner | Strike


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to one connection.

    Attributes:
        to_server: faults of what the client writes.
        to_client: faults of what the server writes.
    """

    to_server: tuple[Fault, ...] = ()
    to_client: tuple[Fault, ...] = ()

    def toward(self, side: Side) -> tuple[Fault, ...]:
        """The faults of what arrives at ``side``."""
        return self.to_client if side is Side.CLIENT else self.to_server

    @classmethod
    def random(
        cls,
        seed: int,
        *,
        within: int = 2048,
        seconds: float = 1.0,
        among: Iterable[type[Strike]] = (Cut, Reset, HalfClose, HalfOpen, Stall, Garbage, Corrupt),
    ) -> Plan:
        """Faults thrown by dice: the same for the same arguments and the same Python.

        Args:
            seed: which plan.
            within: the places lie before this byte of either direction.
            seconds: the most that a delay or a stall takes; a stall may also hold for ever.
            among: what may happen. Each direction has none, one or two of it, and may be slow and
                chopped besides.
        """
        dice = Random(seed)
        kinds = tuple(among)
        first, second = (_direction(dice, within, seconds, kinds) for _ in Side)
        return cls(first, second)


def _direction(
    dice: Random, within: int, seconds: float, kinds: tuple[type[Strike], ...]
) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    if dice.random() < 0.3:
        faults.append(Delay(dice.random() * seconds))
    if dice.random() < 0.5:
        most = dice.choice((1, 7, 200))
        faults.append(Chop(tuple(dice.randint(1, most) for _ in range(dice.randint(1, 5)))))
    for _ in range(dice.choice((0, 1, 1, 2)) if kinds else 0):
        kind, at = dice.choice(kinds), dice.randrange(within)
        make = _MADE.get(kind)
        faults.append(kind(at) if make is None else make(dice, at, seconds))
    return tuple(faults)


_MADE: Final[dict[type[Strike], Callable[[Random, int, float], Strike]]] = {
    Stall: lambda dice, at, seconds: Stall(at, dice.choice((dice.random() * seconds, math.inf))),
    Garbage: lambda dice, at, _: Garbage(at, dice.randbytes(dice.randint(1, 40))),
    Corrupt: lambda dice, at, _: Corrupt(at, dice.randint(1, 255)),
}
"""How those are thrown that are more than a place."""
