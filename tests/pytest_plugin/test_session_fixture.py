"""``schematic_session``: recorded once with the real server, replayed ever after."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from schematic_engine import sync
from schematic_engine.conformance.examples import captions
from schematic_engine.events import Message
from schematic_engine.mock import Call, MockServer, Reply
from schematic_engine.pytest_plugin import session
from support.plugged import outcomes, run

pytest_plugins = "pytester"

LOADED = (session, sync)  # before pytester takes note, so that it stays

TALK = """
import os

TEXT = os.environ.get("TEXT", "Hello.")

def test_talk(schematic_session):
    session = schematic_session(LIVE)
    with typed(session) as connection:
        connection.send(Start())
        connection.send(Line(TEXT))
        assert connection.receive(timeout=5).body == Caption("HELLO.")
        connection.send(Stop())
        assert [event.id for event in connection] == ["Pause", "Done"]
"""


@pytest.fixture
def real() -> Iterator[MockServer]:
    """The real server."""
    server = MockServer(captions())

    @server.on("Line")
    def shout(call: Call, message: Message) -> Iterator[Reply]:
        yield "Caption", {"text": message.body.text.upper()}

    @server.on("Open")
    def begin(call: Call, message: Message) -> Iterator[Reply]:
        yield "Part", {"job": message.body.job}

    @server.on("Stop")
    def end(call: Call, message: Message) -> Iterator[Reply]:
        yield "Pause", {}
        yield "Done", {}

    with server:
        yield server


def recording(pytester: pytest.Pytester) -> str:
    (file,) = (pytester.path / "recordings").rglob("*.jsonl")
    return file.read_text(encoding="utf-8")


def test_a_session_is_recorded_and_then_replayed_without_the_server(
    pytester: pytest.Pytester, real: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    taped = run(pytester, TALK, "--schematic-record", "--schematic-url", real.url)
    assert outcomes(taped) == {"passed": 1}
    assert '"dir":"server","kind":"text"' in recording(pytester)
    assert outcomes(run(pytester, TALK)) == {"passed": 1}
    monkeypatch.setenv("TEXT", "Goodbye.")
    departed = run(pytester, TALK)
    assert outcomes(departed) == {"failed": 1}
    departed.stdout.fnmatch_lines(
        [
            "connection 1: test_talk.jsonl:4: client Line*: at $.text: expected*Hello.*Goodbye.*",
            "  ? client Start*",
            "- ? client Line*Hello.*",
            "+   client Line*Goodbye.*",
        ]
    )


def test_the_server_of_the_environment_is_recorded(
    pytester: pytest.Pytester, real: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEMATIC_URL", real.url)
    assert outcomes(run(pytester, TALK, "--schematic-record")) == {"passed": 1}


def test_what_is_missing_is_told_with_how_to_record_it(pytester: pytest.Pytester) -> None:
    result = run(pytester, TALK)
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(
        [
            "E *NoRecording: there is no recording *recordings*test_talk.jsonl. Record one with",
            "E *pytest --schematic-record '*::test_talk'",
            "E *wss://captions.example*--schematic-url URL or SCHEMATIC_URL=URL",
        ]
    )


def test_a_test_that_fails_leaves_the_recording_as_it_was(
    pytester: pytest.Pytester, real: MockServer
) -> None:
    source = """
def test_it(schematic_session):
    with typed(schematic_session(LIVE)) as connection:
        connection.send(Start())
        assert not WRONG

def test_order(schematic_session):
    if WRONG:
        raw(schematic_session(LIVE), STOP)
"""
    options = ("--schematic-record", "--schematic-url", real.url)
    run(pytester, "WRONG = False\n" + source, *options, "-k", "test_it")
    before = recording(pytester)
    wrong = run(pytester, "WRONG = True\n" + source, *options)
    assert outcomes(wrong) == {"failed": 2}
    wrong.stdout.fnmatch_lines(["Captions/Live:*error?SCH-101?: Stop from the client*"])
    assert recording(pytester) == before


def test_a_connection_that_is_left_open_is_open_until_the_end_when_it_is_replayed(
    pytester: pytest.Pytester, real: MockServer
) -> None:
    source = """
import time

def test_it(schematic_session):
    global kept
    kept = typed(schematic_session(LIVE, patience=0.1, timing=0.5))
    kept.send(Start())
    kept.send(Line("a"))
    assert kept.receive(timeout=5).body == Caption("A")
    with pytest.raises(TimeoutError):
        kept.receive(timeout=0.05)
