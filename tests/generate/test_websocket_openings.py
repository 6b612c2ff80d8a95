"""Openings of several steps, of connections and of channels, are phases of generated clients."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schematic import (
    Channel,
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    OpeningStep,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.generate.websocket import websocket_client
from schematic_engine.errors import LocalInvalidMessage
from schematic_engine.mock import MockServer
from support.generated import running
from support.type_checkers import refusals
from support.verdicts import expected

UP, DOWN = MessageDirection.CLIENT_TO_SERVER, MessageDirection.SERVER_TO_CLIENT

PROGRAM = '''
"""What may be said on the way into a job, and with which keys."""

from .made import (
    Closing,
    Initializing,
    JobClosing,
    JobInitializingConfig,
    JobOpening,
    JobStreaming,
    JobsWs,
    Streaming,
    SyncClosing,
    SyncInitializing,
    SyncJobInitializingConfig,
    SyncStreaming,
)


async def in_order(initializing: Initializing) -> None:
    streaming = await (await initializing.initialize()).ready()
    if isinstance(streaming, Closing):
        return
    opening: JobOpening = streaming.job(1)
    configuring: JobInitializingConfig = await opening.open()
    job: JobStreaming | JobClosing = await configuring.config("fast")
    other = await (await streaming.job(2).open()).default()
    await other.send_data()
    ended: JobClosing = await (await streaming.job(3).open()).give_up()
    print(job, ended.key)


async def data_before_the_configuration(configuring: JobInitializingConfig) -> None:
    await configuring.send_data()  # refused: attr-defined / AttributeAccessIssue
    await configuring.open()  # refused: attr-defined / AttributeAccessIssue
    await configuring.close()  # refused: attr-defined / AttributeAccessIssue


async def configuration_before_the_opening(job: JobOpening) -> None:
    await job.config("fast")  # refused: attr-defined / AttributeAccessIssue


async def what_given_up_is_over(configuring: JobInitializingConfig) -> None:
    over = await configuring.give_up()
    await over.send_data()  # refused: attr-defined / AttributeAccessIssue


def the_key_is_a_number(streaming: Streaming, client: JobsWs) -> None:
    streaming.job("1")  # refused: arg-type / ArgumentType
    client.job("1")  # refused: arg-type / ArgumentType


async def a_key_of_either_type(client: JobsWs) -> None:
    await client.tuple_(1).send_either()
    await client.tuple_("1").send_either()


def in_order_sync(initializing: SyncInitializing) -> None:
    streaming: SyncStreaming | SyncClosing = initializing.initialize().ready()
    if isinstance(streaming, SyncClosing):
        return
    streaming.job(1).open().config("fast").send_data()


def data_before_the_configuration_sync(configuring: SyncJobInitializingConfig) -> None:
    configuring.send_data()  # refused: attr-defined / AttributeAccessIssue


def split_still_gives_a_pair(client: JobsWs) -> None:
    sink, stream = client.split()
    print(sink, stream)
'''.lstrip()


def message(
    name: str, direction: MessageDirection, *fields: tuple[str, Any], final: bool = False
) -> MessageSchema:
    body = msgspec.defstruct(name, fields, tag_field="kind", tag=name.lower(), frozen=True)
    return MessageSchema(id=name, direction=direction, schema=Schema(body), final=final)


def on_job(
    name: str, direction: MessageDirection, *fields: tuple[str, Any], final: bool = False
) -> MessageSchema:
    return message(name, direction, ("id", int), *fields, final=final)


JOB = Channel(
    id="Job",
    key="id",
    lifecycle=ConnectionLifecycle(
        initialize=[
            on_job("Open", UP),
            OpeningStep(on_job("Opened", DOWN), on_job("Refused", DOWN, final=True)),
            OpeningStep(
                on_job("Config", UP, ("speed", str)),
                on_job("Default", UP),
                on_job("GiveUp", UP, final=True),
            ),
        ],
        streaming_messages=[on_job("Data", UP)],
        close=on_job("End", UP),
        server_messages=[on_job("Ended", DOWN, final=True)],
    ),
)
EITHER = Channel(
    id="tuple",
    key="id",
    lifecycle=ConnectionLifecycle(
        initialize=message("Either", UP, ("id", str | int)),
        server_messages=[message("Answer", DOWN, ("id", str | int), final=True)],
    ),
)
JOBS = WebSocketApi(
    name="Jobs",
    base_url="ws://127.0.0.1",
    endpoints=[
        WebSocketEndpoint(
            id="Jobs",
            path="/jobs",
            lifecycle=ConnectionLifecycle(
                initialize=[
                    message("Hello", UP),
                    OpeningStep(message("Welcome", DOWN), message("Rejected", DOWN, final=True)),
                ],
                channels=[JOB, EITHER],
            ),
        )
    ],
)


def of_one(**lifecycle: Any) -> WebSocketApi:
    endpoint = WebSocketEndpoint(id="One", path="/", lifecycle=ConnectionLifecycle(**lifecycle))
    return WebSocketApi(name="One", base_url="ws://127.0.0.1", endpoints=[endpoint])


def written(api: WebSocketApi) -> str:
    return websocket_client(api.endpoint(api.endpoints[0].id))


def test_the_checkers_know_the_steps_of_openings_and_the_types_of_keys(tmp_path: Path) -> None:
    programs, scratch = tmp_path / "programs", tmp_path / "scratch"
    programs.mkdir()
    (programs / "__init__.py").touch()
    (programs / "made.py").write_text(written(JOBS))
    (programs / "program.py").write_text(PROGRAM)
    silent = of_one(streaming_messages=[message("Say", UP)])
    deaf = of_one(server_messages=[message("Say", DOWN)])
    (programs / "silent.py").write_text(written(silent))
    (programs / "deaf.py").write_text(written(deaf))
    for checker, got in refusals(programs, scratch).items():
        assert got == expected(programs, checker), checker


async def talk(module: Any, server: MockServer) -> list[str]:
    """Opens a job in its phases, and uses it."""
    async with module.JobsPhases.connect(url=server.url) as initializing:
        streaming = await (await initializing.initialize()).ready()
        configuring = await streaming.job(7).open()
        heard = [await streaming.receive(), await streaming.receive()]
        with pytest.raises(LocalInvalidMessage, match="channel 7"):
            await configuring.config(module.Config(8, speed="fast"))
        job = await configuring.config("fast")
        await job.send_data()
        ended = await job.close()
        heard.append(await streaming.receive())
        assert ended.key == 7
        return [type(one).__name__ for one in heard]


def test_a_channel_is_opened_step_by_step() -> None:
    async def main(module: Any) -> list[str]:
        async with MockServer(JOBS) as server:
            return await talk(module, server)

    with running(written(JOBS)) as module:
        assert asyncio.run(main(module)) == ["Welcome", "Opened", "Ended"]


def test_blocking_calls_open_a_channel_step_by_step() -> None:
    with running(written(JOBS)) as module, MockServer(JOBS) as server:
        with module.SyncJobsPhases.connect(url=server.url) as initializing:
            streaming = initializing.initialize().ready()
            configuring = streaming.job(7).open()
            heard = [streaming.receive(), streaming.receive()]
            job = configuring.config("fast")
            job.send_data()
            job.close()
            heard.append(streaming.receive())
        assert [type(one).__name__ for one in heard] == ["Welcome", "Opened", "Ended"]


@pytest.mark.parametrize(
    "name", ["str", "int", "tuple", "aio", "sync", "type", "list", "classmethod"]
)
def test_a_message_or_channel_that_is_called_like_a_builtin_hides_none(name: str) -> None:
    channel = Channel(
        id=name,
        key="id",
        lifecycle=ConnectionLifecycle(
            initialize=on_job("Open", UP), server_messages=[on_job("Ended", DOWN, final=True)]
        ),
    )
    with running(written(of_one(channels=[channel]))) as module:
        assert hasattr(module.OneWs, f"{name}_")
        assert not hasattr(module.Streaming, name)
    with running(written(of_one(initialize=[message(name, UP), message("Then", UP)]))) as module:
        assert not hasattr(module.Initializing, name)


def test_handlers_are_described_as_handlers() -> None:
    source = written(of_one(server_messages=[message("Say", DOWN)]))
    assert 'on_say = On(Say)\n    """Handles Say."""' in source
    assert "Says Say" not in source
