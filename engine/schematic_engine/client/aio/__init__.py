"""For asyncio: what the classes of generated clients are made of."""

from schematic_engine.client.aio.callbacks import Callbacks, Source
from schematic_engine.client.aio.client import Client, Close, Connecting, Sending, Stream
from schematic_engine.client.aio.phases import (
    ChannelPhase,
    KeyedStep,
    Listening,
    Phase,
    Phases,
    Step,
)

__all__ = [
    "Callbacks",
    "ChannelPhase",
    "Client",
    "Close",
    "Connecting",
    "KeyedStep",
    "Listening",
    "Phase",
    "Phases",
    "Sending",
    "Source",
    "Step",
    "Stream",
]
