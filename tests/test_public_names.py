"""Every module says what is public in `__all__`, and means it."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

import schematic
import schematic_definitions
import schematic_engine

ROOTS = (schematic, schematic_engine, schematic_definitions)
PROGRAM = "schematic_engine.cli"


def module_names() -> Iterator[str]:
    for root in ROOTS:
        yield root.__name__
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            if not any(part.startswith("_") for part in found.name.split(".")):
                yield found.name


MODULES = sorted(module_names())


def is_defined_in(module: ModuleType, value: object) -> bool:
    """Whether ``value`` is a class or a function that was written in ``module``."""
    return getattr(value, "__module__", None) == module.__name__ and callable(value)


@pytest.fixture(params=MODULES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(request.param)


def test_every_module_says_what_is_public(module: ModuleType) -> None:
    if module not in ROOTS:
        assert hasattr(module, "__all__"), f"{module.__name__} has no __all__"


def test_every_listed_name_exists_and_is_listed_once(module: ModuleType) -> None:
    listed: list[str] = list(getattr(module, "__all__", []))
    assert [name for name in listed if not hasattr(module, name)] == []
    assert len(set(listed)) == len(listed)
    assert [name for name in listed if name.startswith("_")] == []


def test_every_class_and_function_without_underscore_is_listed(module: ModuleType) -> None:
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and is_defined_in(module, value)
    }
    assert public - set(getattr(module, "__all__", [])) == set()


def test_a_facade_offers_nothing_public_that_it_does_not_list(module: ModuleType) -> None:
    """What a façade imports it imports to offer it; only submodules come along unlisted.

    The command line is a program: its packages do things themselves.
    """
    listed: list[str] = list(getattr(module, "__all__", []))
    if not hasattr(module, "__path__") or not listed or module.__name__.startswith(PROGRAM):
        return
    offered = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert offered - {"annotations", "TYPE_CHECKING", "lazily"} - set(listed) == set()


def test_every_public_class_and_function_has_a_docstring(module: ModuleType) -> None:
    listed = [getattr(module, name) for name in getattr(module, "__all__", [])]
    own = [value for value in listed if is_defined_in(module, value)]
    assert [value.__qualname__ for value in own if not value.__doc__] == []


@pytest.mark.parametrize("root", [root.__name__ for root in ROOTS[:2]])
def test_importing_a_package_does_not_import_the_chart_library(root: str) -> None:
    script = f"import {root}, sys; sys.exit('statemachine' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert done.returncode == 0
