"""When a goodbye is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from schematic_engine.session import Session

__all__ = ["Progress", "has_ended", "may_close"]


def has_ended(session: Session) -> bool:
    """Whether this side has said its last message."""
    return session.machine.ended(session.role)


def may_close(session: Session) -> bool:
    """Whether everything is said, and closing is not left to the peer."""
    machine = session.machine
    over = machine.table.over(machine.state)
    return over and session.endpoint.endpoint.lifecycle.closing.by is not session.role.other


class Progress:
    """How far handlers have come: entered while one message is handled.

    Attributes:
        steps: how many beginnings and ends there were; odd while a message is handled.
    """

    def __init__(self) -> None:
        self.steps = 0

    def __enter__(self) -> None:
        self.steps += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.steps += 1

    def rests(self, since: int) -> bool:
        """Whether nothing has come since there were so many steps, and nothing is handled."""
        return self.steps == since and since % 2 == 0