"""
    options = ("--schematic-record", "--schematic-url", real.url)
    assert outcomes(run(pytester, source, *options)) == {"passed": 1}
    assert outcomes(run(pytester, source)) == {"passed": 1}


def test_keys_of_channels_and_ignored_fields_may_differ(
    pytester: pytest.Pytester, real: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = """
import os
from schematic_engine.conformance.examples import Open

KEY = os.environ["KEY"]

@pytest.mark.parametrize("ignore", [(), ("text",)])
def test_it(schematic_session, ignore):
    with typed(schematic_session(LIVE, ignore=ignore, timing="real")) as connection:
        connection.send(Start())
        connection.send(Open(KEY))
        part = connection.receive(timeout=5)
        assert (part.id, part.body.job) == ("Part", KEY)
        connection.send(Line(KEY))
        connection.receive(timeout=5)
"""
    monkeypatch.setenv("KEY", "one")
    taped = run(pytester, source, "--schematic-record", "--schematic-url", real.url)
    assert outcomes(taped) == {"passed": 2}
    assert outcomes(run(pytester, source)) == {"passed": 2}
    monkeypatch.setenv("KEY", "two")
    assert outcomes(run(pytester, source)) == {"passed": 1, "failed": 1}


def test_secrets_are_not_recorded_and_may_differ(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = """
import os
from schematic_definitions.elevenlabs import CloseConnection, InitializeConnection, elevenlabs

SPEECH = elevenlabs().endpoint("StreamTextToSpeech")

def test_it(schematic_session):
    session = schematic_session(SPEECH, secrets=["rachel"])
    params = {"voice_id": "rachel"}
    with connect(SPEECH, url=session.url, auth=os.environ["KEY"], params=params) as connection:
        connection.send(InitializeConnection(xi_api_key=os.environ["KEY"]))
        connection.send(CloseConnection())
        assert [event.id for event in connection][-1] == "FinalOutput"
"""
    from schematic_definitions.elevenlabs import elevenlabs

    monkeypatch.setenv("KEY", "sk-very-secret")
    with MockServer(elevenlabs()) as server:
        taped = run(pytester, source, "--schematic-record", "--schematic-url", server.url)
    assert outcomes(taped) == {"passed": 1}
    assert "sk-very" not in recording(pytester)
    assert "rachel" not in recording(pytester)
    monkeypatch.setenv("KEY", "another")
    assert outcomes(run(pytester, source)) == {"passed": 1}


def test_a_server_that_rejects_does_so_again(pytester: pytest.Pytester) -> None:
    source = """
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from schematic_engine.errors import HandshakeRejected
from schematic_engine.pytest_plugin.asgi import AsgiHost

async def refuse(ws):
    await ws.close()

@pytest.fixture
def upstream(request):
    if not request.config.option.schematic_record:
        return None
    host = AsgiHost(Starlette(routes=[WebSocketRoute("/captions", refuse)]))
    request.addfinalizer(host.close)
    return host.url

def test_it(schematic_session, upstream):
    session = schematic_session(LIVE, upstream=upstream)
    with pytest.raises(HandshakeRejected, match="403"):
        typed(session)
"""
    assert outcomes(run(pytester, source, "--schematic-record")) == {"passed": 1}
    assert outcomes(run(pytester, source)) == {"passed": 1}


def test_recordings_stay_in_their_folder(pytester: pytest.Pytester, real: MockServer) -> None:
    source = """
@pytest.mark.parametrize("name", ["../../up", "/etc/x", "..", "a b"])
def test_it(schematic_session, name):
    for number in range(2):
        with typed(schematic_session(LIVE, name=name)) as connection:
            connection.send(Start())
"""
    taped = run(pytester, source, "--schematic-record", "--schematic-url", real.url)
    assert outcomes(taped) == {"passed": 4}
    found = {path.name for path in pytester.path.rglob("*.jsonl")}
    names = ("up", "etc_x", "session", "a_b")
    assert found == {f"{name}{more}.jsonl" for name in names for more in ("", "-2")}


def test_no_recording_is_replaced_where_no_server_was_reached(
    pytester: pytest.Pytester, real: MockServer
) -> None:
    source = """
def test_it(schematic_session):
    session = schematic_session(LIVE)
    with suppress(Exception):
        with typed(session) as connection:
            connection.send(Start())
            connection.send(Stop())
            list(connection)
"""
    assert outcomes(run(pytester, source, "--schematic-record", "--schematic-url", real.url)) == {
        "passed": 1
    }
    before = recording(pytester)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
        missed = run(pytester, source, "--schematic-record", "--schematic-url", f"ws://{place}")
    assert outcomes(missed)["errors"] == 1
    missed.stdout.fnmatch_lines([f"nothing to record: no server was reached at {place}: *"])
    assert recording(pytester) == before
