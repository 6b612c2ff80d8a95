"""The mock of one endpoint, answering as it is told, and remembering what it heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import orjson

from schematic import BoundEndpoint, Side
from schematic_engine.endpoints import resolve
from schematic_engine.events import Message
from schematic_engine.mock import Call, Close, Handler, MockServer, Reply

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
        found: set[str] = set()
        for message in self.heard:
            if isinstance(message.payload, str):
                known = msgspec.to_builtins(message.body)
                found.update(_surplus(orjson.loads(message.payload), known, message.id))
        return found

    def _listener(self, answer: Handler | None) -> Handler:
        def listen(call: Call, message: Message) -> Iterable[Reply | Close]:
            if not any(call is known for known in self.calls):
                self.calls.append(call)
            self.heard.append(message)
            return answer(call, message) or () if answer else ()

        return listen


def _surplus(sent: Any, known: Any, where: str) -> Iterator[str]:
    """The paths in ``sent`` that are not in ``known``."""
    if isinstance(sent, dict) and isinstance(known, dict):
        for name, value in sent.items():
            path = f"{where}.{name}"
            if name in known:
                yield from _surplus(value, known[name], path)
            else:
                yield path
    elif isinstance(sent, list) and isinstance(known, list | tuple):
        for one, its in zip(sent, known, strict=True):
            yield from _surplus(one, its, f"{where}[]")
