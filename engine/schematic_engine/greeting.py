"""What a client says first on each new connection, before the connection is handed out.

An adapter says one thing after the other. What it is not its turn to say yet, but will be once the
peer has spoken, it tries again whenever something has arrived; and when everything is said, it
waits while the opening goes on without anything for this side to say. Nothing is taken from what
arrives meanwhile: it is received later like everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, cast

from msgspec import UNSET

from schematic.compile import Phase
from schematic_engine.connection import Connection
from schematic_engine.errors import LocalIllegalMessage
from schematic_engine.session import Session

__all__ = ["Greeting", "awaits_peer", "is_early", "is_peers_turn", "try_to_say"]

Greeting: TypeAlias = Callable[[], Iterable[object]]
"""Makes what is said first: bodies, or pairs of a message's id and its body."""


def try_to_say(connection: Connection, said: object) -> bool:
    """Says a body, or a pair of an id and a body; False if the peer has to speak first.

    Raises:
        LocalProtocolError: as `Connection.send` does, where waiting would not help.
    """
    pair = cast("tuple[object, object]", said) if isinstance(said, tuple) else (said, UNSET)
    try:
        connection.send(*pair)
    except LocalIllegalMessage as error:
        if not is_early(error):
            raise
        return False
    return True


def is_peers_turn(connection: Connection) -> bool:
    """Whether the opening goes on, and this side has nothing to do for it but wait."""
    session = connection.session
    return (
        connection.phase is Phase.INITIALIZING
        and session is not None
        and awaits_peer(session, connection.allowed())
    )


def is_early(error: LocalIllegalMessage) -> bool:
    """Whether what was refused may be said once the peer has spoken, and this side need not."""
    return bool(error.path) and all(side is not error.side for side, _ in error.path or ())


def awaits_peer(session: Session, allowed: Iterable[str]) -> bool:
    """Whether in an opening that goes on there is nothing to do but wait, by what is allowed."""
    return session.machine.table.ambient.issuperset(allowed)
