"""Façades whose names are imported when they are asked for (PEP 562).

Packages such as `schematic.define` offer much more than most programs use. So that importing one
module behind them does not import all the others, a façade says where each name lives::

    if TYPE_CHECKING:
        from package.rooms import Room
    else:
        __getattr__, __dir__ = lazily(__name__, {"package.rooms": ["Room"]})

    __all__ = ["Room"]

Type checkers read the imports, and know each name and refuse all others, as they should.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["lazily"]


def lazily(
    facade: str, homes: Mapping[str, Iterable[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and the ``__dir__`` of a module that offers names of others.

    A name is imported when it is first asked for, and stays in the façade from then on. One that
    nobody offers raises AttributeError there, as everywhere.

    Args:
        facade: the module's ``__name__``.
        homes: module names, and the names that live there.
    """
    home_of = {name: home for home, names in homes.items() for name in names}

    def get(name: str) -> Any:
        home = home_of.get(name)
        if home is None:
            raise AttributeError(f"module {facade!r} has no attribute {name!r}")
        value = getattr(import_module(home), name)
        setattr(sys.modules[facade], name, value)
        return value

    def offered() -> list[str]:
        return sorted({*vars(sys.modules[facade]), *home_of})

    return get, offered
