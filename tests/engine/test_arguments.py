"""Arguments of the wrong kind are refused by name, with what to pass instead."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

import schematic_engine.asyncio as on_a_loop
from schematic_engine import sync
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.retry import Attempts, Reconnect
from support.echo import TALK

KEY = Credentials("open sesame")

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"headers": "x: y"}, "headers: pass pairs of name and value, not one str"),
    ({"headers": 5}, "headers: pass pairs of name and value, not int"),
    ({"headers": ["x: y"]}, "headers: pass pairs of name and value, not str"),
    ({"headers": [("x", "y", "z")]}, "headers: pass pairs of name and value, not 3 things"),
    ({"headers": [(b"X", "y")]}, "headers: pass names as str, not bytes"),
    ({"headers": {"x": 1}}, "headers: pass the value of x as str, not int"),
    ({"subprotocols": "graphql"}, "subprotocols: pass a list of names, .*, not one str"),
    ({"subprotocols": [b"graphql"]}, "subprotocols: pass a list of names, .*, not bytes"),
    ({"subprotocols": 5}, "subprotocols: pass a list of names, .*, not int"),
    ({"url": 5}, "url: pass a str such as 'wss://host/path', not int"),
]
OF_ADAPTERS: list[tuple[dict[str, Any], str]] = [
    *WRONG,
    ({"auth": b"Hunter2"}, r"auth: pass the secret as a str, or Credentials\(...\), not bytes"),
    ({"auth": 5}, "auth: pass the secret as a str, .*, not int"),
    ({"ssl": True}, r"ssl: pass an ssl\.SSLContext, .*, not bool"),
    ({"reconnect": True}, r"reconnect: pass Reconnect\(...\), not bool"),
]


@pytest.mark.parametrize(("given", "problem"), WRONG)
def test_a_client_refuses_what_it_cannot_send(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(TypeError, match=problem):
        Connection.client(TALK, credentials=KEY, **given)


@pytest.mark.parametrize(("given", "problem"), OF_ADAPTERS)
def test_both_adapters_refuse_it_alike_and_do_not_repeat_secrets(
    given: dict[str, Any], problem: str
) -> None:
    async def connect() -> None:
        await on_a_loop.connect(TALK, **{"auth": KEY, **given})

    with pytest.raises(TypeError, match=problem) as caught:
        asyncio.run(connect())
    with pytest.raises(TypeError, match=problem):
        sync.connect(TALK, **{"auth": KEY, **given})
    assert "Hunter2" not in str(caught.value)


def test_headers_may_be_a_mapping() -> None:
    client = Connection.client(TALK, credentials=KEY, headers={"x-one": "1", "x-two": "2"})
    request = client.data_to_send()
    assert b"x-one: 1\r\nx-two: 2\r\n" in request.lower()


def test_a_subprotocol_is_offered_once() -> None:
    client = Connection.client(TALK, credentials=KEY, subprotocols=["a", "b", "a"])
    assert b"sec-websocket-protocol: a, b\r\n" in client.data_to_send().lower()


@pytest.mark.parametrize("wrong", [{"secret": b"Hunter2"}, {"secret": "x", "username": 5}])
def test_credentials_are_text(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"(secret|username): pass a str, not (bytes|int)"):
        Credentials(**wrong)


def test_attempts_want_a_policy() -> None:
    with pytest.raises(TypeError, match="reconnect: pass"):
        Attempts(True)  # type: ignore[arg-type]  # the point


def test_a_loop_of_connections_is_not_awaited_and_one_connection_is_no_loop() -> None:
    async def wrongly_awaited() -> None:
        await on_a_loop.connect(TALK, reconnect=Reconnect())  # type: ignore[misc]  # the point

    async def wrongly_looped() -> None:
        async for _ in on_a_loop.connect(TALK):  # type: ignore[attr-defined]  # the point
            pass

    with pytest.raises(TypeError, match="async for connection in"):
        asyncio.run(wrongly_awaited())
    with pytest.raises(TypeError, match=r"reconnect=Reconnect\(\)"):
        asyncio.run(wrongly_looped())


@pytest.mark.parametrize("cut", [1, 100])
def test_an_answer_that_is_not_http_is_said_at_once(cut: int) -> None:
    client = Connection.client(TALK, credentials=KEY)
    banner = b"SSH-2.0-x"
    (closed,) = [
        event
        for start in range(0, len(banner), cut)
        for event in client.receive_data(banner[start : start + cut])
    ]
    assert "not valid HTTP" in str(getattr(closed, "error", None))


def test_an_old_version_is_told_which_one_is_spoken() -> None:
    key = base64.b64encode(bytes(16)).decode()
    server = Connection.server()
    server.receive_data(
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 12\r\n\r\n".encode()
    )
    answer = server.data_to_send()
    assert answer.startswith(b"HTTP/1.1 426")
    assert answer.endswith(b"the client has to send Sec-WebSocket-Version: 13")
