"""Each fault does to bytes what it says, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import Side
from schematic_engine.testing import (
    Chop,
    Corrupt,
    Cut,
    Delay,
    Fault,
    Garbage,
    HalfClose,
    HalfOpen,
    Line,
    Plan,
    Reset,
    Stall,
    Stream,
)

DATA = bytes(range(20))


def read_all(stream: Stream, now: float = 0.0) -> list[bytes]:
    """Every read that succeeds at ``now``, the end included."""
    reads: list[bytes] = []
    while data := stream.read(now):
        reads.append(data)
    return reads if data is None else [*reads, data]


def after(*faults: Fault, data: bytes = DATA) -> Stream:
    """A stream into which ``data`` was written at time 0."""
    stream = Stream(faults)
    stream.write(data, 0.0)
    return stream


@given(
    st.lists(st.binary(max_size=30)),
    st.lists(st.integers(1, 9), max_size=4),
    st.floats(0, 10),
    st.lists(st.integers(1, 50)),
)
def test_slow_and_chopped_streams_carry_every_byte_in_order(
    written: list[bytes], sizes: list[int], delay: float, asked: list[int]
) -> None:
    stream = Stream([Delay(delay), *([Chop(tuple(sizes))] if sizes else [])])
    for now, data in enumerate(written):
        stream.write(data, float(now))
    assert stream.written == stream.waiting == sum(map(len, written))
    stream.finish(float(len(written)))
    end = len(written) + delay
    reads: list[bytes] = []
    for size in asked:
        read = stream.read(end, size)
        assert read is not None
        assert len(read) <= size
        reads.append(read)
    reads += read_all(stream, end)
    assert b"".join(reads) == b"".join(written)
    assert stream.read(end) == b""
    assert stream.waiting == 0


def test_a_delayed_byte_arrives_at_its_time_and_not_before() -> None:
    stream = after(Delay(2.0))
    assert stream.next_arrival() == 2.0
    assert stream.read(1.9) is None
    assert stream.read(2.0) == DATA
    assert stream.next_arrival() is None


def test_chopped_reads_have_the_sizes_in_turn() -> None:
    assert [len(data) for data in read_all(after(Chop((1, 7))))] == [1, 7, 1, 7, 1, 3]


def test_a_stall_holds_what_is_behind_it_and_lets_pass_what_is_before_it() -> None:
    stream = after(Stall(5, 3.0))
    assert read_all(stream) == [DATA[:5]]
    assert stream.waiting == 15
    assert stream.next_arrival() == 3.0
    assert read_all(stream, 3.0) == [DATA[5:]]


def test_a_stall_may_be_for_ever() -> None:
    stream = after(Stall(5))
    assert read_all(stream) == [DATA[:5]]
    assert stream.next_arrival() is None
    assert stream.read(1e9) is None
    assert stream.waiting == 15


def test_garbage_comes_between_and_corruption_in_place() -> None:
    assert read_all(after(Garbage(3, b"??"), Corrupt(4, 0x80))) == [
        b"\0\1\2??\3\x84" + DATA[5:],
    ]


def test_garbage_arrives_though_the_sender_says_nothing() -> None:
    assert read_all(Stream([Garbage(0, b"?")])) == [b"?"]


@pytest.mark.parametrize("fault", [Cut(7), HalfClose(7)])
def test_a_stream_that_was_cut_ends_behind_the_last_byte(fault: Cut | HalfClose) -> None:
    stream = after(fault)
    assert read_all(stream) == [DATA[:7], b""]
    stream.write(DATA, 1.0)
    stream.finish(1.0)
    assert read_all(stream, 1.0) == [b""]


def test_a_reset_loses_what_was_under_way() -> None:
    stream = after(Reset(7))
    assert stream.waiting == 0
    with pytest.raises(ConnectionResetError):
        stream.read(0.0)


def test_a_half_open_stream_delivers_what_passed_and_then_nothing_for_ever() -> None:
    stream = after(HalfOpen(7))
    stream.finish(0.0)
    assert read_all(stream) == [DATA[:7]]
    assert stream.read(1e9) is None
    assert stream.next_arrival() is None


def test_nothing_is_heard_of_the_end_of_a_half_open_stream_not_even_a_reset() -> None:
    stream = after(HalfOpen(7))
    stream.reset()
    assert read_all(stream) == [DATA[:7]]


def test_faults_at_one_place_strike_in_the_order_given() -> None:
    assert read_all(after(Garbage(2, b"?"), Cut(2))) == [b"\0\1?", b""]
    assert read_all(after(Cut(2), Garbage(2, b"?"))) == [b"\0\1", b""]


def test_only_a_reset_concerns_a_stream_that_has_ended() -> None:
    stream = after()
    stream.finish(0.0)
    stream.strike(Garbage(), 0.0)
    assert stream.waiting == len(DATA)
    stream.strike(Reset(), 0.0)
    with pytest.raises(ConnectionResetError):
        stream.read(0.0)


@pytest.mark.parametrize("writer", list(Side))
def test_what_ends_one_direction_for_good_ends_the_other_too(writer: Side) -> None:
    def line(fault: Fault) -> Line:
        faults = {writer.other: (fault,), writer: ()}
        made = Line(Plan(to_server=faults[Side.SERVER], to_client=faults[Side.CLIENT]))
        made.write(writer.other, b"before", 0.0)
        made.write(writer, DATA, 0.0)
        made.write(writer.other, b"after", 0.0)
        return made

    assert read_all(line(Cut(7)).toward[writer]) == [b"before", b""]
    assert read_all(line(HalfOpen(7)).toward[writer]) == [b"before"]
    assert read_all(line(HalfClose(7)).toward[writer]) == [b"beforeafter"]
    with pytest.raises(ConnectionResetError):
        line(Reset(7)).toward[writer].read(0.0)


def test_a_fault_may_strike_when_a_test_says_so() -> None:
    line = Line(Plan())
    line.write(Side.CLIENT, b"1", 0.0)
    line.strike(Cut(99), Side.CLIENT, 0.0)
    line.write(Side.CLIENT, b"2", 0.0)
    assert read_all(line.toward[Side.SERVER]) == [b"1", b""]
    assert read_all(line.toward[Side.CLIENT]) == [b""]


def test_a_line_may_be_cut_before_anybody_speaks() -> None:
    line = Line(Plan(to_client=(Cut(0),)))
    assert [read_all(line.toward[side]) for side in Side] == [[b""], [b""]]
