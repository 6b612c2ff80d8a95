"""Generated source, run: the names that a module defines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from schematic.generate.imports import Imports
from schematic.generate.names import BUILTINS, Names
from schematic.generate.types import TypeSources

MODULE = "generated_for_a_test"


class Sources:
    """The parts of a module that holds types alone."""

    def __init__(self) -> None:
        self.names = Names(BUILTINS)
        self.imports = Imports(self.names)
        self.types = TypeSources(self.names, self.imports)

    def text(self) -> str:
        declared = self.types.declarations()
        return f'"""Generated."""\n\n{self.imports.render()}\n\n{declared}'


@contextmanager
def running(source: str) -> Iterator[ModuleType]:
    """The module of a source; while it is open, its annotations can be read."""
    module = sys.modules[MODULE] = ModuleType(MODULE)
    try:
        exec(compile(source, MODULE, "exec", dont_inherit=True), module.__dict__)
        yield module
    finally:
        del sys.modules[MODULE]
