from __future__ import annotations

import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic.define import Side
from schematic_engine.deflate import Deflate
from schematic_engine.errors import (
    LocalProtocolError,
    MessageTooBig,
    ProtocolError,
    RemoteInvalidMessage,
    RemoteProtocolError,
)
from schematic_engine.events import Closed, Ping, Pong
from schematic_engine.guard import FrameGuard
from schematic_engine.limits import Limits
from schematic_engine.wire import Wire, WireEvent, check_close
from support.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_frame,
    cut,
    cuts,
    deflated,
    frame,
)

LIMITS = Limits(max_message_size=1000)


def client(limits: Limits = LIMITS, *, compression: bool = False) -> Wire:
    deflate = None
    if compression:
        deflate = Deflate(limits.max_message_size)
        deflate.finalize("permessage-deflate")
    return Wire(Side.CLIENT, limits=limits, deflate=deflate)


def server(limits: Limits = LIMITS) -> Wire:
    return Wire(Side.SERVER, limits=limits)


def facts(events: Iterable[WireEvent]) -> list[object]:
    """Events as values that can be compared, errors by type and text."""
    return [
        (event.code, event.reason, event.clean, type(event.error), str(event.error))
        if isinstance(event, Closed)
        else event
        for event in events
    ]


def read(wire: Wire, reads: Iterable[bytes]) -> list[object]:
    found = [event for data in reads for event in wire.receive_data(data)]
    if wire.failing:
        found.append(wire.break_off())
    return facts(found)


messages = st.one_of(st.text(max_size=300), st.binary(max_size=300))


@st.composite
def legal_frames(draw: st.DrawFn, *, masked: bool = False) -> bytes:
    """Messages in any number of fragments with control frames between them."""
    out = b""
    for _ in range(draw(st.integers(0, 4))):
        message = draw(messages)
        data = message.encode() if isinstance(message, str) else message
        opcode = TEXT if isinstance(message, str) else BINARY
        pieces = list(cut(data, draw(cuts()))) or [b""]
        for number, piece in enumerate(pieces):
            if draw(st.booleans()):
                out += frame(draw(st.sampled_from([PING, PONG])), b"between", masked=masked)
            last = number == len(pieces) - 1
            out += frame(CONTINUATION if number else opcode, piece, fin=last, masked=masked)
    if draw(st.booleans()):
        out += close_frame(draw(st.sampled_from([1000, 1001, 1014, 4999])), b"bye", masked=masked)
    return out


@st.composite
def odd_frames(draw: st.DrawFn, *, masked: bool = False) -> bytes:
    """Frames that follow each other in any order and need not make sense."""
    frames = st.builds(
        frame,
        st.integers(0, 15),
        st.one_of(st.binary(max_size=140), st.binary(min_size=600, max_size=600)),
        fin=st.booleans(),
        rsv=st.sampled_from([0, 0, 0, 4, 7]),
        masked=st.sampled_from([masked, masked, masked, not masked]),
    )
    return b"".join(draw(st.lists(frames, max_size=5))) + draw(st.binary(max_size=20))


@given(legal_frames(), cuts())
def test_any_chunking_of_a_legal_stream_gives_the_same_events(
    data: bytes, places: list[int]
) -> None:
    whole = read(client(), [data] if data else [])
    assert read(client(), cut(data, places)) == whole
    assert read(client(), (bytes([byte]) for byte in data)) == whole


@given(st.one_of(odd_frames(), odd_frames(masked=True), st.binary()), cuts(), st.booleans())
def test_any_chunking_of_any_stream_gives_the_same_events(
    data: bytes, places: list[int], is_client: bool
) -> None:
    side = Side.CLIENT if is_client else Side.SERVER
    wires = [Wire(side, limits=LIMITS) for _ in range(3)]
    whole = read(wires[0], [data] if data else [])
    assert read(wires[1], cut(data, places)) == whole
    assert read(wires[2], (bytes([byte]) for byte in data)) == whole
    for wire in wires:
        ended = whole and isinstance(whole[-1], tuple)
        assert wire.closed == bool(ended)
        assert wire.receive_data(b"") == ([] if ended else [Closed(code=1006)])
        assert wire.receive_data(data) == []


