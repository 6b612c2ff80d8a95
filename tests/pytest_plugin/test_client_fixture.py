"""``schematic_client``: what a server does wrong fails the test, and is shown."""

from __future__ import annotations

import pytest

from schematic_engine import asyncio as aio
from schematic_engine import sync
from schematic_engine.pytest_plugin import client, mock
from support.plugged import outcomes, run

pytest_plugins = "pytester"

LOADED = (aio, client, mock, sync)  # before pytester takes note, so that it stays

APP = """
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

class Server:
    \"\"\"Captions, in upper case; what `wrong` names goes wrong.\"\"\"

    def __init__(self, wrong=""):
        self.wrong = wrong
        self.app = Starlette(routes=[WebSocketRoute("/captions", self.serve)])

    async def serve(self, ws):
        if self.wrong == "refused":
            await ws.close()
            return
        await ws.accept(subprotocol="captions.v1")
        if self.wrong == "early":
            await ws.send_json({"type": "done"})
        while True:
            heard = await ws.receive_json()
            if self.wrong == "crash":
                raise RuntimeError("oh dear")
            if heard["type"] == "line":
                text = 5 if self.wrong == "body" else heard["text"].upper()
                await ws.send_json({"type": "caption", "text": text})
            if heard["type"] == "stop":
                break
        if self.wrong != "silent":
            await ws.send_json({"type": "done"})
        await ws.close(4000 if self.wrong == "code" else 1000)

ROOM = {"params": {"room": "7"}}

def book(*more):
    return Playbook(LIVE, client.says("Start"), client.says("Line", {"text": "Hello."}),
        server.says("Caption", {"text": "HELLO."}), client.says("Stop"), server.says("Done"),
        server.closes(1000), *more, params={"room": "7"})

def talk(connection):
    connection.send(Start())
    connection.send(Line("a"))
    connection.send(Stop())
    return [event.id for event in connection]
"""


def test_a_correct_server_passes(pytester: pytest.Pytester) -> None:
    test = """
def test_sync(schematic_client):
    with schematic_client(LIVE, app=Server().app, **ROOM) as connection:
        assert talk(connection) == ["Caption", "Done"]

def test_left_open(schematic_client):
    schematic_client(LIVE, app=Server().app, **ROOM).send(Start())

@pytest.mark.asyncio
async def test_asyncio(schematic_client):
    async with schematic_client.asyncio(LIVE, app=Server().app, **ROOM) as connection:
        await connection.send(Start())
        await connection.send(Stop())
        assert [event.id async for event in connection] == ["Done"]

def test_play(schematic_client):
    heard = schematic_client.play(book(), app=Server().app)
    assert [message.id for message in heard] == ["Caption", "Done"]

def test_a_mock_is_a_server(schematic_client, schematic_mock):
    schematic_client.play(book(), url=schematic_mock(book()).url)

@pytest.mark.asyncio
async def test_in_this_loop(schematic_client):
    from schematic_engine.mock import MockServer
    async with MockServer(LIVE) as mock:
        steps = [client.says("Start"), client.says("Stop"), server.says("Caption"),
            server.says("Pause"), server.says("Done"), server.closes(1000)]
        await schematic_client.aplay(Playbook(LIVE, *steps, params={"room": "7"}), url=mock.url)
"""
    assert outcomes(run(pytester, APP + test)) == {"passed": 6}


def test_a_server_that_breaks_the_order_fails_the_test(pytester: pytest.Pytester) -> None:
    test = """
def test_early(schematic_client):
    schematic_client(LIVE, app=Server("early").app, **ROOM).receive(timeout=5)

def test_body(schematic_client):
    talk(schematic_client(LIVE, app=Server("body").app, **ROOM))

def test_allowed(schematic_client):
    connection = schematic_client(LIVE, app=Server("early").app, allow=["SCH-101"], **ROOM)
    with pytest.raises(Exception, match="Done from the server is illegal"):
        connection.receive(timeout=5)

def test_crash(schematic_client):
    with pytest.raises(Exception, match="1011"):
        talk(schematic_client(LIVE, app=Server("crash").app, **ROOM))

def test_refused(schematic_client):
    schematic_client(LIVE, app=Server("refused").app, **ROOM)
"""
    result = run(pytester, APP + test)
    assert outcomes(result) == {"passed": 1, "failed": 4}
    result.stdout.fnmatch_lines_random(
        [
            "Captions/Live:*: error?SCH-101?: Done from the server is illegal here*",
            "Captions/Live:*: error?SCH-202?: Caption from the server does not fit*",
            "RuntimeError: oh dear",
            "*403*",
        ]
    )


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [
        ("body", ['*step 3: server Caption*: at $.text: expected "HELLO.", seen 5', "*SCH-202*"]),
        ("silent", ["*step 5: expected server Done, but the server closed the connection (1000)"]),
        ("code", ["*step 6: expected server closes 1000, but the server closed*(4000)"]),
        ("crash", ["*step 3: expected server Caption*, but the server closed*(1011)"]),
        ("refused", ["*the server answered the request with 403"]),
    ],
)
def test_a_server_that_departs_from_a_playbook_is_shown_where(
    pytester: pytest.Pytester, wrong: str, shown: list[str]
) -> None:
    test = f"""
def test_it(schematic_client):
    schematic_client.play(book(), app=Server({wrong!r}).app)
"""
    result = run(pytester, APP + test)
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines_random([f"E  *{line}" for line in shown])


