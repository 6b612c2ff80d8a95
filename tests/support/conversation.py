"""Two sessions that talk to each other in memory, and what one hears of the other."""

from __future__ import annotations

from schematic import BoundEndpoint, Side
from schematic.compile import compile_endpoint
from schematic_engine.events import Message
from schematic_engine.session import Session

__all__ = ["between", "tell"]


def between(endpoint: BoundEndpoint) -> tuple[Session, Session]:
    """A client and a server that have said nothing yet."""
    compiled = compile_endpoint(endpoint)
    return Session(compiled, Side.CLIENT), Session(compiled, Side.SERVER)


def tell(speaker: Session, listener: Session, body: object, message: str | None = None) -> str:
    """Have ``speaker`` say ``body``, which ``listener`` must understand as just that.

    Args:
        speaker: who says it.
        listener: who hears it.
        body: an instance of the message's type, or the bytes of the message called ``message``.
        message: the message's id, if the body does not tell.

    Returns:
        The id of the message that was heard.
    """
    payload = speaker.send(body) if message is None else speaker.send(message, body)
    event = listener.receive(payload)
    assert isinstance(event, Message), event
    assert event.body == body
    return event.id
