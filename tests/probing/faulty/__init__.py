"""Servers and clients that are right, and others that are wrong in one thing each.

They are written on the library `websockets` and know nothing of the descriptions that they are
held to, nor of the engine.
"""

from __future__ import annotations

from probing.faulty.clients import CLIENT_FAULTS, DubbingClient, FeedClient, RoomsClient
from probing.faulty.described import DUBBING, FEED, ROOMS
from probing.faulty.dubbing import DUBBING_FAULTS, Dubbing
from probing.faulty.feed import FEED_FAULTS, Feed
from probing.faulty.program import Fault
from probing.faulty.rooms import ROOMS_FAULTS, Rooms

from schematic import Side

__all__ = ["CORRECT", "FAULTS", "Fault"]

FAULTS = (*DUBBING_FAULTS, *ROOMS_FAULTS, *FEED_FAULTS, *CLIENT_FAULTS)
"""Each has exactly one mistake."""

CORRECT = (
    Fault("dubbing", Side.SERVER, DUBBING, "", 0, Dubbing),
    Fault("rooms", Side.SERVER, ROOMS, "", 0, Rooms),
    Fault("feed", Side.SERVER, FEED, "", 0, Feed),
    Fault("dubbing-client", Side.CLIENT, DUBBING, "", 0, DubbingClient),
    Fault("rooms-client", Side.CLIENT, ROOMS, "", 0, RoomsClient),
    Fault("feed-client", Side.CLIENT, FEED, "", 0, FeedClient),
)
"""None has any."""
