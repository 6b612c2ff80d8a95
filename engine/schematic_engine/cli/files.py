"""APIs described in a file of the user's: ``file.py:name``."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FunctionType, ModuleType

from schematic.define import WebSocketApi
from schematic_engine.cli.unusable import Blame, Unusable

__all__ = ["api_from_file", "made_api"]


def api_from_file(file: Path, name: str | None) -> WebSocketApi:
    """The API called ``name`` in ``file``: a `WebSocketApi`, or a function that returns one.

    Without a name, the file must hold exactly one candidate.

    Raises:
        Unusable: there is no such file or name, the file fails, or it is no API.
    """
    if not file.is_file():
        raise Unusable(f"There is no file {str(file)!r} (looked in {Path.cwd()}).")
    module = _run(file.resolve(), str(file))
    candidates = _candidates(module)
    if name is None and len(candidates) == 1:
        name = candidates[0]
    listed = ", ".join(f"{file}:{one}" for one in candidates) or "none in this file"
    if name is None:
        raise Unusable(f"Say which name in {file} is the API. Candidates: {listed}")
    if not hasattr(module, name):
        raise Unusable(f"There is no {name!r} in {file}. Candidates: {listed}")
    return made_api(getattr(module, name), f"{file}:{name}", file.resolve())


def made_api(value: object, place: str, file: Path | None = None) -> WebSocketApi:
    """``value``, or what it returns when called, as an API.

    Raises:
        Unusable: it fails, or is no `WebSocketApi`.
    """
    if callable(value):
        with Blame(place, file):
            value = value()
    if not isinstance(value, WebSocketApi):
        raise Unusable(f"{place} is of type {type(value).__name__}, not a WebSocketApi.")
    return value


def _run(file: Path, place: str) -> ModuleType:
    name = f"schematic_file_{file.stem}"
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise Unusable(f"{place} cannot be imported.")
    module = module_from_spec(spec)
    # Postponed annotations are looked up in the module by its name.
    sys.modules[name] = module
    # Behind everything else, so that its neighbours can be imported and shadow nothing.
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    with Blame(place, file):
        spec.loader.exec_module(module)
    return module


def _candidates(module: ModuleType) -> list[str]:
    """The names of APIs, and of functions written in the file that may return one."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (
            isinstance(value, WebSocketApi)
            or (
                isinstance(value, FunctionType)
                and value.__module__ == module.__name__
                and value.__code__.co_argcount == len(value.__defaults__ or ())
            )
        )
    ]
