"""The imports of a generated module: written as they are used, so that none is unused."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable

from schematic.generate.names import Names

__all__ = ["Imports"]


class Imports:
    """What a module imports, and under which names.

    Each name is imported once. It is called what it is called where it comes from, unless that is
    taken in the module; then it is imported ``as`` another name.

    Args:
        names: the names of the module, in which imported names are entered too.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._local: dict[tuple[str, str], str] = {}
        self._used: dict[tuple[str, str], bool] = {}

    def expect(self, module: str, *wanted: str) -> None:
        """Keep the names of ``wanted`` free, which may be imported later from ``module``."""
        for name in wanted:
            self._local_name(module, name)

    def name(self, module: str, name: str, *, typing_only: bool = False) -> str:
        """Import ``name`` from ``module``, and return what it is called here.

        Args:
            module: its full name, such as ``collections.abc``.
            name: what it defines.
            typing_only: only type checkers need it. It is imported under ``if TYPE_CHECKING:``,
                unless it is also asked for without this.
        """
        self._note((module, name), typing_only)
        return self._local_name(module, name)

    def module(self, module: str, *, typing_only: bool = False) -> str:
        """Import the whole of ``module``, and return what it is called here.

        A submodule is bound by its last name: ``xml.sax`` as ``sax``.
        """
        package, _, last = module.rpartition(".")
        if package:
            return self.name(package, last, typing_only=typing_only)
        self._note(("", module), typing_only)
        return self._local_name("", module)

    def render(self) -> str:
        """All imports, sorted as isort and ruff sort them, without an empty line at the end.

        ``from __future__ import annotations`` comes first, always. What only type checkers need
        comes last, in its ``if TYPE_CHECKING:``.
        """
        if any(self._used.values()):
            self.name("typing", "TYPE_CHECKING")
        parts = ["from __future__ import annotations\n"]
        parts += _sections(self._lines(typing_only=False))
        late = self._lines(typing_only=True)
        if late:
            inner = "\n".join(_sections(late)).splitlines()
            lines = "".join(f"    {line}\n" if line else "\n" for line in inner)
            parts.append(f"if {self._local['typing', 'TYPE_CHECKING']}:\n{lines}")
        return "\n".join(parts)

    def _note(self, key: tuple[str, str], typing_only: bool) -> None:
        self._used[key] = typing_only and self._used.get(key, True)

    def _local_name(self, module: str, name: str) -> str:
        key = (module, name)
        if key not in self._local:
            self._local[key] = self._names.new(name)
        return self._local[key]

    def _lines(self, *, typing_only: bool) -> list[tuple[str, str]]:
        """Pairs of a module and the line that imports from it, in order."""
        members: dict[str, list[str]] = defaultdict(list)
        lines: list[tuple[str, str]] = []
        for (module, name), late in self._used.items():
            if late is not typing_only:
                continue
            local = self._local[module, name]
            said = name if local == name else f"{name} as {local}"
            if module:
                members[module].append(said)
            else:
                lines.append((name, f"import {said}"))
        lines.sort()
        lines += [
            (module, f"from {module} import {', '.join(sorted(names, key=_rank))}")
            for module, names in sorted(members.items())
        ]
        return lines


def _sections(lines: Iterable[tuple[str, str]]) -> list[str]:
    """The lines of the standard library, and those of all else."""
    own: list[str] = []
    others: list[str] = []
    for module, line in lines:
        standard = module.partition(".")[0] in sys.stdlib_module_names
        (own if standard else others).append(f"{line}\n")
    return ["".join(section) for section in (own, others) if section]


def _rank(said: str) -> tuple[int, str]:
    """Constants before classes before functions, as isort has it."""
    name = said.partition(" ")[0]
    if len(name) > 1 and name.isupper():
        return (0, said)
    return (1 if name[:1].isupper() else 2, said)
