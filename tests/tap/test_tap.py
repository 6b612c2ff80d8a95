"""A tap says what passed, whatever the bytes are and however they were cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import Side
from schematic.compile import compile_endpoint
from schematic_engine.compression import Compression
from schematic_engine.conformance import Judge, Record, RecordKind
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.events import Request
from schematic_engine.tap import Tap
from support.clocked import UNPINGED
from support.echo import TALK, Bye, Farewell, Heard, Hello, Say
from support.frames import TEXT, close_frame, cut, cuts, frame
from support.upgrades import request, switching

Bytes = list[tuple[Side, bytes]]
ASK, ANSWER = request(), switching("token")


def passed(tap: Tap, stream: Bytes, places: list[int] | None = None) -> list[Record]:
    return [
        record
        for side, data in stream
        for piece in cut(data, places or [])
        for record in tap.receive(side, piece)
    ]


def kinds(records: list[Record]) -> list[str]:
    return [f"{record.side.value} {record.kind.value}" for record in records]


PIECES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [
            ASK,
            ANSWER,
            request("Sec-WebSocket-Protocol: a, b", "Sec-WebSocket-Protocol: c"),
            switching("t", "Sec-WebSocket-Extensions: permessage-deflate"),
            switching("t", "Sec-WebSocket-Extensions: x-other"),
            b"HTTP/1.1 103 Early Hints\r\n\r\n",
            b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            frame(TEXT, b"hello", masked=True),
            frame(TEXT, b"hello"),
            frame(TEXT, b"hel", fin=False),
            frame(0, b"lo"),
            close_frame(1000),
            close_frame(1001, b"x", masked=True),
        ]
    ),
)
STREAMS = st.lists(st.tuples(st.sampled_from(Side), PIECES), max_size=8)
OPENED = st.sampled_from([[], [(Side.CLIENT, ASK)], [(Side.CLIENT, ASK), (Side.SERVER, ANSWER)]])


@settings(max_examples=150)
@given(OPENED, STREAMS, cuts())
def test_any_bytes_in_any_chunks_give_the_same_records(
    opened: Bytes, stream: Bytes, places: list[int]
) -> None:
    whole, chopped = Tap(), Tap()
    records = passed(whole, opened + stream)
    again = passed(chopped, opened + stream, places)
    assert again == records
    for side in Side:
        assert chopped.eof(side) == whole.eof(side)
    lost = [n for n, one in enumerate(records) if one.kind is RecordKind.LOST]
    assert lost in ([], [len(records) - 1])


class Talk:
    """A client and a server of ours, and a tap between them."""

    def __init__(self, compression: bool | Compression) -> None:
        key = Credentials("key-that-is-secret")
        self.client = Connection.client(
            TALK, credentials=key, compression=compression, limits=UNPINGED
        )
        self.server = Connection.server(compression=compression, limits=UNPINGED)
        self.ends = {Side.CLIENT: self.client, Side.SERVER: self.server}
        self.tap = Tap(7)
        self.records: list[Record] = []

    def settle(self, size: int) -> None:
        """Let all that was written arrive, ``size`` bytes at a time."""
        moved = [True]
        while any(moved):
            moved = [self._move(side, size) for side in Side]

    def _move(self, side: Side, size: int) -> bool:
        data = self.ends[side].data_to_send()
        for at in range(0, len(data), size):
            piece = data[at : at + size]
            self.records += self.tap.receive(side, piece, 1.5)
            for event in self.ends[side.other].receive_data(piece):
                if isinstance(event, Request):
                    self.server.accept(TALK)
        return bool(data)


SAID = st.lists(st.tuples(st.booleans(), st.text(max_size=60)), max_size=5)
COMPRESSIONS = [
    False,
    True,
    Compression(min_size=0),
    Compression(min_size=0, client_no_context_takeover=True, server_max_window_bits=9),
    Compression(min_size=0, server_no_context_takeover=True, client_max_window_bits=10),
]


@pytest.mark.parametrize("compression", COMPRESSIONS)
@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.booleans(), st.text(max_size=60)), max_size=5),
    st.sampled_from([5, 1 << 20]),
)
def test_it_hears_exactly_what_two_connections_say_to_each_other(
    compression: bool | Compression, said: list[tuple[bool, str]], size: int
) -> None:
    talk = Talk(compression)
    talk.settle(size)
    talk.client.send(Hello())
    talk.settle(size)
    for by_client, text in said:
        if by_client:
            talk.client.send(Say(text))
        else:
            talk.server.send(Heard(text))
        talk.settle(size)
    talk.client.ping()
    talk.client.send(Bye())
    talk.settle(size)
    talk.server.send(Farewell())
    talk.server.close(1000, "done")
    talk.settle(size)
    opened, accepted, *messages, first, second = talk.records
    assert (opened.kind, opened.target, opened.host) == (
        RecordKind.OPEN,
        "/talk/hall",
        "echo.example",
    )
    assert (accepted.kind, accepted.status) == (RecordKind.ACCEPTED, 101)
    assert [(one.kind, one.code, one.side) for one in (first, second)] == [
        (RecordKind.CLOSE, 1000, Side.SERVER),
        (RecordKind.CLOSE, 1000, Side.CLIENT),
    ]
    assert first.reason == "done"
    assert {(one.connection, one.time) for one in talk.records} == {(7, 1.5)}
    judge = Judge(compile_endpoint(TALK), 7)
    verdicts = [judge.feed(record) for record in talk.records]
    assert not any(verdict.findings for verdict in verdicts)
    names = ["Say" if by_client else "Heard" for by_client, _ in said]
    ids = [verdict.message for verdict in verdicts if verdict.message]
    assert ids == ["Hello", *names, "Bye", "Farewell"]
    bodies = [str(one.payload) for one in messages]
    for (_, text), body in zip(said, bodies[1:-2], strict=True):
        assert json.loads(body)["text"] == text


def test_the_request_is_told_with_what_was_offered_and_chosen() -> None:
    tap = Tap()
    asked = request("Sec-WebSocket-Protocol: a, b", "sec-websocket-protocol: c")
    answer = switching("t", "Sec-WebSocket-Protocol: b")
    opened, accepted = passed(tap, [(Side.CLIENT, asked), (Side.SERVER, answer)])
    assert (opened.target, opened.host) == ("/v1/stream", "example.org")
    assert (opened.offered, accepted.chosen) == (("a", "b", "c"), "b")
    assert tap.asked is not None
    assert repr(tap.asked) == "Asked(...)"


def test_a_rejection_and_a_plain_request_end_the_story() -> None:
    tap = Tap()
    no = b"HTTP/1.1 103 Wait\r\n\r\nHTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\nx"
    records = passed(tap, [(Side.CLIENT, ASK), (Side.SERVER, no), (Side.SERVER, no)])
    assert kinds(records) == ["client open", "server rejected"]
    assert records[1].status == 401
    assert tap.is_done
    assert tap.eof(Side.SERVER) == []
    plain = passed(Tap(), [(Side.CLIENT, b"GET /voices HTTP/1.1\r\nHost: a\r\n\r\n")])
    assert kinds(plain) == ["client http"]


def test_frames_that_come_before_the_answer_are_heard_after_it() -> None:
    early = ASK + frame(TEXT, b"early", masked=True)
    records = passed(Tap(), [(Side.CLIENT, early), (Side.SERVER, ANSWER + frame(TEXT, b"late"))])
    assert [one.payload for one in records] == [None, None, "early", "late"]


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        ([(Side.CLIENT, b"\x16\x03\x01")], "from the client: the client does not speak HTTP"),
        ([(Side.CLIENT, b"x" * 70_000)], "from the client: max_header_size"),
        ([(Side.SERVER, b"220 smtp")], "from the server: the server spoke before it was asked"),
        ([(Side.CLIENT, ASK), (Side.SERVER, b"SSH-2.0")], "from the server: the answer is not"),
        ([(Side.CLIENT, ASK), (Side.SERVER, b"HTTP/1.1 x\r\n\r\n")], "from the server: the answer"),
        ([(Side.CLIENT, ASK), (Side.CLIENT, b"x" * 66_000)], "from the client: the client sent"),
        ([(Side.CLIENT, b"GET /\r\n\r\n")], "from the client: the request is not valid HTTP"),
        (
            [(Side.CLIENT, ASK), (Side.SERVER, switching("t", "Sec-WebSocket-Extensions: y"))],
            "from the server: the server chose an extension that is not known here: y",
        ),
        (
            [(Side.CLIENT, ASK), (Side.SERVER, ANSWER + frame(TEXT, b"x", masked=True))],
            "from the server: client received unexpected masked frame",
        ),
    ],
)
def test_what_cannot_be_followed_is_said_once(stream: Bytes, why: str) -> None:
    tap = Tap()
    *_, last = passed(tap, stream)
    assert last.kind is RecordKind.LOST
    assert last.reason.startswith(why[: len("from the client: ")])
    assert why.partition(": ")[2] in last.reason
    assert passed(tap, [(side, b"more") for side in Side]) == []
    assert tap.eof(Side.CLIENT) == tap.eof(Side.SERVER) == []


def test_an_end_without_a_close_frame_is_a_loss_and_told_once() -> None:
    tap = Tap()
    passed(tap, [(Side.CLIENT, ASK), (Side.SERVER, ANSWER)])
    assert tap.eof(Side.SERVER, 1.0) == []
    (lost,) = tap.eof(Side.CLIENT, 2.0)
    assert (lost.kind, lost.code, lost.side, lost.time) == (
        RecordKind.CLOSE,
        1006,
        Side.SERVER,
        2.0,
    )
    assert tap.eof(Side.CLIENT) == []
    assert tap.end() == Tap().eof(Side.CLIENT) == []


def test_what_a_side_says_after_the_other_has_ended_is_heard() -> None:
    tap = Tap()
    early = ASK + frame(TEXT, b"early", masked=True)
    records = passed(tap, [(Side.CLIENT, early)])
    assert tap.eof(Side.CLIENT) == []
    records += passed(tap, [(Side.SERVER, ANSWER + frame(TEXT, b"late") + close_frame(1000))])
    records += tap.eof(Side.SERVER)
    assert [one.payload for one in records if one.is_message] == ["early", "late"]
    assert kinds(records)[-2:] == ["server close", "client close"]
    assert tap.is_done


def test_an_end_after_a_close_frame_is_none() -> None:
    tap = Tap()
    passed(tap, [(Side.CLIENT, ASK), (Side.SERVER, ANSWER + close_frame(1000))])
    assert tap.eof(Side.SERVER) == []
    assert kinds(tap.eof(Side.CLIENT)) == ["client close"]
