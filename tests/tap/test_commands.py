"""``schematic proxy`` and ``schematic record``, run as programs."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
import websockets
from websockets.sync import client

from schematic_engine.cli.resolve import resolve_any
from schematic_engine.conformance import examine
from schematic_engine.mock import MockServer
from schematic_engine.tap.proxy import speaks_of
from support.commands import run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="interrupts are signals elsewhere")

API = """\
from msgspec import Struct
from schematic import (
    ConnectionLifecycle, MessageDirection, MessageSchema, Schema, WebSocketApi, WebSocketEndpoint,
)

class Hi(Struct, tag="hi"):
    password: str = ""

class Say(Struct, tag="say"):
    text: str = "x"

class Heard(Struct, tag="heard"):
    text: str = "x"

def message(body, direction=MessageDirection.CLIENT_TO_SERVER):
    return MessageSchema(id=body.__name__, direction=direction, schema=Schema(body))

api = WebSocketApi(
    name="Hall", base_url="ws://127.0.0.1:9", env_auth="HALL_KEY",
    endpoints=[WebSocketEndpoint(id="Talk", path="/talk", lifecycle=ConnectionLifecycle(
        initialize=message(Hi), streaming_messages=[message(Say)],
        server_messages=[message(Heard, MessageDirection.SERVER_TO_CLIENT)],
    ))],
)
"""

CLIENT = """\
import os, sys
from schematic_engine.sync import connect
from schematic_engine.policy import Policy
from hall import Hi, Say, api

assert sys.argv[1] == os.environ["SCHEMATIC_URL"]
with connect(api.endpoint("Talk"), url=sys.argv[1]) as connection:
    connection.send(Hi(password="hunter2"))
    connection.send(Say("to be or not, " + os.environ["HALL_KEY"]))
    connection.receive(30)
sys.exit(int(sys.argv[2]))
"""

WRONG = """\
import sys
from websockets.sync.client import connect

with connect(sys.argv[1] + "/talk") as connection:
    connection.send('{"type": "say", "text": "too early"}')
    connection.ping().wait(30)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hall.py").write_text(API, encoding="utf-8")
    (tmp_path / "client.py").write_text(CLIENT, encoding="utf-8")
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    return tmp_path


@contextmanager
def mocked(folder: Path) -> Iterator[MockServer]:
    with MockServer(resolve_any(f"{folder / 'hall.py'}:api"), strict=False) as server:
        yield server


def schematic(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "schematic_engine.cli", *arguments]


def environment(folder: Path) -> dict[str, str]:
    paths = os.pathsep.join([str(folder), *sys.path])
    return {**os.environ, "PYTHONPATH": paths, "HALL_KEY": "sk-hall-1234"}


def record(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``schematic record`` in front of a mock."""
    with mocked(folder) as server:
        options = ["--upstream", server.url, "-e", "hall.py:api"]
        return subprocess.run(
            schematic(folder, "record", *options, *arguments),
            cwd=folder,
            env=environment(folder),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def test_a_program_is_recorded_and_ends_with_its_own_exit_code(folder: Path) -> None:
    program = [sys.executable, "client.py", "{url}", "7"]
    done = record(folder, "-o", "trace.jsonl", "--", *program)
    assert done.returncode == 7, done.stderr
    assert "Hall/Talk: conforming; nothing found" in done.stderr
    written = (folder / "trace.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["kind"] for line in written.splitlines()][:4] == [
        "open",
        "accepted",
        "text",
        "text",
    ]
    assert "hunter2" not in written
    assert "sk-hall" not in written
    assert "to be or not, [redacted]" in written


def test_a_program_that_breaks_the_order_ends_with_1(folder: Path) -> None:
    done = record(folder, "--", sys.executable, "wrong.py", "{url}")
    assert done.returncode == 1
    assert "live:3: error[SCH-101]: Say from the client is illegal here" in done.stderr
    assert "Hall/Talk: not conforming; 1 error" in done.stderr


def test_a_program_that_cannot_be_started_and_one_that_connects_to_nothing(folder: Path) -> None:
    done = record(folder, "no-such-program")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot use no-such-program" in done.stderr
    done = record(folder, "sh", "-c", "kill -9 $$")
    assert done.returncode == 128 + 9
    assert "no WebSocket has passed" in done.stderr


CALM = """\
import sys
from websockets.sync.client import connect
from websockets.exceptions import WebSocketException

try:
    connect(sys.argv[1] + "/talk").close()
except (OSError, EOFError, AssertionError, WebSocketException) as error:
    print("never mind")
"""


def test_a_server_that_is_not_there_is_told_and_leaves_the_recording_as_it_was(
    folder: Path,
) -> None:
    (folder / "calm.py").write_text(CALM, encoding="utf-8")
    (folder / "trace.jsonl").write_text("a good recording\n", encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
        options = ["--upstream", f"ws://{place}", "-e", "hall.py:api", "-o", "trace.jsonl"]
        done = subprocess.run(
            schematic(folder, "record", *options, "--", sys.executable, "calm.py", "{url}"),
            cwd=folder,
            env=environment(folder),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stdout) == (2, "never mind\n")
    assert f"1 of 1 connections did not reach the server {place}: " in done.stderr
    assert (folder / "trace.jsonl").read_text(encoding="utf-8") == "a good recording\n"


def test_what_the_server_rejects_is_told(folder: Path) -> None:
    (folder / "calm.py").write_text(CALM.replace("/talk", "/nowhere"), encoding="utf-8")
    done = record(folder, "--", sys.executable, "calm.py", "{url}")
    assert "the server rejected 1 of 1 connections, last with status 404" in done.stderr


def test_a_program_that_connects_to_nothing_leaves_the_recording_as_it_was(folder: Path) -> None:
    (folder / "trace.jsonl").write_text("a good recording\n", encoding="utf-8")
    done = record(folder, "-o", "trace.jsonl", "--", sys.executable, "-c", "pass")
    assert done.returncode == 0
    assert (folder / "trace.jsonl").read_text(encoding="utf-8") == "a good recording\n"


@contextmanager
def proxied(
    folder: Path, server: MockServer, *arguments: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A running ``schematic proxy``, and the URL that it says it has."""
    command = schematic(folder, "proxy", "--upstream", server.url, *arguments)
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert line.startswith("Listening on "), line + process.stderr.read()
            yield line.split()[2], process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str], number: int = signal.SIGINT) -> tuple[str, str, int]:
    process.send_signal(number)
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = process.stdout.read(), process.stderr.read()  # what it says is short
    return out, err, process.wait(60)


