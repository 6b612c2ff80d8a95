"""Whatever a peer can make grow has a bound, and passing it is an error that names the limit."""

from __future__ import annotations

import importlib
import pkgutil
import re
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schematic
import schematic_engine
from schematic import Channel, ConnectionLifecycle, Side
from schematic.compile import compile_endpoint
from schematic_engine.connection import Connection
from schematic_engine.errors import MessageTooBig, RemoteInvalidMessage
from schematic_engine.events import Accepted, Closed, Message, Request, Unknown, Violation
from schematic_engine.limits import Limits
from support.frames import BINARY, CONTINUATION, PING, PONG, TEXT, frame
from support.lifecycles import bound, keyed, message

CLIENT, SERVER = Side.CLIENT, Side.SERVER
MIB = 2**20

CONTEXT = Channel(
    id="Context",
    key="key",
    lifecycle=ConnectionLifecycle(
        initialize=keyed("Open", CLIENT),
        streaming_messages=[keyed("Text", CLIENT)],
        close=keyed("Close", CLIENT),
        server_messages=[keyed("Audio", SERVER)],
        channels=[
            Channel(
                id="Part",
                key="inner",
                lifecycle=ConnectionLifecycle(
                    initialize=keyed("OpenPart", CLIENT),
                    close=keyed("ClosePart", CLIENT),
                    server_messages=[keyed("Answer", SERVER)],
                ),
            )
        ],
    ),
)
CONTEXTS = compile_endpoint(bound(ConnectionLifecycle(channels=[CONTEXT])))
CHUNKS = compile_endpoint(bound(ConnectionLifecycle(streaming_messages=[message("Chunk", None)])))


def opened(limits: Limits = Limits(), endpoint: object = CHUNKS) -> tuple[Connection, Connection]:  # noqa: B008
    """A client without limits of its own to speak of, and a server with these."""
    client = Connection.client(endpoint)  # type: ignore[arg-type]
    server = Connection.server(limits=limits)
    (request,) = server.receive_data(client.data_to_send())
    assert isinstance(request, Request)
    server.accept(endpoint)  # type: ignore[arg-type]
    (accepted,) = client.receive_data(server.data_to_send())
    assert isinstance(accepted, Accepted)
    return client, server


def exceeded(connection: Connection) -> str:
    """The limit that ended it."""
    error = connection._error
    assert isinstance(error, MessageTooBig)
    assert f"{error.limit} = {error.value}" in str(error)
    return error.limit


