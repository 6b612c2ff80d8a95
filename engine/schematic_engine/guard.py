"""Message limits at the earliest moment, as a wsproto extension that no peer ever sees.

wsproto hands every frame header to its extensions before it reads the payload. That is the place
to refuse a frame that announces too much, and to know which frames belong to which message. The
answer depends on headers alone, so that it is the same however the bytes were cut into reads.

The guard also lets close code 1014 (bad gateway) through, which IANA registers and wsproto 1.3
takes for an error: wsproto is shown 1013, its neighbour, and the true code is kept beside.
"""

from __future__ import annotations

from typing import Final

from wsproto.extensions import Extension
from wsproto.frame_protocol import (
    CloseReason,
    FrameDecoder,
    FrameProtocol,
    Opcode,
    RsvBits,
)

from schematic_engine.limits import DEFAULT_LIMITS

__all__ = ["NO_BITS", "FrameGuard"]

NO_BITS: Final = RsvBits(False, False, False)
# Members of an Enum looked up once: this module runs for every frame.
_CONTINUATION: Final = Opcode.CONTINUATION
_CLOSE: Final = Opcode.CLOSE
_BAD_GATEWAY: Final = (1014).to_bytes(2, "big")
_TRY_AGAIN_LATER: Final = (1013).to_bytes(2, "big")


class FrameGuard(Extension):
    """Follows the frames of each received message and bounds its announced size.

    wsproto asks `frame_inbound_header` again for the same frame when a mask was still missing, so
    nothing moves there; it moves in `frame_inbound_complete`, which comes once for each frame.

    Args:
        max_message_size: bytes of one message, all fragments together.
        max_empty_fragments: fragments without content in one message, the last one not counted.

    Attributes:
        exceeded: the name of the limit that was passed, where a frame was refused with 1009.
        problem: what was wrong with the frame that was refused with 1002, or with 1007 where it
            could not be inflated; else empty.
        close_code: the code of the peer's close frame where wsproto was shown another one.
    """

    name = "schematic-frame-guard"

    def __init__(
        self,
        max_message_size: int,
        max_empty_fragments: int = DEFAULT_LIMITS.max_empty_fragments,
    ) -> None:
        self._limit = max_message_size
        self._most_empty = max_empty_fragments
        self._empty = 0  # fragments of the current message that held nothing
        self._announced = 0  # bytes of the finished fragments of the current message
        self._frame = 0  # bytes of the current data frame
        self.problem = ""
        self.exceeded = "max_message_size"
        self.close_code: int | None = None
        self._is_close = False
        self._is_data = False  # the current frame is text, binary or a continuation
        self._continuing = False  # fragments of a message are still to come
        self._compressed = False  # the current message was sent compressed

    def enabled(self) -> bool:
        """Always: it is not negotiated."""
        return True

    def offer(self) -> bool | str:
        """Never: it is not on the wire."""
        return False

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,  # noqa: ARG002  (wsproto's signature)
        opcode: Opcode,
        rsv: RsvBits,
        payload_length: int,
    ) -> CloseReason | RsvBits:
        """Judges a frame by its header; claims no reserved bit (RFC 6455, sections 5.2 and 5.4)."""
        self._is_data = opcode < _CLOSE  # RFC 6455, section 5.2: control frames from 8 on
        self._is_close = opcode is _CLOSE
        if not self._is_data:
            return NO_BITS
        if self._continuing is not (opcode is _CONTINUATION):
            started = "a message began inside another one"
            self.problem = started if self._continuing else "a fragment continues nothing"
            return CloseReason.PROTOCOL_ERROR
        self._frame = payload_length
        if not self._continuing:
            self._compressed = rsv.rsv1
        if not self._compressed and self._announced + payload_length > self._limit:
            return CloseReason.MESSAGE_TOO_BIG
        return NO_BITS

    def frame_inbound_payload_data(
        self,
        proto: FrameDecoder | FrameProtocol,  # noqa: ARG002  (wsproto's signature)
        data: bytes,
    ) -> bytes | CloseReason:
        """Passes payloads on; the payload of a control frame always comes in one piece."""
        if self._is_close and data[:2] == _BAD_GATEWAY:
            self.close_code = 1014
            return _TRY_AGAIN_LATER + data[2:]
        return data

    def frame_inbound_complete(
        self,
        proto: FrameDecoder | FrameProtocol,  # noqa: ARG002  (wsproto's signature)
        fin: bool,
    ) -> bytes | CloseReason | None:
        """Moves on to the next frame, and to the next message when this one is finished."""
        if self._is_data:
            self._continuing = not fin
            self._announced = 0 if fin else self._announced + self._frame
            self._empty = 0 if fin else self._empty + (self._frame == 0)
            if self._empty > self._most_empty:
                self.exceeded = "max_empty_fragments"
                return CloseReason.MESSAGE_TOO_BIG
        return None
