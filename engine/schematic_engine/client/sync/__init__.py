"""With blocking calls: what the classes of generated clients are made of."""

from schematic_engine.client.sync.callbacks import Callbacks, Source
from schematic_engine.client.sync.client import Client, Close, Connecting, Stream
from schematic_engine.client.sync.phases import (
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
    "Source",
    "Step",
    "Stream",
]
