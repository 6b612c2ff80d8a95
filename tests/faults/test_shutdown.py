"""An interpreter that ends with connections open ends at once, with 0, and without a word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from schematic_engine.mock import MockServer
from support.echo import TALK

TESTS = Path(__file__).parent.parent

PREPARE = """
import asyncio, sys, threading
sys.path.insert(0, sys.argv[2])
from support.echo import TALK, Hello, Say
from schematic_engine import sync
from schematic_engine.asyncio import connect, serve
from schematic_engine.mock import MockServer
from schematic_engine.testing import FaultProxy
url = sys.argv[1]
"""

ENDINGS = {
    "a blocking connection": """
connection = sync.connect(TALK, url=url, auth="key")
connection.send(Hello())
""",
    "a thread that receives": """
connection = sync.connect(TALK, url=url, auth="key")
threading.Thread(target=connection.receive, daemon=True).start()
""",
    "an iteration that was left": """
connection = sync.connect(TALK, url=url, auth="key")
connection.send(Hello())
connection.send(Say("1"))
for event in connection:
    break
""",
    "an asyncio connection": """
async def main():
    global connection
    connection = await connect(TALK, url=url, auth="key")
    await connection.send(Hello())
asyncio.run(main())
""",
    "a task that receives": """
async def main():
    global connection, task
    connection = await connect(TALK, url=url, auth="key")
    task = asyncio.ensure_future(connection.receive())
    await asyncio.sleep(0)
asyncio.run(main())
""",
    "an opening handshake": """
async def main():
    global task
    task = asyncio.ensure_future(connect(TALK, url=url, auth="key").__aenter__())
    await asyncio.sleep(0)
asyncio.run(main())
""",
    "a server with a client": """
async def handler(connection):
    async for _ in connection:
        pass
async def main():
    global server, connection
    server = await serve(TALK, handler)
    connection = await connect(TALK, url=server.url, auth="key")
    await connection.send(Hello())
asyncio.run(main())
""",
    "a mock and a proxy in threads": """
server = MockServer(TALK).__enter__()
proxy = FaultProxy(server.url).__enter__()
connection = sync.connect(TALK, url=proxy.url, auth="key")
connection.send(Hello())
""",
    "SystemExit within a connection": """
with sync.connect(TALK, url=url, auth="key") as connection:
    connection.send(Hello())
    sys.exit()
""",
}


@pytest.mark.parametrize("program", [pytest.param(text, id=name) for name, text in ENDINGS.items()])
def test_an_interpreter_ends_quietly_with_this_open(program: str) -> None:
    with MockServer(TALK) as server:
        done = subprocess.run(
            [sys.executable, "-c", PREPARE + program, server.url, str(TESTS)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
