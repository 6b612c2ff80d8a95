"""One conversation for both flavours of an SDK, whose methods have the same names.

A conversation is a generator. What it yields is done with the SDK's connection: ``say(...)`` calls
one of its methods, `HEAR` receives one message and gives it to the conversation, and `REST` all
that come until the service closes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from operator import attrgetter
from typing import Any, Final, TypeAlias

__all__ = ["HEAR", "REST", "Step", "Talk", "have", "have_async", "say"]


class _Hear:
    pass


class _Rest:
    pass


HEAR: Final = _Hear()
REST: Final = _Rest()

Step: TypeAlias = "Callable[[Any], Any] | _Hear | _Rest"
Talk: TypeAlias = Generator[Step, Any, None]


def say(method: str, *arguments: Any, **named: Any) -> Step:
    """Call ``method``, a name that may have dots, with these arguments."""

    def call(connection: Any) -> Any:
        return attrgetter(method)(connection)(*arguments, **named)

    return call


def have(connection: Any, talk: Talk) -> None:
    """Have the conversation with blocking calls."""
    try:
        step = next(talk)
        while True:
            if isinstance(step, _Hear):
                done = connection.recv()
            elif isinstance(step, _Rest):
                done = list(connection)
            else:
                done = step(connection)
            step = talk.send(done)
    except StopIteration:
        pass


async def have_async(connection: Any, talk: Talk) -> None:
    """Have the conversation with calls that are awaited."""
    try:
        step = next(talk)
        while True:
            if isinstance(step, _Hear):
                done = await connection.recv()
            elif isinstance(step, _Rest):
                done = [message async for message in connection]
            else:
                done = await step(connection)
            step = talk.send(done)
    except StopIteration:
        pass