@given(odd_frames(), cuts())
def test_hostile_bytes_on_a_compressed_connection_raise_nothing(
    data: bytes, places: list[int]
) -> None:
    wire = client(compression=True)
    events = [event for piece in cut(data, places) for event in wire.receive_data(piece)]
    events += wire.receive_data(b"")
    assert [isinstance(event, Closed) for event in events].count(True) == 1
    assert isinstance(events[-1], Closed)


@given(st.lists(messages, max_size=5), st.booleans(), st.booleans(), st.integers(0, 5000))
def test_what_one_side_sends_the_other_receives_as_far_as_the_cut_lets_it(
    sent: list[str | bytes], from_client: bool, compression: bool, place: int
) -> None:
    ours, theirs = Deflate(5000), Deflate(5000)
    ours.finalize("permessage-deflate")
    theirs.accept("permessage-deflate")
    client = Wire(Side.CLIENT, deflate=ours if compression else None)
    server = Wire(Side.SERVER, deflate=theirs if compression else None)
    sender, receiver = (client, server) if from_client else (server, client)
    for message in sent:
        sender.send(message)
    sender.close(1000, "done")
    data = sender.data_to_send()
    kept = data[: place % (len(data) + 1)]
    received = receiver.receive_data(kept) if kept else []
    if kept == data:
        assert received == [*sent, Closed(code=1000, reason="done", clean=True)]
        return
    assert received == sent[: len(received)]
    assert receiver.receive_data(b"") == [Closed(code=1006)]


@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=6), st.booleans(), cuts())
def test_control_frames_between_fragments_of_a_compressed_message_leave_it_whole(
    pieces: list[bytes], final: bool, places: list[int]
) -> None:
    message = b"".join(pieces)
    packed = list(cut(deflated(message, final=final), [7, 9, 30]))
    data = b""
    for number, piece in enumerate(packed):
        first, last = number == 0, number == len(packed) - 1
        data += frame(BINARY if first else CONTINUATION, piece, fin=last, rsv=4 if first else 0)
        data += frame(PING, b"hi") + frame(PONG)
    wire = client(Limits(max_message_size=2000), compression=True)
    found = [event for read in cut(data * 2, places) for event in wire.receive_data(read)]
    assert [event for event in found if isinstance(event, bytes)] == [message, message]
    assert not wire.closed


@pytest.mark.parametrize("rsv", [0, 4])
def test_so_many_fragments_without_content_are_taken_and_no_more(rsv: int) -> None:
    limits = Limits(max_empty_fragments=128)
    wire = client(limits, compression=True)
    first = frame(TEXT, deflated(b"ab")[:1] if rsv else b"a", fin=False, rsv=rsv)
    last = frame(CONTINUATION, deflated(b"ab")[1:] if rsv else b"b")
    most = first + frame(CONTINUATION, fin=False) * 128
    assert wire.receive_data((most + last) * 2) == ["ab", "ab"]
    (closed,) = wire.receive_data(most + frame(CONTINUATION, fin=False) * 100_000)
    assert isinstance(closed, Closed)
    assert str(closed.error) == "the peer sent more than max_empty_fragments = 128 fragments"
    assert sent_close(wire) == 1009


def test_fragments_with_content_are_bounded_by_their_bytes_alone() -> None:
    wire = client(Limits(max_empty_fragments=0, max_message_size=5000))
    many = frame(BINARY, b"a", fin=False) + frame(CONTINUATION, b"a", fin=False) * 4998
    assert wire.receive_data(many + frame(CONTINUATION, b"a")) == [b"a" * 5000]


def test_pongs_that_nobody_takes_cost_a_bounded_number_of_bytes() -> None:
    wire, payloads = server(), [b"%125d" % number for number in range(1000)]
    pings = b"".join(frame(PING, payload, masked=True) for payload in payloads)
    assert len(wire.receive_data(pings)) == 1000
    wire.send("after")
    answers = client().receive_data(wire.data_to_send())
    assert answers == [*map(Pong, payloads[-64:]), "after"]
    assert wire.data_to_send() == b""


