"""Frames are read as a connection reads them, and what comes after a close frame, too."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import Side
from schematic_engine.deflate import Deflate
from schematic_engine.errors import RemoteProtocolError
from schematic_engine.events import Closed, Ping, Pong
from schematic_engine.limits import Limits
from schematic_engine.tap.frames import Closing, FrameReader, Heard, frame_readers
from schematic_engine.wire import Wire
from support.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    TEXT,
    close_frame,
    cut,
    cuts,
    deflated,
    frame,
)

LIMITS = Limits(max_message_size=5000, max_empty_fragments=2)
PAYLOADS = st.one_of(
    st.text("aé€𝄞", max_size=40).map(str.encode),
    st.binary(max_size=10),
    st.text("abc", max_size=200).map(lambda text: deflated(text.encode())),
    st.sampled_from([b"", b"\x03\xe8bye", b"\x03\xf6", b"\x03", b"\xc3", b"x" * 5001, b"x" * 300]),
)


@st.composite
def frames(draw: st.DrawFn, side: Side) -> bytes:
    """A frame that ``side`` may send, mostly right."""
    return frame(
        draw(st.sampled_from([TEXT, TEXT, BINARY, CONTINUATION, CONTINUATION, CLOSE, PING, 3])),
        draw(PAYLOADS),
        fin=draw(st.integers(0, 3)) > 0,
        rsv=draw(st.sampled_from([0, 0, 0, 4, 4, 2])),
        masked=(side is Side.CLIENT) is (draw(st.integers(0, 15)) > 0),
    )


@st.composite
def streams(draw: st.DrawFn) -> tuple[Side, bytes]:
    """A sender and what it sends."""
    side = draw(st.sampled_from(Side))
    return side, b"".join(draw(st.lists(frames(side), max_size=8))) + draw(st.binary(max_size=3))


def reader(side: Side, compressed: bool) -> FrameReader:
    extension = "permessage-deflate" if compressed else ""
    return frame_readers(extension, LIMITS)[side]


def heard(reader: FrameReader, data: bytes, places: list[int]) -> list[Heard]:
    return [one for piece in cut(data, places) for one in reader.receive(piece)]


@settings(max_examples=60)
@given(streams(), st.booleans(), cuts())
def test_any_bytes_in_any_chunks_are_heard_alike(
    case: tuple[Side, bytes], compressed: bool, places: list[int]
) -> None:
    side, data = case
    one, other = reader(side, compressed), reader(side, compressed)
    assert heard(one, data, []) == heard(other, data, places)
    assert one.problem == other.problem


@settings(max_examples=60)
@given(streams(), st.booleans(), cuts())
def test_it_hears_what_a_connection_hears(
    case: tuple[Side, bytes], compressed: bool, places: list[int]
) -> None:
    side, data = case
    deflate = Deflate(LIMITS.max_message_size, LIMITS.max_empty_fragments) if compressed else None
    if deflate is not None:
        deflate.accept("permessage-deflate")
    wire = Wire(side.other, limits=LIMITS, deflate=deflate, entropy=bytes)
    events = [event for piece in cut(data, places) for event in wire.receive_data(piece)]
    events += wire.receive_data(b"") if wire.failing else []
    mine = reader(side, compressed)
    found = heard(mine, data, places)
    wanted: list[Heard] = []
    for event in events:
        if isinstance(event, Closed) and event.clean:
            assert event.code is not None
            wanted.append(Closing(event.code, event.reason))
            found = found[: len(wanted)]
        elif isinstance(event, Closed):
            assert mine.problem
        elif not isinstance(event, Ping | Pong):
            wanted.append(event)
    assert found == wanted
    assert bool(mine.problem) or not any(isinstance(e, Closed) and e.error for e in events)


def test_what_follows_a_close_frame_is_heard() -> None:
    mine = reader(Side.CLIENT, False)
    data = close_frame(1014, b"why", masked=True) + frame(TEXT, b"late", masked=True)
    assert mine.receive(data) == [Closing(1014, "why"), "late"]


@pytest.mark.parametrize("answer", ["", "client_no_context_takeover", "server_no_context_takeover"])
def test_each_direction_is_inflated_as_it_was_agreed_for_it(answer: str) -> None:
    readers = frame_readers("; ".join(filter(None, ["permessage-deflate", answer])), LIMITS)
    for side in Side:
        wire = Wire(side, deflate=_agreed(side, answer), entropy=bytes)
        for text in ("hello " * 200, "hello " * 300):
            wire.send(text)
            assert readers[side].receive(wire.data_to_send()) == [text]


def _agreed(side: Side, answer: str) -> Deflate:
    deflate = Deflate(LIMITS.max_message_size)
    if side is Side.CLIENT:
        deflate.finalize("; ".join(filter(None, ["permessage-deflate", answer])))
    else:
        deflate.accept("; ".join(filter(None, ["permessage-deflate", answer])))
    return deflate


@pytest.mark.parametrize("extension", ["x-other", "permessage-deflate, x", "permessage-deflate; a"])
def test_an_extension_that_is_not_known_cannot_be_followed(extension: str) -> None:
    with pytest.raises(RemoteProtocolError, match=r"extension|permessage-deflate"):
        frame_readers(extension, LIMITS)


def test_what_is_too_long_is_told_with_its_limit() -> None:
    mine = reader(Side.SERVER, False)
    assert mine.receive(frame(BINARY, b"x" * 5001)[:10]) == []
    assert mine.problem == "a message exceeds max_message_size, 5,000"
    assert mine.receive(frame(TEXT, b"on")) == []
