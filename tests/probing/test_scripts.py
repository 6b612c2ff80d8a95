"""The scripts that show a fault: 1 while it is there, 0 where it is not, 2 where nobody is."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from probing.faulty import CORRECT, FAULTS, Fault
from probing.faulty.program import Client

from schematic import Side
from schematic_engine.conformance import Vantage, examine
from schematic_engine.endpoints import resolve
from schematic_engine.probing import ProbeFinding, ProbeSettings, probe_client, probe_server

QUICK = ProbeSettings(patience=0.3, examples=0, replays=1)
BY_NAME = {fault.name: fault for fault in FAULTS}
SERVERS = {one.endpoint.api.name: one for one in CORRECT if one.role is Side.SERVER}


async def shortest(fault: Fault) -> ProbeFinding:
    if fault.role is Side.CLIENT:
        report = await probe_client(fault.run, fault.endpoint, settings=QUICK)
    else:
        async with fault.serve() as url:
            report = await probe_server(url, fault.endpoint, settings=QUICK)
    return report.findings[0]


async def code_of(script: Path, *arguments: str) -> tuple[int | None, str]:
    run = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        str(script),
        *arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    told, _ = await run.communicate()
    return run.returncode, told.decode()


@pytest.mark.parametrize(
    "name",
    [
        "never-hangs-up",  # no end comes
        "goes-on-after-its-error",  # something comes
        "ends-in-an-error",  # another end comes
        "forgets-the-reply",  # something is missing
    ],
)
def test_a_script_tells_the_fault_from_its_absence_and_its_trace_is_judged(
    name: str, tmp_path: Path
) -> None:
    fault, script = BY_NAME[name], tmp_path / "script.py"
    path = fault.endpoint.endpoint.path
    correct = SERVERS[fault.endpoint.api.name]

    async def scenario() -> tuple[ProbeFinding, list[tuple[int | None, str]]]:
        finding = await shortest(fault)
        script.write_text(finding.script, encoding="utf-8")
        async with fault.serve() as wrong, correct.serve() as right:
            told = await asyncio.gather(*(code_of(script, url + path) for url in (wrong, right)))
        return finding, list(told)

    finding, told = asyncio.run(scenario())
    assert [code for code, _ in told] == [1, 0], told
    assert "the fault is there" in told[0][1]
    trace = examine(
        resolve(fault.endpoint),
        "trace.jsonl",
        finding.trace.encode().splitlines(keepends=True),
        vantage=Vantage.CLIENT,
    )
    assert trace.counts.messages == finding.length


def test_a_script_that_finds_nobody_says_so(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    finding = asyncio.run(shortest(BY_NAME["never-hangs-up"]))
    script.write_text(finding.script, encoding="utf-8")
    code, told = asyncio.run(code_of(script))
    assert (code, told) == (2, "cannot connect: ConnectionRefusedError\n")


def test_a_script_for_a_client_starts_it_and_tells_the_same(tmp_path: Path) -> None:
    fault, script = BY_NAME["hangs-up-after-goodbye"], tmp_path / "script.py"
    assert issubclass(fault.program, Client)
    program = tmp_path / "client.py"
    program.write_text(
        "import asyncio, sys\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from probing.faulty import CORRECT, FAULTS\n"
        "known = {one.name: one for one in (*CORRECT, *FAULTS)}\n"
        "asyncio.run(known[sys.argv[1]].run(sys.argv[2]))\n",
        encoding="utf-8",
    )

    async def scenario() -> list[int | None]:
        script.write_text((await shortest(fault)).script, encoding="utf-8")
        url = "ws://127.0.0.1:0/feed"
        told = await asyncio.gather(
            *(
                code_of(script, url, sys.executable, str(program), name, "{url}")
                for name in (fault.name, "feed-client")
            )
        )
        return [code for code, _ in told]

    assert asyncio.run(scenario()) == [1, 0]
