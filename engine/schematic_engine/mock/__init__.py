"""A server made from a definition, for tests and for trying things out."""

from schematic_engine.mock.peer import Call, Close, Handler, MockPeer, Reply
from schematic_engine.mock.samples import sample
from schematic_engine.mock.server import MockServer

__all__ = ["Call", "Close", "Handler", "MockPeer", "MockServer", "Reply", "sample"]
