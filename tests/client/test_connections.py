"""What generated clients do beside saying and hearing: refusals, ends, options, events."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from schematic import (
    Closing,
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    OpeningStep,
    Schema,
    Side,
    Timer,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.generate.websocket import websocket_client
from schematic_definitions.deepgram_ws import listen_v1
from schematic_definitions.elevenlabs import elevenlabs
from schematic_definitions.elevenlabs_ws import stream_multi_context as contexts
from schematic_definitions.elevenlabs_ws import stream_text_to_speech as speech
from schematic_engine.asyncio import ServerConnection, serve
from schematic_engine.client import (
    BinaryBody,
    ConnectOptions,
    Embedded,
    Sends,
    Walk,
    WebSocketClose,
)
from schematic_engine.client.channels import Keyed
from schematic_engine.client.options import divided
from schematic_engine.client.sending import BoundSend
from schematic_engine.errors import (
    ConnectionClosed,
    LocalIllegalMessage,
    LocalInvalidMessage,
    LocalProtocolError,
    RemoteProtocolError,
)
from schematic_engine.events import Message, Overdue, Request, Unknown
from schematic_engine.limits import Limits
from schematic_engine.mock import Call, Close, MockServer
from schematic_engine.policy import Policy
from schematic_engine.retry import Again, Reconnect
from support.bundled import bundled
from support.colours import each, opened, settled
from support.generated import running
from support.loops import on_a_strict_loop, step_into

DOWN = MessageDirection.SERVER_TO_CLIENT
SHORT = Limits(close_timeout=0.02)
WAYS: dict[str, Any] = {"voice_id": "one", "auth": "a secret"}
BLOCKING = pytest.mark.parametrize("colour", ["", "Sync"], ids=["asyncio", "sync"])


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer(elevenlabs()) as running:
        yield running


def silent(call: Call, message: Message) -> None:
    """A handler that answers nothing."""


def lost(call: Call, message: Message) -> Iterator[Close]:
    yield Close(1011, "lost")


def ws(colour: str, **options: Any) -> Any:
    return getattr(speech, f"{colour}ElevenLabsWs").connect(**{**WAYS, **options})


def variant(**changes: Any) -> WebSocketApi:
    """The API of ElevenLabs, whose server also says what the client does not know."""
    api = elevenlabs()
    first = api.endpoints[0]
    lifecycle = first.lifecycle
    surprise = MessageSchema(
        id="Surprise", direction=DOWN, schema=Schema(Surprise), after="SendText"
    )
    changed = replace(lifecycle, server_messages=[*lifecycle.server_messages, surprise], **changes)
    return WebSocketApi(
        name=api.name,
        base_url=api.base_url,
        auth=first_auth(api),
        endpoints=[replace(first, lifecycle=changed)],
    )


def first_auth(api: WebSocketApi) -> Any:
    return next(way for way in api.auth.ways if way.header)


class Surprise(msgspec.Struct, tag_field="surprise", tag="yes"):
    number: int = 7


# ------------------------------------------------------------------------------------ refusals


@BLOCKING
@on_a_strict_loop
async def test_a_refused_message_leaves_all_as_it_was(colour: str, server: MockServer) -> None:
    async with opened(ws(colour, url=server.url)) as client:
        before = (client.state, client.allowed(), client.expected())
        with pytest.raises(LocalIllegalMessage):
            await settled(client.send_text("too early"))
        with pytest.raises(LocalIllegalMessage):
            await settled(client.close())
        with pytest.raises(LocalInvalidMessage):
            await settled(client.send_initialize_connection(voice_settings=3))
        with pytest.raises(TypeError):
            await settled(client.send_initialize_connection("two", "texts"))
        assert (client.state, client.allowed(), client.expected()) == before
        assert client.closed is None
        await settled(client.send_initialize_connection())
        await settled(client.send_text("now"))
        assert len(await settled(client.close())) > 0
    assert server.violations == []


@BLOCKING
@on_a_strict_loop
async def test_a_refused_step_leaves_its_phase(colour: str, server: MockServer) -> None:
    phases = getattr(speech, f"{colour}ElevenLabsPhases")
    async with opened(phases.connect(**WAYS, url=server.url)) as phase:
        with pytest.raises(LocalInvalidMessage):
            await settled(phase.initialize(voice_settings=3))
        streaming = await settled(phase.initialize())
        await settled(streaming.send_text("one"))
        closing = await settled(streaming.close())
        heard = [type(one) async for one in each(closing)]
        assert heard[-1] is speech.FinalOutput


# ---------------------------------------------------------------------------------------- ends


@BLOCKING
@on_a_strict_loop
async def test_goodbye_gives_the_rest_and_may_be_said_twice(
    colour: str, server: MockServer
) -> None:
    async with opened(ws(colour, url=server.url)) as client:
        await settled(client.send_initialize_connection())
        await settled(client.send_text("one"))
        rest = await settled(client.close())
        assert [type(one) for one in rest][-1] is speech.FinalOutput
        assert await settled(client.close()) == []
        assert "CLOSED" in repr(client)
        with pytest.raises(ConnectionClosed):
            await settled(client.send_text("more"))


@BLOCKING
@on_a_strict_loop
async def test_goodbye_is_not_said_again(colour: str, server: MockServer) -> None:
    async with opened(ws(colour, url=server.url)) as client:
        await settled(client.send(speech.InitializeConnection()))
        await settled(client.send_close_connection())
        assert type((await settled(client.close()))[-1]) is speech.FinalOutput


@BLOCKING
@on_a_strict_loop
async def test_a_server_that_never_ends_is_left(colour: str, server: MockServer) -> None:
    server.on("CloseConnection")(silent)
    async with opened(ws(colour, url=server.url, limits=SHORT)) as client:
        await settled(client.send_initialize_connection())
        assert await settled(client.close()) == []
        assert client.closed.code == 1000


@BLOCKING
@on_a_strict_loop
async def test_a_lost_connection_is_no_goodbye(colour: str, server: MockServer) -> None:
    server.on("CloseConnection")(lost)
    async with opened(ws(colour, url=server.url)) as client:
        await settled(client.send_initialize_connection())
        with pytest.raises(ConnectionClosed, match="1011"):
            await settled(client.close())
        with pytest.raises(ConnectionClosed, match="1011"):
            await settled(client.receive())


@BLOCKING
@on_a_strict_loop
async def test_an_endpoint_without_a_goodbye_is_closed_with_a_code(colour: str) -> None:
    (api,) = (one for one in bundled() if one.name == "OpenAI")
    from schematic_definitions import openai_ws

    with MockServer(api) as server:
        options: dict[str, Any] = {"model": "m", "auth": "x", "url": server.url}
        connect = getattr(openai_ws, f"{colour}OpenAIWs").connect
        async with opened(connect(**options)) as client:
            heard = await settled(client.close(4000, "enough"))
            assert [type(one).__name__ for one in heard] == ["SessionCreated"]
            assert client.closed.code == 4000
            assert await settled(client.close()) == []
        async with opened(connect(**options)) as client:
            await settled(client.send(WebSocketClose()))
            assert client.closed.code == 1000


@on_a_strict_loop
async def test_a_cancelled_goodbye_leaves_the_rest_to_be_received(server: MockServer) -> None:
    server.on("CloseConnection")(silent)
    async with ws("", url=server.url) as client:
        await client.send_initialize_connection()
        closing = asyncio.ensure_future(client.close())
        await step_into(closing)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert client.closed is None
        assert client.state.value == "CLOSING"


@on_a_strict_loop
async def test_goodbye_leaves_receiving_to_the_task_that_does(server: MockServer) -> None:
    async with ws("", url=server.url) as client:
        await client.send_initialize_connection()
        receiving = asyncio.ensure_future(client.receive())
        await step_into(receiving)
        with pytest.raises(LocalProtocolError, match="receiv"):
            await client.close()
        assert type(await receiving) is speech.AudioOutput
        assert [type(one) for one in await client.close()] == [speech.FinalOutput]


# ------------------------------------------------------------------------------------- options


@BLOCKING
@on_a_strict_loop
async def test_a_connection_is_opened_and_closed_by_hand(colour: str, server: MockServer) -> None:
    connecting = ws(colour, url=server.url)
    client = await connecting if colour == "" else connecting.open()
    assert client.state.value == "INITIALIZING"
    async with opened_by_itself(client):
        pass
    assert client.closed.code == 1000


def opened_by_itself(client: Any) -> Any:
    return client if hasattr(client, "__aenter__") else opened(client)


@BLOCKING
@on_a_strict_loop
async def test_credentials_come_from_the_argument_or_the_environment(
    colour: str, server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ELEVENLABS_API_KEY", "ELEVEN_LABS_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(LocalProtocolError, match="ELEVENLABS_API_KEY"):
        await opened(ws(colour, url=server.url, auth=None)).__aenter__()
    monkeypatch.setenv("ELEVEN_LABS_API_KEY", "from the environment")
    async with opened(ws(colour, url=server.url, auth=None)) as client:
        assert client.closed is None


@BLOCKING
@on_a_strict_loop
async def test_credentials_and_parameters_are_sent_as_described(colour: str) -> None:
    asked: list[Request] = []

    async def handler(connection: ServerConnection) -> None:
        asked.append(connection.request)
        await connection.close()

    async with serve(elevenlabs(), handler) as server:
        connect = getattr(speech, f"{colour}ElevenLabsWs").connect
        options = {**WAYS, "output_format": "pcm_16000", "url": server.url}

        async def talk() -> None:
            async with opened(connect(**options, headers={"X-Mine": "1"})) as client:
                with pytest.raises(ConnectionClosed):
                    await settled(client.receive())

        await (asyncio.to_thread(asyncio.run, talk()) if colour else talk())
    if colour:
        await asyncio.get_running_loop().shutdown_default_executor()
    (request,) = asked
    assert request.path == "/v1/text-to-speech/one/stream-input"
    assert dict(request.query) == {"output_format": "pcm_16000"}
    assert (request.header("xi-api-key"), request.header("x-mine")) == ("a secret", "1")


def test_what_connects_connects_each_time(server: MockServer) -> None:
    connecting = speech.SyncElevenLabsWs.connect(**WAYS, url=server.url)
    with connecting as first, connecting.open() as other:
        assert first.connection is not other.connection
        first.send_initialize_connection()
        assert other.state.value == "INITIALIZING"
    with connecting as second:
        assert second.closed is None


@BLOCKING
@on_a_strict_loop
async def test_parameters_that_are_missing_or_wrong_are_refused(colour: str) -> None:
    connect = getattr(speech, f"{colour}ElevenLabsWs").connect
    for wrong in ({"auth": "x"}, {**WAYS, "output_format": "none"}, {**WAYS, "colour": "red"}):
        with pytest.raises((LocalProtocolError, ValueError)):
            await opened(connect(**wrong, url="ws://127.0.0.1:1")).__aenter__()


@BLOCKING
@on_a_strict_loop
async def test_what_is_said_first_may_be_given_to_connect(colour: str, server: MockServer) -> None:
    opening = lambda: [speech.InitializeConnection()]  # noqa: E731
    async with opened(ws(colour, url=server.url, opening=opening)) as client:
        assert client.state.value == "STREAMING"


@BLOCKING
@on_a_strict_loop
async def test_wrapped_bodies_may_be_said_first(colour: str) -> None:
    (api,) = (one for one in bundled() if one.name == "Deepgram")
    connect = getattr(listen_v1, f"{colour}DeepgramWs").connect
    with MockServer(api) as server:
        options = {"model": "nova-3", "auth": "x", "url": server.url}
        media = next(
            of
            for of in vars(listen_v1).values()
            if isinstance(of, type) and issubclass(of, BinaryBody) and of is not BinaryBody
        )
        opening = lambda: [media(b"sound"), listen_v1.KeepAlive()]  # noqa: E731
        async with opened(connect(**options, opening=opening)) as client:
            assert "5 bytes" in repr(media(b"sound"))
            assert client.connection.delivery().written
        assert server.violations == []


@pytest.mark.parametrize(("colour", "later"), [("", False), ("", True), ("Sync", False)])
@on_a_strict_loop
async def test_connections_follow_each_other_until_one_ends_well(
    colour: str, later: bool, server: MockServer
) -> None:
    restarts = iter([True, False, False])

    def answer(call: Call, message: Message) -> Iterator[Any]:
        if next(restarts):
            yield Close(1012, "restart")

    seen: list[object] = []
    server.on("SendText")(answer)
    params = {"voice_id": "two"}

    def resume(error: Exception) -> Again:
        seen.append(type(error))
        return Again(params=params, opening=lambda: [speech.InitializeConnection()])

    async def resume_later(error: Exception) -> Again:
        return resume(error)

    connecting = ws(
        colour,
        url=server.url,
        opening=lambda: [speech.InitializeConnection()],
        reconnect=Reconnect(first_delay=0),
        resume=resume_later if later else resume,
    )
    rounds, rest = 0, []
    async for client in each(connecting):
        rounds += 1
        async with opened_by_itself(client):
            await settled(client.send_text("one"))
            rest = await settled(client.close())
    assert rounds == 2
    assert seen == [ConnectionClosed]
    assert type(rest[-1]) is speech.FinalOutput


@BLOCKING
@on_a_strict_loop
async def test_a_loop_of_connections_is_ended_from_within(colour: str, server: MockServer) -> None:
    connecting = ws(colour, url=server.url, reconnect=Reconnect(), resume=lambda error: None)
    async for client in each(connecting):
        await settled(connecting.close())
        assert client.closed.code == 1000


@BLOCKING
@on_a_strict_loop
async def test_a_phase_is_walked_again_on_each_connection(colour: str, server: MockServer) -> None:
    phases = getattr(speech, f"{colour}ElevenLabsPhases")
    reconnect, heard = Reconnect(first_delay=0), []
    async for phase in each(phases.connect(**WAYS, url=server.url, reconnect=reconnect)):
        streaming = await settled(phase.initialize())
        closing = await settled(streaming.close())
        heard = [type(one) async for one in each(closing)]
    assert heard[-1] is speech.FinalOutput


@BLOCKING
@on_a_strict_loop
async def test_what_opens_once_is_no_loop_and_a_loop_opens_more_than_once(colour: str) -> None:
    with pytest.raises(TypeError, match="this opens once"):
        await anext(each(ws(colour)))
    with pytest.raises(TypeError, match="this opens once"):
        await settled(ws(colour).close())
    with pytest.raises(TypeError, match="there are many connections"):
        await opened(ws(colour, reconnect=Reconnect())).__aenter__()


def test_every_option_is_told_from_a_parameter() -> None:
    given = dict.fromkeys(ConnectOptions.__annotations__, 1)
    assert divided({**given, "voice_id": 2}) == (given, {"voice_id": 2})


# -------------------------------------------------------------------------------------- events


@BLOCKING
@on_a_strict_loop
async def test_what_the_client_does_not_know_is_handed_over_as_it_is(colour: str) -> None:
    with MockServer(variant()) as server:
        async with opened(ws(colour, url=server.url)) as client:
            await settled(client.send_initialize_connection())
            await settled(client.send_text("one"))
            heard = await settled(client.receive())
            assert type(heard) is Unknown
            assert heard.payload == '{"surprise":"yes","number":7}'


@BLOCKING
@on_a_strict_loop
async def test_a_breach_is_raised_and_by_policy_the_connection_goes_on(colour: str) -> None:
    lifecycle = ConnectionLifecycle(
        streaming_messages=elevenlabs().endpoints[0].lifecycle.opening[0].messages[:1],
        server_messages=[MessageSchema(id="Odd", direction=DOWN, schema=Schema(Wrong))],
    )
    api = elevenlabs()
    endpoint = replace(api.endpoints[0], lifecycle=lifecycle)
    odd = WebSocketApi(
        name="Odd", base_url=api.base_url, auth=first_auth(api), endpoints=[endpoint]
    )
    with MockServer(odd) as server:
        policy = Policy(violation="report")
        async with opened(ws(colour, url=server.url, policy=policy)) as client:
            await settled(client.send_initialize_connection())
            with pytest.raises(RemoteProtocolError):
                await settled(client.receive())
            assert client.closed is None
            await settled(client.send_text("on it goes"))


class Wrong(msgspec.Struct):
    """Looks like audio, and is none."""

    audio: int = 7
    isFinal: None = None  # noqa: N815


@BLOCKING
@on_a_strict_loop
async def test_a_time_that_is_over_is_handed_over(colour: str) -> None:
    timer = Timer.idle(0.01, of=Side.SERVER, owner=Side.CLIENT, close_code=None)
    words = MessageSchema(
        id="Words", direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema.text()
    )
    endpoint = WebSocketEndpoint(
        id="Only",
        path="/",
        lifecycle=ConnectionLifecycle(streaming_messages=[words], timers=[timer]),
    )
    api = WebSocketApi(name="Slow", base_url="ws://127.0.0.1", endpoints=[endpoint])
    with running(websocket_client(api.endpoint())) as module, MockServer(api) as server:
        async with opened(getattr(module, f"{colour}SlowWs").connect(url=server.url)) as client:
            heard = await settled(client.receive())
            assert type(heard) is Overdue
            assert heard.seconds == 0.01


# ------------------------------------------------------------------------------------ channels


@BLOCKING
@on_a_strict_loop
async def test_a_channel_fills_its_key_in(colour: str, server: MockServer) -> None:
    connect = getattr(contexts, f"{colour}StreamMultiContextWs").connect
    async with opened(connect(**WAYS, url=server.url)) as client:
        channel = client.context("second")
        assert repr(channel) == f"<{colour}Context 'second'>"
        assert channel.key == "second"
        await settled(channel.send_initialize_context(contexts.InitializeContext(" ")))
        await settled(channel.send_context_text(contexts.SendContextText("a", context_id="second")))
        before = client.allowed()
        with pytest.raises(LocalInvalidMessage, match="'third', and this is the channel 'second'"):
            await settled(channel.send_flush_context(contexts.FlushContext("third")))
        assert client.allowed() == before
        await settled(channel.send_flush_context())
        await settled(channel.send_close_context())
        while type(heard := await settled(client.receive())) is not contexts.ContextFinal:
            assert heard.context_id == "second"
    assert server.violations == []


@BLOCKING
@on_a_strict_loop
async def test_a_channel_has_phases_of_its_own(colour: str, server: MockServer) -> None:
    phases = getattr(contexts, f"{colour}StreamMultiContextPhases")
    async with opened(phases.connect(**WAYS, url=server.url)) as streaming:
        opening = streaming.context("one")
        assert opening.key == "one"
        context = await settled(opening.open(text=" "))
        await settled(context.send_context_text("word"))
        await settled(context.close())
        with pytest.raises(LocalProtocolError, match="is over"):
            await settled(context.send_context_text("late"))
        heard = [type(one) async for one in until(streaming, contexts.ContextFinal)]
        assert heard[-1] is contexts.ContextFinal
    assert server.violations == []


async def until(phase: Any, last: type[Any]) -> AsyncIterator[Any]:
    while True:
        message = await settled(phase.receive())
        yield message
        if type(message) is last:
            return


# ------------------------------------------------------------------------------------- on their own


def test_credentials_in_a_message_are_not_shown() -> None:
    message = speech.InitializeConnection(xi_api_key="s3cret", authorization="s3cret")
    assert "s3cret" not in repr(message)
    assert repr(message).startswith("InitializeConnection(text=' ', ")


def test_the_data_of_another_version_is_refused() -> None:
    embedded = Embedded(__name__, '{"format":0}')
    with pytest.raises(ImportError, match="generate it again"):
        assert embedded.compiled is None


def test_a_module_that_resumes_without_changes_changes_nothing() -> None:
    embedded = speech.ElevenLabsWs.endpoint
    assert embedded.resumed(None) is None
    assert embedded.resumed(Again(url="ws://x")) == Again(url="ws://x")


def test_declarations_stand_for_themselves_on_the_class() -> None:
    assert type(speech.ElevenLabsWs.send_text).__name__ == "Send"
    assert type(speech.Streaming.close).__name__ == "Step"
    assert type(contexts.ContextStreaming.close).__name__ == "KeyedStep"
    assert type(speech.ElevenLabsWs.close).__name__ == "Close"
    assert type(speech.SyncElevenLabsWs.close).__name__ == "Close"
    assert type(speech.SyncStreaming.close).__name__ == "Step"
    assert type(contexts.SyncContextStreaming.close).__name__ == "KeyedStep"
    assert type(contexts.Context.send_context_text).__name__ == "KeyedSend"
    assert type(speech.ElevenLabsCallbacks.on_final_output).__name__ == "On"


def test_bases_say_nothing_by_themselves() -> None:
    with pytest.raises(NotImplementedError):
        Sends[None]().__say__("anything")
    with pytest.raises(NotImplementedError):
        BoundSend[[], str, None]()("anything")
    with pytest.raises(NotImplementedError):
        assert Keyed[None]().key is None


@on_a_strict_loop
async def test_methods_for_messages_keep_no_client_alive(server: MockServer) -> None:
    with speech.SyncElevenLabsWs.connect(**WAYS, url=server.url) as client:
        client.send_initialize_connection()
        assert client.send_text is client.send_text
        assert client.send_text.__doc__
        found = weakref.ref(client)
        del client
    assert found() is None


def test_a_walk_of_a_connection_has_no_key() -> None:
    with pytest.raises(TypeError, match="a connection has no key"):
        assert Walk(Sends[None]()).channel


# -------------------------------------------------------------- a client that is to close, itself


class Bye(msgspec.Struct, tag_field="type", tag="bye"):
    """Ends the client's half."""


