"""Conversations written down line by line: who says what, and what nobody may say then.

    play(
        endpoint,
        client.says(Start()),
        server.cannot(Done(), "Stop"),
        server.says("Audio", b"..."),
        client.says(Stop()),
        server.says(Done()),
    )

A client and a server sit in memory and hear each other at once. What is said has to be understood
as just that. What cannot be said is refused where it is said, and flagged where it arrives all the
same; neither end moves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from schematic import BoundEndpoint, Side
from schematic.compile import Phase, compile_endpoint
from schematic_engine.codec import KindCodec, codecs_of
from schematic_engine.errors import IllegalMessage
from schematic_engine.events import Message, Violation
from schematic_engine.session import Session

__all__ = ["Ends", "Line", "Speaker", "between", "client", "play", "server", "stands", "tell"]


@dataclass(frozen=True)
class Ends:
    """The two ends of a conversation."""

    client: Session
    server: Session

    def speaker(self, side: Side) -> Session:
        """The end at which ``side`` speaks."""
        return self.client if side is Side.CLIENT else self.server

    def listener(self, side: Side) -> Session:
        """The end at which ``side`` is heard."""
        return self.speaker(side.other)


Line = Callable[[Ends], None]
"""One line of a conversation: it does what it says, or fails."""


@dataclass(frozen=True)
class Speaker:
    """One side, and what may be written down about it."""

    side: Side

    def says(self, message: object, body: object = None, *, heard_as: str = "") -> Line:
        """It says something, and the other end understands it.

        Args:
            message: a body, or the id of a message with ``body``.
            body: what the message of that id says.
            heard_as: the id under which it is understood, if its type does not settle that.
        """

        def line(ends: Ends) -> None:
            kind, said = _meant(ends, self.side, message, body)
            speaker, listener = ends.speaker(self.side), ends.listener(self.side)
            named = body is not None
            event = listener.receive(speaker.send(kind.id, said) if named else speaker.send(said))
            assert isinstance(event, Message), event
            assert (event.id, event.body) == (heard_as or kind.id, said)

        return line

    def cannot(self, message: object, body: object = None, *, because: str) -> Line:
        """It is refused at its own end, and flagged at the other one, with ``because`` as reason.

        Args:
            message: a body, or the id of a message with ``body``.
            body: what the message of that id would say.
            because: words of the error at either end.
        """

        def line(ends: Ends) -> None:
            kind, said = _meant(ends, self.side, message, body)
            before = _standing(ends)
            with pytest.raises(IllegalMessage, match=re.escape(because)):
                ends.speaker(self.side).send(kind.id, said)
            event = ends.listener(self.side).receive(kind.encode(said), is_text=kind.is_text)
            assert isinstance(event, Violation), event
            assert isinstance(event.error, IllegalMessage)
            assert because in str(event.error)
            assert _standing(ends) == before

        return line

    def refrains(self, message: object, body: object = None, *, because: str) -> Line:
        """It is refused at its own end, and no breach at the other: it may have crossed something.

        Args:
            message: a body, or the id of a message with ``body``.
            body: what the message of that id would say.
            because: words of the error.
        """

        def line(ends: Ends) -> None:
            kind, said = _meant(ends, self.side, message, body)
            before = _standing(ends)
            with pytest.raises(IllegalMessage, match=re.escape(because)):
                ends.speaker(self.side).send(kind.id, said)
            assert _standing(ends) == before

        return line


client = Speaker(Side.CLIENT)
server = Speaker(Side.SERVER)


def stands(phase: Phase) -> Line:
    """Both ends stand in this phase."""

    def line(ends: Ends) -> None:
        assert (ends.client.phase, ends.server.phase) == (phase, phase)

    return line


def play(endpoint: BoundEndpoint, *lines: Line) -> Ends:
    """Have a conversation from its beginning; returns where its ends stand then."""
    ends = Ends(*between(endpoint))
    for line in lines:
        line(ends)
    return ends


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


def _meant(ends: Ends, side: Side, message: object, body: object) -> tuple[KindCodec, object]:
    codec = codecs_of(ends.client.endpoint)[side]
    if body is not None:
        assert isinstance(message, str)
        return codec.kinds[message], body
    return codec.of_type(type(message))[0], message


def _standing(ends: Ends) -> tuple[object, ...]:
    return tuple((end.phase, end.allowed(), end.expected()) for end in (ends.client, ends.server))
