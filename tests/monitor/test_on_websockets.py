"""Connections of `websockets`, watched at both ends: asyncio and threads."""

from __future__ import annotations

import asyncio
import gc
import inspect
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.sync.client import ClientConnection as ThreadedClient

from schematic import Side
from schematic_engine.conformance import Judge, Record, Verdict, rules
from schematic_engine.monitor import Monitor, NotConforming, NotWatchable
from schematic_engine.monitor.instance import Methods, claim
from support.apis import LISTEN, SPEECH
from support.replays import Replay, found_in, hold, replays, verdict
from support.watched_ends import PATIENCE, coroutines, threads

OPENING, TEXT, STOP = '{"text":" "}', '{"text":"a "}', '{"text":""}'
AUDIO, FINAL = '{"audio":"QQ=="}', '{"isFinal":true}'


def monitors() -> tuple[Monitor, Monitor]:
    return Monitor(SPEECH), Monitor(SPEECH)


def found(monitor: Monitor) -> list[tuple[int, str]]:
    return found_in(monitor.report().traces[0].findings)


def said(monitor: Monitor) -> int:
    """How many messages passed."""
    return monitor.report().traces[0].counts.messages


@given(replays())
@settings(max_examples=12, deadline=None)
def test_conversations_are_judged_as_check_judges_them_recorded_at_each_end(
    replay: Replay,
) -> None:
    async def run() -> None:
        async with coroutines(
            client, server, target=replay.target, subprotocol=replay.subprotocol
        ) as ends:
            await hold(replay, ends)

    client, server = Monitor(replay.endpoint), Monitor(replay.endpoint)
    asyncio.run(run())
    assert found_in(client.finish().traces[0].findings) == verdict(replay, Side.CLIENT)
    assert found_in(server.finish().traces[0].findings) == verdict(replay, Side.SERVER)


@given(replays())
@settings(max_examples=8, deadline=None)
def test_with_threads_too(replay: Replay) -> None:
    client, server = Monitor(replay.endpoint), Monitor(replay.endpoint)
    with threads(client, server, target=replay.target, subprotocol=replay.subprotocol) as ends:
        asyncio.run(hold(replay, ends))
    assert found_in(client.finish().traces[0].findings) == verdict(replay, Side.CLIENT)
    assert found_in(server.finish().traces[0].findings) == verdict(replay, Side.SERVER)


# ---------------------------------------------------------------------- it is what it was before


@pytest.mark.asyncio
async def test_a_watched_connection_is_the_same_object_with_the_same_methods() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:
        assert isinstance(ends.client, ClientConnection)
        assert isinstance(ends.server, ServerConnection)
        for name in ("recv", "send", "close"):
            method = getattr(ends.client, name)
            assert inspect.iscoroutinefunction(method)
            assert method.__doc__ == getattr(ClientConnection, name).__doc__
            assert inspect.signature(method) == inspect.signature(
                getattr(ClientConnection, name).__get__(ends.client)
            )
        with pytest.raises(NotWatchable, match="watched already"):
            client.watch(ends.client)


@pytest.mark.asyncio
async def test_iteration_ends_and_errors_come_as_they_did() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
        await ends.server.send(AUDIO)
        await ends.server.send(FINAL)
        closing = asyncio.create_task(ends.server.close(4001, "no"))
        heard: list[str | bytes] = []

        async def read() -> None:
            async for message in ends.client:
                heard.append(message)  # noqa: PERF401  # what came before the error is kept

        with pytest.raises(ConnectionClosedError) as ended:
            await read()
        await closing
        assert heard == [AUDIO, FINAL]
        assert ended.value.rcvd is not None
        assert (ended.value.rcvd.code, ended.value.rcvd.reason) == (4001, "no")
        with pytest.raises(ConnectionClosed):
            await ends.client.send(TEXT)
        assert said(client) == said(server) == 3  # what could not be sent was not said


@pytest.mark.asyncio
async def test_a_cancelled_receive_loses_nothing() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
        waiting = asyncio.create_task(ends.client.recv())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await ends.say(Side.SERVER, AUDIO)
        assert said(client) == 2


@pytest.mark.asyncio
async def test_one_task_reads_while_others_send() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:

        async def answer() -> None:
            async for _ in ends.server:
                await ends.server.send(AUDIO)

        async def read() -> None:
            for _ in range(51):
                await ends.client.recv()

        answering, reading = asyncio.create_task(answer()), asyncio.create_task(read())
        await ends.client.send(OPENING)
        await asyncio.gather(*(ends.client.send(TEXT) for _ in range(50)))
        await reading
        await ends.client.close()
        await answering
    for monitor in (client, server):
        monitor.raise_for_findings()
        assert said(monitor) == 102


