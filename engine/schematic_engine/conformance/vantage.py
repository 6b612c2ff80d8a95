"""Where a recording was made: `Vantage`."""

from __future__ import annotations

from enum import Enum

from schematic.define import Side

__all__ = ["Vantage"]


class Vantage(Enum):
    """The place at which records passed in the order of a recording.

    What could still have been under way there is legal. At a side's own end nothing of its own
    can be excused so: what it sent after something had arrived, it sent after that. In between,
    and about the other side, that cannot be told.

    Attributes:
        CLIENT: at the client, as in the network panel of a browser.
        SERVER: at the server.
        TAP: anywhere between them, or unknown.
    """

    CLIENT = "client"
    SERVER = "server"
    TAP = "tap"

    @property
    def own(self) -> Side | None:
        """The side at whose end it is."""
        return {Vantage.CLIENT: Side.CLIENT, Vantage.SERVER: Side.SERVER}.get(self)
