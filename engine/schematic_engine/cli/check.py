"""``schematic check``: does recorded traffic keep the order of messages?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

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
    to_html,
    to_junit,
    to_sarif,
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
    type=click.Choice(["text", "json", "junit", "sarif", "html"]),
    default="text",
    show_default=True,
    help="A report for people (text, html) or for programs (json, junit, sarif).",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report to this file, and its last line to standard error.",
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
    output: Path | None,
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
    setting = _Setting(speaks, read_as, Vantage(vantage), _TRANSCRIBED if form == "html" else 0)
    judged = [_judge(setting, file) for file in files]
    report = Report(
        "" if isinstance(speaks, Catalog) else speaks.name,
        tuple(one for one in judged if isinstance(one, Trace)),
        tuple(one for one in judged if isinstance(one, Unusable)),
    )
    _write(report, form, output, strict=strict)
    context.exit(report.exit_code(strict=strict))


_TRANSCRIBED = 500
"""Lines of each conversation that a page draws, besides those around findings."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """How files are read, and by what they are judged."""

    speaks: Speaks
    form: Format | None
    vantage: Vantage
    transcribe: int


def _write(report: Report, form: str, output: Path | None, *, strict: bool) -> None:
    """Write the report where it is wanted.

    Raises:
        CannotGoOn: the file cannot be written.
    """
    make: dict[str, Callable[[], str]] = {
        "text": report.as_text,
        "json": report.as_json,
        "junit": lambda: to_junit(report, strict=strict),
        "sarif": lambda: to_sarif(report),
        "html": lambda: to_html(report),
    }
    text = make[form]()
    if output is not None:
        try:
            output.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        except OSError as error:
            raise CannotGoOn(f"{output}: {error.strerror or error}") from error
        click.echo(f"{report.name}: {report.outcome}; {report.figures}", err=True)
    elif form == "text":
        click.echo(_printable(text))
    else:
        click.echo(text.encode().rstrip(b"\n"))


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


def _judge(setting: _Setting, file: str) -> Trace | Unusable:
    name = "<stdin>" if file == "-" else file
    try:
        if file == "-":
            trace = _examined(setting, name, sys.stdin.buffer)
        else:
            with Path(file).open("rb") as stream:
                trace = _examined(setting, name, stream)
    except OSError as error:
        return Unusable(name, error.strerror or str(error))
    except UnreadableSourceError as error:
        return Unusable(name, str(error))
    if not trace.records:
        return Unusable(name, "it holds no record of a connection")
    return trace


def _examined(setting: _Setting, name: str, stream: BinaryIO) -> Trace:
    source = read_source(stream, setting.form)
    return examine_records(
        setting.speaks,
        name,
        source,
        form=source.form,
        vantage=setting.vantage,
        transcribe=setting.transcribe,
    )


def _printable(text: str) -> str:
    """``text`` with everything escaped that the terminal's encoding does not have."""
    encoding = sys.stdout.encoding
    return text.encode(encoding, errors="backslashreplace").decode(encoding)
