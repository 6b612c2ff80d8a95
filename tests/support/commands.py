"""Running the command line in the test process, and files to run it on."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from schematic_engine.cli.commands import schematic

CHAT = '''\
"""An API of someone's own."""

from __future__ import annotations

from msgspec import Struct

from schematic import (
    ConnectionLifecycle,
    ConnectionParam,
    MessageDirection,
    MessageSchema,
    ParamType,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)


class Say(Struct):
    words: Words
    loud: bool = False


class Words(Struct):
    text: str


def message(name, schema, direction=MessageDirection.CLIENT_TO_SERVER, **flags):
    return MessageSchema(id=name, direction=direction, schema=schema, **flags)


def endpoint(name):
    return WebSocketEndpoint(
        id=name,
        path=f"/{name.lower()}/{{room}}",
        connection_params=[ConnectionParam(name="seed", param_type=ParamType.INTEGER)],
        lifecycle=ConnectionLifecycle(
            streaming_messages=[message("Say", Schema(Say))],
            server_messages=[
                message("Heard", Schema("Heard"), MessageDirection.SERVER_TO_CLIENT)
            ],
        ),
    )


def chat() -> WebSocketApi:
    return WebSocketApi(name="Chat", base_url="ws://127.0.0.1:9", endpoints=[endpoint("Talk")])


two = WebSocketApi(
    name="Two", base_url="ws://127.0.0.1:9", endpoints=[endpoint("Talk"), endpoint("Listen")]
)
'''
"""A file with two candidates, ``chat`` and ``two``, and annotations that are looked up late."""


def run(*arguments: str) -> Result:
    """Run ``schematic`` with these arguments."""
    return CliRunner().invoke(schematic, arguments, prog_name="schematic")


def written(folder: Path, text: str = CHAT, name: str = "my_api.py") -> str:
    """Write a file of the user's; the answer is its path, as the user would type it."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)