def peak(server: Connection, data: bytes, size: int = 65_536) -> int:
    """How many bytes the server takes at the most to read ``data``, in reads of this size."""
    reads = [data[at : at + size] for at in range(0, len(data), size)]
    tracemalloc.start()
    try:
        for read in reads:
            server.receive_data(read)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def bomb() -> bytes:
    """A message of a mebibyte that inflates to a gibibyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * 1024


def test_a_small_frame_that_inflates_to_a_gibibyte_dies_early() -> None:
    _, server = opened(Limits(max_message_size=MIB))
    data = bomb()
    assert MIB // 2 < len(data) < 2 * MIB
    assert peak(server, frame(BINARY, data, rsv=4, masked=True)) < 8 * MIB
    assert exceeded(server) == "max_message_size"


def test_a_message_in_a_hundred_thousand_empty_fragments_dies_early() -> None:
    _, server = opened()
    first, more = frame(TEXT, fin=False, masked=True), frame(CONTINUATION, fin=False, masked=True)
    assert peak(server, first + more * 100_000) < 2 * MIB
    assert exceeded(server) == "max_empty_fragments"


def test_a_peer_that_pings_and_reads_nothing_does_not_fill_our_memory() -> None:
    _, server = opened()
    pings = frame(PING, b"x" * 125, masked=True) * 3_000
    server.receive_data(pings)
    assert len(server.data_to_send()) == 64 * 127


def test_pongs_that_answer_nothing_leave_nothing_behind() -> None:
    _, server = opened()
    for _ in range(100):
        server.receive_data(frame(PONG, b"x" * 125, masked=True))
    assert server.data_to_send() == b""
    assert server.latency is None


@pytest.mark.parametrize("number", [10, 11])
def test_a_peer_opens_so_many_channels_and_no_more(number: int) -> None:
    client, server = opened(Limits(max_channels=10), CONTEXTS)
    for key in range(number):
        client.send("Open", {"key": str(key)})
        server.receive_data(client.data_to_send())
    if number > 10:
        assert exceeded(server) == "max_channels"
        closed = client.receive_data(server.data_to_send())[-1]
        assert isinstance(closed, Closed)
        assert closed.reason == "the peer sent more than max_channels = 10 open channels"
    else:
        assert server.phase.value == "STREAMING"


def test_channels_within_channels_count_and_those_that_have_ended_do_not() -> None:
    client, server = opened(Limits(max_channels=5), CONTEXTS)
    client.send("Open", {"key": "a"})
    for number in range(50):
        client.send("OpenPart", {"key": "a", "inner": str(number)})
        client.send("ClosePart", {"key": "a", "inner": str(number)})
        client.send("Open", {"key": f"more {number}"})
        client.send("Close", {"key": f"more {number}"})
        server.receive_data(client.data_to_send())
    assert server.phase.value == "STREAMING"
    for number in range(5):
        client.send("OpenPart", {"key": "a", "inner": f"stays {number}"})
    server.receive_data(client.data_to_send())
    assert exceeded(server) == "max_channels"


def test_channels_that_only_we_open_are_our_own_affair() -> None:
    client, server = opened(endpoint=CONTEXTS)
    client._limits = Limits(max_channels=1)
    for key in range(9):
        client.send("Open", {"key": str(key)})
    server.receive_data(client.data_to_send())
    server.send("Audio", {"key": "3"})
    assert isinstance(client.receive_data(server.data_to_send())[-1], Message)


@pytest.mark.parametrize("place", ["key", "inner"])
def test_a_key_has_a_length(place: str) -> None:
    client, server = opened(endpoint=CONTEXTS)
    keys = {"key": "k" * 1024, "inner": "i" * 1024}
    client.send("Open", {"key": keys["key"]})
    client.send("OpenPart", keys)
    server.receive_data(client.data_to_send())
    assert server.phase.value == "STREAMING"
    if place == "key":
        client.send("Open", {"key": "k" * 1025})
    else:
        client.send("OpenPart", keys | {"inner": "i" * 1025})
    server.receive_data(client.data_to_send())
    assert exceeded(server) == "max_key_size"


@given(st.sampled_from([b"[", b'{"a":', b'{"type":', b'[{"key":']), st.integers(1, 200_000))
@settings(max_examples=30)
def test_json_nested_however_deeply_is_a_documented_error(opening: bytes, depth: int) -> None:
    for endpoint in (CHUNKS, CONTEXTS):
        _, server = opened(endpoint=endpoint)
        for event in server.receive_data(frame(TEXT, opening * depth, masked=True)):
            assert isinstance(event, Violation | Unknown)
            assert isinstance(event, Unknown) or isinstance(event.error, RemoteInvalidMessage)


def test_a_header_block_of_the_shortest_lines_is_judged_at_once() -> None:
    server = Connection.server()
    lines = b"a:\r\n" * 4_000
    assert peak(server, b"GET / HTTP/1.1\r\n" + lines + b"\r\n") < 4 * MIB
    assert server.data_to_send().startswith(b"HTTP/1.1 400 ")


def test_an_answer_with_too_long_a_header_block_ends_the_client() -> None:
    client = Connection.client(CHUNKS)
    (closed,) = client.receive_data(b"HTTP/1.1 101 x\r\nx: " + b"y" * 17_000)
    assert isinstance(closed, Closed)
    assert exceeded(client) == "max_header_size"


def test_answers_before_the_answer_leave_nothing_behind() -> None:
    client = Connection.client(CHUNKS)
    early = b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n"
    client.receive_data(early)
    assert peak(client, early * 5_000) < 2 * MIB
    assert client.phase.value == "CONNECTING"


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """The regular expressions of the project's modules, as texts."""
    for root in (schematic, schematic_engine):
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            if found.name.endswith("__main__"):
                continue
            for name, value in vars(importlib.import_module(found.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield f"{found.name}.{name}", value


@pytest.mark.timeout(60)
def test_no_regular_expression_takes_for_ever() -> None:
    pieces: tuple[str, ...] = (
        "a",
        "0",
        ".",
        "a.",
        "-",
        "/",
        "//",
        ":",
        "[a]",
        "[",
        "%41",
        "%",
        ";a",
        "; a=b",
        " ",
    )
    pieces += ('"', "\\", '="', "\t", ",", "ws://", "key=", "bearer ", "`", "&", "{a}", "\n", "é")
    tried = 0
    for _, pattern in patterns():
        for piece in pieces:
            for start, end in (("", ""), ("ws://", "\x00"), (';a="', "\x00"), ("a", "!")):
                text = start + piece * (4_000 // len(piece)) + end
                pattern.fullmatch(text)
                pattern.match(text)
                tried += 1
    assert tried > 1_000
