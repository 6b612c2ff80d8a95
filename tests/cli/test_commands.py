from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest
import trustme

import schematic_engine.cli
from schematic_engine.cli.commands import COMMANDS, schematic
from schematic_engine.cli.paper import clean
from support.commands import run, written

STUCK = """\
from schematic import *
S, C = MessageDirection.SERVER_TO_CLIENT, MessageDirection.CLIENT_TO_SERVER
def message(name, direction, **flags):
    return MessageSchema(id=name, direction=direction, schema=Schema(name), **flags)
lifecycle = ConnectionLifecycle(
    initialize=message("Hello", C),
    streaming_messages=[message("One", C), message("Other", C)],
    close=message("Bye", C, after=("Never",)),
    server_messages=[message("Never", S, after=("Bye",))],
)
alike = ConnectionLifecycle(
    initialize=message("Hello", C), streaming_messages=[message("One", C), message("Other", C)]
)
def _api(lifecycle):
    endpoint = WebSocketEndpoint(id="E", path="/", lifecycle=lifecycle)
    return WebSocketApi(name="Stuck", base_url="ws://h", endpoints=[endpoint])
stuck = _api(lifecycle)
warned = _api(alike)
"""


def test_help_imports_no_command_and_nothing_heavy() -> None:
    script = (
        "import sys\nsys.argv = ['schematic', '--help']\nfrom schematic_engine.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'rich', 'statemachine', 'asyncio', 'wsproto', 'schematic_engine.mock'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, timeout=60, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_ends_with_examples(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert f"Examples:\n    schematic {name}" in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_of_itself_what_the_list_says(name: str) -> None:
    command = schematic.get_command(click.Context(schematic), name)
    assert command is not None
    listed = COMMANDS[name][2]
    assert (
        command.get_short_help_str(200).split(":")[0].startswith(listed.rstrip(".").split(",")[0])
    )


def test_an_unknown_command_is_refused() -> None:
    assert run("nonsense").exit_code == 2


def test_without_the_extra_the_hint_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(schematic_engine.cli, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as caught:
        schematic_engine.cli.main()
    assert caught.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_module_can_be_run() -> None:
    command = [sys.executable, "-m", "schematic_engine.cli", "list"]
    done = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
    assert "elevenlabs/StreamTextToSpeech" in done.stdout
    assert "\x1b" not in done.stdout


def test_show_tells_all_there_is_to_know() -> None:
    shown = run("show", "elevenlabs/StreamTextToSpeech").output
    for fact in (
        "wss://api.elevenlabs.io/v1/text-to-speech/{voice_id}/stream-input",
        "header xi-api-key: …",
        "from $ELEVENLABS_API_KEY",
        "voice_id                  string   path   required",
        "InitializeConnection  opens, once",
        "FinalOutput  ends its sender's half, once, after CloseConnection",
        "normalizedAlignment",
        "The server closes the WebSocket when everything has been said.",
        "1000  everything has been spoken            either side  normal",
        "ServerError  ends its sender's half, its sender closes next with the code in code,",
        "INITIALIZING",
    ):
        assert fact in shown


def test_show_takes_a_file_with_several_endpoints(tmp_path: Path) -> None:
    result = run("show", f"{written(tmp_path)}:two")
    assert result.exit_code == 0
    assert result.output.count("Order of messages") == 2
    assert "words   Words\n        text  string\n" in result.output
    assert "loud    bool    default False" in result.output
    assert "JSON object Heard, of any content" in result.output


@pytest.mark.parametrize(
    ("form", "sign"),
    [("text", "╭"), ("mermaid", "stateDiagram-v2"), ("markdown", "|---"), ("svg", "<svg")],
)
def test_diagram_writes_each_format(form: str, sign: str) -> None:
    assert sign in run("diagram", "elevenlabs/StreamTextToSpeech", "--format", form).output


def test_diagram_takes_the_format_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "order.svg"
    result = run("diagram", "elevenlabs/StreamTextToSpeech", "-o", str(file))
    assert (result.exit_code, result.output) == (0, "")
    assert ElementTree.parse(file).getroot().tag.endswith("svg")
    nowhere = str(tmp_path / "none" / "x.txt")
    assert run("diagram", "elevenlabs/StreamTextToSpeech", "-o", nowhere).exit_code == 2


def test_verify_tells_of_waits_and_does_not_count_them(tmp_path: Path) -> None:
    result = run("verify", "elevenlabs/StreamTextToSpeech", "--strict")
    assert result.exit_code == 0
    assert result.output == (
        """\
ElevenLabs/StreamTextToSpeech: 1 note

  note waiting-without-timer: no timer ends the client's wait for FinalOutput (end)

      client                              server
         │────── InitializeConnection ─────▶│
         │──────── CloseConnection ────────▶│
         │ the client waits for FinalOutput │
"""
    )


def test_verify_says_when_nothing_is_found(tmp_path: Path) -> None:
    result = run("verify", f"{written(tmp_path)}:chat")
    assert (result.exit_code, result.output) == (0, "Chat/Talk: nothing found (7 rules)\n")


def test_verify_exits_with_1_for_errors(tmp_path: Path) -> None:
    result = run("verify", f"{written(tmp_path, STUCK)}:stuck")
    assert result.exit_code == 1
    assert "error unreachable-message: Bye from the client" in result.output


def test_verify_shows_the_shortest_way_to_a_warning(tmp_path: Path) -> None:
    file = written(tmp_path, STUCK)
    result = run("verify", f"{file}:warned")
    assert result.exit_code == 0
    assert "warning decodes-alike: One and Other" in result.output
    assert (
        """\
      client                                         server
         │─────────────────── Hello ──────────────────▶│
         │─────────────── One or Other ───────────────✗│
         │ ✗ nothing in it says which of the two it is │
"""
        in result.output
    )
    assert run("verify", f"{file}:warned", "--strict").exit_code == 1


def test_control_characters_of_descriptions_never_reach_the_terminal() -> None:
    assert clean("a\x1b[31mb\n\tc\x07") == "a�[31mb c�"


def test_colours_are_left_out_where_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("show", "elevenlabs").output


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts are signals elsewhere")
@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_mock_serves_until_it_is_interrupted(tmp_path: Path, scheme: str) -> None:
    command = [sys.executable, "-m", "schematic_engine.cli", "mock", f"{written(tmp_path)}:two"]
    if scheme == "wss":
        certificate = trustme.CA().issue_cert("localhost")
        certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
        command += ["--certfile", str(tmp_path / "both.pem")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith(f"Listening on {scheme}://127.0.0.1:")
        assert "/talk/{room}" in process.stdout.readline()
        assert "/listen/{room}" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.stdout.read().endswith("Stopped.\n")  # the line before it may come twice
    assert process.returncode == 0


def test_mock_says_why_it_cannot_listen() -> None:
    result = run("mock", "elevenlabs", "--host", "203.0.113.1")
    assert result.exit_code == 2
    assert "cannot listen on 203.0.113.1:0" in result.output


def test_mock_says_what_is_wrong_with_a_certificate(tmp_path: Path) -> None:
    nothing = tmp_path / "empty.pem"
    nothing.touch()
    result = run("mock", "elevenlabs", "--certfile", str(nothing))
    assert result.exit_code == 2
    assert "cannot use" in result.output
    result = run("mock", "elevenlabs", "--keyfile", str(nothing))
    assert result.exit_code == 2
    assert "--keyfile goes with --certfile" in result.output


def test_an_api_is_shown_as_pages_of_a_document() -> None:
    result = run("show", "elevenlabs", "--format", "markdown")
    assert result.exit_code == 0
    assert result.output.startswith("# ElevenLabs: StreamTextToSpeech\n")
    assert "\n# ElevenLabs: StreamMultiContext\n" in result.output
