"""``schematic check``: does recorded traffic keep the order of messages?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from schematic_engine.cli.checking import Setting, cores, judge_files, speaks
from schematic_engine.cli.unusable import Unusable as CannotGoOn
from schematic_engine.conformance import (
    Catalog,
    Format,
    Report,
    Trace,
    Unusable,
    Vantage,
    to_html,
    to_junit,
    to_sarif,
)

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
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="How many processes work at once; 0 for one on each core. It changes no verdict.",
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
    jobs: int,
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
    setting = Setting(
        references,
        None if source is None else Format(source),
        Vantage(vantage),
        _TRANSCRIBED if form == "html" else 0,
        jobs or cores(),
    )
    known = speaks(references)
    judged = judge_files(setting, files)
    report = Report(
        "" if isinstance(known, Catalog) else known.name,
        tuple(one for one in judged if isinstance(one, Trace)),
        tuple(one for one in judged if isinstance(one, Unusable)),
    )
    _write(report, form, output, strict=strict)
    context.exit(report.exit_code(strict=strict))


_TRANSCRIBED = 500
"""Lines of each conversation that a page draws, besides those around findings."""


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


def _printable(text: str) -> str:
    """``text`` with everything escaped that the terminal's encoding does not have."""
    encoding = sys.stdout.encoding
    return text.encode(encoding, errors="backslashreplace").decode(encoding)
