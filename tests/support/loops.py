"""Run a test on an asyncio loop that notices everything left behind."""

from __future__ import annotations

import asyncio
import functools
import gc
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

__all__ = ["on_a_strict_loop", "run_strictly", "step_into"]

P = ParamSpec("P")


def on_a_strict_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make an ``async`` test an ordinary one: debug mode, no task left, no error swallowed.

    Transports and sockets left open warn when they are collected, and warnings are errors.
    """

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        run_strictly(functools.partial(test, *args, **kwargs))

    return run


def run_strictly(
    test: Callable[[], Coroutine[Any, Any, None]],
    make_loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> None:
    """Run a test so, on a loop of the given make."""
    swallowed: list[dict[str, Any]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: swallowed.append(context))
        await test()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert left == set()

    with asyncio.Runner(debug=True, loop_factory=make_loop) as runner:
        runner.run(main())
    gc.collect()
    assert swallowed == [], swallowed


async def step_into(task: asyncio.Future[Any]) -> None:
    """Let a new task run up to where it waits."""
    await asyncio.sleep(0)  # one turn of the loop
    assert not task.done()
