"""``schematic_mock``: what clients do wrong fails the test, and is shown."""

from __future__ import annotations

import pytest

from schematic_engine import sync
from schematic_engine.pytest_plugin import mock
from support.plugged import outcomes, run

pytest_plugins = "pytester"

LOADED = (mock, sync)  # before pytester takes note of what is loaded, so that it stays


def test_a_correct_client_passes(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_it(schematic_mock):
    mock = schematic_mock(captions())
    with typed(mock) as connection:
        connection.send(Start())
        connection.send(Line("Hello."))
        connection.send(Stop())
        assert [event.id for event in connection][-1] == "Done"
    assert mock.bodies("Line") == [Line("Hello.")]
    assert mock.connections == 1
    assert mock.wait_for("Stop") == [Stop()]

def test_another(schematic_mock):
    with typed(schematic_mock(LIVE)) as one, typed(schematic_mock(LIVE)) as two:
        one.send(Start())
        two.send(Start())

def test_without():
    pass
""",
    )
    assert outcomes(result) == {"passed": 3}


def test_a_breach_fails_the_test_and_is_told_as_the_checker_tells_it(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
def test_it(schematic_mock):
    raw(schematic_mock(LIVE), START, STOP, {"type": "line", "text": "late", "token": "hush"})
""",
    )
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(
        [
            "Captions/Live:*: error?SCH-101?: Line from the client is illegal here: the client*",
            "  --> connection 1, CLOSING",
            '   > * | client -> Line*{"type":"line","text":"late","token":"?redacted?"}',
            "   = shortest repair: move it before line * (Stop)",
            "FAILED *::test_it*",
        ]
    )
    result.stdout.no_fnmatch_line("*hush*")
    result.stdout.no_fnmatch_line("*pytest_plugin*")


def test_what_a_test_fails_for_is_shown_beside_what_the_client_did_wrong(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
def test_it(schematic_mock):
    raw(schematic_mock(LIVE), STOP)
    assert False, "for another reason"
""",
    )
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(
        ["*for another reason*", "*schematic*", "*error?SCH-101?: Stop from the client*"]
    )


def test_a_departure_from_a_playbook_is_shown_as_a_difference(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("hello.play").write_text(
        """\
endpoint captions.py:api/Live
client Start
client Line {"text": "Hello."}
server Caption {"text": "Hello!"}
client Stop
server Done
server closes 1000
"""
    )
    pytester.path.joinpath("captions.py").write_text(
        "from schematic_engine.conformance.examples import captions\napi = captions()\n"
    )
    result = run(
        pytester,
        """
def test_right(schematic_mock):
    with typed(schematic_mock("hello.play")) as connection:
        connection.send(Start())
        connection.send(Line("Hello."))
        assert connection.receive().body == Caption("Hello!")
        connection.send(Stop())
        assert [event.id for event in connection] == ["Done"]

def test_wrong(schematic_mock):
    raw(schematic_mock("hello.play"), START, {"type": "line", "text": "Hi."})

def test_short(schematic_mock):
    with typed(schematic_mock("hello.play")) as connection:
        connection.send(Start())
""",
    )
    assert outcomes(result) == {"passed": 1, "failed": 2}
    result.stdout.fnmatch_lines(
        [
            'connection 1: hello.play:3: client Line {"text": "Hello."}: at $.text: expected*',
            '  1 client Start*{"type":"start"}',
            '- 2 client Line *{"text": "Hello."}',
            '+   client Line *{"type":"line","text":"Hi."}',
            '[?]   at $.text: expected "Hello.", seen "Hi."',
            "- 3 server Caption*",
            "*hello.play:3: expected client Line*, but the client closed the connection (1000)",
        ]
    )


def test_what_is_still_missing_at_the_end_is_waited_for_and_then_an_error(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
BOOK = Playbook(LIVE, client.says("Start"), server.says("Pause", after=0.05), client.says("Stop"))

@pytest.fixture
def connection(schematic_mock):
    connection = typed(schematic_mock(BOOK, patience=0.2))
    yield connection
    connection.send(Stop())
    connection.close()

def test_the_end_comes_with_a_fixture(connection):
    connection.send(Start())
    assert connection.receive().id == "Pause"

def test_nobody_comes(schematic_mock):
    schematic_mock(BOOK, patience=0.01)

def test_it_stays_open(schematic_mock):
    global kept
    kept = typed(schematic_mock(BOOK, pace=0, patience=0.01))
    kept.send(Start())
    kept.receive()

def test_it_comes_too_often(schematic_mock):
    mock = schematic_mock(Playbook(LIVE, client.says("Start")))
    with typed(mock) as connection:
        connection.send(Start())
    with pytest.raises(Exception, match="503"):
        typed(mock)
""",
    )
    assert outcomes(result) == {"passed": 3, "errors": 2, "failed": 1}
    result.stdout.fnmatch_lines_random(
        [
            "playbook: no client connected",
            "connection 1: playbook, step 3: client Stop has not come when the test ended",
            "connection 2: the client connected more often than there are playbooks",
        ]
    )


