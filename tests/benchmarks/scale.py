"""Many connections in one process: what an idle one keeps in memory, and many streams at once.

Each figure comes from a process of its own: how much its resident memory grows while it opens
connections, divided by their number. The kernel's own buffers are not in it.

    python -m benchmarks.scale HOLDER COUNT [URL]      bytes
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import websockets.asyncio.client
from benchmarks.ends import speech_ends
from benchmarks.extras import have
from benchmarks.measure import Run
from benchmarks.raw_server import HEADER, environment
from benchmarks.receiving import open_websockets, open_wsproto

import schematic_engine.asyncio
from schematic_definitions.elevenlabs import SendText, elevenlabs
from schematic_engine.events import Message
from schematic_engine.mock import MockServer

__all__ = ["OURS", "adapters", "cores", "streams"]

OURS = "schematic"
_WARM = 10
_AT_ONCE = 100
_ENDPOINT = elevenlabs().endpoint("StreamTextToSpeech")
_HEADERS = [(HEADER, "hold")]
_PARAMS = {"voice_id": "v"}


def cores(count: int) -> dict[str, Run]:
    """The core objects of that many open clients, without sockets."""
    return {
        OURS: lambda: _grown("core", count),
        "schematic, as a server": lambda: _grown("server", count),
        "websockets sans-IO": lambda: _grown("websockets-core", count),
        "wsproto": lambda: _grown("wsproto", count),
    }


def adapters(url: str, count: int) -> dict[str, Run]:
    """That many open clients in an event loop, with their sockets and buffers."""
    clients = {OURS: "asyncio", "websockets": "websockets"}
    if have("aiohttp"):
        clients["aiohttp"] = "aiohttp"

    def run_of(holder: str) -> Run:
        return lambda: _grown(holder, count, url)

    return {name: run_of(holder) for name, holder in clients.items()}


def streams(count: int) -> dict[str, Run]:
    """That many conversations at once through the mock server, and how they ended."""
    failed: list[int] = []

    def finished() -> float:
        failed.append(_talk(count))
        return count - failed[-1]

    return {"finished": finished, "failed": lambda: failed[-1]}


def _talk(count: int) -> int:
    """Speaks with the mock server in another process; how many conversations failed."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.scale", "mock", "0"],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        env=environment(),
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        url = server.stdout.readline().decode().strip()
        try:
            return asyncio.run(_conversations(url, count))
        finally:
            server.stdin.close()


async def _conversations(url: str, count: int) -> int:
    """All are open before the first goes on."""
    opened = 0
    all_open = asyncio.Event()
    opening = asyncio.Semaphore(_AT_ONCE)

    async def converse() -> bool:
        nonlocal opened
        async with AsyncExitStack() as stack:
            async with opening:
                connection = await stack.enter_async_context(
                    schematic_engine.asyncio.connect(
                        _ENDPOINT, url=url, params=_PARAMS, auth="k", compression=False
                    )
                )
                await connection.send("InitializeConnection")
            opened += 1
            if opened == count:
                all_open.set()
            await all_open.wait()
            for _ in range(3):
                await connection.send(SendText("Hello there, how are you? "))
            await connection.send("CloseConnection")
            heard = [event async for event in connection]
            return len(heard) >= 2 and all(isinstance(event, Message) for event in heard)

    ended = await asyncio.gather(*(converse() for _ in range(count)), return_exceptions=True)
    return sum(result is not True for result in ended)


def _grown(holder: str, count: int, url: str = "") -> float:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale", holder, str(count), url],
        stdout=subprocess.PIPE,
        env=environment(),
        check=True,
    )
    return float(done.stdout)


# ------------------------------------------------------------------------ in a process of its own


def _hold(make: Callable[[], object], count: int) -> int:
    held = [make() for _ in range(_WARM)]
    before = _resident()
    held += [make() for _ in range(count)]
    return _resident() - before


async def _hold_open(connect: Callable[[AsyncExitStack], Awaitable[object]], count: int) -> int:
    async with AsyncExitStack() as stack:
        for _ in range(_WARM):
            await connect(stack)
        before = _resident()
        for _ in range(count):
            await connect(stack)
        return _resident() - before


def _resident() -> int:
    """Bytes of this process in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


async def _ours(stack: AsyncExitStack, url: str) -> object:
    connection = await stack.enter_async_context(
        schematic_engine.asyncio.connect(
            _ENDPOINT, url=url, params=_PARAMS, auth="k", headers=_HEADERS, compression=False
        )
    )
    await connection.send("InitializeConnection")
    return connection


async def _websockets(stack: AsyncExitStack, url: str) -> object:
    connection = await stack.enter_async_context(
        websockets.asyncio.client.connect(url, additional_headers=_HEADERS, compression=None)
    )
    await connection.send("{}")
    return connection


async def _aiohttp_clients(url: str, count: int) -> int:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def connect(stack: AsyncExitStack) -> object:
            connection = await stack.enter_async_context(session.ws_connect(url, headers=_HEADERS))
            await connection.send_str("{}")
            return connection

        return await _hold_open(connect, count)


def _main(holder: str, count: int, url: str = "") -> None:
    simple: dict[str, Callable[[], object]] = {
        "core": lambda: speech_ends()[0],
        "server": lambda: speech_ends()[1],
        "websockets-core": open_websockets,
        "wsproto": open_wsproto,
    }
    if holder == "mock":
        with MockServer(_ENDPOINT) as server:
            print(server.url, flush=True)
            sys.stdin.read()
    elif holder in simple:
        print(_hold(simple[holder], count))
    elif holder == "aiohttp":
        print(asyncio.run(_aiohttp_clients(url, count)))
    else:
        connect = _ours if holder == "asyncio" else _websockets
        print(asyncio.run(_hold_open(lambda stack: connect(stack, url), count)))
    sys.stdout.flush()
    os._exit(0)  # without closing thousands of connections one by one


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
