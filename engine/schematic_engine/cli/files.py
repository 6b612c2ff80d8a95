"""APIs described in a file of the user's: ``file.py:name``."""

from __future__ import annotations

import sys
from hashlib import sha256
from importlib import invalidate_caches
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from itertools import chain, count
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypeVar, overload

from schematic.define import RestApi, WebSocketApi
from schematic_engine.cli.unusable import Absent, Blame, Unusable

__all__ = ["api_from_file", "made_api"]

A = TypeVar("A", WebSocketApi, RestApi)

_run: dict[str, tuple[ModuleType, bytes]] = {}
"""What was run here, by the name of its module, with the digest of its file as it was then."""

_neighbours: set[Path] = set()
"""The folders that were put on ``sys.path`` here."""


@overload
def api_from_file(file: Path, name: str | None) -> WebSocketApi: ...
@overload
def api_from_file(file: Path, name: str | None, kind: type[A]) -> A: ...
def api_from_file(file: Path, name: str | None, kind: type[Any] = WebSocketApi) -> Any:
    """The API called ``name`` in ``file``: one of this ``kind``, or a function that returns one.

    Without a name, the file must hold exactly one candidate. A file that is imported already, under
    whatever name, is not run again: a second copy of its types would be other types.

    Raises:
        Unusable: there is no such file or name, the file fails, or it is no API.
    """
    if not file.is_file():
        raise Unusable(f"There is no file {str(file)!r} (looked in {Path.cwd()}).")
    module = _imported(file.resolve()) or _load(file.resolve(), str(file))
    candidates = _candidates(module, kind)
    if name is None and len(candidates) == 1:
        name = candidates[0]
    listed = ", ".join(f"{file}:{one}" for one in candidates) or "none in this file"
    if name is None:
        raise Absent(f"Say which name in {file} is the API. Candidates: {listed}")
    if not hasattr(module, name):
        raise Unusable(f"There is no {name!r} in {file}. Candidates: {listed}")
    return made_api(getattr(module, name), f"{file}:{name}", file.resolve(), kind=kind)


@overload
def made_api(value: object, place: str, file: Path | None = None) -> WebSocketApi: ...
@overload
def made_api(value: object, place: str, file: Path | None = None, *, kind: type[A]) -> A: ...
def made_api(
    value: object, place: str, file: Path | None = None, *, kind: type[Any] = WebSocketApi
) -> Any:
    """``value``, or what it returns when called, as an API of this ``kind``.

    Raises:
        Unusable: it fails, or is none.
    """
    if callable(value):
        with Blame(place, file):
            value = value()
    if not isinstance(value, kind):
        raise Absent(f"{place} is of type {type(value).__name__}, not a {kind.__name__}.")
    return value


def _imported(file: Path) -> ModuleType | None:
    """The module that was made of this very file; best the one that somebody has imported."""
    found = {name: one for name, one in sys.modules.copy().items() if _is_made_of(one, file)}
    for name in sorted(found, key=lambda name: (name in _run, name == "__main__")):
        ran, digest = _run.get(name, (None, b""))
        # One that was run here is run again when its file has changed.
        if ran is not found[name] or digest == _digest(file):
            return found[name]
    return None


def _is_made_of(module: object, file: Path) -> bool:
    if not issubclass(type(module), ModuleType):  # others give themselves out for modules
        return False
    # Not by getattr, which loads a module that is lazy.
    place = object.__getattribute__(module, "__dict__").get("__file__")
    try:
        return isinstance(place, str) and Path(place).samefile(file)
    except (OSError, ValueError):
        return False


def _digest(file: Path) -> bytes:
    return sha256(file.read_bytes()).digest()


def _load(file: Path, place: str) -> ModuleType:
    name = _own_name(file) or _free_name(f"schematic_file_{file.stem}")
    spec = spec_from_file_location(name, file)
    if spec is None:
        raise Unusable(f"{place} cannot be imported.")
    module = module_from_spec(spec)
    # Postponed annotations are looked up in the module by its name.
    sys.modules[name] = module
    _run[name] = module, _digest(file)
    # Behind everything else, so that its neighbours can be imported and shadow nothing.
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
        _neighbours.add(file.parent)
    try:
        with Blame(place, file):
            # From its text: bytecode of a file that changed within a second may be kept as current.
            exec(compile(file.read_bytes(), file, "exec", dont_inherit=True), vars(module))
    except BaseException:
        sys.modules.pop(name, None)  # half of it is there, which is not to be found
        _run.pop(name, None)
        raise
    return module


def _own_name(file: Path) -> str | None:
    """The name by which others import this very file; None where that is not sure.

    Who imports it later gets this module then, and no second copy.
    """
    name = file.stem
    if not name.isidentifier() or name.startswith("__") or name in sys.modules:
        return None
    if file.parent in _neighbours:
        return None
    invalidate_caches()  # the file may be younger than what is known of its folder
    spec = find_spec(name)
    origin = None if spec is None or not spec.has_location else spec.origin
    return name if origin is not None and Path(origin).samefile(file) else None


def _free_name(wanted: str) -> str:
    """``wanted``, or with a number: two files of one name must not see each other's types."""
    numbered = (f"{wanted}_{number}" for number in count(2))
    return next(name for name in chain([wanted], numbered) if name not in sys.modules)


def _candidates(module: ModuleType, kind: type) -> list[str]:
    """The names of APIs, and of functions written in the file that may return one."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (
            isinstance(value, kind)
            or (
                isinstance(value, FunctionType)
                and value.__module__ == module.__name__
                and value.__code__.co_argcount == len(value.__defaults__ or ())
            )
        )
    ]
