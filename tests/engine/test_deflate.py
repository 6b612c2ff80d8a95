from __future__ import annotations

import os
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic.define import Side
from schematic_engine.compression import Compression
from schematic_engine.deflate import Deflate, choose, parse_extensions
from schematic_engine.errors import MessageTooBig, RemoteInvalidMessage, RemoteProtocolError
from schematic_engine.events import Closed
from schematic_engine.limits import Limits
from schematic_engine.wire import Wire
from support.frames import BINARY, CONTINUATION, TEXT, cut, cuts, deflated, frame

NAME = "permessage-deflate"
LIMITS = Limits(max_message_size=1_000_000)


def answered(answer: str = NAME, options: Compression | None = None) -> Wire:
    """A client whose server gave this answer."""
    deflate = Deflate(LIMITS.max_message_size, options=options)
    deflate.finalize(answer)
    return Wire(Side.CLIENT, limits=LIMITS, deflate=deflate)


def offered(offer: str = NAME, options: Compression | None = None) -> tuple[Wire, str]:
    """A server that took this offer, and its answer."""
    deflate = Deflate(LIMITS.max_message_size, options=options)
    chosen = choose(offer)
    assert chosen is not None
    answer = deflate.accept(chosen)
    assert isinstance(answer, str)
    wire = Wire(Side.SERVER, limits=LIMITS, deflate=deflate)
    return wire, f"{NAME}; {answer}" if answer else NAME


@given(st.text(alphabet='ab=;,"\\ \t\x00é', max_size=30))
def test_any_header_is_parsed_or_refused(header: str) -> None:
    try:
        found = parse_extensions(header)
    except ValueError:
        return
    assert all(name for name, _ in found)


def test_quoted_strings_and_empty_elements_are_read_as_the_grammar_says() -> None:
    assert parse_extensions("") == []
    assert parse_extensions(' , a ,, b ; c ; d=e;f = "g,\\"h" ,') == [
        ("a", ()),
        ("b", (("c", None), ("d", "e"), ("f", 'g,"h'))),
    ]


@pytest.mark.parametrize("header", ["a;", "a b", '"a"', "a; b=", 'a; b="c', "a; =b", "a;; b", "é"])
def test_a_header_against_the_grammar_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="malformed"):
        parse_extensions(header)


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        (NAME, NAME),
        (f"{NAME}; client_max_window_bits", NAME),
        (f"{NAME}; client_max_window_bits=10", f"{NAME}; client_max_window_bits=10"),
        (f'{NAME}; server_max_window_bits="9"', f"{NAME}; server_max_window_bits=9"),
        (
            f"{NAME}; client_no_context_takeover; server_no_context_takeover",
            f"{NAME}; server_no_context_takeover; client_no_context_takeover",
        ),
        (
            f"x; y=1, {NAME}; z, {NAME}; server_max_window_bits=8",
            f"{NAME}; server_max_window_bits=8",
        ),
    ],
)
def test_the_first_valid_offer_is_granted_and_works(offer: str, answer: str) -> None:
    server, given = offered(offer)
    assert given == answer
    client = answered(given)
    texts = ["hello " * 500, "hello " * 500, "", "short"]
    for one, other in ((client, server), (server, client)):
        for text in texts:
            one.send(text)
        assert other.receive_data(one.data_to_send()) == texts


BAD = [
    "unknown",
    "client_no_context_takeover=1",
    "server_no_context_takeover; server_no_context_takeover",
    "server_max_window_bits",
    "server_max_window_bits=7",
    "server_max_window_bits=16",
    "server_max_window_bits=08",
    "server_max_window_bits=abc",
    "client_max_window_bits=16",
    "client_max_window_bits=10; client_max_window_bits=10",
]


@pytest.mark.parametrize("params", BAD)
def test_an_offer_that_is_not_valid_is_declined(params: str) -> None:
    deflate = Deflate(1000)
    assert choose(f"{NAME}; {params}") is None
    assert deflate.accept(f"{NAME}; {params}") is None
    assert not deflate.enabled()
    assert choose('x; y=",permessage-deflate,"') is None