def test_threads_send_and_receive_at_once() -> None:
    client, server = monitors()
    with threads(client, server) as ends, ThreadPoolExecutor(5) as pool:

        def answer() -> None:
            for _ in ends.server:
                ends.server.send(AUDIO)

        answering = pool.submit(answer)
        reading = pool.submit(lambda: [ends.client.recv(PATIENCE) for _ in range(61)])
        ends.client.send(OPENING)
        list(pool.map(ends.client.send, [TEXT] * 60))
        assert reading.result(PATIENCE) == [AUDIO] * 61
        ends.client.close()
        answering.result(PATIENCE)
    for monitor in (client, server):
        monitor.raise_for_findings()
        assert said(monitor) == 122


# ----------------------------------------------------------------------- whatever way it is said


@pytest.mark.asyncio
async def test_fragments_are_one_message_and_bytes_in_text_frames_are_text() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:
        await ends.client.send(OPENING.encode(), text=True)
        await ends.client.send(['{"te', 'xt":', '"a "}'])
        assert await ends.server.recv(decode=False) == OPENING.encode()
        parts: list[str | bytes] = [part async for part in ends.server.recv_streaming()]
        assert parts == ['{"te', 'xt":', '"a "}', ""]
        await ends.client.send([STOP.encode()], text=True)
        parts = [part async for part in ends.server.recv_streaming(decode=False)]
        assert parts == [STOP.encode(), b""]
        await ends.say(Side.SERVER, FINAL)
    assert found(client) == []
    assert said(client) == said(server) == 4


def test_fragments_of_threads_too() -> None:
    client, server = monitors()
    with threads(client, server) as ends:
        ends.client.send(OPENING.encode(), text=True)
        ends.client.send(['{"te', 'xt":"a "}'])
        assert ends.server.recv(decode=False) == OPENING.encode()
        assert "".join(map(str, ends.server.recv_streaming())) == TEXT
        ends.client.send([STOP.encode()], text=True)
        assert b"".join(ends.server.recv_streaming(decode=False)) == STOP.encode()
        ends.server.send(FINAL)
        assert ends.client.recv() == FINAL
        ends.client.close()
    assert found(client) == []
    assert said(client) == said(server) == 4


@pytest.mark.asyncio
async def test_a_binary_message_that_is_asked_for_as_text_is_binary() -> None:
    client, server = Monitor(LISTEN), Monitor(LISTEN)
    async with coroutines(client, server) as ends:
        await ends.client.send(b"sound")
        assert await ends.server.recv(decode=True) == "sound"
        await ends.client.send("PING")
        assert await ends.server.recv(decode=False) == b"PING"
    assert found(server) == []


@pytest.mark.asyncio
async def test_a_message_that_is_not_read_to_its_end_is_not_judged() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:
        await ends.client.send(["{", '"text":" "}'])
        stream = ends.server.recv_streaming()
        assert await anext(stream) == "{"
        await stream.aclose()  # type: ignore[attr-defined]
    assert [rule for _, rule in found(server)] == [rules.BODY_UNKNOWN.id]


@pytest.mark.asyncio
async def test_what_is_broadcast_is_sent() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:
        broadcast([ends.server], FINAL)
        assert await ends.client.recv() == FINAL
    assert (3, rules.ILLEGAL_ORDER.id) in found(server)
    assert (3, rules.ILLEGAL_ORDER.id) in found(client)


# ------------------------------------------------------------------------------------- the end


@pytest.mark.asyncio
async def test_a_program_that_leaves_messages_unread_is_not_told_that_they_are_missing() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
        await ends.say(Side.CLIENT, STOP)
        await ends.server.send(FINAL)
        closing = asyncio.create_task(ends.server.close())
        await ends.client.wait_closed()
        await closing
    assert found(client) == found(server) == []


@pytest.mark.asyncio
async def test_a_program_that_has_read_all_is_told_what_is_missing() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
        await ends.say(Side.CLIENT, STOP)
    assert [rule for _, rule in found(client)] == [rules.NO_FINAL_MESSAGE.id]


@pytest.mark.asyncio
async def test_a_connection_that_is_lost_is_lost() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
        ends.server.transport.abort()
        with pytest.raises(ConnectionClosedError):
            await ends.client.recv()
    assert client.report().traces[0].connections[0].code == 1006
    assert [rule for _, rule in found(client)] == [rules.ABNORMAL_END.id]


@pytest.mark.asyncio
async def test_a_connection_that_nobody_has_any_more_is_over() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
    del ends
    gc.collect()
    assert [one.complete for one in client.report().traces[0].connections] == [True]
    assert client.report().traces[0].transcripts[0].length == 5


# ------------------------------------------------------------------------------------- raising


