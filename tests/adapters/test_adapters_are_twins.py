"""The asyncio and the sync adapter have the same names, with the same parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

import schematic_engine.asyncio as on_a_loop
import schematic_engine.sync as blocking

ONLY_ON_A_LOOP = {
    # The sync adapter has clients only: a server in blocking calls needs a thread for each client.
    "BaseConnection",
    "Handler",
    "Server",
    "ServerConnection",
    "serve",
    # A blocking connect() has no two forms to unite.
    "Opening",
}
ONLY_IN_THREADS = {"background"}  # a loop always runs in the background of its tasks
TWINS = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": None,  # a blocking __iter__ is a generator
}


def methods(cls: type) -> set[str]:
    named = {name for name in dir(cls) if not name.startswith("_")}
    return named | {name for name in TWINS if hasattr(cls, name)}


def parameters(function: Callable[..., Any]) -> list[tuple[str, object, object]]:
    signature = inspect.signature(function)
    return [(one.name, one.kind, one.default) for one in signature.parameters.values()]


def test_the_public_names_are_the_same() -> None:
    assert set(on_a_loop.__all__) - ONLY_ON_A_LOOP == set(blocking.__all__)
    assert set(on_a_loop.__all__) >= ONLY_ON_A_LOOP


def test_connections_have_the_same_methods_and_properties() -> None:
    expected = {TWINS.get(name, name) for name in methods(on_a_loop.ClientConnection)} - {None}
    actual = {name for name in dir(blocking.ClientConnection) if not name.startswith("_")}
    actual |= {name for name in TWINS.values() if name and hasattr(blocking.ClientConnection, name)}
    assert actual == expected


def test_connect_takes_the_same_arguments() -> None:
    ours, theirs = parameters(on_a_loop.connect), parameters(blocking.connect)
    assert [one for one in theirs if one[0] not in ONLY_IN_THREADS] == ours
    assert {one[0] for one in theirs} >= ONLY_IN_THREADS


@pytest.mark.parametrize(
    "name", ["send", "receive", "close", "ping", "ping_and_wait", "allowed", "expected"]
)
def test_methods_take_the_same_arguments(name: str) -> None:
    ours = getattr(on_a_loop.ClientConnection, name)
    theirs = getattr(blocking.ClientConnection, name)
    assert parameters(ours) == parameters(theirs)
