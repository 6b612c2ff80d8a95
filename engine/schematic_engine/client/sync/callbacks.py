"""A whole conversation with handlers, with blocking calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from schematic_engine.client.ending import Progress, may_close
from schematic_engine.client.handlers import Handlers
from schematic_engine.client.sync.client import Connecting
from schematic_engine.errors import ConnectionClosed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from schematic_engine.client.sync.client import Client

__all__ = ["Callbacks", "Source"]

T = TypeVar("T")

Source: TypeAlias = Iterable[T]
"""What gives the messages to say."""


class Callbacks(Handlers):
    """Handlers for the messages of the server, and a way to run a conversation with them.

    What is said is taken from the source in the thread that runs the conversation; handlers run,
    one after the other, in a second thread, which is gone when the conversation is over. So a
    source may wait for what a handler does.
    """

    def _run(
        self,
        client_class: type[Client[Any]],
        given: Mapping[str, Any],
        source: Source[Any],
    ) -> None:
        # These cost more than a client's import may.
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415
        from contextvars import copy_context  # noqa: PLC0415

        options, goodbye = self.conversation(given)
        progress = Progress()
        with (
            ThreadPoolExecutor(1, "schematic-handlers") as thread,
            Connecting(client_class.endpoint, options, client_class) as client,
        ):
            hearing = thread.submit(copy_context().run, self._hear, client, progress)
            try:
                self._talk(client, source, goodbye)
                _end(client, hearing, progress)
            except BaseException:
                client.connection.close(1011)
                failed = hearing.exception()
                if failed is not None and not isinstance(failed, ConnectionClosed):
                    raise failed  # noqa: B904  # one did not cause the other
                raise
            hearing.result()

    def _talk(self, client: Client[Any], source: Source[Any], goodbye: object) -> None:
        """Says what comes from the source, and then goodbye, unless the server ends it first."""
        for item in source:
            if not _is_said(client, self.message(item)):
                return
        _is_said(client, goodbye)

    def _hear(self, client: Client[Any], progress: Progress) -> None:
        try:
            for message in client:
                with progress:
                    for handler in self.handlers(message):
                        handler(message)
                if may_close(client.connection.session):
                    client.connection.close()
        except BaseException:
            client.connection.close(1011)  # whoever talks learns of it, too
            raise


def _is_said(client: Client[Any], message: object) -> bool:
    """Says a message; False if the connection is over: the one who hears tells how it ended."""
    try:
        client.__say__(message)
    except ConnectionClosed:
        return False
    return True


def _end(client: Client[Any], hearing: Future[None], progress: Progress) -> None:
    """Waits for the end while the server says something, see `Close`."""
    from concurrent.futures import wait  # noqa: PLC0415  # costs more than a client's import may

    connection, steps = client.connection, -1
    while not (hearing.done() or progress.rests(steps) or may_close(connection.session)):
        steps = progress.steps
        wait([hearing], timeout=connection.limits.close_timeout)
    connection.close()
