"""`Opening`: something that can be awaited, or entered with ``async with``."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

__all__ = ["Opening"]

T = TypeVar("T", bound=AbstractAsyncContextManager[Any, Any])


class Opening(Generic[T]):
    """What `connect` and `serve` return: nothing has happened yet.

    ``await`` opens it and leaves closing to the caller; ``async with`` opens it and closes it at
    the end of the block, however the block ends.
    """

    __slots__ = ("_open", "_opened")

    def __init__(self, opening: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._open = opening
        self._opened: T | None = None

    def __await__(self) -> Generator[Any, Any, T]:
        return self._open().__await__()

    if not TYPE_CHECKING:  # type checkers refuse it by themselves

        def __aiter__(self) -> None:
            raise TypeError(
                "this opens once: await it or write `async with`; connections one after another "
                "come from connect(..., reconnect=Reconnect())"
            )

    async def __aenter__(self) -> T:
        opened = self._opened = await self._open()
        return opened

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._opened is not None:
            await self._opened.__aexit__(kind, error, trace)
