"""The mock of one endpoint, answering as it is told, and remembering what it heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from schematic import BoundEndpoint, Side
from schematic_engine.endpoints import resolve
from schematic_engine.events import Message
from schematic_engine.mock import Call, Close, Handler, MockServer, Reply
from schematic_engine.surplus import surplus_fields

__all__ = ["Service"]


class Service(MockServer):
    """A mock server that says what is in ``answers`` and nothing else, but for its opening.

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
        super().__init__(endpoint, **options)
        self.calls: list[Call] = []
        self.heard: list[Message] = []
        known = {kind.id for kind in resolve(endpoint).kinds if kind.side is Side.CLIENT}
        for name in known | set(answers):
            self.on(name)(self._listener(answers.get(name)))

    def ids(self) -> list[str]:
        """The kinds of the messages that were heard."""
        return [message.id for message in self.heard]

    def surplus(self) -> set[str]:
        """Fields that were sent and are no part of the description, as ``Kind.path.of.fields``."""
        return {
            f"{message.id}.{path}"
            for message in self.heard
            if isinstance(message.payload, str)
            for path in surplus_fields(message.body, orjson.loads(message.payload))
        }

    def _listener(self, answer: Handler | None) -> Handler:
        def listen(call: Call, message: Message) -> Iterable[Reply | Close]:
            if not any(call is known for known in self.calls):
                self.calls.append(call)
            self.heard.append(message)
            return answer(call, message) or () if answer else ()

        return listen
