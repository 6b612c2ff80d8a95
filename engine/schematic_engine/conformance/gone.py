"""`Gone`: which connections were let go although they may go on, at a bit each."""

from __future__ import annotations

__all__ = ["Gone"]

_MOST_NUMBERS = 1 << 26
"""Numbers of connections that are remembered, from 0; that is at most 8 MiB a set."""


class Gone:
    """The numbers of connections that were let go before their end was recorded.

    A number from 2 ** 26 on is not remembered: what comes under it later counts as a connection
    whose beginning was not recorded.
    """

    def __init__(self) -> None:
        self._gone, self._told = bytearray(), bytearray()

    def __contains__(self, number: int) -> bool:
        """Whether a connection was let go."""
        return _has(self._gone, number)

    def add(self, number: int) -> None:
        """A connection is let go."""
        _set(self._gone, number)

    def discard(self, number: int) -> None:
        """Another connection begins under that number."""
        for bits in (self._gone, self._told):
            if _has(bits, number):
                bits[number >> 3] &= ~(1 << (number & 7))

    def tell(self, number: int) -> bool:
        """Whether it has still to be told that a connection was let go, and from now on it is."""
        if _has(self._told, number):
            return False
        _set(self._told, number)
        return True


def _has(bits: bytearray, number: int) -> bool:
    place = number >> 3
    return 0 <= place < len(bits) and bool(bits[place] >> (number & 7) & 1)


def _set(bits: bytearray, number: int) -> None:
    if not 0 <= number < _MOST_NUMBERS:
        return
    place = number >> 3
    if place >= len(bits):
        bits.extend(bytes(place + 1 - len(bits)))
    bits[place] |= 1 << (number & 7)
