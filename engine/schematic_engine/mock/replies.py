"""What a mock server says of its own accord, from the table alone.

It opens when it is its turn to open. It answers each streaming message with what is described as
coming after it, and where nothing is, with one of each kind that answers no other message; where
the client asks on channels, those are news, which are told once. Once the client has ended its
half it says all that it may, then its last message, if it has one, and closes. It never says
anything illegal: everything comes from what the machine allows.

A channel is a conversation of the same kind, so the same functions serve it, on a machine of the
channel's own.
"""

from __future__ import annotations

from schematic.compile import Row, RowKind
from schematic.define import MessageSchema, Side
from schematic_engine.machine import Machine

__all__ = ["finished", "is_streamed", "opening_reply", "streaming_replies"]


def opening_reply(machine: Machine, messages: dict[str, MessageSchema]) -> str | None:
    """The next message of the server's own opening, or None while it is not its turn."""
    if _row(machine).kind is not RowKind.OPENING:
        return None
    for name in machine.allowed(Side.SERVER):
        if not messages[name].ambient and not messages[name].final:
            return name
    return None


def streaming_replies(
    machine: Machine, messages: dict[str, MessageSchema], received: str
) -> list[str]:
    """What follows the client's message ``received``, in order.

    The list is legal as a whole: the last one may end the server's half, the others change
    nothing.
    """
    row = _row(machine)
    if row.kind is not RowKind.STREAMING or not is_streamed(machine, messages, received):
        return []
    legal = machine.allowed(Side.SERVER)
    names = [name for name in legal if name in messages and not messages[name].ambient]
    stay = [name for name in names if row.moves[name].target == machine.state[1]]
    if machine.ended(Side.CLIENT):
        return [*stay, *[name for name in names if name not in stay][:1]]
    asked = [name for name in stay if received in messages[name].after]
    return asked or [name for name in stay if not _answers(machine, messages, name)]


def is_streamed(machine: Machine, messages: dict[str, MessageSchema], received: str) -> bool:
    """Whether ``received`` belongs to the streaming, and asks for an answer as any of it does."""
    rows = (row for row in machine.table.client if row.kind is RowKind.STREAMING)
    return not messages[received].ambient and any(received in row.moves for row in rows)


def _answers(machine: Machine, messages: dict[str, MessageSchema], name: str) -> bool:
    """Whether ``name`` waits for something that the client may ask for again and again."""
    gates = [messages[gate] for gate in messages[name].after if gate in messages]
    return any(gate.repeatable and is_streamed(machine, messages, gate.id) for gate in gates)


def finished(machine: Machine, messages: dict[str, MessageSchema]) -> bool:
    """Whether it is for the server to close: the client has ended, and so has the server.

    A server that has no last message is done when it has answered the client's. One that would
    end it at any moment, such as an error, is no message to wait for.
    """
    if not machine.ended(Side.CLIENT):
        return machine.ended(Side.SERVER)
    if machine.ended(Side.SERVER):
        return True
    rows = machine.table.server
    return not any(
        rows[move.target].kind is RowKind.DONE
        for name, move in _row(machine).moves.items()
        if name in messages and not messages[name].ambient
    )


def _row(machine: Machine) -> Row:
    return machine.table.row(machine.state, Side.SERVER)