@pytest.mark.asyncio
async def test_an_error_is_raised_where_it_was_asked_for_and_was_sent_nevertheless() -> None:
    client, server = Monitor(SPEECH, raises=True), Monitor(SPEECH, raises=True)
    async with coroutines(client, server) as ends:
        with pytest.raises(NotConforming, match="SendText from the client is illegal") as sent:
            await ends.client.send(TEXT)
        with pytest.raises(NotConforming) as received:
            await ends.server.recv()
        assert sent.value.findings[0].text == received.value.findings[0].text
        await ends.say(Side.CLIENT, OPENING)
    with pytest.raises(NotConforming), client:
        pass


def test_with_threads_errors_are_raised_too() -> None:
    client, server = Monitor(SPEECH, raises=True), Monitor(SPEECH)
    with threads(client, server) as ends:
        with pytest.raises(NotConforming, match="SCH-101"):
            ends.client.send(TEXT)
        assert ends.server.recv(PATIENCE) == TEXT
        assert isinstance(ends.client, ThreadedClient)


# ------------------------------------------------------------------------------------ at odds


@pytest.mark.asyncio
async def test_a_connection_that_the_library_fails_has_closed_with_its_code() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
        ends.server.transport.write(b"\x81\x01\xff")  # no UTF-8
        with pytest.raises(ConnectionClosedError):
            await ends.client.recv()
    (talk,) = client.report().traces[0].transcripts
    assert [(step.turn.side, step.turn.text.split()[:2]) for step in talk.steps[3:]] == [
        ("client", ["close", "1007"]),
        ("server", ["close", "1006"]),  # whose answer the library does not read
    ]


@pytest.mark.asyncio
async def test_a_url_that_is_given_counts_for_more_than_the_request() -> None:
    monitor = Monitor(SPEECH)
    async with coroutines(Monitor(SPEECH), Monitor(SPEECH), target="/elsewhere") as ends:
        other = ends.client
        del other._schematic_watched  # type: ignore[attr-defined]
        monitor.watch(other, url="wss://example.com/talk")
    assert found(monitor) == []


@pytest.mark.asyncio
async def test_a_message_in_parts_that_is_too_long_is_not_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("schematic_engine.monitor.parts.MAX_MESSAGE", 4)
    client, server = monitors()
    async with coroutines(client, server) as ends:
        await ends.client.send(['{"text"', ':" "}'])
        assert "".join([str(part) async for part in ends.server.recv_streaming()]) == OPENING
    for monitor in (client, server):
        assert [rule for _, rule in found(monitor)] == [rules.BODY_UNKNOWN.id]


def test_what_takes_no_attributes_cannot_be_watched() -> None:
    class Fixed:
        __slots__ = ()

    with pytest.raises(NotWatchable, match="its methods cannot be replaced"):
        claim(Fixed())


@pytest.mark.asyncio
async def test_a_connection_that_is_over_has_its_own_methods_again() -> None:
    client, server = monitors()
    async with coroutines(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
        assert "recv" in vars(ends.client)
        await ends.close(Side.SERVER, 1000, "")
        for end in (ends.client, ends.server):
            for name in ("recv", "recv_streaming", "send", "close"):
                assert name not in vars(end)
            assert "send_text" not in vars(end.protocol)


def test_what_somebody_else_has_replaced_stays_replaced() -> None:
    class Owner:
        def say(self) -> str:
            return "hello"

    def first() -> str:
        return "first"

    def last() -> str:
        return "last"

    for before, expected in ({}, "hello"), ({"say": first}, "first"):
        owner, methods = Owner(), Methods()
        vars(owner).update(before)
        methods.replace(owner, "say", lambda: "watched")
        assert owner.say() == "watched"
        methods.put_back()
        assert owner.say() == expected
    owner, methods = Owner(), Methods()
    methods.replace(owner, "say", lambda: "watched")
    vars(owner)["say"] = last
    methods.put_back()
    assert owner.say() == "last"


@given(replays(), st.integers(0, 12))
@settings(max_examples=12, deadline=None)
def test_whenever_judging_fails_the_conversation_goes_on(replay: Replay, at: int) -> None:
    async def run() -> None:
        async with coroutines(
            client, server, target=replay.target, subprotocol=replay.subprotocol
        ) as ends:
            await hold(replay, ends)

    judge, turns = Judge.feed, count()

    def feed(self: Judge, record: Record) -> Verdict:
        if next(turns) >= at:
            raise LookupError
        return judge(self, record)

    client, server = Monitor(replay.endpoint), Monitor(replay.endpoint)
    with patch.object(Judge, "feed", feed):
        asyncio.run(run())
    assert not (client.finish().is_judged and server.finish().is_judged)