@pytest.mark.parametrize("params", [*BAD, "client_max_window_bits", "a b"])
def test_an_answer_that_is_not_valid_fails_the_handshake(params: str) -> None:
    deflate = Deflate(1000)
    with pytest.raises(RemoteProtocolError, match="permessage-deflate"):
        deflate.finalize(f"{NAME}; {params}")
    assert not deflate.enabled()


def test_a_second_answer_fails_the_handshake() -> None:
    deflate = Deflate(1000)
    deflate.finalize(NAME)
    with pytest.raises(RemoteProtocolError):
        deflate.finalize(NAME)


@given(
    st.lists(st.binary(max_size=3000), min_size=1, max_size=6),
    st.sampled_from(["", "; client_no_context_takeover", "; server_no_context_takeover"]),
    st.sampled_from(["", "; client_max_window_bits=9", "; server_max_window_bits=9"]),
)
def test_messages_survive_any_terms(messages: list[bytes], fresh: str, window: str) -> None:
    server, answer = offered(NAME + fresh + window)
    client = answered(answer)
    for one, other in ((client, server), (server, client)):
        for message in messages:
            one.send(message)
            one.send(message * 20)
        found = other.receive_data(one.data_to_send())
        assert found == [item for message in messages for item in (message, message * 20)]


def test_small_messages_go_out_as_they_are_and_large_ones_compressed() -> None:
    server, _ = offered()
    server.send("x" * (Compression().min_size - 1))
    assert server.data_to_send() == frame(TEXT, b"x" * (Compression().min_size - 1))
    server.send("x" * Compression().min_size)
    assert len(server.data_to_send()) < 30


def test_a_window_that_zlib_cannot_keep_to_is_obeyed_by_not_compressing() -> None:
    server, _ = offered(f"{NAME}; server_max_window_bits=8")
    server.send(b"x" * 5000)
    assert server.data_to_send() == frame(BINARY, b"x" * 5000)


def test_with_context_takeover_a_repeated_message_is_much_smaller() -> None:
    noise = os.urandom(2000)
    for offer, smaller in ((NAME, True), (f"{NAME}; server_no_context_takeover", False)):
        server, _ = offered(offer)
        server.send(noise)
        first = len(server.data_to_send())
        server.send(noise)
        assert (len(server.data_to_send()) < first / 10) is smaller


@pytest.mark.parametrize("answer", [NAME, f"{NAME}; server_no_context_takeover"])
def test_a_final_block_ends_its_message_and_the_next_one_starts_anew(answer: str) -> None:
    wire = answered(answer)
    data = deflated(b"final", final=True)
    bare = data[:-1]  # some senders leave out the empty byte after a final block
    for payload in (data, bare, deflated(b"final"), data):
        assert wire.receive_data(frame(BINARY, payload, rsv=4)) == [b"final"]


def test_a_final_block_may_be_the_empty_one_whose_end_is_cut_off() -> None:
    wire, data = answered(), deflated(b"final") + b"\x00\x00\xff\xff\x01"
    for _ in range(2):
        assert wire.receive_data(frame(TEXT, data, rsv=4)) == ["final"]


def test_many_tiny_streams_in_one_frame_are_read() -> None:
    packer = zlib.compressobj(wbits=-15)
    one = packer.compress(b"ab") + packer.flush()
    assert answered().receive_data(frame(TEXT, one * 5000 + b"\x00", rsv=4)) == ["ab" * 5000]


def test_an_empty_compressed_message_is_empty_and_has_a_byte_all_the_same() -> None:
    wire = answered()
    assert wire.receive_data(frame(TEXT, b"\x00", rsv=4) * 2) == ["", ""]
    (closed,) = wire.receive_data(frame(TEXT, b"", rsv=4))
    assert isinstance(closed, Closed)
    assert isinstance(closed.error, RemoteInvalidMessage)


def test_a_final_block_that_is_cut_off_is_an_error() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 8, zlib.Z_FIXED)
    data = packer.compress(b"final") + packer.flush()
    for end in range(1, len(data)):
        (closed,) = answered().receive_data(frame(TEXT, data[:end], rsv=4))
        assert isinstance(closed, Closed), end


