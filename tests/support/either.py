"""The same short conversation in either adapter, with a server in another thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import schematic_engine.asyncio as on_a_loop
import schematic_engine.sync as blocking
from schematic_engine.events import Message
from support.echo import TALK, Heard, Hello, Say
from support.loops import on_a_strict_loop

__all__ = ["ADAPTERS", "Talker"]

Talker = Callable[..., str]
"""Connects with the options of `connect`, says a word, and returns what the server has heard."""


def _talk_on_a_loop(**options: Any) -> str:
    heard: list[str] = []

    @on_a_strict_loop
    async def talk() -> None:
        async with on_a_loop.connect(TALK, **{"auth": "open sesame", **options}) as connection:
            await connection.send(Hello())
            await connection.send(Say("a word"))
            heard.append(_words(await connection.receive(30)))

    talk()
    return heard[0]


def _talk_blocking(**options: Any) -> str:
    with blocking.connect(TALK, **{"auth": "open sesame", **options}) as connection:
        connection.send(Hello())
        connection.send(Say("a word"))
        return _words(connection.receive(30))


def _words(event: object) -> str:
    assert isinstance(event, Message)
    assert isinstance(event.body, Heard)
    return event.body.text


ADAPTERS: Final[dict[str, Talker]] = {"asyncio": _talk_on_a_loop, "sync": _talk_blocking}
