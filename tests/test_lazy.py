from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import get_type_hints

import pytest

import schematic
import schematic.compile
import schematic.define
from schematic_engine import events

FACADES = (schematic, schematic.define, schematic.compile)


def told_to_type_checkers(facade: ModuleType) -> Iterator[tuple[str, str]]:
    """What ``facade`` imports for type checkers alone, as module and name."""
    for node in ast.parse(inspect.getsource(facade)).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for line in node.body:
                assert isinstance(line, ast.ImportFrom)
                yield from ((str(line.module), alias.name) for alias in line.names)


def loaded_by(program: str) -> set[str]:
    """The modules that a fresh interpreter has after ``program``."""
    script = f"{program}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    return set(done.stdout.split())


@pytest.fixture(params=FACADES, ids=lambda facade: facade.__name__)
def facade(request: pytest.FixtureRequest) -> ModuleType:
    module: ModuleType = request.param
    return module


def test_type_checkers_are_told_what_is_there(facade: ModuleType) -> None:
    told = list(told_to_type_checkers(facade))
    assert sorted(name for _, name in told) == sorted(facade.__all__)
    for home, name in told:
        assert getattr(facade, name) is getattr(importlib.import_module(home), name)


def test_no_name_is_that_of_a_module_within(facade: ModuleType) -> None:
    """Importing the module would put it where the name was."""
    within = {found.name for found in pkgutil.iter_modules(facade.__path__)}
    assert within & set(facade.__all__) == set()


def test_a_facade_lists_all_its_names_before_they_are_imported(facade: ModuleType) -> None:
    script = f"import {facade.__name__} as facade; print(*dir(facade))"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    assert set(facade.__all__) <= set(done.stdout.split())


def test_a_star_brings_all_names(facade: ModuleType) -> None:
    names: dict[str, object] = {}
    exec(f"from {facade.__name__} import *", names)
    assert set(facade.__all__) <= set(names)


def test_a_name_that_nobody_offers_is_an_attribute_error(facade: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"'{facade.__name__}' has no attribute 'Shema'"):
        getattr(facade, "Shema")  # noqa: B009  # type checkers know that it is not there
    with pytest.raises(ImportError, match="Shema"):
        exec(f"from {facade.__name__} import Shema")


def test_the_errors_of_descriptions_load_nothing_else() -> None:
    loaded = loaded_by("import schematic.define.errors")
    assert {name for name in loaded if name.startswith("schematic")} == {
        "schematic",
        "schematic.define",
        "schematic.define.errors",
        "schematic.lazy",
    }


def test_describing_requests_loads_nothing_of_conversations() -> None:
    loaded = loaded_by("from schematic import Endpoint, RestApi, RestMethod, Schema")
    for name in ("websocket", "lifecycle", "messages", "opening", "closing", "breaches", "timers"):
        assert f"schematic.define.{name}" not in loaded


def test_what_the_engine_tells_can_be_imported_without_the_engine() -> None:
    loaded = loaded_by("import schematic_engine.events")
    heavy = {"schematic.compile", "schematic.define.messages", "schematic_engine.session"}
    assert loaded & {*heavy, "schematic_engine.wire"} == set()


def test_what_the_engine_tells_can_be_asked_for_its_types() -> None:
    """As `help` does, and editors."""
    for name in events.__all__:
        value = getattr(events, name)
        if isinstance(value, type):
            assert get_type_hints(value)


@pytest.mark.parametrize("client", ["elevenlabs_ws", "openai_ws", "graphql_transport_ws_client"])
def test_a_generated_client_loads_nothing_that_connects(client: str) -> None:
    loaded = loaded_by(f"import schematic_definitions.{client}")
    assert f"schematic_definitions.{client}" in loaded
    assert loaded & {"schematic.compile", "schematic_engine.connection"} == set()
    assert loaded & {"asyncio", "h11", "statemachine", "wsproto"} == set()
