"""A client and a mock, without any connection."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from schematic import Side
from schematic.compile import CompiledEndpoint
from schematic_engine.events import Message, SessionEvent
from schematic_engine.mock import Call, Handler, MockPeer, Reply
from schematic_engine.policy import Policy
from schematic_engine.session import Session

__all__ = ["MockTalk"]


class MockTalk:
    """A client and a mock, joined without delay.

    Attributes:
        client: what the client knows.
        server: what the server knows.
        peer: the mock.
        heard: what the client has heard, each with the key of its channel behind it.
    """

    def __init__(self, endpoint: CompiledEndpoint, **handlers: Handler) -> None:
        self.client = Session(endpoint, Side.CLIENT)
        self.server = Session(endpoint, Side.SERVER, policy=Policy(unknown="error"))
        self.peer = MockPeer(Call(endpoint, {}), handlers)
        self.heard = self._deliver(self.peer.opening())

    def say(self, name: str, body: object = UNSET) -> list[str]:
        """What the client hears when it has said this."""
        return self.say_to(self.server.receive(self.client.send(name, body)))

    def say_to(self, event: SessionEvent | None) -> list[str]:
        """What the client hears when the mock is told this."""
        assert isinstance(event, Message), event
        heard = self._deliver(self.peer.answer(event))
        self.heard += heard
        return heard

    def _deliver(self, replies: Iterator[Reply]) -> list[str]:
        heard = []
        for reply in replies:
            event = self.client.receive(self.server.send(*reply))
            assert isinstance(event, Message), event
            heard.append(event.id if event.key is None else f"{event.id} {event.key}")
        return heard
