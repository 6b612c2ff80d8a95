"""The mock of one endpoint, answering as it is told, and remembering what it heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schematic import BoundEndpoint, Side
from schematic_engine.endpoints import resolve
from schematic_engine.events import Message
from schematic_engine.mock import Call, Close, Handler, MockServer, Reply

__all__ = ["Service"]


class Service(MockServer):
    """A mock server that says what is in ``answers`` and nothing else, but for its opening.

    To it, a field that is no part of the description is a breach like any other.

    Args:
        endpoint: what it serves.
        answers: what to do about which of the client's messages, by id.

    Attributes:
        calls: the connections, in order.
        heard: what clients said, in order.
    """

    def __init__(
        self, endpoint: BoundEndpoint, answers: Mapping[str, Handler], **options: Any
    ) -> None:
        super().__init__(endpoint, fields="error", **options)
        self.calls: list[Call] = []
        self.heard: list[Message] = []
        known = {kind.id for kind in resolve(endpoint).kinds if kind.side is Side.CLIENT}
        for name in known | set(answers):
            self.on(name)(self._listener(answers.get(name)))

    def ids(self) -> list[str]:
        """The kinds of the messages that were heard."""
        return [message.id for message in self.heard]

    def _listener(self, answer: Handler | None) -> Handler:
        def listen(call: Call, message: Message) -> Iterable[Reply | Close]:
            if not any(call is known for known in self.calls):
                self.calls.append(call)
            self.heard.append(message)
            return answer(call, message) or () if answer else ()

        return listen