def test_a_character_cut_in_two_by_fragments_is_whole_again() -> None:
    wire = client()
    assert wire.receive_data(frame(TEXT, b"\xc3", fin=False)) == []
    assert wire.receive_data(frame(CONTINUATION, b"\xa9")) == ["é"]


@pytest.mark.parametrize(
    "data",
    [
        frame(TEXT, b"x" * 1001),
        frame(TEXT, b"x" * 999, fin=False) + frame(CONTINUATION, b"xx"),
        frame(BINARY, b"x" * 999, fin=False) + frame(PING) + frame(CONTINUATION, b"xx"),
        b"\x82\x7f\x00\x00\x01" + b"\x00" * 5,  # the header of a frame of a tebibyte
        frame(BINARY, deflated(b"\x00" * 1001), rsv=4),
        frame(BINARY, deflated(b"\x00" * 100_000), rsv=4, fin=False),
        frame(BINARY, deflated(b"\x00" * 1001)[:9], rsv=4, fin=False)
        + frame(CONTINUATION, deflated(b"\x00" * 1001)[9:]),
    ],
)
def test_a_message_over_the_limit_ends_the_connection_with_1009(data: bytes) -> None:
    wire = client(compression=True)
    closed = wire.receive_data(data)[-1]
    assert isinstance(closed, Closed)
    assert isinstance(closed.error, MessageTooBig)
    assert (closed.error.limit, closed.error.value) == ("max_message_size", 1000)
    assert sent_close(wire) == 1009


def test_a_message_as_big_as_the_limit_is_delivered() -> None:
    wire = client(compression=True)
    assert wire.receive_data(frame(BINARY, b"x" * 1000)) == [b"x" * 1000]
    assert wire.receive_data(frame(BINARY, deflated(b"x" * 1000), rsv=4)) == [b"x" * 1000]
    split = frame(TEXT, b"x" * 500, fin=False) + frame(CONTINUATION, b"x" * 500)
    assert wire.receive_data(split) == ["x" * 1000]


@pytest.mark.parametrize(
    ("data", "code", "kind"),
    [
        (frame(3), 1002, RemoteProtocolError),
        (frame(TEXT, b"\xff"), 1007, RemoteInvalidMessage),
        (frame(TEXT, b"\xc3"), 1007, RemoteInvalidMessage),
        (frame(BINARY, b"\x07", rsv=4), 1007, RemoteInvalidMessage),
        (frame(TEXT, masked=True), 1002, RemoteProtocolError),
        (frame(TEXT, rsv=2), 1002, RemoteProtocolError),
        (frame(PING, rsv=4), 1002, RemoteProtocolError),
        (frame(CONTINUATION), 1002, RemoteProtocolError),
        (frame(TEXT, fin=False) + frame(TEXT), 1002, RemoteProtocolError),
        (frame(TEXT, fin=False) + frame(CONTINUATION, rsv=4), 1002, RemoteProtocolError),
        (frame(CLOSE, b"x"), 1002, RemoteProtocolError),
        (close_frame(1005), 1002, RemoteProtocolError),
        (close_frame(1016), 1002, RemoteProtocolError),
        (close_frame(1000, b"\xff"), 1007, RemoteInvalidMessage),
    ],
)
def test_a_broken_rule_ends_the_connection_with_the_code_for_it(
    data: bytes, code: int, kind: type[ProtocolError]
) -> None:
    wire = client(compression=True)
    (closed,) = wire.receive_data(data)
    assert isinstance(closed, Closed)
    assert (closed.code, closed.clean, type(closed.error)) == (1006, False, kind)
    assert sent_close(wire) == code
    assert wire.receive_data(b"more") == []


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (frame(TEXT, b"\xff"), "not valid UTF-8"),
        (close_frame(1000, b"\xff"), "not valid UTF-8"),
        (frame(TEXT, deflated(b"\xff"), rsv=4), "not valid UTF-8"),
        (frame(BINARY, b"\x07", rsv=4), "cannot be inflated"),
        (frame(TEXT, b"", rsv=4), "cannot be inflated"),
    ],
)
def test_text_that_is_no_text_is_told_from_what_cannot_be_inflated(
    data: bytes, problem: str
) -> None:
    (closed,) = client(compression=True).receive_data(data)
    assert isinstance(closed, Closed)
    assert str(closed.error).endswith(problem)


