"""The group ``schematic``, whose commands are imported when they are called, and not before."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import Any

import click

from schematic.define import SchematicError
from schematic_engine.cli.unusable import Unusable

__all__ = ["COMMANDS", "schematic"]

COMMANDS = {
    "list": ("listing", "list_apis", "List the APIs that are installed, and their endpoints."),
    "show": ("show", "show", "Show an API as it is described."),
    "diagram": ("diagram", "diagram", "Draw the order of messages of an endpoint."),
    "verify": ("verify", "verify", "Look for faults in the order of messages."),
    "diff": ("diff", "diff", "Compare two versions of an API."),
    "generate": ("generate", "generate", "Write typed client modules for an API."),
    "export": ("export", "export", "Write an API as AsyncAPI, OpenAPI or JSON Schema."),
    "import": ("import_", "import_", "Write a definition from an AsyncAPI document."),
    "infer": ("infer", "infer", "Draft a definition from recorded conversations."),
    "mock": ("mock", "mock", "Serve an API, or one endpoint of it, from its description alone."),
    "proxy": ("proxy", "proxy", "Record and judge WebSockets on their way to a server."),
    "record": ("record", "record", "Run a program, and record and judge its WebSockets."),
    "check": ("check", "check", "Judge recorded conversations."),
    "probe": ("probe", "probe", "Test a server, or a client, from its description alone."),
    "rules": ("rules", "rules", "List the rules of checker and prober, or explain one."),
    "demo": ("demo", "demo", "Stream text to a mock ElevenLabs server, here on this machine."),
}
"""For each command its module in this package, its name there, and what it does."""


class _LazyGroup(click.Group):
    """Knows its commands by name and imports them on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command = getattr(import_module(f"schematic_engine.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, _, help_) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SchematicError as error:
            raise Unusable(str(error)) from error


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  schematic list
  schematic show elevenlabs/StreamTextToSpeech
  schematic mock my_api.py:my_api --port 8765

An API is the name of an installed one, or a Python file and a name in it. Followed by a slash and
an endpoint, it is that endpoint.
""",
)
@click.version_option(version("schematic-ws"), prog_name="schematic")
def schematic() -> None:
    """Describe a WebSocket API once; keep the order of its messages everywhere."""
