"""Saved scripts say 1 of the faulty server and 0 of the mended one, and need the secret."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from schematic import (
    AuthStrategy,
    BoundEndpoint,
    Closing,
    ConnectionLifecycle,
    MessageSchema,
    Schema,
    Side,
)
from schematic.compile import compile_endpoint
from schematic_engine.credentials import Credentials
from schematic_engine.probing import ProbeFinding, ProbeSettings, probe_server
from schematic_engine.probing.reporting.likeness import likeness, telling_of
from schematic_engine.probing.reporting.misfits import with_misfit
from schematic_engine.probing.reporting.script_text import BODY
from support.lifecycles import bound, message

BRISK = ProbeSettings(examples=0, patience=0.2, replays=1)
SECRETS = ["sekret-4711", 'sek"ret\\47+11&x', "sek ret/47=11"]
Handle = Callable[[ServerConnection], Awaitable[None]]


class Level(msgspec.Struct, tag_field="type", tag="level"):
    v: Annotated[int, msgspec.Meta(ge=0, le=10)] = 0
    w: Literal["a", "b"] = "a"
    name: Annotated[str, msgspec.Meta(max_length=3, pattern="^[a-z]*$")] = ""
    items: Annotated[list[int], msgspec.Meta(max_length=2)] = []
    at: float = 0.5


class Ask(msgspec.Struct, tag_field="type", tag="ask"):
    pass


class Stop(msgspec.Struct, tag_field="type", tag="stop"):
    pass


class Done(msgspec.Struct, tag_field="type", tag="done"):
    pass


def of(body: type, side: Side, **more: Any) -> MessageSchema:
    return replace(message(body.__name__, side, **more), schema=Schema(body))


def levels(auth: AuthStrategy | None = None) -> BoundEndpoint:
    lifecycle = ConnectionLifecycle(
        streaming_messages=[of(Ask, Side.CLIENT)],
        close=of(Stop, Side.CLIENT),
        server_messages=[
            of(Level, Side.SERVER, after="Ask"),
            of(Done, Side.SERVER, final=True, after="Stop"),
        ],
        closing=Closing(by=Side.SERVER),
    )
    made = bound(lifecycle)
    if auth is None:
        return made
    return replace(made.api, auth=auth, env_auth=("ASKING_KEY",)).endpoint()


def saying(level: dict[str, Any], *, done: bool = True) -> Handle:
    """A server that is right but for what it is told to say."""

    async def handle(websocket: ServerConnection) -> None:
        async for raw in websocket:
            try:
                kind = json.loads(raw)["type"] if isinstance(raw, str) else ""
            except (ValueError, TypeError, KeyError):
                kind = ""
            if kind == "ask":
                await websocket.send(json.dumps({"type": "level", **level}))
            elif kind == "stop":
                if done:
                    await websocket.send('{"type":"done"}')
                return
            else:
                await websocket.close(1008)

    return handle


async def found(
    handle: Handle, rule: str, endpoint: BoundEndpoint, key: Credentials | None = None, **more: Any
) -> ProbeFinding:
    async with serve(handle, "127.0.0.1", 0, **more) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        report = await probe_server(url, endpoint, settings=BRISK, credentials=key)
    return next(one for one in report.findings if one.rule.id == rule)


async def played(script: str, handle: Handle, *, key: str = "", **more: Any) -> tuple[int, str]:
    """What the script says of a server at the port where the probe was."""
    port = int(script.partition("ws://127.0.0.1:")[2].split("/", 1)[0])
    environ = {**os.environ, "ASKING_KEY": key}
    async with serve(handle, "127.0.0.1", port, **more):
        run = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", script), env=environ, stdout=subprocess.PIPE
        )
        told, _ = await run.communicate()
    assert run.returncode is not None
    return run.returncode, told.decode()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"v": 99}, {"v": 5}),
        ({"v": 0.5}, {"v": 0}),
        ({"w": "c"}, {"w": "b"}),
        ({"name": "abcd"}, {"name": "abc"}),
        ({"name": "A"}, {"name": "a"}),
        ({"items": [1, 2, 3]}, {"items": [1, 2]}),
        ({"items": [1, "2"]}, {"items": [1, 2]}),
        ({"v": "5"}, {"v": 5}),
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_is_told_from_one_that_does(
    wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    endpoint = compile_endpoint(levels())
    said, mended = (json.dumps({"type": "level", **one}) for one in (wrong, right))
    plain = likeness(said, telling_of(endpoint, Side.SERVER), whole=True)
    seen = with_misfit(plain, endpoint, Side.SERVER, "Level", said)
    program: dict[str, Any] = {"__name__": "script", "SECRET": ()}
    exec(BODY, program)  # our own text
    assert program["looks_like"](said, seen)
    assert not program["looks_like"](mended, seen)


def test_a_script_that_shows_a_value_says_0_of_the_mended_server() -> None:
    async def scenario() -> list[int]:
        wrong = saying({"v": 99})
        finding = await found(wrong, "SCH-202", levels())
        told = [await played(finding.script, one) for one in (wrong, saying({"v": 5}))]
        return [code for code, _ in told]

    assert asyncio.run(scenario()) == [1, 0]


def test_what_was_missing_at_the_end_is_not_missed_once_it_comes() -> None:
    async def scenario() -> list[int]:
        wrong = saying({}, done=False)
        finding = await found(wrong, "PRB-103", levels())
        told = [await played(finding.script, one) for one in (wrong, saying({}))]
        return [code for code, _ in told]

    assert asyncio.run(scenario()) == [1, 0]


def guarded(way: str, secret: str) -> dict[str, Any]:
    """How a server takes only who has the secret."""

    def accept(websocket: ServerConnection, request: Any) -> Any:
        basic = b64encode(f"me:{secret}".encode()).decode()
        given: dict[str, object] = {
            "header": request.headers.get("x-key"),
            "query": parse_qs(urlsplit(request.path).query).get("key", [""])[0],
            "basic": secret if request.headers.get("Authorization") == f"Basic {basic}" else "",
            "offered": request.headers.get("Sec-WebSocket-Protocol", "").split(", ")[-1],
        }
        return None if given[way] == secret else websocket.respond(401, "no\n")

    more: dict[str, Any] = {"process_request": accept}
    return more | ({"subprotocols": [Subprotocol("chat")]} if way == "offered" else {})


WAYS = {
    "header": AuthStrategy.api_key(header="x-key"),
    "query": AuthStrategy.api_key_query(name="key"),
    "basic": AuthStrategy.basic(),
    "offered": AuthStrategy.subprotocol("chat"),
}


@pytest.mark.parametrize(
    ("way", "secret"),
    [("header", SECRETS[1]), ("query", SECRETS[2]), ("basic", SECRETS[1]), ("offered", SECRETS[0])],
)
def test_a_script_carries_the_secret_as_the_probe_did_and_says_when_it_is_missing(
    way: str, secret: str
) -> None:
    wrong, right = saying({"v": 99}), saying({"v": 1})

    async def scenario() -> list[tuple[int, str]]:
        more, username = guarded(way, secret), "me" if way == "basic" else None
        key = Credentials(secret, username)
        finding = await found(wrong, "SCH-202", levels(WAYS[way]), key, **more)
        assert secret not in finding.script
        return [
            await played(finding.script, wrong, key=secret, **more),
            await played(finding.script, right, key=secret, **more),
            await played(finding.script, right, **more),
        ]

    told = asyncio.run(scenario())
    assert [code for code, _ in told] == [1, 0, 2], told
    assert told[2][1] == "the secret is missing: set ASKING_KEY\n"


def test_a_script_prints_nothing_that_moves_the_cursor_and_no_secret() -> None:
    wrong = saying({"v": 99, "name": "\x1b[2J sekret-4711"})

    async def scenario() -> tuple[int, str]:
        key = Credentials(SECRETS[0])
        finding = await found(wrong, "SCH-202", levels(WAYS["header"]), key)

        async def shout(websocket: ServerConnection) -> None:
            await websocket.send("\x1b[31m\nsekret-4711")
            await wrong(websocket)

        return await played(finding.script, shout, key=SECRETS[0])

    code, told = asyncio.run(scenario())
    assert code == 0
    assert "heard \\x1b[31m\\n[redacted]\n" in told
    assert "\x1b" not in told
    assert SECRETS[0] not in told
