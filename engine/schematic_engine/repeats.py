"""Saying again what changes nothing: one call from a body to what is to be written.

It does for one kind of message what `Connection.send` does for any, as long as the conversation
stands where it stood when the kind was judged: the body is checked, framed, and entered into the
ledger. Nothing else happens to such a message, so nothing else is called.
"""

from __future__ import annotations

from collections.abc import Callable

from schematic_engine.clockwork import Clockwork
from schematic_engine.ledger import Ledger
from schematic_engine.session import Session
from schematic_engine.steady import Steady
from schematic_engine.wire import Wire

__all__ = ["repeater"]


def repeater(
    steady: Steady, session: Session, wire: Wire, ledger: Ledger, clock: Clockwork
) -> Callable[[object], bool]:
    """What says a body of the kind of ``steady``, or returns False and has done nothing."""
    machine, state = session.machine, steady.state
    encode, is_text, said = steady.payload, steady.is_text, steady.said
    frame, queue, plain_below = wire.frame, wire.queued.append, wire.plain_below
    (name, key), note = said, ledger.messages.append

    def say(body: object) -> bool:
        if machine.state is not state or not wire.open:
            return False
        payload = encode(body)
        if payload is None:
            return False
        if len(payload) < plain_below:
            data = frame(payload, is_text)
            queue(data)
            wire.end += len(data)
        else:
            wire.send_frame(payload, is_text=is_text)
        session.said = said
        ledger.count += 1
        note((wire.end, name, key))
        if clock.schedule is not None:
            clock.said()
        return True

    return say
