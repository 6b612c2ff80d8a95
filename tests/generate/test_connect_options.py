"""The generator knows by name what `connect` takes besides parameters: it cannot ask the engine."""

from __future__ import annotations

from schematic.generate.websocket.parameters import OPTIONS
from schematic_engine.client import ConnectOptions


def test_no_parameter_gets_the_name_of_an_option() -> None:
    assert set(OPTIONS) == set(ConnectOptions.__annotations__)
    assert len(OPTIONS) == len(set(OPTIONS))
