"""``schematic demo``: the whole way, from a description to sound, on this machine alone."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from schematic.compile import compile_endpoint
from schematic.define import SchematicError
from schematic_engine.cli.demo.screen import screen_for
from schematic_engine.cli.demo.story import play
from schematic_engine.cli.demo.voice_mock import RATE, voice_mock
from schematic_engine.cli.resolve import resolve_endpoint

__all__ = ["demo"]

_EPILOG = """\b
Examples:
  schematic demo
  schematic demo --out hello.wav --pace 0
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--out",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("schematic-demo.wav"),
    show_default=True,
    help="Where to write the sound.",
)
@click.option(
    "--pace",
    type=click.FloatRange(0, 10),
    default=None,
    help="Seconds between two chunks of text; 0.25 on a terminal, else 0.05.",
)
def demo(out: Path, pace: float | None) -> None:
    """Stream text to a mock ElevenLabs server and watch the order being kept.

    Starts the mock on a free loopback port, connects the sync client to it, streams a text,
    receives the sound, and writes it to a WAV file. Then it breaks the order once, and shows the
    refusal. Nothing leaves this machine.
    """
    console = Console()
    endpoint = resolve_endpoint("elevenlabs/StreamTextToSpeech")
    table = compile_endpoint(endpoint).table
    if pace is None:
        pace = 0.25 if console.is_terminal else 0.05
    screen = screen_for(console, table, "ElevenLabs / StreamTextToSpeech")
    try:
        with voice_mock(endpoint) as server:
            with screen:
                outcome = play(endpoint, server.url, RATE, pace, screen.show)
            outcome.write_wav(out)
        if server.violations:
            raise server.violations[0]
    except (SchematicError, OSError) as error:
        raise click.ClickException(f"the demo failed: {error}") from error
    screen.finish(outcome, str(out))