def test_what_cannot_be_reached_is_an_error_of_its_own(pytester: pytest.Pytester) -> None:
    test = """
def test_both(schematic_client):
    with pytest.raises(ValueError, match="not both"):
        schematic_client(LIVE, url="ws://127.0.0.1:1", app=Server().app, **ROOM)

def test_nobody(schematic_client):
    for call in (lambda: schematic_client(LIVE, url="ws://127.0.0.1:1", **ROOM),
                 lambda: schematic_client.play(book(), url="ws://127.0.0.1:1")):
        with pytest.raises(OSError):
            call()

def test_names(schematic_client):
    with pytest.raises(ValueError, match="There is no API 'captoins'"):
        schematic_client("captoins/Live")

async def lifeless(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})

def test_startup(schematic_client):
    with pytest.raises(RuntimeError, match="no database"):
        schematic_client(LIVE, app=lifeless, **ROOM)
"""
    assert outcomes(run(pytester, APP + test)) == {"passed": 4}


def test_a_rejection_may_be_what_the_script_says(pytester: pytest.Pytester) -> None:
    test = """
def test_it_rejects(schematic_client, schematic_mock):
    book = Playbook(LIVE, rejects=403, params={"room": "7"})
    schematic_client.play(book, app=Server("refused").app)
    schematic_client.play(book, url=schematic_mock(book).url)

def test_it_does_not(schematic_client):
    schematic_client.play(Playbook(LIVE, rejects=403, params={"room": "7"}), app=Server().app)
"""
    result = run(pytester, APP + test)
    assert outcomes(result) == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["E *the server accepted the request, where 403 was expected"])


def test_mocks_and_clients_speak_tls(pytester: pytest.Pytester) -> None:
    test = """
import ssl
import trustme

@pytest.fixture(scope="module")
def contexts():
    authority = trustme.CA()
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    return theirs, ours

def test_by_hand(schematic_mock, schematic_client, contexts):
    mock = schematic_mock(LIVE, ssl=contexts[0])
    assert mock.url.startswith("wss://")
    connection = schematic_client(LIVE, url=mock.url, ssl=contexts[1], **ROOM)
    assert talk(connection)[-1] == "Done"

def test_by_a_script(schematic_mock, schematic_client, contexts):
    mock = schematic_mock(book(), ssl=contexts[0])
    schematic_client.play(book(), url=mock.url, ssl=contexts[1])

def test_strangers(schematic_mock, schematic_client, contexts):
    mock = schematic_mock(book(), ssl=contexts[0], patience=0)
    for call in (lambda: schematic_client(LIVE, url=mock.url, **ROOM),
                 lambda: schematic_client.play(book(), url=mock.url)):
        with pytest.raises(ssl.SSLCertVerificationError):
            call()
    schematic_client.play(book(), url=mock.url, ssl=contexts[1])
"""
    assert outcomes(run(pytester, APP + test)) == {"passed": 3}


HALL = """
from msgspec import Struct
from schematic import (
    ConnectionLifecycle, MessageDirection, MessageSchema, Schema, WebSocketApi, WebSocketEndpoint,
)

class Begin(Struct, tag="begin"):
    text: str = ""

api = WebSocketApi(name="Hall", base_url="wss://hall.example", endpoints=[
    WebSocketEndpoint(id="Talk", path="/talk", lifecycle=ConnectionLifecycle(initialize=
        MessageSchema(id="Begin", direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema(Begin))
    ))
])
"""


@pytest.mark.parametrize("first", ["", "import hall"])
def test_an_api_in_a_file_has_the_types_that_the_test_imports(
    pytester: pytest.Pytester, first: str
) -> None:
    pytester.makepyfile(hall=HALL)
    test = """
def test_it(schematic_client, schematic_mock):
    mock = schematic_mock("hall.py:api")
    connection = schematic_client("hall.py:api/Talk", url=mock.url)
    from hall import Begin
    connection.send(Begin("x"))
    assert mock.wait_for("Begin") == [Begin("x")]
"""
    assert outcomes(run(pytester, first + test)) == {"passed": 1}


def test_a_type_of_a_second_copy_is_called_that(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(hall=HALL)
    test = """
def test_it(schematic_client, schematic_mock):
    mock = schematic_mock("hall.py:api", lenient=True)
    connection = schematic_client("hall.py:api/Talk", url=mock.url)
    import importlib.util
    spec = importlib.util.spec_from_file_location("another", "hall.py")
    import sys
    copy = sys.modules["another"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    connection.send(copy.Begin("x"))
"""
    result = run(pytester, test)
    told = (
        "no message of the client has a body of type Begin; this one comes from a second copy of "
        "hall.py: it is another.Begin, and that of the description is hall.Begin; import hall.py "
        "before it is loaded by name"
    )
    result.stdout.fnmatch_lines([f"E *{told}"])
