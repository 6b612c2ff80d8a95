"""Runs of pytest with the plugin, whether it is installed by its entry point or not."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Final

import pytest

__all__ = ["BEGIN", "INI", "PLUGIN", "arguments", "environment", "outcomes", "run"]

PLUGIN: Final = "schematic_pytest"

INI: Final = """
[pytest]
asyncio_default_fixture_loop_scope = function
filterwarnings = error
addopts = -p no:cacheprovider --strict-markers --strict-config --color=no
"""

BEGIN: Final = """
import json
from contextlib import suppress
import pytest
from schematic_engine.conformance.examples import Caption, Done, Line, Start, Stop, captions
from schematic_engine.events import Message
from schematic_engine.playbook import Playbook, client, server
from schematic_engine.sync import connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as dial

LIVE = captions().endpoint("Live")
V1 = {"subprotocols": ["captions.v1"]}

def typed(mock, **options):
    return connect(LIVE, params={"room": "7"}, url=mock.url, **options)

def raw(mock, *said):
    with dial(mock.url + "/captions?room=7", **V1) as connection:
        for message in said:
            connection.send(message if isinstance(message, str) else json.dumps(message))
        with suppress(ConnectionClosed):
            for _ in connection:
                pass

START, STOP = {"type": "start"}, {"type": "stop"}
"""


def arguments() -> tuple[str, ...]:
    """What loads the plugin where it is not installed."""
    installed = any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))
    return () if installed else ("-p", PLUGIN)


def environment() -> dict[str, str]:
    """What loads it, and no other plugin, in a process of its own with no options but its own."""
    return {
        "PYTEST_ADDOPTS": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_PLUGINS": PLUGIN,
    }


def run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    """Run a test module, which begins with the names of `BEGIN`, in this process."""
    pytester.makefile(".ini", pytest=INI)
    pytester.makepyfile(BEGIN + source)
    return pytester.runpytest_inprocess(*arguments(), *options)


def outcomes(result: pytest.RunResult) -> dict[str, int]:
    """How many tests had which outcome."""
    return result.parseoutcomes()
