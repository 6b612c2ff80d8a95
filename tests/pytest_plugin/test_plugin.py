"""The plugin does no harm: it loads nothing before it is used, and works with what else runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from schematic_engine import asyncio as aio
from schematic_engine.pytest_plugin import mock
from support.plugged import BEGIN, INI, PLUGIN, outcomes, run

pytest_plugins = "pytester"

LOADED = (aio, mock)  # before pytester takes note of what is loaded, so that it stays

ASYNC = """
from schematic_engine.asyncio import connect as aconnect

async def talk(mock):
    async with aconnect(LIVE, params={"room": "7"}, url=mock.url) as connection:
        await connection.send(Start())
        await connection.send(Stop())
        return [event.id async for event in connection]
"""


def test_loading_it_loads_nothing_of_the_engine() -> None:
    script = (
        "import sys, pytest; before = set(sys.modules)\n"
        f"import {PLUGIN}\n"
        "print(*set(sys.modules) - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == [PLUGIN]


def test_a_run_that_uses_no_fixture_of_it_loads_nothing(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
        import sys

        def test_it():
            assert not {"msgspec", "schematic", "schematic_engine"} & set(sys.modules)
        """
    )
    result = pytester.runpytest_subprocess("-p", PLUGIN, "-p", "no:cacheprovider")
    assert outcomes(result)["passed"] == 1


def test_asyncio_tests_in_strict_mode(pytester: pytest.Pytester) -> None:
    test = """
@pytest.mark.asyncio
async def test_right(schematic_mock):
    assert "Done" in await talk(schematic_mock(LIVE))

@pytest.mark.asyncio
async def test_wrong(schematic_mock):
    await talk(schematic_mock(Playbook(LIVE, client.says("Start"))))
"""
    assert outcomes(run(pytester, ASYNC + test, "--asyncio-mode=strict")) == {
        "passed": 1,
        "failed": 1,
    }


def test_asyncio_tests_in_auto_mode(pytester: pytest.Pytester) -> None:
    test = """
async def test_right(schematic_mock):
    assert "Done" in await talk(schematic_mock(LIVE))
"""
    assert outcomes(run(pytester, ASYNC + test, "--asyncio-mode=auto")) == {"passed": 1}


def test_tests_of_anyio_on_trio_and_asyncio(pytester: pytest.Pytester) -> None:
    test = """
import anyio

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.parametrize("breach", [False, True])
async def test_it(schematic_mock, anyio_backend, breach):
    mock = schematic_mock(LIVE)
    said = [STOP] if breach else [START, STOP]
    await anyio.to_thread.run_sync(lambda: raw(mock, *said))
"""
    assert outcomes(run(pytester, test)) == {"passed": 2, "failed": 2}


def test_tests_in_several_processes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    test = """
@pytest.mark.parametrize("said", [[START, STOP], [STOP]])
def test_it(schematic_mock, said):
    raw(schematic_mock(LIVE), *said)
"""
    pytester.makepyfile(BEGIN + test)
    result = pytester.runpytest_inprocess("-p", PLUGIN, "-p", "xdist", "-n", "1")
    assert outcomes(result) == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["*error?SCH-101?: Stop from the client*"])


def test_a_breach_that_is_known_may_be_marked_as_an_expected_failure(
    pytester: pytest.Pytester,
) -> None:
    test = """
@pytest.mark.xfail(strict=True)
def test_it(schematic_mock):
    raw(schematic_mock(LIVE), STOP)
"""
    assert outcomes(run(pytester, test)) == {"xfailed": 1}


def test_classes_of_unittest_and_skipped_tests(pytester: pytest.Pytester) -> None:
    test = """
import unittest

class TestIt(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def mocked(self, schematic_mock):
        self.mock = schematic_mock(LIVE)

    def test_right(self):
        raw(self.mock, START, STOP)

    def test_wrong(self):
        raw(self.mock, STOP)

@pytest.mark.skip
def test_skipped(schematic_mock):
    pass

def test_skips(schematic_mock):
    schematic_mock(LIVE)
    pytest.skip("later")
"""
    assert outcomes(run(pytester, test)) == {"passed": 1, "failed": 1, "skipped": 2}


def test_colours_are_for_terminals_alone(pytester: pytest.Pytester) -> None:
    test = """
def test_it(schematic_mock):
    raw(schematic_mock(Playbook(LIVE, client.says("Start"))), START, STOP)
"""
    plain = run(pytester, test).stdout.str()
    coloured = run(pytester, test, "--color=yes").stdout.str()
    written = run(pytester, test, "--color=yes", "--junitxml=out.xml").stdout.str()
    assert "\x1b" not in plain
    assert "\x1b[32m+   client Stop" in coloured
    assert "\x1b[32m+   client Stop" not in written
    assert "#x1B" not in (pytester.path / "out.xml").read_text()


def test_it_can_be_left_out(pytester: pytest.Pytester) -> None:
    pytester.makefile(".ini", pytest=INI)
    pytester.makepyfile("def test_it(schematic_mock):\n    pass\n")
    result = pytester.runpytest_inprocess("-p", "no:schematic", "-p", "no:cacheprovider")
    assert outcomes(result) == {"errors": 1}
    result.stdout.fnmatch_lines(["*fixture 'schematic_mock' not found*"])
