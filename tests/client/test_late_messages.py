"""``close`` returns what comes while this side closes, in both colours."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from schematic_engine.client.aio.client import _drain as drain_awaiting
from schematic_engine.client.sync.client import _drain as drain_blocking
from schematic_engine.errors import DeadlineExceeded

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
