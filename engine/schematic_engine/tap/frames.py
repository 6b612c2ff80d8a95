"""Reading the frames of one direction of a WebSocket that others speak: `FrameReader`. Pure.

It is the receiving half of `schematic_engine.wire` without a connection of its own: nothing is
answered, and what comes after a close frame is still read, since that is a breach to be told.
wsproto is the authority on frames here, too, and whole plain ones take the lane past it.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec
from wsproto.frame_protocol import CloseReason, Frame, FrameProtocol, ParseFailed

from schematic.define import Side
from schematic_engine.deflate import Deflate, parse_extensions
from schematic_engine.errors import RemoteProtocolError
from schematic_engine.guard import FrameGuard
from schematic_engine.lane import Lane
from schematic_engine.limits import Limits

__all__ = ["Closing", "FrameReader", "Heard", "frame_readers"]

_TEXTS: Final = {
    CloseReason.INVALID_FRAME_PAYLOAD_DATA: "a text or a close reason is not valid UTF-8",
}


class Closing(msgspec.Struct, frozen=True):
    """A close frame.

    Attributes:
        code: its code; 1005 where it has none.
        reason: its reason.
    """

    code: int
    reason: str


Heard: TypeAlias = str | bytes | Closing
"""A whole text message, a whole binary one, or a close frame."""


class FrameReader:
    """Reads what one side sends, until it breaks the protocol.

    Args:
        sender: who sends it; a client's frames are masked.
        limits: `max_message_size` and `max_empty_fragments` bound what is held.
        deflate: permessage-deflate, as it was agreed on for this direction; None without.

    Attributes:
        problem: what it broke the protocol with, from which on nothing is read; else empty.
    """

    def __init__(self, sender: Side, limits: Limits, deflate: Deflate | None = None) -> None:
        self._limits = limits
        self._sender = sender
        self._guard = deflate or FrameGuard(limits.max_message_size, limits.max_empty_fragments)
        self._lane = Lane(sender.other, limits.max_message_size)
        self._frames = self._new_parser()
        self._partial: bytearray = bytearray()
        self.problem = ""

    @property
    def within(self) -> bool:
        """Whether a message, or a control frame, has begun and is not complete."""
        return self._lane.within

    def receive(self, data: bytes) -> list[Heard]:
        """What is complete with ``data``."""
        heard: list[Heard] = []
        if not self.problem:
            for piece in self._lane.scan(data, heard.append):
                if not self._parse(piece, heard):
                    break
        return heard

    def _new_parser(self) -> FrameProtocol:
        return FrameProtocol(self._sender is Side.SERVER, [self._guard])

    def _parse(self, piece: bytes, heard: list[Heard]) -> bool:
        """The one place where bytes enter the parser: never more than belong to one frame."""
        self._frames.receive_bytes(piece)
        try:
            for frame in self._frames.received_frames():
                self._take(frame, heard)
        except ParseFailed as error:
            self.problem = self._why(error)
            self._partial.clear()
        return not self.problem

    def _take(self, frame: Frame, heard: list[Heard]) -> None:
        data = frame.payload
        if isinstance(data, tuple):  # of a close frame, and of no other
            code, reason = data
            heard.append(Closing(int(self._guard.close_code or code), reason))
            self._frames = self._new_parser()  # it reads no further
        elif not frame.opcode.iscontrol():
            self._partial += data.encode() if isinstance(data, str) else data
            if frame.message_finished:
                whole = bytes(self._partial)
                self._partial.clear()
                heard.append(whole.decode() if isinstance(data, str) else whole)

    def _why(self, error: ParseFailed) -> str:
        """What the sender did, in words that do not depend on how the bytes were cut."""
        if error.code is CloseReason.MESSAGE_TOO_BIG:
            limit = self._guard.exceeded
            return f"a message exceeds {limit}, {getattr(self._limits, limit):,}"
        return self._guard.problem or _TEXTS.get(error.code, str(error))


def frame_readers(extensions: str, limits: Limits) -> dict[Side, FrameReader]:
    """Readers for both directions of a connection that was just opened.

    Args:
        extensions: what the server's answer says in ``Sec-WebSocket-Extensions``.
        limits: bounds on what is held.

    Raises:
        RemoteProtocolError: the extensions are not valid, or others than permessage-deflate.
    """
    try:
        agreed = parse_extensions(extensions)
    except ValueError as error:
        raise RemoteProtocolError(str(error)) from None
    if not agreed:
        return {side: FrameReader(side, limits) for side in Side}
    if len(agreed) > 1 or agreed[0][0] != "permessage-deflate":
        names = ", ".join(name for name, _ in agreed)
        raise RemoteProtocolError(f"the server chose an extension that is not known here: {names}")
    return {side: FrameReader(side, limits, _deflate(side, extensions, limits)) for side in Side}


def _deflate(sender: Side, answer: str, limits: Limits) -> Deflate:
    """What inflates the messages of ``sender``: `Deflate` is made for those of a server."""
    deflate = Deflate(limits.max_message_size, limits.max_empty_fragments)
    if sender is Side.CLIENT:
        for mine, theirs in (("server_", "\0"), ("client_", "server_"), ("\0", "client_")):
            answer = answer.replace(mine, theirs)
    deflate.finalize(answer)
    return deflate
