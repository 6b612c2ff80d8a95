"""What is secret is judged like all else, is told to nobody, and stands where it belongs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal
from urllib.parse import parse_qs, quote, urlsplit

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve

from schematic import (
    AuthStrategy,
    BoundEndpoint,
    Breach,
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    OnBreach,
    OpeningStep,
    Schema,
    Side,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic_engine.conformance import rules as seen
from schematic_engine.credentials import Credentials
from schematic_engine.probing import ProbeReport, ProbeSettings, probe_server
from schematic_engine.probing.examples import echoing
from schematic_engine.probing.planning.plan import Plan, Say
from schematic_engine.probing.reporting.machine_reports import as_json, as_junit
from schematic_engine.probing.reporting.text import as_text
from schematic_engine.probing.talking.stage import staged

BRISK = ProbeSettings(examples=4, patience=0.2, replays=1)
PLAIN = "sekret-4711"
SECRETS = [PLAIN, 'sek"ret\\47+11&x', "sek ret/47=11"]
Handle = Callable[[ServerConnection], Awaitable[None]]


class Ask(msgspec.Struct, tag_field="k", tag="ask"):
    q: Literal["x", "y"]


class Tell(msgspec.Struct, tag_field="k", tag="tell"):
    a: str


class Login(msgspec.Struct, tag_field="k", tag="login"):
    token: str
    name: str = ""


class In(msgspec.Struct, tag_field="k", tag="in"):
    pass


def message(body: type, side: Side, **more: str) -> MessageSchema:
    client, server = MessageDirection.CLIENT_TO_SERVER, MessageDirection.SERVER_TO_CLIENT
    way = client if side is Side.CLIENT else server
    return MessageSchema(id=body.__name__, direction=way, schema=Schema(body), **more)  # type: ignore[arg-type]


def bound(auth: AuthStrategy, *opening: OpeningStep) -> BoundEndpoint:
    lifecycle = ConnectionLifecycle(
        initialize=list(opening),
        streaming_messages=[message(Ask, Side.CLIENT)],
        server_messages=[message(Tell, Side.SERVER, after="Ask")],
        on_breach=[OnBreach.close(4400, *Breach)],
    )
    endpoint = WebSocketEndpoint(id="Main", path="/main", lifecycle=lifecycle)
    api = WebSocketApi(name="Asking", base_url="wss://x.example", endpoints=[endpoint])
    return replace(api, auth=auth, env_auth=("ASKING_KEY",)).endpoint()


def probed(handle: Handle, endpoint: BoundEndpoint, secret: str) -> ProbeReport:
    async def probing() -> ProbeReport:
        async with serve(handle, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            return await probe_server(
                f"ws://127.0.0.1:{port}", endpoint, settings=BRISK, credentials=Credentials(secret)
            )

    return asyncio.run(probing())


def told(report: ProbeReport) -> str:
    texts = [as_text(report), as_json(report), as_junit(report), repr(report)]
    for one in report.findings:
        texts += [one.script, one.trace, one.text, one.came, one.expected, repr(one)]
    return "\n".join(texts)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("way", ["header", "query"])
def test_a_secret_that_the_server_repeats_in_any_encoding_is_told_nowhere(
    secret: str, way: str
) -> None:
    async def repeat(websocket: ServerConnection) -> None:
        assert websocket.request is not None
        headers, path = websocket.request.headers, websocket.request.path
        key = headers.get("x-key") or parse_qs(urlsplit(path).query)["key"][0]
        async for _ in websocket:
            more = {key: key, "u": quote(key), "p": path, "j": json.dumps({"a": key})}
            await websocket.send(json.dumps({"k": "tell", "b": key, **more}))
            await websocket.send(json.dumps([key]).encode())
            await websocket.close(4003, f"bad {key} {quote(key)}")

    header = AuthStrategy.api_key(header="x-key")
    auth = header if way == "header" else AuthStrategy.api_key_query(name="key")
    report = probed(repeat, bound(auth), secret)
    assert report.findings
    everything = told(report)
    for form in (secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe="")):
        assert form not in everything


def test_the_reason_of_a_close_frame_is_told_without_the_secret() -> None:
    async def refuse(websocket: ServerConnection) -> None:
        async for _ in websocket:
            await websocket.close(4003, f"bad {PLAIN}")

    report = probed(refuse, bound(AuthStrategy.api_key(header="x-key")), PLAIN)
    found = next(one for one in report.findings if one.rule.id == "PRB-104")
    assert found.came == "the close code 4003 (bad [redacted])"
    assert PLAIN not in told(report)


def test_a_message_that_holds_the_secret_is_judged_as_it_was_said() -> None:
    bad = '{"type":"echo","txt":"your key is sekret-4711"}'

    def script(payload: str | bytes | None) -> tuple[str, ...]:
        if payload is None:
            return ()
        return ('{"type":"welcome"}',) if "hello" in str(payload) else (bad,)

    hello, say = Say("Hello", b'{"type":"hello"}'), Say("Say", b'{"type":"say","text":"Hi"}')
    outcome = staged(Plan((hello, say)), echoing(), script, secrets=[PLAIN])
    assert outcome.fault is not None
    assert outcome.fault.rule is seen.INVALID_BODY
    assert PLAIN not in outcome.fault.text
    assert outcome.records[-1].payload == bad.replace(PLAIN, "[redacted]")


async def log_in(websocket: ServerConnection) -> None:
    """A correct server whose key is the plain one."""
    known = False
    async for raw in websocket:
        try:
            said = json.loads(raw) if isinstance(raw, str) else {}
            kind = msgspec.convert(said, Login | Ask)
        except (ValueError, msgspec.ValidationError):
            return await websocket.close(4400)
        if isinstance(kind, Login) is known:
            return await websocket.close(4400)
        if isinstance(kind, Ask):
            await websocket.send('{"k":"tell","a":""}')
            continue
        if kind.token != PLAIN:
            return await websocket.close(4003, f"bad {kind.token}"[:60])
        known = True
        await websocket.send('{"k":"in"}')
    return None


def test_what_logs_in_holds_the_secret_in_every_legal_conversation() -> None:
    opening = (OpeningStep(message(Login, Side.CLIENT)), OpeningStep(message(In, Side.SERVER)))
    endpoint = bound(AuthStrategy.in_message("Login", field="token"), *opening)
    report = probed(log_in, endpoint, PLAIN)
    assert [as_text(report), *report.findings][1:] == []
    assert report.coverage.of(Side.SERVER) == (2, 2)
    assert report.coverage.missed == ()
    assert PLAIN not in told(report)
