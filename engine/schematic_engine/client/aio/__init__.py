"""For asyncio: what the classes of generated clients are made of."""

from schematic_engine.client.aio.callbacks import Callbacks, Source
from schematic_engine.client.aio.client import Client, Close, Connecting, Sending, Sink, Stream
from schematic_engine.client.aio.phases import KeyedStep, Listening, Phase, Phases, Step

__all__ = [
    "Callbacks",
    "Client",
    "Close",
    "Connecting",
    "KeyedStep",
    "Listening",
    "Phase",
    "Phases",
    "Sending",
    "Sink",
    "Source",
    "Step",
    "Stream",
]