class End(msgspec.Struct, tag_field="type", tag="end"):
    """Ends the server's half."""


@pytest.fixture
def polite() -> Iterator[tuple[Any, MockServer]]:
    """A client whose part it is to close the WebSocket, and its server."""
    up = MessageDirection.CLIENT_TO_SERVER
    hello = MessageSchema(id="Hello", direction=DOWN, schema=Schema(Surprise))
    lifecycle = ConnectionLifecycle(
        initialize=[OpeningStep(hello)],
        close=MessageSchema(id="Bye", direction=up, schema=Schema(Bye)),
        server_messages=[
            MessageSchema(id="End", direction=DOWN, schema=Schema(End), final=True, after="Bye")
        ],
        closing=Closing(by=Side.CLIENT),
    )
    endpoint = WebSocketEndpoint(id="Only", path="/", lifecycle=lifecycle)
    api = WebSocketApi(name="Polite", base_url="ws://127.0.0.1", endpoints=[endpoint])
    with running(websocket_client(api.endpoint())) as module, MockServer(api) as server:
        yield module, server


@BLOCKING
@on_a_strict_loop
async def test_who_has_to_close_does_so_once_all_is_said(
    colour: str, polite: tuple[Any, MockServer]
) -> None:
    module, server = polite
    async with opened(getattr(module, f"{colour}PoliteWs").connect(url=server.url)) as client:
        _, stream = client.split()
        assert type(await settled(stream.receive())) is module.Hello
        assert [type(one) for one in await settled(client.close())] == [module.End]
        assert client.closed.code == 1000
    heard: list[object] = []
    callbacks = getattr(module, f"{colour}PoliteCallbacks")().on_other(heard.append)
    await settled(callbacks.run([], url=server.url))
    assert [type(one) for one in heard] == [module.Hello, module.End]


@BLOCKING
@on_a_strict_loop
async def test_what_came_before_a_phase_is_received_in_it(
    colour: str, polite: tuple[Any, MockServer]
) -> None:
    module, server = polite
    async with opened(getattr(module, f"{colour}PolitePhases").connect(url=server.url)) as awaiting:
        streaming = await settled(awaiting.ready())
        assert type(await anext(each(streaming))) is module.Hello
        closing = await settled(streaming.close())
        assert type(await settled(closing.receive())) is module.End
