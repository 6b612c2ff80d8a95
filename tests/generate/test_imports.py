"""Imports are written once, sorted, and under names that are free."""

from __future__ import annotations

from schematic.generate.imports import Imports
from schematic.generate.layout import formatted
from schematic.generate.names import Names


def test_imports_are_sorted_as_ruff_sorts_them() -> None:
    imports = Imports(Names())
    for module, name in (
        ("typing", "Any"),
        ("msgspec", "UNSET"),
        ("msgspec", "Struct"),
        ("msgspec", "field"),
        ("schematic_engine.events", "Event"),
        ("collections.abc", "Iterator"),
        ("msgspec", "Struct"),
    ):
        assert imports.name(module, name) == name
    assert imports.module("asyncio") == "asyncio"
    assert imports.module("os.path") == "path"
    assert imports.name("typing", "NoReturn", typing_only=True) == "NoReturn"
    assert imports.name("types", "TracebackType", typing_only=True) == "TracebackType"
    assert imports.name("httpx", "Client", typing_only=True) == "Client"
    assert imports.name("msgspec", "UNSET", typing_only=True) == "UNSET"
    written = imports.render()
    assert written == (
        "from __future__ import annotations\n\n"
        "import asyncio\n"
        "from collections.abc import Iterator\n"
        "from os import path\n"
        "from typing import TYPE_CHECKING, Any\n\n"
        "from msgspec import UNSET, Struct, field\n"
        "from schematic_engine.events import Event\n\n"
        "if TYPE_CHECKING:\n"
        "    from types import TracebackType\n"
        "    from typing import NoReturn\n\n"
        "    from httpx import Client\n"
    )
    assert formatted(written) == written


def test_a_name_that_is_taken_is_imported_as_another() -> None:
    names = Names(["Any"])
    names.new_class("Struct")
    imports = Imports(names)
    assert imports.name("msgspec", "Struct") == "Struct_2"
    assert imports.name("typing", "Any") == "Any_"
    assert "from msgspec import Struct as Struct_2\n" in imports.render()


def test_a_name_that_is_expected_stays_free_and_is_imported_only_if_used() -> None:
    names = Names()
    imports = Imports(names)
    imports.expect("msgspec", "Struct", "Meta")
    assert names.new_class("Struct") == "Struct2"
    assert imports.name("msgspec", "Struct") == "Struct"
    assert imports.render().endswith("\nfrom msgspec import Struct\n")


def test_a_module_without_imports_has_the_one_for_annotations() -> None:
    assert Imports(Names()).render() == "from __future__ import annotations\n"
