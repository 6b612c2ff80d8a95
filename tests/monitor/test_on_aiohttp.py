"""WebSockets of aiohttp, watched at both ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from hypothesis import given, settings

from schematic import Side
from schematic_engine.conformance import rules
from schematic_engine.monitor import Monitor, NotConforming, NotWatchable
from support.apis import SPEECH
from support.replays import Replay, found_in, hold, replays, verdict

OPENING, TEXT, STOP = '{"text":" "}', '{"text":"a "}', '{"text":""}'
AUDIO, FINAL = '{"audio":"QQ=="}', '{"isFinal":true}'


class Pair:
    """The two ends of a connection."""

    def __init__(
        self, client: ClientWebSocketResponse[Any], server: web.WebSocketResponse[Any]
    ) -> None:
        self.client, self.server = client, server
        self.ends: dict[Side, ClientWebSocketResponse[Any] | web.WebSocketResponse[Any]] = {
            Side.CLIENT: client,
            Side.SERVER: server,
        }

    async def say(self, side: Side, said: str | bytes) -> None:
        end, other = self.ends[side], self.ends[side.other]
        if isinstance(said, str):
            await end.send_str(said)
            assert await other.receive_str(timeout=10) == said
        else:
            await end.send_bytes(said)
            assert await other.receive_bytes(timeout=10) == said

    async def close(self, side: Side, code: int, reason: str) -> None:
        closing = asyncio.create_task(self.ends[side].close(code=code, message=reason.encode()))
        message = await self.ends[side.other].receive(timeout=10)
        assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, code, reason)
        assert await closing


@asynccontextmanager
async def pair(
    client: Monitor,
    server: Monitor,
    *,
    target: str = "/talk",
    subprotocol: str | None = None,
    tells: bool = True,
    **options: Any,
) -> AsyncIterator[Pair]:
    """An open connection over loopback."""
    came: asyncio.Future[web.WebSocketResponse[Any]] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()
    offered = () if subprotocol is None else (subprotocol,)

    async def handle(request: web.Request) -> web.WebSocketResponse[Any]:
        response = server.watch(web.WebSocketResponse(protocols=offered, timeout=1))
        await response.prepare(request)
        came.set_result(response)
        await over.wait()
        return response

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    url = f"http://{host}:{port}{target}"
    try:
        async with (
            ClientSession() as session,
            session.ws_connect(url, protocols=offered, **options) as websocket,
        ):
            yield Pair(client.watch(websocket, url=url if tells else None), await came)
            over.set()
    finally:
        over.set()
        await runner.cleanup()


def monitors() -> tuple[Monitor, Monitor]:
    return Monitor(SPEECH), Monitor(SPEECH)


def found(monitor: Monitor) -> list[tuple[int, str]]:
    return found_in(monitor.report().traces[0].findings)


@given(replays())
@settings(max_examples=10, deadline=None)
def test_conversations_are_judged_as_check_judges_them_recorded_at_each_end(
    replay: Replay,
) -> None:
    async def run() -> None:
        async with pair(
            client, server, target=replay.target, subprotocol=replay.subprotocol
        ) as ends:
            await hold(replay, ends)

    client, server = Monitor(replay.endpoint), Monitor(replay.endpoint)
    asyncio.run(run())
    side, code, _ = replay.closes
    judged = {Side.CLIENT: client, Side.SERVER: server}
    told = found_in(judged[side.other].finish().traces[0].findings)
    assert told == verdict(replay, side.other, answer=1000)  # as which aiohttp answers any code
    # Who closes reads no more: what may have come is held against nobody.
    told = found_in(judged[side].finish().traces[0].findings)
    expected = verdict(replay, side, answer=code)
    assert set(told) <= set(expected)
    assert [one for one in told if one[0] <= len(replay.said) + 2] == [
        one for one in expected if one[0] <= len(replay.said) + 2
    ]


@pytest.mark.asyncio
async def test_every_way_to_say_something_is_seen_once() -> None:
    client, server = monitors()
    async with pair(client, server) as ends:
        assert isinstance(ends.client, ClientWebSocketResponse)
        await ends.client.send_json({"text": " "})
        assert await ends.server.receive_json() == {"text": " "}
        await ends.client.send_frame(TEXT.encode(), WSMsgType.TEXT)
        await ends.client.ping(b"?")
        await ends.client.send_frame(b"?", WSMsgType.PING)
        await ends.client.send_json_bytes({"text": "b "}, dumps=lambda _: b"\x00")
        assert (await ends.server.receive()).data == TEXT
        assert (await ends.server.receive()).data == b"\x00"
        with pytest.raises(TypeError):
            await ends.client.send_bytes("no bytes")  # type: ignore[arg-type]
        await ends.server.send_str(FINAL)
        assert [m.data async for m in _first(ends.client, 1)] == [FINAL]
    assert found(client) == [(5, rules.UNKNOWN_MESSAGE.id)]
    assert client.report().traces[0].counts.messages == 4


async def _first(websocket: ClientWebSocketResponse[Any], count: int) -> AsyncIterator[Any]:
    async for message in websocket:
        yield message
        count -= 1
        if not count:
            return


@pytest.mark.asyncio
async def test_text_that_is_not_decoded_is_text() -> None:
    client, server = monitors()
    async with pair(client, server, decode_text=False) as ends:
        await ends.say(Side.CLIENT, OPENING)
        await ends.server.send_str(AUDIO)
        assert (await ends.client.receive()).data == AUDIO.encode()
    client.raise_for_findings()


@pytest.mark.asyncio
async def test_iteration_ends_with_the_close_frame_of_the_other_side() -> None:
    client, server = monitors()
    async with pair(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
        await ends.say(Side.CLIENT, STOP)
        await ends.server.send_str(FINAL)
        closing = asyncio.create_task(ends.server.close(code=4001, message=b"no"))
        assert [message.data async for message in ends.client] == [FINAL]
        assert ends.client.close_code == 4001
        assert "receive" not in vars(ends.client)  # its own methods are back
        await closing
        with pytest.raises(ConnectionError):
            await ends.client.send_str(TEXT)
    assert found(client) == []
    assert client.report().traces[0].counts.messages == 3
    (talk,) = client.report().traces[0].transcripts
    assert [(step.turn.side, step.turn.text) for step in talk.steps[-2:]] == [
        ("server", "close 4001 no"),
        ("client", "close 1000"),
    ]


@pytest.mark.asyncio
async def test_a_reason_may_be_given_as_text_as_aiohttp_takes_it() -> None:
    client, server = monitors()
    async with pair(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
        closing = asyncio.create_task(ends.client.close(message="bye"))  # type: ignore[arg-type]
        assert (await ends.server.receive()).extra == "bye"
        assert await closing
    (talk,) = client.report().traces[0].transcripts
    assert "close 1000 bye" in [step.turn.text for step in talk.steps]


@pytest.mark.asyncio
async def test_one_task_closes_while_another_one_reads() -> None:
    client, server = monitors()
    async with pair(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
        reading = asyncio.create_task(ends.client.receive())
        answering = asyncio.create_task(ends.server.receive())
        await asyncio.sleep(0)
        assert await ends.client.close()
        assert (await reading).type is WSMsgType.CLOSING
        assert (await answering).type is WSMsgType.CLOSE
    assert found(client) == found(server) == []


@pytest.mark.asyncio
async def test_a_cancelled_receive_loses_nothing_and_a_second_one_is_refused() -> None:
    client, server = monitors()
    async with pair(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
        waiting = asyncio.create_task(ends.client.receive())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="Concurrent call"):
            await ends.client.receive()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await ends.say(Side.SERVER, AUDIO)
        assert client.report().traces[0].counts.messages == 2


@pytest.mark.asyncio
async def test_a_connection_that_is_lost_is_lost() -> None:
    client, server = monitors()
    async with pair(client, server) as ends:
        await ends.say(Side.CLIENT, OPENING)
        request = ends.server._req
        assert request is not None
        assert request.transport is not None
        request.transport.abort()
        assert (await ends.client.receive()).type in (WSMsgType.CLOSED, WSMsgType.ERROR)
    assert client.report().traces[0].connections[0].code == 1006
    assert [rule for _, rule in found(client)] == [rules.ABNORMAL_END.id]


@pytest.mark.asyncio
async def test_a_response_that_is_prepared_comes_too_late() -> None:
    client, server = monitors()
    async with pair(client, server) as ends:
        with pytest.raises(NotWatchable, match="watch it before prepare"):
            Monitor(SPEECH).watch(ends.server)
        with pytest.raises(NotWatchable, match="watched already"):
            client.watch(ends.client)


@pytest.mark.asyncio
async def test_an_error_is_raised_where_that_was_asked_for_and_was_sent_nevertheless() -> None:
    client, server = Monitor(SPEECH, raises=True), Monitor(SPEECH, raises=True)
    async with pair(client, server) as ends:
        with pytest.raises(NotConforming, match="SendText from the client is illegal"):
            await ends.client.send_str(TEXT)
        with pytest.raises(NotConforming):
            await ends.server.receive()


@pytest.mark.asyncio
@pytest.mark.parametrize("tells", [True, False])
async def test_a_client_that_does_not_tell_its_url_is_judged_without_it(tells: bool) -> None:
    client, server = monitors()
    async with pair(client, server, target="/elsewhere", tells=tells) as ends:
        await ends.say(Side.CLIENT, OPENING)
    expected = [(1, rules.OTHER_PATH.id)]
    assert found(client) == (expected if tells else [])
    assert found(server)[:1] == expected
