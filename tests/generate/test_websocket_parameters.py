"""The parameters of generated clients."""

from __future__ import annotations

from typing import Any

import pytest

from schematic import ConnectionLifecycle, ConnectionParam, ParamType, WebSocketApi
from schematic.define import WebSocketEndpoint
from schematic.generate.websocket import websocket_client


@pytest.mark.parametrize(
    ("kind", "choices", "annotation"),
    [
        (ParamType.INTEGER, [1, -2], "speed: Literal[1, -2]"),
        (ParamType.INTEGER, [2**63], "speed: int"),
        (ParamType.FLOAT, [0.5, 1.5], "speed: float"),
        (ParamType.STRING, ["slow", "fast"], 'speed: Literal["slow", "fast"]'),
    ],
)
def test_choices_are_literals_where_a_literal_can_hold_them(
    kind: ParamType, choices: list[Any], annotation: str
) -> None:
    param = ConnectionParam(name="speed", param_type=kind, choices=choices)
    endpoint = WebSocketEndpoint(
        id="One", path="/", connection_params=[param], lifecycle=ConnectionLifecycle()
    )
    api = WebSocketApi(name="One", base_url="ws://127.0.0.1", endpoints=[endpoint])
    assert f"    {annotation}\n" in websocket_client(api.endpoint("One"))
