"""``schematic diagram``: a picture of the order of messages."""

from __future__ import annotations

from pathlib import Path

import click

from schematic.compile import compile_endpoint
from schematic.compile.diagram import to_markdown, to_mermaid, to_svg, to_text
from schematic_engine.cli.paper import Paper, standard_output
from schematic_engine.cli.resolve import resolve_endpoint
from schematic_engine.cli.unusable import Unusable

__all__ = ["diagram"]

_SUFFIXES = {".mmd": "mermaid", ".mermaid": "mermaid", ".md": "markdown", ".svg": "svg"}


@click.command(
    epilog="""\b
Examples:
  schematic diagram elevenlabs/StreamTextToSpeech
  schematic diagram elevenlabs/StreamTextToSpeech -o order.svg
  schematic diagram my_api.py:my_api/Chat --format mermaid
"""
)
@click.argument("reference", metavar="NAME/ENDPOINT")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "markdown", "svg"]),
    help="What to write. By default what the file's suffix says (.svg, .md, .mmd), else text.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead of standard output.",
)
def diagram(reference: str, form: str | None, output: Path | None) -> None:
    """Draw the order of messages of an endpoint.

    The picture is drawn from the table that clients, servers and checkers run. Each box is a
    state with what may be said there; each arrow is a message that leads on.
    """
    compiled = compile_endpoint(resolve_endpoint(reference))
    table = compiled.table
    if form is None:
        form = _SUFFIXES.get(output.suffix.lower(), "text") if output is not None else "text"
    if form == "svg":
        drawn = to_svg(table, title=compiled.name)
    elif form == "mermaid":
        drawn = to_mermaid(table, title=compiled.name)
    elif form == "markdown":
        drawn = to_markdown(table)
    else:
        drawn = to_text(table, ascii_only=output is None and Paper().ascii_only)
    _write(drawn, output)


def _write(drawn: str, output: Path | None) -> None:
    if output is None:
        click.echo(drawn, nl=False, file=standard_output())
        return
    try:
        output.write_text(drawn, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Unusable(f"{output} cannot be written: {error.strerror or error}") from error
