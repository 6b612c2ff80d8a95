"""WebSockets of ASGI applications: the middleware around one, and Starlette's own object."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest
from hypothesis import given, settings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from schematic import Side
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import rules
from schematic_engine.monitor import Monitor, MonitorMiddleware, NotConforming, NotWatchable
from support.apis import SPEECH
from support.replays import Replay, found_in, replays, unseen

OPENING, TEXT, STOP = '{"text":" "}', '{"text":"a "}', '{"text":""}'
AUDIO, FINAL = '{"audio":"QQ=="}', '{"isFinal":true}'

Message = MutableMapping[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]


def found(monitor: Monitor) -> list[tuple[int, str]]:
    return found_in(monitor.report().traces[0].findings)


def scope(path: str = "/talk", query: bytes = b"", **more: Any) -> dict[str, Any]:
    headers = [(b"host", b"127.0.0.1:80"), (b"authorization", b"Bearer sk-header")]
    return {
        "type": "websocket",
        "path": path,
        "query_string": query,
        "headers": headers,
        "subprotocols": [],
        **more,
    }


async def run(app: App, heard: list[Message], where: Message | None = None) -> list[Message]:
    """What the application says to a client that says ``heard``."""
    incoming = [{"type": "websocket.connect"}, *heard]
    outgoing: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0)

    async def send(message: Message) -> None:
        outgoing.append(dict(message))

    await app(scope() if where is None else where, receive, send)
    return outgoing


def texts(*said: str) -> list[Message]:
    return [{"type": "websocket.receive", "text": text} for text in said]


GONE: Message = {"type": "websocket.disconnect", "code": 1000, "reason": ""}


async def speak(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(FINAL if text == STOP else AUDIO)


def starlette(monitor: Monitor) -> Starlette:
    return Starlette(
        routes=[WebSocketRoute("/talk", speak)],
        middleware=[Middleware(MonitorMiddleware, monitor=monitor)],
    )


# ------------------------------------------------------------------------------- the middleware


@given(replays())
@settings(max_examples=25, deadline=None)
def test_conversations_are_judged_as_check_judges_them_recorded_at_the_server(
    replay: Replay,
) -> None:
    side, code, reason = replay.closes
    turns = iter(replay.said)

    async def hold(_: Any, receive: Any, send: Any) -> None:
        """An application that says what the recording's server said, when it said it."""
        await receive()
        await send({"type": "websocket.accept", "subprotocol": replay.subprotocol})
        for who, said in turns:
            key = "text" if isinstance(said, str) else "bytes"
            if who is Side.SERVER:
                await send({"type": "websocket.send", key: said})
            else:
                assert (await receive())[key] == said
        if side is Side.SERVER:
            await send({"type": "websocket.close", "code": code, "reason": reason})
        await receive()

    heard = [
        {"type": "websocket.receive", "text" if isinstance(said, str) else "bytes": said}
        for who, said in replay.said
        if who is Side.CLIENT
    ]
    monitor = Monitor(replay.endpoint)
    path, _, query = replay.target.partition("?")
    offered = [] if replay.subprotocol is None else [replay.subprotocol]
    where = scope(path, query.encode(), subprotocols=offered)
    gone = {"type": "websocket.disconnect", "code": code, "reason": reason}
    asyncio.run(run(MonitorMiddleware(hold, monitor), [*heard, gone], where))
    left_out = unseen(replay, found_in(monitor.finish().traces[0].findings))
    # How the client answers its close frame, an application is not told.
    assert left_out in ([], [rules.ANSWERED_OTHERWISE.id])
    assert side is Side.SERVER or not left_out


@pytest.mark.asyncio
async def test_an_application_of_starlette_is_watched_and_says_what_it_said() -> None:
    monitor = Monitor(SPEECH)
    said = await run(starlette(monitor), [*texts(OPENING, TEXT, STOP, TEXT), GONE])
    assert [message.get("text") for message in said] == [None, AUDIO, AUDIO, FINAL, AUDIO]
    assert found(monitor) == [
        (9, rules.ILLEGAL_ORDER.id),  # text after the end, from the client
        (10, rules.ILLEGAL_ORDER.id),  # and audio after the final message
    ]


