"""What generated clients stand on.

A generated module holds the classes of its messages, a list of methods for each surface, and its
endpoint as data; everything that all generated clients have in common is here, `aio` for asyncio
and `sync` for blocking calls. Importing it costs little: the adapters, and all that they need,
are imported when a connection is made.
"""

from schematic_engine.client.bodies import (
    BinaryBody,
    JsonBody,
    Secretive,
    TextBody,
    WebSocketClose,
    Wrapped,
)
from schematic_engine.client.channels import ChannelSends, KeyedSend, key_first
from schematic_engine.client.embedded import Embedded
from schematic_engine.client.handlers import Handlers, On
from schematic_engine.client.options import ConnectOptions
from schematic_engine.client.sending import Send, Sends
from schematic_engine.client.walk import Walk, enter

__all__ = [
    "BinaryBody",
    "ChannelSends",
    "ConnectOptions",
    "Embedded",
    "Handlers",
    "JsonBody",
    "KeyedSend",
    "On",
    "Secretive",
    "Send",
    "Sends",
    "TextBody",
    "Walk",
    "WebSocketClose",
    "Wrapped",
    "enter",
    "key_first",
]
