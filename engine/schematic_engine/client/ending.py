"""When a goodbye is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from schematic_engine.session import Session

__all__ = ["Progress", "has_ended", "is_cut_short", "is_refused", "may_close"]


def has_ended(session: Session) -> bool:
    """Whether this side has said its last message, or was refused before it could."""
    return session.machine.ended(session.role) or is_refused(session)


def is_refused(session: Session) -> bool:
    """Whether the peer has said its last message while the opening still waited for another."""
    return session.machine.ended(session.role.other) and _is_opening(session)


def is_cut_short(session: Session, progress: Progress) -> bool:
    """Whether a connection that is closed was so within the opening, and nobody has said why."""
    return not progress.opened and _is_opening(session) and not is_refused(session)


def _is_opening(session: Session) -> bool:
    _, _, marks = session.machine.state
    return bool(session.machine.table.opening & ~marks)


def may_close(session: Session, unread: int) -> bool:
    """Whether everything is said and received, and closing is not left to the peer.

    Args:
        session: the conversation, which knows what has arrived.
        unread: how much of that was not yet received.
    """
    machine = session.machine
    over = machine.table.over(machine.state) or is_refused(session)
    return (
        over
        and not unread
        and session.endpoint.endpoint.lifecycle.closing.by is not session.role.other
    )


class Progress:
    """How far handlers have come: entered while one message is handled.

    Attributes:
        steps: how many beginnings and ends there were; odd while a message is handled.
        opened: whether what is said first is said, and the server has answered it.
    """

    def __init__(self) -> None:
        self.steps = 0
        self.opened = False

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
