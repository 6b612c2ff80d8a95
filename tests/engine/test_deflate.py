from __future__ import annotations

import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic.define import Side
from schematic_engine.deflate import MIN_COMPRESSED, Deflate, parse_extensions
from schematic_engine.errors import RemoteProtocolError
from schematic_engine.limits import Limits
from schematic_engine.wire import Wire
from support.frames import BINARY, TEXT, deflated, frame

NAME = "permessage-deflate"
LIMITS = Limits(max_message_size=1_000_000)


def answered(answer: str = NAME) -> Wire:
    """A client whose server gave this answer."""
    deflate = Deflate(LIMITS.max_message_size)
    deflate.finalize(answer)
    return Wire(Side.CLIENT, limits=LIMITS, deflate=deflate)


def offered(offer: str = NAME) -> tuple[Wire, str]:
    """A server that took this offer, and its answer."""
    deflate = Deflate(LIMITS.max_message_size)
    chosen = deflate.choose(offer)
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
            f"{NAME}; client_no_context_takeover; server_no_context_takeover",
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
    assert deflate.choose(f"{NAME}; {params}") is None
    assert deflate.accept(f"{NAME}; {params}") is None
    assert not deflate.enabled()
    assert deflate.choose('x; y=",permessage-deflate,"') is None


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
    server.send("x" * (MIN_COMPRESSED - 1))
    assert server.data_to_send() == frame(TEXT, b"x" * (MIN_COMPRESSED - 1))
    server.send("x" * MIN_COMPRESSED)
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


def test_many_tiny_streams_in_one_frame_are_read() -> None:
    packer = zlib.compressobj(wbits=-15)
    one = packer.compress(b"ab") + packer.flush()
    assert answered().receive_data(frame(TEXT, one * 5000 + b"\x00", rsv=4)) == ["ab" * 5000]


def test_an_empty_compressed_message_is_empty() -> None:
    assert answered().receive_data(frame(TEXT, b"\x00", rsv=4)) == [""]


def test_fragments_that_this_side_would_send_are_left_alone() -> None:
    deflate = Deflate(1000)
    deflate.finalize(NAME)
    proto = Wire(Side.CLIENT)._ws._proto
    from wsproto.frame_protocol import Opcode, RsvBits

    bits = RsvBits(False, False, False)
    for opcode, fin in ((Opcode.TEXT, False), (Opcode.CONTINUATION, True), (Opcode.PING, True)):
        data = b"x" * 2000
        assert deflate.frame_outbound(proto, opcode, bits, data, fin) == (bits, data)