def test_fragments_that_this_side_would_send_are_left_alone() -> None:
    deflate = Deflate(1000)
    deflate.finalize(NAME)
    proto = Wire(Side.CLIENT)._ws._proto
    from wsproto.frame_protocol import Opcode, RsvBits

    bits = RsvBits(False, False, False)
    for opcode, fin in ((Opcode.TEXT, False), (Opcode.CONTINUATION, True), (Opcode.PING, True)):
        data = b"x" * 2000
        assert deflate.frame_outbound(proto, opcode, bits, data, fin) == (bits, data)


# ---------------------------------------------------------------------------------- what is wanted


def options() -> st.SearchStrategy[Compression]:
    return st.builds(
        Compression,
        min_size=st.sampled_from([0, 1, 100, 1024]),
        server_no_context_takeover=st.booleans(),
        client_no_context_takeover=st.booleans(),
        server_max_window_bits=st.integers(9, 15),
        client_max_window_bits=st.integers(9, 15),
        level=st.integers(-1, 9),
        mem_level=st.integers(1, 9),
    )


@settings(max_examples=40)
@given(options(), options(), st.lists(st.binary(max_size=2000), min_size=1, max_size=2))
def test_whatever_the_two_sides_want_they_agree_and_understand_each_other(
    ours: Compression, theirs: Compression, messages: list[bytes]
) -> None:
    offer = Deflate(1, options=ours).offer()
    server, answer = offered(f"{NAME}; {offer}", theirs)
    _, params = parse_extensions(answer)[0]
    granted = dict(params)
    for flag in ("server_no_context_takeover", "client_no_context_takeover"):
        assert (flag in granted) is (getattr(ours, flag) or getattr(theirs, flag))
    for window in ("server_max_window_bits", "client_max_window_bits"):
        smaller = min(getattr(ours, window), getattr(theirs, window))
        assert int(granted.get(window) or 15) == smaller
    client = answered(answer, ours)
    for one, other in ((client, server), (server, client)):
        for message in messages:
            one.send(message)
            one.send(message * 9)
        found = other.receive_data(one.data_to_send())
        assert found == [item for message in messages for item in (message, message * 9)]


def test_a_client_offers_what_it_wants() -> None:
    assert Deflate(1).offer() == "client_max_window_bits"
    wants = Compression(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=10,
        client_max_window_bits=11,
    )
    assert Deflate(1, options=wants).offer() == (
        "server_no_context_takeover; client_no_context_takeover; "
        "server_max_window_bits=10; client_max_window_bits=11"
    )


@pytest.mark.parametrize(
    ("wants", "answer"),
    [
        (Compression(server_no_context_takeover=True), NAME),
        (Compression(server_max_window_bits=10), NAME),
        (Compression(server_max_window_bits=10), f"{NAME}; server_max_window_bits=11"),
        (Compression(client_max_window_bits=10), f"{NAME}; client_max_window_bits=11"),
    ],
)
def test_an_answer_that_takes_more_than_was_offered_fails_the_handshake(
    wants: Compression, answer: str
) -> None:
    with pytest.raises(RemoteProtocolError, match="permessage-deflate"):
        answered(answer, wants)


@pytest.mark.parametrize("server_asks", [False, True])
def test_a_client_that_said_that_it_does_without_context_keeps_to_it(server_asks: bool) -> None:
    answer = f"{NAME}; client_no_context_takeover" if server_asks else NAME
    client = answered(answer, Compression(client_no_context_takeover=True))
    noise = os.urandom(2000)
    for _ in range(2):
        client.send(noise)
        assert len(client.data_to_send()) > 2000


def test_a_server_asks_no_window_of_a_client_that_does_not_understand_it() -> None:
    wants = Compression(client_max_window_bits=9, server_max_window_bits=10)
    assert offered(NAME, wants)[1] == f"{NAME}; server_max_window_bits=10"
    offer = f"{NAME}; client_max_window_bits"
    assert offered(offer, wants)[1] == f"{offer.replace('bits', 'bits=9')}".replace(
        "; ", "; server_max_window_bits=10; ", 1
    )


