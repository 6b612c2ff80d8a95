"""Nothing in a description becomes code of a generated client, whatever the texts are."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schematic import (
    Channel,
    ConnectionLifecycle,
    ConnectionParam,
    MessageDirection,
    MessageSchema,
    OpeningStep,
    ParamType,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.define import SchematicError
from schematic.generate.websocket import module as written
from schematic.generate.websocket import websocket_client, websocket_files
from schematic_engine.client import Send
from support.declaring import flaws
from support.descriptions import HOSTILE, apis, texts
from support.generated import running
from support.type_checkers import refusals

UP, DOWN = MessageDirection.CLIENT_TO_SERVER, MessageDirection.SERVER_TO_CLIENT
CLASHING = (
    *("Send", "On", "Sends", "Sink", "Handlers", "Embedded", "ConnectOptions", "R_co", "Walk"),
    *("aio", "sync", "Aio", "Unknown", "Ambiguous", "Overdue", "Literal", "Struct", "TypeAlias"),
    *("Unpack", "Self", "Required", "Wrapped", "TextBody", "BinaryBody", "JsonBody", "UNSET"),
    *("Streaming", "Closing", "Initializing", "SyncStreaming", "ServerMessage", "ClientMessage"),
    *("ConnectParams", "RunParams", "ExampleWs", "SyncExampleWs", "ExamplePhases", "ExampleSink"),
    *("ExampleCallbacks", "str", "int", "None", "True", "class", "print", "WebSocketClose"),
    *("SendText", "Text", "send_text", "text", "Close", "close", "receive", "Receive", "state"),
    *("connect", "split", "keep", "endpoint", "connection", "send", "add", "run", "on_other"),
    *("allowed", "expected", "closed", "opening", "plain", "goodbye", "ready", "conversation"),
    *("AwaitingText", "InitializingText", "Room", "RoomOpening", "SyncRoom", "room", "Other"),
    *("handlers", "message", "Secretive", "field", "Iterable", "TYPE_CHECKING", "annotations"),
    *("bool", "bytes", "classmethod", "dict", "enter", "float", "key_first", "list", "object"),
    *("tuple", "type", "Callable", "Mapping", "Sequence"),
)
KEPT = {"allowed", "closed", "connection", "expected", "keep", "receive", "send", "state"}
"""What every client has, so that no message or channel may be called so."""

names = st.sampled_from(CLASHING)
wire_names = st.one_of(st.sampled_from(("class", "self", "x-y", "", "__init__")), texts).map(
    lambda text: re.sub(r'[\x00-\x1f"\\\\]', "", text)  # all that msgspec takes
)


@st.composite
def bodies(draw: st.DrawFn, name: str, keyed: bool = False) -> Schema:
    """A body whose texts are hostile: its docstring, and the names of its fields on the wire."""
    kind = draw(st.sampled_from(["struct", "struct", "text", "binary", "name"]))
    key = draw(st.sampled_from([str, int]))
    if kind == "struct" or keyed:
        wires = draw(st.lists(wire_names, max_size=3, unique=True))
        if "kind" in wires or "key" in wires:
            wires = []
        body = msgspec.defstruct(
            "Body",
            [("key", key), *((f"f{n}", str) for n in range(len(wires)))],
            rename={f"f{n}": wire for n, wire in enumerate(wires)},
            tag_field="kind",
            tag=name,
            frozen=True,
            namespace={"__doc__": draw(texts)},
        )
        return Schema(body)
    if kind == "text":
        return Schema.text(*draw(st.lists(texts, max_size=3, unique=True)))
    return Schema.binary() if kind == "binary" else Schema(f"N{name}")


@st.composite
def clashing(draw: st.DrawFn) -> WebSocketApi:
    """An API whose messages, channels and parameters are called what the module calls its own."""
    ids = draw(st.lists(names, min_size=13, max_size=13, unique=True))
    first, said, other, close, heard, opened, spoken, room, *more = ids
    welcome, refused, accepted, configured, ended = more

    def message(name: str, direction: MessageDirection, **fields: Any) -> MessageSchema:
        schema = draw(bodies(name, keyed=fields.pop("keyed", False)))
        about = draw(texts)
        return MessageSchema(
            id=name, direction=direction, schema=schema, description=about, **fields
        )

    channel = Channel(
        id=room,
        key="key",
        description=draw(texts),
        lifecycle=ConnectionLifecycle(
            initialize=[
                message(opened, UP, keyed=True),
                message(accepted, DOWN, keyed=True),
                message(configured, UP, keyed=True),
            ][: draw(st.sampled_from([1, 3]))],
            streaming_messages=[message(spoken, UP, keyed=True)],
            close=message(ended, UP, keyed=True) if draw(st.booleans()) else None,
        ),
    )
    params = [
        ConnectionParam(name=name, param_type=ParamType.STRING, description=draw(texts))
        for name in draw(st.lists(names, max_size=4, unique=True))
    ]
    steps = (
        OpeningStep(message(first, UP)),
        OpeningStep(message(welcome, DOWN), message(refused, DOWN, final=True)),
    )
    lifecycle = ConnectionLifecycle(
        initialize=steps[: draw(st.integers(0, 2))],
        streaming_messages=[message(said, UP), message(other, UP)],
        close=message(close, UP) if draw(st.booleans()) else None,
        server_messages=[message(heard, DOWN)],
        channels=[channel] if draw(st.booleans()) else [],
    )
    endpoint = WebSocketEndpoint(
        id=draw(names.map(lambda name: name.replace("_", ""))),
        path="/talk",
        description=draw(texts),
        connection_params=params,
        lifecycle=lifecycle,
    )
    return WebSocketApi(name="Example", base_url="ws://127.0.0.1", endpoints=[endpoint])


def clients_of(api: WebSocketApi) -> list[str]:
    """The clients of all its endpoints that can be written."""
    found = []
    for one in api.endpoints:
        # Layout would take most of the time; what no client can be written for is refused.
        with mock.patch.object(written, "formatted", str), suppress(SchematicError):
            found.append(websocket_client(api.endpoint(one.id)))
    return found


@settings(max_examples=25)
@given(apis())
def test_a_client_of_any_description_only_declares(api: WebSocketApi) -> None:
    for source in clients_of(api):
        assert flaws(source) == []
        with running(source):
            pass


@settings(max_examples=40)
@given(clashing())
def test_names_that_clash_are_told_apart(api: WebSocketApi) -> None:
    for source in clients_of(api):
        assert flaws(source) == []
        with running(source) as module:
            check_names(module, api)


def check_names(module: ModuleType, api: WebSocketApi) -> None:
    """Each message has a class and methods of its own, in both colours."""
    for colour in ("", "Sync"):
        client = getattr(module, f"{colour}ExampleWs")
        messages = api.endpoints[0].lifecycle.every_message
        classes = client.endpoint.classes
        assert len(set(classes.values())) == len(messages)
        sink = module.ExampleSink
        said = [getattr(sink, name) for name in dir(sink)]
        bodies = {value.body for value in said if isinstance(value, Send)}
        assert bodies == {classes[one.id] for one in messages if one.direction is UP}
        assert KEPT.isdisjoint({*vars(client), *vars(sink)})
        for phase in ("Streaming", "Closing"):
            assert KEPT.isdisjoint(vars(getattr(module, f"{colour}{phase}")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SendText", "Text"),
        ("send_text", "SendText"),
        ("text", "Text"),
        ("Close", "close"),
        ("Initialize", "initialize"),
        ("Other", "other"),
        ("A", "a"),
    ],
)
@pytest.mark.parametrize("place", ["initialize", "close", "streaming_messages"])
def test_messages_whose_methods_would_be_called_alike_keep_both(
    one: str, other: str, place: str
) -> None:
    said = [plain(one), plain("Third")]
    lifecycle: dict[str, Any] = {"streaming_messages": said}
    if place == "streaming_messages":
        said.append(plain(other))
    else:
        lifecycle[place] = plain(other)
    api = of_one(ConnectionLifecycle(**lifecycle))
    (source,) = clients_of(api)
    assert flaws(source) == []
    with running(source) as module:
        check_names(module, api)


def plain(name: str) -> MessageSchema:
    body = msgspec.defstruct("Body", [("number", int)], tag_field="kind", tag=name, frozen=True)
    return MessageSchema(id=name, direction=UP, schema=Schema(body))


def of_one(lifecycle: ConnectionLifecycle) -> WebSocketApi:
    endpoint = WebSocketEndpoint(id="One", path="/", lifecycle=lifecycle)
    return WebSocketApi(name="Example", base_url="ws://127.0.0.1", endpoints=[endpoint])


@settings(max_examples=20)
@given(texts)
def test_files_stay_in_their_folder(name: str) -> None:
    for path in websocket_files(of_one(ConnectionLifecycle()), name):
        assert path.removesuffix(".py").isidentifier(), path


def test_clients_of_hostile_descriptions_pass_the_checkers(tmp_path: Path) -> None:
    folder = tmp_path / "modules"
    folder.mkdir()
    for number in range(3):
        text = " ".join(HOSTILE[number::3])
        body = msgspec.defstruct(
            "Body",
            [("key", str), ("odd", str)],
            rename={"odd": re.sub(r'[\x00-\x1f"\\]', "", text)},
            tag_field="kind",
            tag=text,
            frozen=True,
            namespace={"__doc__": text},
        )
        said = MessageSchema(id="Send", direction=UP, schema=Schema(body), description=text)
        heard = MessageSchema(id="Literal", direction=DOWN, schema=Schema.binary(text))
        words = MessageSchema(
            id="Streaming", direction=UP, schema=Schema.text(text, "-"), description=text
        )
        room = Channel(
            id="receive",
            key="key",
            description=text,
            lifecycle=ConnectionLifecycle(initialize=said),
        )
        lifecycle = ConnectionLifecycle(
            streaming_messages=[words],
            close=plain("Struct"),
            server_messages=[heard],
            channels=[room],
        )
        param = ConnectionParam(
            name="self", param_type=ParamType.STRING, description=text, choices=["a'\"\\", "{}"]
        )
        endpoint = WebSocketEndpoint(
            id="One", path="/", description=text, connection_params=[param], lifecycle=lifecycle
        )
        api = WebSocketApi(
            name="Example", base_url="ws://127.0.0.1", description=text, endpoints=[endpoint]
        )
        source = websocket_client(api.endpoint("One"), origin=text)
        assert flaws(source) == []
        (folder / f"made_{number}.py").write_text(source)
    for number, source in enumerate(drawn()):
        (folder / f"drawn_{number}.py").write_text(source)
    assert refusals(folder, tmp_path / "scratch") == {"mypy": set(), "pyright": set()}


def drawn() -> list[str]:
    """Clients of a dozen APIs whose names clash or whose texts are hostile."""
    sources: list[str] = []

    @settings(max_examples=12, phases=[Phase.generate], database=None)
    @given(st.one_of(clashing(), apis()))
    def draw(api: WebSocketApi) -> None:
        sources.extend(clients_of(api))

    draw()
    assert len(sources) > 6, "most descriptions give no client"
    return sources
