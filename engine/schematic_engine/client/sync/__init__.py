"""With blocking calls: what the classes of generated clients are made of."""

from schematic_engine.client.sync.callbacks import Callbacks
from schematic_engine.client.sync.client import Client, Close, Connecting, Sink, Stream
from schematic_engine.client.sync.phases import KeyedStep, Listening, Phase, Phases, Step

__all__ = [
    "Callbacks",
    "Client",
    "Close",
    "Connecting",
    "KeyedStep",
    "Listening",
    "Phase",
    "Phases",
    "Sink",
    "Step",
    "Stream",
]
