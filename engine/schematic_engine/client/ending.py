"""When a goodbye is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schematic_engine.session import Session

__all__ = ["has_ended", "may_close"]


def has_ended(session: Session) -> bool:
    """Whether this side has said its last message."""
    return session.machine.ended(session.role)


def may_close(session: Session) -> bool:
    """Whether everything is said, and closing is not left to the peer."""
    machine = session.machine
    over = machine.table.over(machine.state)
    return over and session.endpoint.endpoint.lifecycle.closing.by is not session.role.other
