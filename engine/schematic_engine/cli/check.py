"""``schematic check``: does recorded traffic keep the order of messages?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from schematic.compile import CompiledEndpoint
from schematic_engine.cli.resolve import resolve_endpoint
from schematic_engine.conformance import Report, Trace, Unusable, examine
from schematic_engine.endpoints import resolve

__all__ = ["check"]


@click.command(
    epilog="""\b
Examples:
  schematic check trace.jsonl -e elevenlabs/StreamTextToSpeech
  schematic check *.jsonl -e my_api.py:my_api/Chat --strict
  schematic check trace.jsonl -e elevenlabs/StreamTextToSpeech --format json | jq .findings
"""
)
@click.argument("files", metavar="TRACE.jsonl...", nargs=-1, required=True)
@click.option(
    "-e",
    "--endpoint",
    "reference",
    metavar="NAME/ENDPOINT",
    required=True,
    help="What the traffic is supposed to speak; file.py:function/ENDPOINT works too.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A report for people, or one for programs.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@click.pass_context
def check(
    context: click.Context, files: tuple[str, ...], reference: str, form: str, strict: bool
) -> None:
    """Judge recorded conversations: who broke the order of messages, where, and why.

    Each TRACE holds JSON Lines, one object for each message, with the keys conn, dir, kind and
    data; - is standard input. Every connection in it is judged alone. Recordings may begin in
    mid-connection, and lines that cannot be read are reported and skipped.

    Exits with 0 if the traffic conforms (warnings included), 1 if it does not, and 2 if there
    was something that could not be judged.
    """
    endpoint = resolve(resolve_endpoint(reference))
    judged = [_judge(endpoint, file) for file in files]
    report = Report(
        endpoint.name,
        tuple(one for one in judged if isinstance(one, Trace)),
        tuple(one for one in judged if isinstance(one, Unusable)),
    )
    click.echo(report.as_json().encode() if form == "json" else _printable(report.as_text()))
    context.exit(report.exit_code(strict=strict))


def _judge(endpoint: CompiledEndpoint, file: str) -> Trace | Unusable:
    try:
        if file == "-":
            trace = examine(endpoint, "<stdin>", sys.stdin.buffer)
        else:
            with Path(file).open("rb") as lines:
                trace = examine(endpoint, file, lines)
    except OSError as error:
        return Unusable(file, error.strerror or str(error))
    if not trace.records:
        return Unusable(trace.file, "no line in it is a record of a connection")
    return trace


def _printable(text: str) -> str:
    """``text`` with everything escaped that the terminal's encoding does not have."""
    encoding = sys.stdout.encoding
    return text.encode(encoding, errors="backslashreplace").decode(encoding)
