"""``schematic probe``, and the functions behind it, on our own mock."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidMessage

from schematic import AuthStrategy, BoundEndpoint
from schematic_engine.credentials import Credentials
from schematic_engine.errors import LocalProtocolError
from schematic_engine.events import Message
from schematic_engine.mock import Call, Close, MockServer
from schematic_engine.probing import (
    Flaw,
    ProbeReport,
    ProbeSettings,
    Unreachable,
    probe_client,
    probe_server,
)
from schematic_engine.probing.reporting.machine_reports import as_json, as_junit
from schematic_engine.probing.reporting.script_text import BODY
from schematic_engine.probing.reporting.text import as_text
from schematic_engine.probing.sockets.hosts import is_loopback
from schematic_engine.probing.talking.outcome import Evidence
from support.commands import CHAT, run
from support.talk import API

TALK = API.endpoint("Talk")
QUICK = ProbeSettings(patience=0.1, grace=0.03, examples=6, replays=1)


def probed(server: MockServer, endpoint: BoundEndpoint = TALK, **more: Any) -> ProbeReport:
    async def probing() -> ProbeReport:
        options: dict[str, Any] = {"settings": QUICK, **more}
        return await probe_server(server.url, endpoint, params={"room": "7"}, **options)

    return asyncio.run(probing())


def test_nothing_is_found_on_a_mock_that_is_strict_and_all_is_covered() -> None:
    with MockServer(TALK) as server:
        report = probed(server)
    assert report.findings == ()
    assert report.coverage.missed == ()
    assert report.exit_code(strict=True) == 0
    assert {tally.flaw for tally in report.tallies} >= {Flaw.EARLY, Flaw.UNKNOWN, Flaw.REPEATED}


def test_a_mock_that_bears_everything_is_found_to_and_the_same_seed_finds_the_same() -> None:
    with MockServer(TALK, strict=False) as server:
        report, again = (probed(server, seed=5) for _ in range(2))
    early = next(one for one in report.findings if one.flaw is Flaw.EARLY)
    assert (early.rule.id, early.length, early.shown) == ("PRB-201", 1, early.replays)
    assert set(early.likewise) | {early.message} == {"Say", "Upload", "Bye"}
    assert report.exit_code() == 1
    assert 'type="PRB-201"' in as_junit(report)
    assert [(one.text, one.plan) for one in report.findings] == [
        (one.text, one.plan) for one in again.findings
    ]


def test_a_failure_of_one_body_is_made_as_small_as_it_can_be() -> None:
    server = MockServer(TALK)

    @server.on("Say")
    def answer(call: Call, message: Message) -> Any:
        if len(message.body.text) > 3:
            yield Close(1011)
        else:
            yield "Echo", {"text": "x"}

    with server:
        report = probed(server)
    found = [one for one in report.findings if one.rule.id == "PRB-104"]
    assert [one.length for one in found] == [2]


def test_the_text_that_shows_a_failure_is_cut_to_what_it_takes() -> None:
    server = MockServer(TALK)

    @server.on("Say")
    def answer(call: Call, message: Message) -> Any:
        yield Close(1011) if len(message.body.text) > 100 else ("Echo", {"text": "x"})

    with server:
        report = probed(server)
    said = next(one for one in report.findings if one.rule.id == "PRB-104").plan.says[-1]
    assert len(json.loads(said.content)["text"]) == 101


def test_two_close_codes_are_two_faults() -> None:
    server = MockServer(TALK)

    @server.on("Say")
    def answer(call: Call, message: Message) -> Any:
        text = message.body.text
        if len(text) > 100:
            yield Close(1011)
        else:
            yield "Echo", {"text": "x"}
            if not text.isascii():
                yield Close(4777)

    with server:
        report = probed(server)
    found = [one.came for one in report.findings if one.rule.id == "PRB-104"]
    assert sorted(found) == ["the close code 1011", "the close code 4777"]


def test_what_does_not_always_show_is_reported_as_flaky() -> None:
    server, calls = MockServer(TALK), itertools.count()

    @server.on("Say")
    def answer(call: Call, message: Message) -> Any:
        yield Close(1011) if next(calls) % 3 == 0 else ("Echo", {"text": "x"})

    with server:
        report = probed(server, settings=replace(QUICK, replays=4))
    found = next(one for one in report.findings if one.rule.id == "PRB-104")
    assert 0 < found.shown < found.replays
    assert found.is_flaky
    assert f"flaky, seen in {found.shown} of {found.replays} replays" in as_text(report)


def test_a_silence_that_does_not_always_show_is_a_warning() -> None:
    server, calls = MockServer(TALK), itertools.count()

    @server.on("Bye")
    def answer(call: Call, message: Message) -> Any:
        if next(calls) % 3 == 0:
            yield "End"
            yield Close(1000)

    with server:
        report = probed(server, settings=replace(QUICK, replays=4))
    silent = [one for one in report.findings if one.evidence is Evidence.SILENT and one.is_flaky]
    assert silent
    assert {one.severity.value for one in silent} == {"warning"}
    assert f"warning[{silent[0].rule.id}]" in as_text(report)
    assert report.exit_code(strict=True) == 1


def timed(settings: ProbeSettings, stop_after: int | None = None) -> tuple[ProbeReport, float]:
    """What is found on a server that bears everything, and how many seconds it took."""

    async def probing() -> ProbeReport:
        stop = asyncio.Event()

        def on_progress(done: int, planned: int, failed: int) -> None:
            if done == stop_after:
                stop.set()

        async with MockServer(TALK, strict=False) as server:
            return await probe_server(
                server.url,
                TALK,
                params={"room": "7"},
                settings=settings,
                on_progress=on_progress,
                stop=stop,
            )

    began = time.monotonic()
    return asyncio.run(probing()), time.monotonic() - began


def test_no_conversation_is_begun_after_the_time_however_slow_the_rate() -> None:
    report, seconds = timed(replace(QUICK, time=0.3, rate=0.5))
    assert report.connections == 1  # the next would be due after 2 seconds
    assert seconds < 2
    assert not report.complete
    assert "the time was up" in as_text(report)


def test_a_probe_that_is_stopped_reports_what_it_has_found() -> None:
    report, _ = timed(QUICK, stop_after=20)
    assert report.stopped
    assert not report.complete
    assert {one.rule.id for one in report.findings} == {"PRB-201"}
    assert {one.replays for one in report.findings} == {0}
    assert "not replayed" in as_text(report)
    assert "it was stopped before all of it was tried" in as_text(report)
    assert json.loads(as_json(report))["stopped"] is True


def test_where_nobody_listens_nothing_is_probed() -> None:
    with MockServer(TALK) as server:
        url = server.url
    with pytest.raises(Unreachable, match="no conversation could be held"):
        asyncio.run(probe_server(url, TALK, params={"room": "7"}))


@pytest.mark.parametrize("wrong", [{"jobs": 0}, {"patience": 0}, {"examples": -1}, {"rate": 0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(LocalProtocolError):
        ProbeSettings(**wrong)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("ws://127.0.0.1:8765", True),
        ("ws://localhost:4000/graphql", True),
        ("ws://[::1]:80", True),
        ("ws://127.0.0.1.example.com", False),
        ("wss://api.example.com", False),
        ("ws://0.0.0.0:80", False),
        ("ws://[", False),
        ("nonsense", False),
    ],
)
def test_only_this_machine_is_probed_without_being_asked_for(url: str, local: bool) -> None:
    assert is_loopback(url) is local


def test_another_machine_is_refused_and_the_hint_says_how() -> None:
    done = run("probe", "wss://api.example.com", "-e", "elevenlabs/StreamTextToSpeech")
    assert done.exit_code == 2
    assert "--anywhere" in done.output


@pytest.mark.parametrize("url", ["ws://203.0.113.9:1", "ws://0.0.0.0:1"])
def test_another_machine_takes_a_word_in_python_too(url: str) -> None:
    for probing in (
        probe_server(url, TALK, params={"room": "7"}),
        probe_client(None, TALK, url=url, params={"room": "7"}),
    ):
        with pytest.raises(LocalProtocolError, match="say anywhere=True"):
            asyncio.run(probing)


def test_a_machine_that_was_allowed_is_probed() -> None:
    with MockServer(TALK) as server:
        url = server.url.replace("127.0.0.1", "0.0.0.0")  # which leads here, and is no loopback
        probing = probe_server(
            url, TALK, params={"room": "7"}, settings=replace(QUICK, examples=0), anywhere=True
        )
        assert asyncio.run(probing).findings == ()


@pytest.fixture
def chat(tmp_path: Path) -> str:
    file = tmp_path / "chat.py"
    file.write_text(CHAT, encoding="utf-8")
    return f"{file}:chat/Talk"


def test_the_command_reports_for_people_and_for_programs(chat: str, tmp_path: Path) -> None:
    from schematic_engine.cli.resolve import resolve_endpoint

    arguments = ["-e", chat, "--param", "room=7", "--examples", "2", "--patience", "0.1"]
    earlier = "07-sch-202-invalid-body"
    kept = {"notes.py", "08-prb-201-mine.py", "09-prb-201-accepted.jsonl"}
    (tmp_path / "found").mkdir()
    for name in (*kept, f"{earlier}.jsonl"):
        (tmp_path / "found" / name).touch()
    (tmp_path / "found" / f"{earlier}.py").write_text(BODY, encoding="utf-8")
    with MockServer(resolve_endpoint(chat), strict=False) as server:
        told = run("probe", server.url, *arguments)
        saved = ("-o", str(tmp_path / "r"), "--save", str(tmp_path / "found"))
        written = run("probe", server.url, *arguments, "--format", "json", *saved)
    assert told.exit_code == written.exit_code == 1
    assert "error[PRB-201]: the server accepted" in told.output
    assert "Chat/Talk: the server does not keep to the description" in told.output
    report = json.loads((tmp_path / "r").read_text(encoding="utf-8"))
    assert report["schema"] == "schematic.probe/1"
    assert report["conforming"] is False
    assert {one["rule"] for one in report["findings"]} == {"PRB-201"}
    names = sorted(file.name for file in (tmp_path / "found").iterdir())
    assert kept < {*names}
    assert not [name for name in names if name.startswith(earlier)]
    assert names[:2] == ["01-prb-201-accepted.jsonl", "01-prb-201-accepted.py"]


def test_a_client_is_started_for_each_conversation_and_found_to_be_wrong(tmp_path: Path) -> None:
    program = tmp_path / "client.py"
    program.write_text(
        "import os\n"
        "from websockets.sync.client import connect\n"
        "with connect(os.environ['SCHEMATIC_URL'], compression=None) as websocket:\n"
        "    websocket.send('nonsense')\n",
        encoding="utf-8",
    )
    file = tmp_path / "chat.py"
    file.write_text(CHAT, encoding="utf-8")
    arguments = [
        "-e",
        f"{file}:chat/Talk",
        "--param",
        "room=7",
        "--examples",
        "0",
        "--time",
        "0.5",
        "-j",
        "2",
    ]
    client = ["--role", "client", "--", sys.executable, str(program), "{url}"]
    done = run("probe", "ws://127.0.0.1:0", *arguments, "--patience", "0.3", *client)
    assert done.exit_code == 1, done.output
    assert "error[SCH-203]: the client sent a text that is no JSON" in done.output
    assert "the client does not keep to the description" in done.output


def test_clients_that_come_by_themselves_are_served_one_after_another(tmp_path: Path) -> None:
    async def probing() -> ProbeReport:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"ws://127.0.0.1:{free.getsockname()[1]}"

        async def visit() -> None:
            while True:
                try:
                    async with connect(f"{url}/rooms/7", compression=None) as websocket:
                        await websocket.send('{"type":"say","text":"early"}')
                        await websocket.wait_closed()
                except (OSError, InvalidMessage, ConnectionClosed):
                    await asyncio.sleep(0.01)

        visitor = asyncio.create_task(visit())
        report = await probe_client(
            None, TALK, url=url, params={"room": "7"}, settings=replace(QUICK, examples=0)
        )
        visitor.cancel()
        return report

    report = asyncio.run(probing())
    assert "SCH-101" in [one.rule.id for one in report.findings]


def test_nobody_to_start_and_nowhere_to_listen_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="where to listen"):
        asyncio.run(probe_client(None, TALK, params={"room": "7"}))


def test_a_client_that_never_connects_is_not_probed() -> None:
    async def run_nothing(url: str) -> None:
        del url

    with pytest.raises(Unreachable, match="it stopped"):
        asyncio.run(probe_client(run_nothing, TALK, params={"room": "7"}))


def test_a_server_that_falls_over_is_a_finding_and_ends_nothing() -> None:
    async def probing() -> ProbeReport:
        server = MockServer(TALK)
        await server.start()
        url = server.url
        stopping: list[asyncio.Task[None]] = []

        def on_progress(done: int, planned: int, failed: int) -> None:
            if done == 3:
                stopping.append(asyncio.create_task(server.stop()))

        return await probe_server(
            url, TALK, params={"room": "7"}, settings=QUICK, on_progress=on_progress
        )

    report = asyncio.run(probing())
    assert "PRB-108" in [one.rule.id for one in report.findings]


def test_no_secret_is_in_a_report(tmp_path: Path) -> None:
    api = replace(API, auth=AuthStrategy.api_key(header="X-Api-Key"))
    endpoint = api.endpoint("Talk")
    with MockServer(endpoint, strict=False) as server:
        report = probed(server, endpoint, credentials=Credentials("a-secret-of-mine"))
    assert report.findings
    told = [as_text(report), as_json(report), *(one.script + repr(one) for one in report.findings)]
    assert not any("a-secret-of-mine" in one for one in told)


@pytest.mark.skipif(sys.platform == "win32", reason="loops take no signals there")
def test_ctrl_c_ends_the_command_with_130_and_a_report(chat: str) -> None:
    from schematic_engine.cli.resolve import resolve_endpoint

    server, came = MockServer(resolve_endpoint(chat), strict=False), threading.Event()

    @server.on("Say")
    def answer(call: Call, message: Message) -> Any:
        came.set()
        yield "Echo", {"text": "x"}

    with server:
        command = [sys.executable, "-m", "schematic_engine.cli", "probe", server.url, "-e", chat]
        command += ["--param", "room=7", "--rate", "20", "--format", "json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as probing:
            assert came.wait(30)
            probing.send_signal(signal.SIGINT)
            told, complaints = probing.communicate(timeout=30)
    assert probing.returncode == 130, complaints
    assert json.loads(told)["stopped"] is True


@pytest.mark.parametrize("url", ["ftp://localhost", "ws://", "nonsense", "http://127.0.0.1:1"])
def test_what_is_no_url_of_a_websocket_is_called_so(chat: str, url: str) -> None:
    done = run("probe", url, "-e", chat)
    assert done.exit_code == 2
    assert "no URL of a WebSocket" in done.output


def test_the_help_fits_into_80_columns() -> None:
    done = run("probe", "--help")
    assert max(map(len, done.output.splitlines())) <= 80


def test_a_client_that_is_no_program_is_refused(chat: str) -> None:
    done = run("probe", "ws://127.0.0.1:0", "-e", chat, "--role", "client", "--", "/no/such/prog")
    assert done.exit_code == 2
    assert "no such program" in done.output
    assert "/no/such/prog" in done.output


def test_the_end_of_what_a_client_complains_about_is_shown_where_it_never_connects(
    chat: str,
) -> None:
    program = "import sys; sys.exit('x' * 99_999 + ' no module named chat')"
    client = ["--role", "client", "--", sys.executable, "-c", program]
    done = run("probe", "ws://127.0.0.1:0", "-e", chat, "--param", "room=7", *client)
    assert done.exit_code == 2
    assert "it stopped with 1: " in done.output
    assert "no module named chat" in done.output
    assert len(done.output) < 3000


def test_a_parameter_that_is_no_pair_is_refused(chat: str) -> None:
    done = run("probe", "ws://127.0.0.1:1", "-e", chat, "--param", "room")
    assert done.exit_code == 2
    assert "NAME=VALUE" in done.output
