"""Two GraphQL servers that others wrote, serving the same small schema on loopback.

Each is a context manager that gives its base URL. They listen on a port of the system's choice
and are gone when it ends. The schema is the one in ``graphql_ws/server.mjs``:

* ``hello(name)`` and ``ticking(clock)`` are queries;
* ``count(to)`` counts at once and ends, ``ticks(clock)`` goes on until nobody wants it.

``/graphql`` waits long for ``connection_init``, ``/impatient/graphql`` does not.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from strawberry.asgi import GraphQL

from peers.node_packages import NODE, install

__all__ = ["graphql_ws_server", "strawberry_server"]


@contextmanager
def graphql_ws_server(folder: Path) -> Iterator[str]:
    """The npm package ``graphql-ws``, installed into ``folder``, in a process of its own."""
    install("graphql_ws", folder)
    with subprocess.Popen(
        [NODE, "server.mjs"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        try:
            yield f"ws://127.0.0.1:{json.loads(node.stdout.readline())['port']}"
            node.stdin.close()  # which ends it
            node.wait(10)
        finally:
            node.kill()


ticking: set[str] = set()


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str) -> str:
        return f"Hello, {name}."

    @strawberry.field
    def ticking(self, clock: str) -> bool:
        return clock in ticking


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int) -> AsyncGenerator[int, None]:
        for number in range(1, to + 1):
            yield number

    @strawberry.subscription
    async def ticks(self, clock: str) -> AsyncGenerator[int, None]:
        ticking.add(clock)
        number = 0
        try:
            while True:
                yield (number := number + 1)
                await asyncio.sleep(0.001)
        finally:
            ticking.discard(clock)


def application() -> Starlette:
    """The same endpoints on ``strawberry-graphql``."""
    schema = strawberry.Schema(Query, subscription=Subscription)
    patience = {"/graphql": timedelta(minutes=1), "/impatient/graphql": timedelta(seconds=0.05)}
    return Starlette(
        routes=[
            WebSocketRoute(path, GraphQL(schema, connection_init_wait_timeout=wait))
            for path, wait in patience.items()
        ]
    )


@contextmanager
def strawberry_server() -> Iterator[str]:
    """``strawberry-graphql`` under uvicorn, whose WebSockets are those of ``websockets``."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application(), ws="websockets-sansio", log_config=None))
    thread = Thread(target=server.run, args=([listener],), name="uvicorn")
    thread.start()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
    assert not thread.is_alive()
