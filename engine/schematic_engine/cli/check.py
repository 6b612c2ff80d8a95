"""``schematic check``: does recorded traffic keep the order of messages?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from schematic.define import BoundEndpoint
from schematic_engine.cli.resolve import installed, load, resolve_endpoints
from schematic_engine.cli.unusable import Unusable as CannotGoOn
from schematic_engine.conformance import (
    Catalog,
    Format,
    Report,
    Trace,
    UnreadableSourceError,
    Unusable,
    Vantage,
    examine_records,
    read_source,
)
from schematic_engine.conformance.catalog import Speaks
from schematic_engine.endpoints import resolve

__all__ = ["check"]


@click.command(
    epilog="""\b
Examples:
  schematic check trace.jsonl -e elevenlabs/StreamTextToSpeech
  schematic check network.har
  schematic check *.jsonl -e my_api.py:my_api/Chat --strict
  schematic check trace.jsonl -e elevenlabs --format json | jq .findings
"""
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "-e",
    "--endpoint",
    "references",
    metavar="NAME[/ENDPOINT]",
    multiple=True,
    help="What the traffic is supposed to speak; file.py:function/ENDPOINT works too. Of several, "
    "or left out, each connection finds its own by its URL.",
)
@click.option(
    "--format-in",
    "source",
    type=click.Choice([form.value for form in Format]),
    help="What the files are; by default that is told from their content.",
)
@click.option(
    "--vantage",
    type=click.Choice([one.value for one in Vantage]),
    default="tap",
    show_default=True,
    help="Where it was recorded. What a side sent at its own end cannot have crossed anything.",
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
def check(  # noqa: PLR0917  # click gives them by name
    context: click.Context,
    files: tuple[str, ...],
    references: tuple[str, ...],
    source: str | None,
    vantage: str,
    form: str,
    strict: bool,
) -> None:
    """Judge recorded conversations: who broke the order of messages, where, and why.

    Each FILE is a recording: JSON Lines, one object for each message, with the keys conn, dir,
    kind and data; a HAR, as Chrome and mitmproxy export it; or a file of flows that mitmproxy
    saved. Any may be compressed with gzip; - is standard input. Every connection in it is judged
    alone. Recordings may begin in mid-connection, and what cannot be read is reported and skipped.

    Exits with 0 if the traffic conforms (warnings included), 1 if it does not, and 2 if there
    was something that could not be judged.
    """
    speaks = _speaks(references)
    read_as = None if source is None else Format(source)
    judged = [_judge(speaks, file, read_as, Vantage(vantage)) for file in files]
    report = Report(
        "" if isinstance(speaks, Catalog) else speaks.name,
        tuple(one for one in judged if isinstance(one, Trace)),
        tuple(one for one in judged if isinstance(one, Unusable)),
    )
    click.echo(report.as_json().encode() if form == "json" else _printable(report.as_text()))
    context.exit(report.exit_code(strict=strict))


def _speaks(references: tuple[str, ...]) -> Speaks:
    """What is judged by: one endpoint, or those among which each connection finds its own."""
    endpoints = [one for reference in references for one in resolve_endpoints(reference)]
    if len(endpoints) == 1:
        return resolve(endpoints[0])
    return Catalog(endpoints if references else _every_endpoint())


def _every_endpoint() -> Iterator[BoundEndpoint]:
    """The endpoints of all installed APIs."""
    for entry in installed().values():
        try:
            api = load(entry)
        except CannotGoOn as error:  # another package's fault must not keep the others from it
            click.echo(f"left out: {error.message}", err=True)
            continue
        yield from (api.endpoint(one.id) for one in api.endpoints)


def _judge(speaks: Speaks, file: str, form: Format | None, vantage: Vantage) -> Trace | Unusable:
    name = "<stdin>" if file == "-" else file
    try:
        if file == "-":
            records = read_source(sys.stdin.buffer, form)
            trace = examine_records(speaks, name, records, vantage=vantage)
        else:
            with Path(file).open("rb") as stream:
                records = read_source(stream, form)
                trace = examine_records(speaks, name, records, vantage=vantage)
    except OSError as error:
        return Unusable(name, error.strerror or str(error))
    except UnreadableSourceError as error:
        return Unusable(name, str(error))
    if not trace.records:
        return Unusable(name, "it holds no record of a connection")
    return trace


def _printable(text: str) -> str:
    """``text`` with everything escaped that the terminal's encoding does not have."""
    encoding = sys.stdout.encoding
    return text.encode(encoding, errors="backslashreplace").decode(encoding)
