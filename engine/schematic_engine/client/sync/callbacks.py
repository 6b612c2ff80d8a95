"""A whole conversation with handlers, with blocking calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from schematic_engine.client.ending import Progress, is_cut_short, is_refused, may_close
from schematic_engine.client.handlers import Handlers
from schematic_engine.client.sync.client import Connecting
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded, LocalIllegalMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future
    from threading import Event

    from schematic_engine.client.sync.client import Client
    from schematic_engine.greeting import Greeting

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
        from threading import Event  # noqa: PLC0415

        options, goodbye = self.conversation(given)
        opening, progress, news = options.pop("opening"), Progress(), Event()
        with (
            ThreadPoolExecutor(1, "schematic-handlers") as thread,
            Connecting(client_class.endpoint, options, client_class) as client,
        ):
            hearing = thread.submit(copy_context().run, self._hear, client, progress, news)
            try:
                if _is_greeted(client, opening, news, progress):
                    self._talk(client, source, goodbye)
                _end(client, hearing, progress)
            except BaseException:
                client.connection.close(1011)
                failed = hearing.exception()
                if failed is not None and not isinstance(failed, ConnectionClosed):
                    raise failed  # noqa: B904  # one did not cause the other
                raise
            hearing.result()
            if is_cut_short(client.connection.session, progress):
                client.receive()  # raises how it ended, which no opening does

    def _talk(self, client: Client[Any], source: Source[Any], goodbye: object) -> None:
        """Says what comes from the source, and then goodbye, unless the server ends it first."""
        for item in source:
            if not _is_said(client, self.message(item)):
                return
        _is_said(client, goodbye)

    def _hear(self, client: Client[Any], progress: Progress, news: Event) -> None:
        try:
            for message in client:
                news.set()
                with progress:
                    for handler in self.handlers(message):
                        handler(message)
                if _is_over(client):
                    client.connection.close()
        except BaseException:
            client.connection.close(1011)  # whoever talks learns of it, too
            raise
        finally:
            news.set()


def _is_greeted(client: Client[Any], opening: Greeting, news: Event, progress: Progress) -> bool:
    """Says what is said first, each when it is its turn; False if the conversation is over.

    Raises:
        LocalProtocolError: something of it may not be said.
        DeadlineExceeded: it took longer than ``Limits.open_timeout``.
    """
    from time import monotonic  # noqa: PLC0415  # costs more than a client's import may

    seconds = client.connection.limits.open_timeout
    end = None if seconds is None else monotonic() + seconds

    def wait() -> None:
        if not news.wait(None if end is None else end - monotonic()):
            raise DeadlineExceeded(deadline="initialize", seconds=seconds or 0.0)
        news.clear()

    for message in opening():
        if not _is_said_in_turn(client, message, wait):
            return False
    _wait_for_answer(client, wait)
    progress.opened = client.closed is None
    return progress.opened and not is_refused(client.connection.session)


def _is_said_in_turn(client: Client[Any], message: object, wait: Callable[[], None]) -> bool:
    """Says a message once the server has said what comes before it; False as in `_is_said`."""
    from schematic_engine.greeting import is_early  # noqa: PLC0415  # see `Embedded`

    while True:
        try:
            return _is_said(client, message)
        except LocalIllegalMessage as error:
            if not is_early(error):
                raise
        wait()


def _wait_for_answer(client: Client[Any], wait: Callable[[], None]) -> None:
    """Waits while the opening goes on without anything for this side to say."""
    from schematic.compile import Phase  # noqa: PLC0415  # see `Embedded`
    from schematic_engine.greeting import awaits_peer  # noqa: PLC0415  # see `Embedded`

    while client.state is Phase.INITIALIZING and awaits_peer(
        client.connection.session, client.allowed()
    ):
        wait()


def _is_said(client: Client[Any], message: object) -> bool:
    """Says a message; False if the connection is over: the one who hears tells how it ended."""
    try:
        client.__say__(message)
    except ConnectionClosed:
        return False
    except LocalIllegalMessage:
        if not is_refused(client.connection.session):
            raise
        return False
    return True


def _end(client: Client[Any], hearing: Future[None], progress: Progress) -> None:
    """Waits for the end while the server says something, see `Close`."""
    from concurrent.futures import wait  # noqa: PLC0415  # costs more than a client's import may

    connection, steps = client.connection, -1
    while not (hearing.done() or progress.rests(steps) or _is_over(client)):
        steps = progress.steps
        wait([hearing], timeout=connection.limits.close_timeout)
    connection.close()


def _is_over(client: Client[Any]) -> bool:
    return may_close(client.connection.session, client.__unread__)
