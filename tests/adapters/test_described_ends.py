"""What is described about close codes, as both clients tell it."""

from __future__ import annotations

import pytest

from schematic import CloseCode, Closing, ConnectionLifecycle, Side
from schematic_engine import asyncio, sync
from schematic_engine.errors import ConnectionClosed
from schematic_engine.mock import Close, MockServer
from support.lifecycles import bound, message
from support.loops import on_a_strict_loop

ENDPOINT = bound(
    ConnectionLifecycle(
        streaming_messages=[message("Say", Side.CLIENT)],
        closing=Closing(
            codes=[
                CloseCode(code=4000, meaning="time is up", normal=True),
                CloseCode(code=4001, meaning="no money left"),
            ]
        ),
    )
)
ENDS = [(4000, True), (4001, False), (1000, True), (1011, False)]


def closing_with(code: int) -> MockServer:
    server = MockServer(ENDPOINT)
    server.on("Say")(lambda call, event: [Close(code)])
    return server


@pytest.mark.parametrize(("code", "normal"), ENDS)
def test_the_sync_iteration_ends_quietly_with_a_normal_code_alone(code: int, normal: bool) -> None:
    with closing_with(code) as server, sync.connect(ENDPOINT, url=server.url) as connection:
        connection.send("Say")
        if normal:
            assert list(connection) == []
        else:
            with pytest.raises(ConnectionClosed):
                list(connection)


@pytest.mark.parametrize(("code", "normal"), ENDS)
@on_a_strict_loop
async def test_the_asyncio_iteration_ends_quietly_with_a_normal_code_alone(
    code: int, normal: bool
) -> None:
    async with (
        closing_with(code) as server,
        asyncio.connect(ENDPOINT, url=server.url) as connection,
    ):
        await connection.send("Say")
        if normal:
            assert [event async for event in connection] == []
        else:
            with pytest.raises(ConnectionClosed):
                _ = [event async for event in connection]


def test_the_error_says_what_the_code_means() -> None:
    with closing_with(4001) as server, sync.connect(ENDPOINT, url=server.url) as connection:
        connection.send("Say")
        with pytest.raises(ConnectionClosed, match=r"closed with code 4001 \(no money left\)"):
            connection.receive()