def test_messages_that_came_in_one_read_with_a_breach_can_still_be_answered() -> None:
    wire = client()
    assert wire.receive_data(frame(TEXT, b"hello") + frame(3) + frame(TEXT, b"more")) == ["hello"]
    assert wire.failing
    assert wire.open
    wire.send("answer")
    assert wire.receive_data(frame(TEXT, b"even more")) == []
    closed = wire.break_off()
    assert isinstance(closed.error, RemoteProtocolError)
    assert (wire.failing, wire.open, wire.closed) == (False, False, True)
    other = server()
    answer, end = other.receive_data(wire.data_to_send())
    assert (answer, isinstance(end, Closed) and end.code) == ("answer", 1002)
    assert wire.receive_data(b"") == []


def test_what_comes_after_a_breach_is_not_kept() -> None:
    wire, more = client(), bytes(1 << 20)
    wire.receive_data(frame(3))
    tracemalloc.start()
    try:
        assert [wire.receive_data(more) for _ in range(10)] == [[]] * 10
        assert tracemalloc.get_traced_memory()[0] < 10_000
    finally:
        tracemalloc.stop()


@given(st.lists(messages, max_size=4), st.integers(0, 70_000), st.booleans())
def test_every_message_goes_out_as_one_frame(
    sent: list[str | bytes], size: int, compression: bool
) -> None:
    wire = client(compression=compression)
    for message in [*sent, b"x" * size]:
        wire.send(message)
        data = wire.data_to_send()
        assert data[0] & 0x8F in (0x81, 0x82)
        short = data[1] & 0x7F
        wide = {126: 2, 127: 8}.get(short, 0)
        length = int.from_bytes(data[2 : 2 + wide], "big") if wide else short
        assert len(data) == 2 + wide + 4 + length


def test_a_breach_is_told_at_the_latest_when_the_stream_ends() -> None:
    wire = client()
    wire.receive_data(frame(TEXT, b"hello") + frame(3))
    (closed,) = wire.receive_data(b"")
    assert isinstance(closed, Closed)
    assert isinstance(closed.error, RemoteProtocolError)
    assert sent_close(wire) == 1002


def test_the_guard_of_sizes_is_never_offered_to_a_peer() -> None:
    guard = FrameGuard(1)
    assert guard.enabled()
    assert guard.offer() is False


def test_frames_out_of_order_are_named() -> None:
    (closed,) = client().receive_data(frame(CONTINUATION))
    assert isinstance(closed, Closed)
    assert "a fragment continues nothing" in str(closed.error)
    (closed,) = client().receive_data(frame(TEXT, fin=False) + frame(BINARY))
    assert isinstance(closed, Closed)
    assert "a message began inside another one" in str(closed.error)


def test_a_ping_is_answered_with_its_payload() -> None:
    wire = server()
    assert wire.receive_data(frame(PING, b"42", masked=True)) == [Ping(b"42")]
    assert wire.data_to_send() == frame(PONG, b"42")
    assert wire.data_to_send() == b""


def test_a_ping_after_our_close_frame_is_not_answered() -> None:
    wire = server()
    wire.close()
    wire.data_to_send()
    assert wire.receive_data(frame(PING, masked=True)) == [Ping(b"")]
    assert wire.data_to_send() == b""


def test_a_ping_of_ours_is_answered_by_the_other_side() -> None:
    one, other = client(), server()
    one.ping(b"are you there")
    other.receive_data(one.data_to_send())
    assert one.receive_data(other.data_to_send()) == [Pong(b"are you there")]