def test_breaches_may_be_expected_or_allowed(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_expected(schematic_mock):
    mock = schematic_mock(LIVE)
    with mock.expects("SCH-101"):
        raw(mock, STOP)

def test_allowed(schematic_mock):
    raw(schematic_mock(LIVE, allow=["SCH-101"]), STOP)

def test_scripted(schematic_mock):
    raw(schematic_mock(Playbook(LIVE, client.says("Stop", violates="SCH-101"),
        server.closes(1008))), STOP)

def test_only_in_the_block(schematic_mock):
    mock = schematic_mock(LIVE)
    with mock.expects("SCH-101"):
        raw(mock, STOP)
    raw(mock, STOP)

def test_there_is_none(schematic_mock):
    with schematic_mock(LIVE).expects("SCH-101", timeout=0.01):
        pass

def test_no_such_rule(schematic_mock):
    schematic_mock(LIVE, allow=["SCH-1"])
""",
    )
    assert outcomes(result) == {"passed": 3, "failed": 3}
    result.stdout.fnmatch_lines_random(
        [
            "*no client broke SCH-101 (illegal-order) within 0.01 s*",
            "*there is no rule 'SCH-1'; there is SCH-101*",
        ]
    )


def test_what_a_handler_raises_fails_the_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_raises(schematic_mock):
    mock = schematic_mock(LIVE)
    @mock.on("Line")
    def oops(call, message):
        raise KeyError("oh dear")
    with typed(mock) as connection:
        connection.send(Start())
        connection.send(Line("a"))

def test_is_illegal(schematic_mock):
    mock = schematic_mock(LIVE)
    @mock.on("Line")
    def early(call, message):
        yield "Done", {}
    with typed(mock) as connection:
        connection.send(Start())
        connection.send(Line("a"))

def test_answers(schematic_mock):
    mock = schematic_mock(LIVE)
    @mock.on("Line")
    def answer(call, message):
        yield "Caption", {"text": message.body.text.upper()}
    with typed(mock) as connection:
        connection.send(Start())
        connection.send(Line("a"))
        assert connection.receive().body == Caption("A")
    with pytest.raises(ValueError, match="no message 'Lime'; it has"):
        mock.on("Lime")
""",
    )
    assert outcomes(result) == {"passed": 1, "failed": 2}
    result.stdout.fnmatch_lines_random(
        [
            "our side failed: Traceback*",
            "KeyError: 'oh dear'",
            "our side failed: LocalIllegalMessage: Done from the server is illegal*",
        ]
    )


def test_requests_are_held_to_the_description_and_to_the_playbook(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
def ask(mock, target):
    with pytest.raises(Exception, match="HTTP 4"):
        dial(mock.url + target, **V1)

def test_path(schematic_mock):
    ask(schematic_mock(LIVE), "/caption")

def test_missing(schematic_mock):
    ask(schematic_mock(LIVE), "/captions")

def test_param(schematic_mock):
    ask(schematic_mock(Playbook(LIVE, client.says("Start"), params={"room": "8"}), patience=0),
        "/captions?room=7")

def test_none_offered(schematic_mock):
    mock = schematic_mock(LIVE)
    with pytest.raises(Exception, match="HTTP 4|acceptable"):
        dial(mock.url + "/captions?room=7").recv()
""",
    )
    assert outcomes(result) == {"failed": 4}
    result.stdout.fnmatch_lines_random(
        [
            "Captions/Live:1: error?SCH-402*",
            "Captions/Live:1: error?SCH-403*",
            'connection 1: playbook: param room: at $: expected "8", seen "7"',
            "Captions/Live:1: error?SCH-401*",
        ]
    )


def test_a_server_may_do_wrong_on_purpose(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
from schematic_engine.errors import ConnectionClosed, RemoteProtocolError

def play(schematic_mock, *steps):
    connection = typed(schematic_mock(Playbook(LIVE, client.says("Start"), *steps)))
    connection.send(Start())
    return connection

def test_order(schematic_mock):
    connection = play(schematic_mock, server.says("Done", violates="SCH-101"))
    with pytest.raises(RemoteProtocolError, match="Done from the server is illegal"):
        connection.receive()

def test_body(schematic_mock):
    connection = play(schematic_mock, server.sends("{", violates="SCH-203"))
    with pytest.raises(RemoteProtocolError):
        connection.receive()

def test_lost(schematic_mock):
    connection = play(schematic_mock, server.closes(1006))
    with pytest.raises(ConnectionClosed, match="1006"):
        connection.receive()
""",
    )
    assert outcomes(result) == {"passed": 3}


def test_what_cannot_be_used_is_told_without_how_we_came_to_know(
    pytester: pytest.Pytester,
) -> None:
    pytester.path.joinpath("hall.py").write_text(
        "from schematic_engine.conformance.examples import captions\napi = captions()\n"
    )
    for name, line in {"syntax": "client Start {", "step": "client Nonsense", "api": ""}.items():
        api = "hall.py:nothing" if name == "api" else "hall.py:api/Live"
        pytester.path.joinpath(f"{name}.play").write_text(f"endpoint {api}\n{line}\n")
    result = run(
        pytester,
        """
@pytest.mark.parametrize("name", ["syntax.play", "step.play", "api.play", "absent.play",
    "hall.py:nothing", "hall.py:api/Nothing", "nothing"])
def test_mock(schematic_mock, name):
    schematic_mock(name)

@pytest.mark.parametrize("name", ["syntax.play", "step.play", "absent.play"])
def test_play(schematic_client, name):
    schematic_client.play(name)

def test_client(schematic_client):
    schematic_client("hall.py:nothing")

def test_session(schematic_session):
    schematic_session("hall.py:nothing")

def test_rule(schematic_mock):
    schematic_mock(LIVE, allow=["SCH-000"])
""",
    )
    assert outcomes(result) == {"failed": 13}
    result.stdout.fnmatch_lines(["E *PlaybookError: syntax.play:2: *"])
    result.stdout.no_fnmatch_line("*schematic_engine*.py:*")
    result.stdout.no_fnmatch_line("*pathlib*")
