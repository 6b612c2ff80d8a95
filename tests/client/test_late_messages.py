"""What comes late, in both colours: while this side closes, or a refusal while it speaks."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from schematic import Side
from schematic_engine.client.aio.callbacks import _is_said as is_said_awaiting
from schematic_engine.client.aio.client import _drain as drain_awaiting
from schematic_engine.client.sync.callbacks import _is_said as is_said_blocking
from schematic_engine.client.sync.client import _drain as drain_blocking
from schematic_engine.errors import DeadlineExceeded, LocalIllegalMessage

NEVER_OVER = SimpleNamespace(
    machine=SimpleNamespace(
        ended=lambda side: False,
        state=(0, 0, 0),
        table=SimpleNamespace(over=lambda state: False, opening=0),
    ),
    role=SimpleNamespace(other=None),
)


class Client:
    """A client whose server is silent until it is closed, and then has something left to say."""

    left_with = None

    def __init__(self) -> None:
        self.late: list[str] = []
        self.connection = SimpleNamespace(
            session=NEVER_OVER, limits=SimpleNamespace(close_timeout=0.0), close=self.close
        )

    @property
    def __unread__(self) -> int:
        return len(self.late)

    def close(self) -> None:
        self.late += ["one", "two"]

    def receive(self, timeout: float | None = None) -> str:
        if not self.late:
            raise DeadlineExceeded(deadline="receive", seconds=timeout or 0.0)
        return self.late.pop(0)


class AwaitedClient(Client):
    """The same for asyncio."""

    async def close(self) -> None:  # type: ignore[override]
        super().close()

    async def receive(self, timeout: float | None = None) -> str:  # type: ignore[override]
        return super().receive(timeout)


def test_what_comes_while_it_is_closed_is_returned_by_blocking_calls() -> None:
    heard: list[str] = []
    client: Any = Client()
    drain_blocking(client, heard)
    assert heard == ["one", "two"]


def test_what_comes_while_it_is_closed_is_returned_on_asyncio() -> None:
    heard: list[str] = []
    client: Any = AwaitedClient()
    asyncio.run(drain_awaiting(client, heard))
    assert heard == ["one", "two"]


REFUSED = SimpleNamespace(
    machine=SimpleNamespace(
        ended=lambda side: True, state=(0, 0, 0), table=SimpleNamespace(opening=1)
    ),
    role=Side.CLIENT,
)


def say(message: object) -> None:
    raise LocalIllegalMessage(
        side=Side.CLIENT, message="Say", state="CLOSING", why="refused", allowed=(), path=None
    )


async def say_awaiting(message: object) -> None:
    say(message)


def test_a_refusal_that_comes_while_something_is_said_is_no_error_of_who_said_it() -> None:
    connection = SimpleNamespace(session=REFUSED)
    blocking: Any = SimpleNamespace(__say__=say, connection=connection)
    assert not is_said_blocking(blocking, "anything")
    awaiting: Any = SimpleNamespace(__say__=say_awaiting, connection=connection)
    assert not asyncio.run(is_said_awaiting(awaiting, "anything"))