@pytest.mark.asyncio
async def test_what_is_no_websocket_passes_untouched() -> None:
    passed: list[Any] = []

    async def app(*everything: Any) -> None:
        passed.extend(everything)

    monitor = Monitor(SPEECH)
    three: tuple[Any, Any, Any] = ({"type": "http"}, object(), object())
    await MonitorMiddleware(app, monitor)(*three)
    assert tuple(passed) == three
    assert all(one is two for one, two in zip(passed, three, strict=True))
    assert monitor.report().traces[0].connections == ()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "answer", [{"type": "websocket.close"}, {"type": "websocket.http.response.start"}]
)
async def test_a_request_that_is_refused_is_no_conversation(answer: Message) -> None:
    async def app(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(answer)

    monitor = Monitor(SPEECH)
    await run(MonitorMiddleware(app, monitor), [])
    assert found(monitor) == []
    assert monitor.report().traces[0].connections[0].complete


@pytest.mark.asyncio
async def test_an_application_that_fails_fails_as_before_and_its_connection_is_over() -> None:
    async def app(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        raise LookupError("mine")

    monitor = Monitor(SPEECH)
    with pytest.raises(LookupError, match="mine"):
        await run(MonitorMiddleware(app, monitor), texts(OPENING))
    assert found(monitor) == [(3, rules.UNFINISHED.id)]


@pytest.mark.asyncio
async def test_what_the_server_cannot_send_was_not_said() -> None:
    async def app(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        with pytest.raises(OSError, match="gone"):
            await send({"type": "websocket.send", "text": AUDIO})

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        if message["type"] == "websocket.send":
            raise OSError("gone")

    monitor = Monitor(SPEECH)
    await MonitorMiddleware(app, monitor)(scope(), receive, send)
    assert monitor.report().traces[0].counts.messages == 0


@pytest.mark.asyncio
async def test_endpoints_are_found_by_path() -> None:
    async def app(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()

    monitor = Monitor(elevenlabs())
    app_with = MonitorMiddleware(app, monitor)
    place = scope("/v1/text-to-speech/a%2Fb/stream-input", b"model_id=eleven_turbo_v2_5")
    place["raw_path"] = place["path"].encode()
    place["path"] = "/v1/text-to-speech/a/b/stream-input"
    await run(app_with, [GONE], place)
    await run(app_with, [GONE], scope("/nowhere"))
    report = monitor.report()
    assert report.name == "ElevenLabs/StreamTextToSpeech"
    assert [one.endpoint for one in report.traces[0].connections] == [report.name, ""]
    assert [rule for _, rule in found(monitor)] == [rules.NO_ENDPOINT.id]


# ------------------------------------------------------------------------------- Starlette's own


@pytest.mark.asyncio
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_websocket_of_starlette_is_watched_before_it_is_accepted_or_after(
    when: str,
) -> None:
    async def handle(websocket: WebSocket) -> None:
        if when == "after":
            await websocket.accept()
        assert monitor.watch(websocket) is websocket
        if when == "before":
            await websocket.accept()
        await websocket.send_json({"audio": "QQ=="})
        assert await websocket.receive_json() == {"text": " "}
        assert await websocket.receive_text() == STOP
        with pytest.raises(WebSocketDisconnect) as gone:
            await websocket.receive_bytes()
        assert gone.value.code == 1000

    monitor = Monitor(SPEECH)
    app = Starlette(routes=[WebSocketRoute("/talk", handle)])
    await run(app, [*texts(OPENING, STOP), GONE])
    shift = 0 if when == "before" else -1
    assert found(monitor) == [
        (3 + shift, rules.ILLEGAL_ORDER.id),
        (6 + shift, rules.NO_FINAL_MESSAGE.id),
    ]


@pytest.mark.asyncio
async def test_a_websocket_that_is_closed_comes_too_late() -> None:
    async def handle(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()
        with pytest.raises(NotWatchable, match="closed already"):
            Monitor(SPEECH).watch(websocket)

    await run(Starlette(routes=[WebSocketRoute("/talk", handle)]), [])


@pytest.mark.asyncio
async def test_an_error_is_raised_in_the_application_where_that_was_asked_for() -> None:
    raising = Monitor(SPEECH, raises=True)
    with pytest.raises(NotConforming, match="SendText from the client is illegal"):
        await run(starlette(raising), [*texts(TEXT), GONE])


@pytest.mark.asyncio
async def test_a_server_that_closes_with_a_code_has_closed_with_it() -> None:
    async def handle(websocket: WebSocket) -> None:
        monitor.watch(websocket)
        await websocket.accept()
        await websocket.receive_text()
        await websocket.close(1011, "no")

    monitor = Monitor(SPEECH)
    await run(Starlette(routes=[WebSocketRoute("/talk", handle)]), texts(OPENING))
    assert monitor.finish().traces[0].connections[0].code == 1011
    assert found(monitor) == [(4, rules.ABNORMAL_END.id)]
