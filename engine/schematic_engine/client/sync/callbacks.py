"""A whole conversation with handlers, with blocking calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from schematic_engine.client.handlers import Handlers
from schematic_engine.client.sync.client import Connecting, drained
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schematic_engine.client.sync.client import Client

__all__ = ["Callbacks", "Source"]

T = TypeVar("T")

Source: TypeAlias = Iterable[T]
"""What gives the messages to say."""


class Callbacks(Handlers):
    """Handlers for the messages of the server, and a way to run a conversation with them.

    Handlers run in the thread that runs the conversation: what has come is handled whenever
    something was said, and after the goodbye.
    """

    def _run(
        self,
        client_class: type[Client[Any]],
        given: Mapping[str, Any],
        source: Source[Any],
    ) -> None:
        options, goodbye = self.conversation(given)
        with Connecting(client_class.endpoint, options, client_class) as client:
            try:
                for item in source:
                    client.__say__(self.message(item))
                    self._hear_what_is_there(client)
                client.__say__(goodbye)
            except ConnectionClosed:
                pass  # the rest tells how it ended
            for message in drained(client):
                self._handle(message)

    def _hear_what_is_there(self, client: Client[Any]) -> None:
        try:
            while True:
                self._handle(client.receive(timeout=0))
        except DeadlineExceeded:
            return

    def _handle(self, message: object) -> None:
        for handler in self.handlers(message):
            handler(message)