def test_a_ping_is_refused_when_it_is_too_long_or_too_late() -> None:
    wire = client()
    with pytest.raises(LocalProtocolError, match="125"):
        wire.ping(b"x" * 126)
    wire.close()
    with pytest.raises(LocalProtocolError, match="closing"):
        wire.ping()


@pytest.mark.parametrize("code", [1000, 1003, 1011, 1012, 1013, 1014, 3000, 4999])
def test_a_close_frame_is_answered_with_its_code(code: int) -> None:
    one, other = client(), server()
    one.close(code, "reason")
    assert not one.open
    assert other.receive_data(one.data_to_send()) == [
        Closed(code=code, reason="reason", clean=True)
    ]
    assert one.receive_data(other.data_to_send()) == [Closed(code=code, clean=True)]
    assert one.closed
    assert other.closed


def test_a_close_frame_without_a_code_is_answered_without_one() -> None:
    wire = server()
    assert wire.receive_data(frame(CLOSE, masked=True)) == [Closed(code=1005, clean=True)]
    assert wire.data_to_send() == frame(CLOSE)


def test_close_frames_that_cross_close_cleanly_on_both_sides() -> None:
    one, other = client(), server()
    one.close(1000)
    other.close(1001, "going")
    to_one, to_other = other.data_to_send(), one.data_to_send()
    assert one.receive_data(to_one) == [Closed(code=1001, reason="going", clean=True)]
    assert other.receive_data(to_other) == [Closed(code=1000, clean=True)]
    assert (one.data_to_send(), other.data_to_send()) == (b"", b"")


def test_messages_are_delivered_after_our_close_frame_and_before_theirs() -> None:
    wire = client()
    wire.close()
    data = frame(TEXT, b"last words") + close_frame(1000) + frame(TEXT, b"too late")
    assert wire.receive_data(data) == ["last words", Closed(code=1000, clean=True)]


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65536, -1])
def test_a_code_that_no_endpoint_may_send_is_refused(code: int) -> None:
    wire = client()
    with pytest.raises(LocalProtocolError, match=f"{code} cannot be sent"):
        wire.close(code)
    assert wire.open
    assert wire.data_to_send() == b""


def test_a_reason_is_counted_in_bytes_and_refused_when_it_does_not_fit() -> None:
    check_close(1000, "x" * 123)
    with pytest.raises(LocalProtocolError, match="124 bytes"):
        check_close(1000, "é" * 62)
    with pytest.raises(LocalProtocolError, match="UTF-8"):
        check_close(1000, "\ud800")


def test_closing_twice_changes_nothing() -> None:
    wire = client()
    wire.close(1000)
    wire.data_to_send()
    wire.close(1001)
    wire.fail(RemoteProtocolError("late"))
    assert wire.data_to_send() == b""


def test_a_failure_says_why_within_what_fits() -> None:
    one, other = client(), server()
    one.fail(RemoteProtocolError("é" * 100))
    (closed,) = other.receive_data(one.data_to_send())
    assert closed == Closed(code=1002, reason="é" * 61, clean=True)


def test_nothing_is_sent_after_closing() -> None:
    wire = client()
    wire.close()
    wire.data_to_send()
    with pytest.raises(LocalProtocolError, match="closing"):
        wire.send("more")
    with pytest.raises(LocalProtocolError, match="closing"):
        wire.send_frame(b"more", is_text=True)
    assert wire.data_to_send() == b""


def test_a_text_that_is_not_unicode_is_refused_and_the_connection_goes_on() -> None:
    one, other = client(), server()
    with pytest.raises(LocalProtocolError, match="UTF-8"):
        one.send("\ud800")
    assert one.data_to_send() == b""
    one.send(b"bytes")
    one.send("text")
    assert other.receive_data(one.data_to_send()) == [b"bytes", "text"]


def test_a_pong_that_nobody_asked_for_is_reported() -> None:
    assert client().receive_data(frame(PONG, b"x")) == [Pong(b"x")]


def sent_close(wire: Wire) -> int:
    """The code of the close frame that a client queued."""
    other = server()
    closed = other.receive_data(wire.data_to_send())[-1]
    assert isinstance(closed, Closed)
    return closed.code