def test_findings_are_shown_while_the_proxy_runs(folder: Path) -> None:
    options = ["-e", "hall.py:api", "-o", "trace.jsonl"]
    with mocked(folder) as server, proxied(folder, server, *options) as (url, process):
        assert process.stdout is not None
        subprocess.run([sys.executable, str(folder / "wrong.py"), url], check=True, timeout=60)
        first = process.stdout.readline()
        assert first.startswith("trace.jsonl:3: error[SCH-101]: Say from the client")
        out, err, code = ended(process)
    assert code == 1
    assert "> 3 | client -> Say" in out
    assert "Hall/Talk: not conforming; 1 error" in err
    speaks = speaks_of(resolve_any(f"{folder / 'hall.py'}:api"))
    with (folder / "trace.jsonl").open("rb") as lines:
        found = examine(speaks, "trace.jsonl", lines).findings
    assert [one.finding.rule.id for one in found] == ["SCH-101"]


def test_enforcing_with_tls_and_a_report_for_programs(folder: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    options = ["-e", "hall.py:api", "--cert", "both.pem", "--format", "json", "--enforce"]
    with mocked(folder) as server, proxied(folder, server, *options) as (url, process):
        assert url.startswith("wss://127.0.0.1:")
        with client.connect(f"{url}/talk", ssl=trusting) as connection:
            connection.send('{"type": "say", "text": "too early"}')
            with pytest.raises(websockets.ConnectionClosedError) as closed:
                connection.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        assert closed.value.rcvd.reason.startswith("SCH-101 illegal-order: Say from the client")
        out, _, code = ended(process, signal.SIGTERM)
        assert server.violations == []
    report = json.loads(out)
    assert report["schema"] == "schematic.check/1"
    assert code == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--listen", "0.0.0.0:80"], "other machines can reach that address"),
        (["--listen", "example.org:80"], "say --anywhere"),
        (["--listen", "somewhere"], "expected a port, HOST:PORT"),
        (["--listen", "127.0.0.1:65536"], "expected a port, HOST:PORT"),
        (["--listen", "wss://127.0.0.1:0"], "wss:// needs --certfile"),
        (["--append"], "--append goes with --output"),
        (["--ca", __file__], "--ca goes with an --upstream that begins with wss://"),
        (["--hide", "NO_SUCH_VARIABLE_HERE"], "there is no such environment variable"),
        (["-o", "/no/such/folder/trace.jsonl"], "cannot use /no/such/folder/trace.jsonl"),
        (["--listen", "203.0.113.1:0", "--anywhere"], "cannot use 203.0.113.1:0"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(arguments: list[str], problem: str) -> None:
    done = run("proxy", "--upstream", "ws://127.0.0.1:9", *arguments)
    assert done.exit_code == 2
    assert problem in done.output


def test_a_server_needs_a_url() -> None:
    for command in (["proxy"], ["record", "--", "true"]):
        done = run(command[0], "--upstream", "127.0.0.1:9", *command[1:])
        assert done.exit_code == 2
        assert "does not begin with wss:// or ws://" in done.output