def test_the_smallest_message_to_compress_can_be_chosen() -> None:
    for size, compressed in ((49, False), (50, True)):
        server, _ = offered(NAME, Compression(min_size=50))
        server.send(b"x" * size)
        assert (server.data_to_send()[0] == 0xC2) is compressed


# ------------------------------------------------------------------------------- what is received


def streams() -> Iterator[bytes]:
    """Messages in blocks of every kind, whose end is cut off as the sender of a message does."""
    text = b"the quick brown fox jumps over the lazy dog " * 3 + bytes(range(128, 160))
    for level, strategy in ((0, 0), (1, 0), (9, 0), (9, zlib.Z_FIXED), (9, zlib.Z_HUFFMAN_ONLY)):
        packer = zlib.compressobj(level, zlib.DEFLATED, -15, 8, strategy)
        yield (packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


@pytest.mark.parametrize("answer", [NAME, f"{NAME}; server_no_context_takeover"])
def test_a_stream_that_stops_within_a_block_is_an_error(answer: str) -> None:
    for stream in streams():
        assert isinstance(answered(answer).receive_data(frame(BINARY, stream, rsv=4))[0], bytes)
        for end in range(1, len(stream)):
            (found,) = answered(answer).receive_data(frame(BINARY, stream[:end], rsv=4))
            # A first byte that begins an empty block, or the last one of another, ends a message.
            if end == 1 or end > len(stream) - 6:
                assert isinstance(found, Closed) or stream[end - 1] == 0
            else:
                assert isinstance(found, Closed), end
                assert isinstance(found.error, RemoteInvalidMessage)


@given(st.binary(max_size=300), st.integers(0, 1 << 16), cuts())
def test_a_stream_cut_short_is_never_taken_for_another_message(
    message: bytes, place: int, places: list[int]
) -> None:
    stream = deflated(message)
    kept = stream[: place % len(stream)]
    wire = answered()
    found = [
        event
        for read in cut(frame(BINARY, kept, rsv=4), places)
        for event in wire.receive_data(read)
    ]
    assert len(found) == 1
    assert isinstance(found[0], Closed)


def test_a_mebibyte_that_inflates_to_a_gibibyte_dies_early_in_bounded_memory() -> None:
    packer = zlib.compressobj(9, wbits=-15)
    mebibyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    bomb = (mebibyte * 1024)[:-4]
    assert 1 << 19 < len(bomb) < 1 << 21
    data = frame(BINARY, bomb, rsv=4)
    for size in (len(data), 1 << 16):
        wire = answered()
        tracemalloc.start()
        try:
            reads = (data[at : at + size] for at in range(0, len(data), size))
            found = next(event for read in reads for event in wire.receive_data(read))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert isinstance(found, Closed)
        assert isinstance(found.error, MessageTooBig)
        assert peak < 8 * LIMITS.max_message_size + 2 * len(data)


@given(st.integers(0, 30), cuts(), st.booleans())
def test_a_text_that_is_too_long_and_wrong_is_judged_by_what_comes_first(
    wrong_at: int, places: list[int], fragmented: bool
) -> None:
    deflate = Deflate(20)
    deflate.finalize(NAME)
    wire = Wire(Side.CLIENT, limits=Limits(max_message_size=20), deflate=deflate)
    text = bytearray("é".encode() * 20)
    text[wrong_at] = 0xFF
    stream = deflated(bytes(text))
    data = frame(TEXT, stream[:9], fin=False, rsv=4) + frame(CONTINUATION, stream[9:])
    whole = frame(TEXT, stream, rsv=4)
    reads = cut(data if fragmented else whole, places)
    (closed,) = (event for read in reads for event in wire.receive_data(read))
    assert isinstance(closed, Closed)
    expected = RemoteInvalidMessage if wrong_at < 20 else MessageTooBig
    assert type(closed.error) is expected


def test_plain_frames_do_not_reach_the_parser_where_compression_was_agreed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = answered()
    server, _ = offered()
    for wire in (client, server):
        monkeypatch.setattr(wire, "_ws", None)
    client.send("short")
    server.send(b"short")
    assert server.receive_data(client.data_to_send()) == ["short"]
    assert client.receive_data(server.data_to_send()) == [b"short"]
