"""The fast lane changes what a message costs, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import Side
from schematic_engine.deflate import Deflate
from schematic_engine.events import Closed
from schematic_engine.frames import unmasked
from schematic_engine.lane import Lane
from schematic_engine.limits import Limits
from schematic_engine.masking import masker, masks, xor
from schematic_engine.wire import Wire, WireEvent

LIMITS = Limits(max_message_size=70_000)


def header(first: int, length: int, masked: bool, code: int | None = None) -> bytes:
    """A frame header, of minimal length encoding unless ``code`` says otherwise."""
    if code is None or (code == 126 and length > 0xFFFF):
        code = length if length < 126 else 126 if length <= 0xFFFF else 127
    flag = 0x80 if masked else 0
    more = {126: 2, 127: 8}.get(code, 0)
    return bytes((first, flag | code)) + (length.to_bytes(more, "big") if more else b"")


@st.composite
def frames(draw: st.DrawFn, side: Side) -> bytes:
    """A frame that a peer may send, good or bad in any way that a header can be."""
    opcode = draw(st.sampled_from([0, 1, 1, 1, 2, 2, 2, 8, 9, 10, 3, 11]))
    first = opcode | draw(st.sampled_from([0x80, 0x80, 0x80, 0, 0xC0, 0xA0]))
    payload = draw(
        st.one_of(
            st.text(max_size=10).map(str.encode),
            st.text("aé€𝄞", min_size=30, max_size=60).map(str.encode),
            st.binary(max_size=10),
            st.sampled_from([b"x" * 125, b"x" * 126, b"x" * 65_535, b"x" * 65_536, b"x" * 70_001]),
            st.sampled_from([b"\x03\xe8", b"\x03\xe8bye", b"\x03", b"\x00\x00", b"\xc3", b"\xa9"]),
        )
    )
    masked = (side is Side.SERVER) is (draw(st.integers(0, 9)) > 0)
    code = draw(st.sampled_from([None] * 8 + [126, 127]))
    mask = draw(st.binary(min_size=4, max_size=4)) if masked else b""
    body = xor(payload, mask) if masked else payload
    return header(first, len(payload), masked, code) + mask + body


@st.composite
def chunked(draw: st.DrawFn, side: Side) -> list[bytes]:
    """Frames, and perhaps garbage, cut anywhere."""
    stream = b"".join(draw(st.lists(frames(side), max_size=8))) + draw(st.binary(max_size=4))
    places = st.integers(0, len(stream)) | st.integers(0, min(len(stream), 80))
    cuts = sorted(draw(st.lists(places, max_size=8)))
    return [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True) if a < b]


received = st.sampled_from(Side).flatmap(lambda side: st.tuples(st.just(side), chunked(side)))
"""A role, and what it receives."""


def listen(wire: Wire, chunks: list[bytes]) -> tuple[list[WireEvent], bytes]:
    events = [event for chunk in (*chunks, b"") for event in wire.receive_data(chunk)]
    return events, wire.data_to_send()


def told(events: list[WireEvent]) -> Iterator[object]:
    """Events as values that compare, errors by what they say."""
    for event in events:
        if isinstance(event, Closed):
            yield (event.code, event.reason, event.clean, type(event.error), str(event.error))
        else:
            yield event


@given(received, st.sampled_from([70_000, 70_000, 100, 5]))
def test_any_bytes_in_any_chunks_mean_the_same_with_and_without_the_lane(
    case: tuple[Side, list[bytes]], limit: int
) -> None:
    side, chunks = case
    limits = Limits(max_message_size=limit)
    with_lane = listen(Wire(side, limits=limits, entropy=bytes), chunks)
    without = listen(Wire(side, limits=limits, entropy=bytes, lane=False), chunks)
    assert list(told(with_lane[0])) == list(told(without[0]))
    assert len(with_lane[1]) == len(without[1])
    if side is Side.SERVER:  # wsproto makes the masks of a client's answers
        assert with_lane[1] == without[1]


@given(received, st.integers(1, 3))
def test_impatience_changes_when_something_is_heard_and_not_what(
    case: tuple[Side, list[bytes]], patience: int
) -> None:
    side, chunks = case
    outcomes = []
    for lane in (True, False):
        wire, events = Wire(side, limits=LIMITS, entropy=bytes, lane=lane), list[WireEvent]()
        for chunk in chunks:
            rest = chunk
            while rest:
                events += wire.receive_data(rest, patience)
                assert len(wire.unread) < len(rest)
                rest = wire.unread
        events += wire.receive_data(b"")
        outcomes.append((list(told(events)), len(wire.data_to_send())))
    assert outcomes[0] == outcomes[1]


@given(received)
def test_the_lane_is_the_same_where_compression_was_agreed(case: tuple[Side, list[bytes]]) -> None:
    outcomes = []
    for lane in (True, False):
        deflate = Deflate(LIMITS.max_message_size)
        deflate.accept("permessage-deflate")
        wire = Wire(case[0], limits=LIMITS, deflate=deflate, lane=lane)
        events, written = listen(wire, case[1])
        outcomes.append((list(told(events)), len(written)))
    assert outcomes[0] == outcomes[1]


@given(received, st.integers(0, 3))
def test_the_lane_is_the_same_while_we_are_closing(
    case: tuple[Side, list[bytes]], before: int
) -> None:
    side, chunks = case
    outcomes = []
    for lane in (True, False):
        wire = Wire(side, limits=LIMITS, lane=lane)
        events = [event for chunk in chunks[:before] for event in wire.receive_data(chunk)]
        if wire.open:
            wire.close(1000)
        more, written = listen(wire, chunks[before:])
        outcomes.append((list(told([*events, *more])), len(written)))
    assert outcomes[0] == outcomes[1]


@given(received)
def test_errors_come_as_early_with_the_lane_as_without_it(case: tuple[Side, list[bytes]]) -> None:
    side, chunks = case
    quick, slow = (Wire(side, limits=LIMITS, lane=lane) for lane in (True, False))
    for chunk in chunks:
        assert list(told(quick.receive_data(chunk))) == list(told(slow.receive_data(chunk)))


def codes(wire: Wire, *chunks: bytes) -> list[list[int | str]]:
    """For each chunk, the close codes and texts that come of it."""
    return [
        [one.code if isinstance(one, Closed) else str(one) for one in wire.receive_data(chunk)]
        for chunk in chunks
    ]


def failed_with(wire: Wire) -> int:
    """The code of the close frame that a server has queued."""
    return int.from_bytes(wire.data_to_send()[2:4], "big")


@pytest.mark.parametrize("before", ["abc", "abcé", "é"])
def test_text_that_cannot_be_utf_8_is_refused_before_the_frame_has_come_whole(before: str) -> None:
    good = before.encode()
    wire = Wire(Side.CLIENT, limits=LIMITS)
    assert codes(wire, b"\x81\x0a" + good, b"\xff") == [[], [1006]]
    wire = Wire(Side.CLIENT, limits=LIMITS)
    assert codes(wire, b"\x81\x0a" + good + b"\xff") == [[1006]]


@pytest.mark.parametrize("lane", [True, False])
def test_text_that_ends_within_a_character_is_refused_once_it_has_come(lane: bool) -> None:
    wire = Wire(Side.CLIENT, limits=LIMITS, lane=lane)
    assert codes(wire, b"\x81\x03a", b"b\xc3", b"\x81\x01y") == [[], [1006], []]


def test_what_is_held_back_is_unmasked_from_where_it_goes_on() -> None:
    mask = b"\x80\x00\x00\x00"  # under which 0xff, one byte too early, would be ASCII
    wire = Wire(Side.SERVER, limits=LIMITS)
    assert codes(wire, b"\x81\x8a" + mask + xor(b"a", mask), b"\xff") == [[], [1006]]
    assert failed_with(wire) == 1007


def test_a_frame_over_the_limit_is_refused_by_its_header_even_if_it_is_cut() -> None:
    wire = Wire(Side.SERVER, limits=Limits(max_message_size=200))
    mask = bytes(4)
    assert codes(wire, b"\x81\xfe\x00\xc9" + mask + b"abc") == [[1006]]
    assert failed_with(wire) == 1009


def test_the_rest_of_a_frame_that_goes_to_the_parser_goes_there_too() -> None:
    lane = Lane(Side.CLIENT, limit=100)
    taken: list[str | bytes] = []
    look_alike, after = b"\x81\x01x...", b"\x81\x01y"
    assert list(lane.scan(b"\x81\x0aabc", taken.append)) == []
    assert list(lane.scan(b"\xff", taken.append)) == [b"\x81\x0aabc\xff"]
    assert list(lane.scan(look_alike + after, taken.append)) == [look_alike]
    assert taken == ["y"]


@given(st.binary(max_size=300), st.sampled_from([1, 7]), st.binary(min_size=4, max_size=4))
def test_masking_twice_is_masking_never(part: bytes, times: int, mask: bytes) -> None:
    payload = part * times  # short ones and long ones are masked differently
    masked = xor(payload, mask)
    assert xor(masked, mask) == payload
    assert masked == bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
@pytest.mark.parametrize("is_text", [True, False])
@pytest.mark.parametrize("sender", list(Side))
def test_a_frame_of_any_size_is_what_wsproto_reads(size: int, is_text: bool, sender: Side) -> None:
    writer = Wire(sender, limits=LIMITS)
    payload = b"x" * size
    writer.send_frame(payload, is_text=is_text)
    reader = Wire(sender.other, limits=LIMITS, lane=False)
    assert reader.receive_data(writer.data_to_send()) == [payload.decode() if is_text else payload]


def test_a_server_does_not_mask_and_a_client_never_uses_a_mask_twice() -> None:
    assert unmasked(b"hi", True) == b"\x81\x02hi"
    drawn = count()
    made = masks(lambda size: b"".join(next(drawn).to_bytes(4, "big") for _ in range(size // 4)))
    taken = list(islice(made, 3000))
    assert len(set(taken)) == len(taken)


@given(st.binary(max_size=300), st.sampled_from([1, 7]), st.binary(min_size=4, max_size=4))
def test_the_compiled_masker_does_the_same(part: bytes, times: int, mask: bytes) -> None:
    compiled = masker()
    assert compiled is not xor
    assert compiled(part * times, mask) == xor(part * times, mask)


def test_masks_are_applied_without_anything_compiled_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websockets.speedups", None)
    masker.cache_clear()
    assert masker() is xor
    masker.cache_clear()
